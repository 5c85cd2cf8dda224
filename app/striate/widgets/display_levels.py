"""Which resolution of a volume to draw: what memory and the graphics card take."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dask.array as da

__all__ = ["display_levels", "level_for_3d"]

TEXTURE_LIMIT = 2048
"""Longest side of a 3-D texture that every OpenGL driver takes."""

BYTES_LIMIT = 256 * 2**20
"""Most bytes one channel may take on the graphics card."""


def display_levels(levels: Sequence[da.Array]) -> list[da.Array]:
    """Return the levels with coarser ones added until one can be drawn in 3-D.

    The added ones are strided views: cheap to make, lazy to read.
    """
    shown = list(levels)
    while not _fits(shown[-1].shape, shown[-1].dtype):
        shown.append(_halved(shown[-1]))
    return shown


def level_for_3d(shapes: Sequence[Sequence[int]], dtype: Any) -> int:
    """Index of the finest level that can be drawn in 3-D, else the coarsest."""
    for index, shape in enumerate(shapes):
        if _fits(shape, dtype):
            return index
    return len(shapes) - 1


def _fits(shape: Sequence[int], dtype: Any) -> bool:
    drawn = tuple(shape)[-3:]
    # Integers above 16 bit are uploaded as float32, so four bytes is the most.
    size = prod(drawn) * min(4, np.dtype(dtype).itemsize)
    if len(drawn) < 3:
        return True
    return max(drawn) <= TEXTURE_LIMIT and size <= BYTES_LIMIT


def _halved(array: da.Array) -> da.Array:
    spatial = array.shape[-3:]
    longest = max(spatial)
    # A thin stack keeps its planes: only sides of at least half the longest shrink.
    steps = [2 if 2 * n > longest else 1 for n in spatial]
    return array[(..., *(slice(None, None, step) for step in steps))]
