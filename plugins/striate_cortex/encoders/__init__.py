"""Encoders: images and texts to vectors of one space, whichever model makes them.

Here live the contract, the starter that works offline, CLIP and SigLIP by card, and
image models by name; nothing of subjects or fits. Public entry: :func:`open_encoder`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.encoders.contract import Encoder, EncoderSpace
    from striate_cortex.encoders.opening import list_encoders, open_encoder

_HOMES = {
    "Encoder": "contract",
    "EncoderSpace": "contract",
    "list_encoders": "opening",
    "open_encoder": "opening",
}

__all__ = ["Encoder", "EncoderSpace", "list_encoders", "open_encoder"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.encoders.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
