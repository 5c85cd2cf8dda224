"""Segmentation: volumes to neurons without training.

Here live noise, ridges, supervoxels, colours, joining and painting; all sparse and
blockwise, without Qt and napari. Public entry: :func:`segment`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from striate_filaments.segmentation.params import SegmentParams

if TYPE_CHECKING:
    from striate_filaments.segmentation.pipeline import segment
    from striate_filaments.segmentation.resolving import resolve, suggest_defaults

_HOMES = {
    "resolve": "striate_filaments.segmentation.resolving",
    "segment": "striate_filaments.segmentation.pipeline",
    "suggest_defaults": "striate_filaments.segmentation.resolving",
}

__all__ = ["SegmentParams", "resolve", "segment", "suggest_defaults"]


def __getattr__(name: str) -> Any:
    # The panels and the command line need the params long before any array.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
