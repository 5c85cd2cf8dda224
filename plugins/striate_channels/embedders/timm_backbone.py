"""Any image model of timm as a backbone: named by a card, weights from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.errors import InputError, MissingDependencyError
from striate.models import load_weights

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from striate_channels.embedders.bag import Backbone

__all__ = ["load_timm"]


class _Timm:
    """Fulfils ``Backbone``; without patches of its own it gives its summary as one."""

    def __init__(self, model: Any, in_channels: int, least: int) -> None:
        self.model = model
        self.dim = int(model.num_features)
        self.in_channels = in_channels
        self.patch_size = least

    def __call__(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        summary = self.model(pixels)
        return summary, summary[:, None]


def load_timm(path: Path, details: dict[str, Any], device: str = "cpu") -> Backbone:
    """Load timm's model ``details["name"]`` with the weights in `path`, strictly.

    Raises
    ------
    MissingDependencyError
        When timm is not installed.
    InputError
        When the card names no model, or the weights are another's.
    """
    try:
        import timm
    except ImportError as error:
        raise MissingDependencyError(
            "This model's card asks for timm: pip install timm."
        ) from error
    name, planes = details.get("name"), int(details.get("in_channels", 3))
    if not name:
        raise InputError('The card must say which model of timm: "name" in details.')
    model = timm.create_model(name, pretrained=False, num_classes=0, in_chans=planes)
    content = load_weights(path)
    state = content.get("state_dict", content)
    own = model.state_dict()
    missing = sorted(set(own) - set(state))
    if missing:
        raise InputError(
            f"{path.name} is not {name}: it lacks {len(missing)} tensors "
            f"({missing[0]})."
        )
    model.load_state_dict({k: state[k] for k in own}, strict=True)
    ready = model.requires_grad_(False).eval().to(device)
    return _Timm(ready, planes, int(details.get("least", 32)))
