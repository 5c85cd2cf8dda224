"""Channels: images with any number, order and kind of channels in one embedding space.

Pure modules at the top (no Qt, no napari); then jobs, cli, workspace, panels.
Public entries: :func:`load_chadavit`, :func:`normalise_channels`, :func:`embed_files`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate_channels.chadavit import ChAdaViT, load_chadavit
    from striate_channels.preprocessing import normalise_channels

_HOMES = {
    "ChAdaViT": "striate_channels.chadavit",
    "load_chadavit": "striate_channels.chadavit",
    "normalise_channels": "striate_channels.preprocessing",
}

__all__ = ["ChAdaViT", "load_chadavit", "normalise_channels"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
