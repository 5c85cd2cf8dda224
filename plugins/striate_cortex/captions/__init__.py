"""Captions: from a unit's weights to words, and how far to trust them.

Here live the projection onto a library of natural images (BrainSCUBA) and the scores of
captions; no networks, no files. Public entry: :func:`project`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_cortex.captions.accuracy import caption_accuracy
    from striate_cortex.captions.projection import Projection, project

_HOMES = {
    "Projection": "projection",
    "caption_accuracy": "accuracy",
    "project": "projection",
}

__all__ = ["Projection", "caption_accuracy", "project"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = import_module(f"striate_cortex.captions.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
