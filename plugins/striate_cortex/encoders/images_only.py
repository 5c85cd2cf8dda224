"""Image models without a text side: ResNet-18 by card, any model of timm by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError, MissingDependencyError, OfflineError
from striate.models import load_weights
from striate_cortex.encoders.contract import EncoderSpace
from striate_cortex.encoders.pictures import Preparation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.encoders.contract import Picture

__all__ = ["ImageEncoder", "load_resnet18", "load_timm"]

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_BATCH = 16


class ImageEncoder:
    """Fulfils :class:`~striate_cortex.encoders.Encoder`, for images only."""

    def __init__(
        self, model: Any, space: EncoderSpace, prepare: Preparation, device: str
    ) -> None:
        self.model = model.eval().requires_grad_(False).to(device)
        self.space, self.prepare, self.device = space, prepare, device

    def embed_images(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed pictures; (n, d) float32."""
        from torch import from_numpy, no_grad

        found = [np.zeros((0, self.space.dimension), np.float32)]
        for first in range(0, len(images), _BATCH):
            pixels = np.stack([self.prepare(p) for p in images[first : first + _BATCH]])
            with no_grad():
                out = self.model(from_numpy(pixels).to(self.device))
            found.append(np.asarray(out.float().cpu().numpy()))
        return np.concatenate(found)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Refuse: it has no text side."""
        raise InputError(
            f"{self.space.name} knows images and no words: for a text query, fit a "
            "model with the starter, CLIP or SigLIP."
        )


def load_resnet18(weights: Path, name: str, device: str = "cpu") -> ImageEncoder:
    """Load torchvision's weights of ResNet-18; the embedding is its last average.

    Raises
    ------
    InputError
        When the file holds other weights.
    """
    from striate_cortex.encoders.resnet import ResNet18

    model, state = ResNet18(), load_weights(weights)
    missing = sorted(set(model.state_dict()) - set(state))
    if missing:
        raise InputError(f"{weights} is no ResNet-18 of torchvision: no {missing[0]}.")
    model.load_state_dict({k: state[k] for k in model.state_dict()})
    space = EncoderSpace(
        name=name, title="ResNet-18 (ImageNet)", dimension=512, text=False,
        licence="BSD-3-Clause", model={"weights": str(weights)},
    )  # fmt: skip
    prepare = Preparation(224, "centre", _MEAN, _STD, "bilinear", shorter=256)
    return ImageEncoder(model, space, prepare, device)


def load_timm(name: str, device: str = "cpu") -> ImageEncoder:
    """Load a model of timm by its name, with its published weights.

    Raises
    ------
    MissingDependencyError
        When timm is not installed.
    InputError
        When timm knows no model of that name.
    OfflineError
        When its weights are not on this machine and cannot be downloaded.
    """
    try:
        import timm
    except ImportError as error:
        raise MissingDependencyError(
            "Image models by name need timm: pip install timm."
        ) from error
    if not timm.is_model(name.partition(".")[0]):
        near = (
            ", ".join(timm.list_models(f"*{name[:6]}*")[:5]) or "see timm.list_models"
        )
        raise InputError(f"timm has no model {name!r}: did you mean {near}?")
    _check_weights(timm, name)
    try:
        model = timm.create_model(name, pretrained=True, num_classes=0)
    except (OSError, RuntimeError) as error:
        raise OfflineError(
            f"The weights of timm's {name} are not on this machine and cannot be "
            "downloaded: run this once with a connection."
        ) from error
    wanted = timm.data.resolve_model_data_config(model)
    size = int(wanted["input_size"][1])
    prepare = Preparation(
        size, "squash" if wanted["crop_mode"] == "squash" else "centre",
        tuple(wanted["mean"]), tuple(wanted["std"]),
        "bilinear" if wanted["interpolation"] == "bilinear" else "bicubic",
        shorter=int(size / float(wanted["crop_pct"])),
    )  # fmt: skip
    space = EncoderSpace(
        name=f"timm:{name}", title=name, dimension=_dimension(model, size), text=False,
        licence=str(model.pretrained_cfg.get("license") or ""),
    )  # fmt: skip
    return ImageEncoder(model, space, prepare, device)


def _check_weights(timm: Any, name: str) -> None:
    architecture, _, tag = name.partition(".")
    known = timm.list_pretrained(f"{architecture}*")
    of_it = [k.partition(".")[2] for k in known if k.partition(".")[0] == architecture]
    if not of_it:
        raise InputError(
            f"timm publishes no weights of {architecture}: choose another model."
        )
    if tag and tag not in of_it:
        raise InputError(
            f"timm has no weights {tag!r} of {architecture}: there are "
            f"{', '.join(of_it[:6])}."
        )


def _dimension(model: Any, size: int) -> int:
    """Length of a model's vector; some have layers between features and classes."""
    from torch import no_grad, zeros

    with no_grad():
        return int(model.eval()(zeros(1, 3, size, size)).shape[-1])
