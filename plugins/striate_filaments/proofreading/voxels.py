"""Sets of voxels as sorted C-order indices into the volume: fast, and easy to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.neurons import Neuron
from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Box

__all__ = [
    "Voxels",
    "box_of",
    "difference",
    "flat",
    "inside",
    "intersection",
    "points",
    "to_neuron",
    "union",
    "voxels_of",
]

Voxels = "NDArray[np.int64]"
"""Sorted, unique C-order indices into the volume."""


def voxels_of(neuron: Neuron, shape: tuple[int, int, int]) -> NDArray[np.int64]:
    """Voxels of a neuron; sorted because those of its box are."""
    _, ny, nx = neuron.shape
    z, y, x = neuron.start
    begin = (z * shape[1] + y) * shape[2] + x
    return _moved(neuron.voxels, ny, nx, shape[1], shape[2], begin)


def flat(coordinates: NDArray[Any], shape: tuple[int, int, int]) -> NDArray[np.int64]:
    """C-order indices of (n, 3) voxels (z, y, x), in the order they come."""
    z, y, x = np.asarray(coordinates, np.int64).T
    found: NDArray[np.int64] = (z * shape[1] + y) * shape[2] + x
    return found


def points(voxels: NDArray[np.int64], shape: tuple[int, int, int]) -> NDArray[np.int64]:
    """(n, 3) voxels (z, y, x)."""
    return np.stack(np.unravel_index(voxels, shape), axis=1)


def to_neuron(
    id: int, voxels: NDArray[np.int64], shape: tuple[int, int, int], **facts: Any
) -> Neuron:
    """Make a neuron of sorted, unique voxels."""
    a, b = _bounds(voxels, shape)
    nz, ny, nx = (j - i for i, j in zip(a, b, strict=True))
    # A voxel's index less its row's and plane's share that the box leaves out.
    begin = (a[0] * shape[1] + a[1]) * shape[2] + a[2]
    local = _moved(voxels - begin, shape[1], shape[2], ny, nx, 0)
    kind = np.uint32 if nz * ny * nx < 2**32 else np.uint64
    return Neuron(id, a, b, local.astype(kind), **facts)


def inside(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `a` are in `b`."""
    if len(b) == 0:
        return np.zeros(len(a), bool)
    place = np.minimum(np.searchsorted(b, a), len(b) - 1)
    return np.asarray(b[place] == a)


def union(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Voxels of either."""
    return np.sort(np.concatenate([a, b[~inside(b, a)]]), kind="stable")


def difference(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Voxels of `a` that are not of `b`."""
    return a[~inside(a, b)]


def intersection(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Voxels of both."""
    return a[inside(a, b)]


def box_of(voxels: NDArray[np.int64], shape: tuple[int, int, int]) -> Box | None:
    """Smallest box around voxels; None where there are none."""
    if len(voxels) == 0:
        return None
    return _bounds(voxels, shape)


# ---- Private functions


def _bounds(voxels: NDArray[np.int64], shape: tuple[int, int, int]) -> Box:
    low, high = _extent(voxels, shape[1], shape[2])
    a, b = low.tolist(), (high + 1).tolist()
    return (a[0], a[1], a[2]), (b[0], b[1], b[2])


@compiled
def _extent(
    voxels: NDArray[np.int64], ny: int, nx: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low = np.full(3, np.iinfo(np.int64).max)
    high = np.full(3, -1, np.int64)
    for voxel in voxels:
        row = voxel // nx
        z = row // ny
        y, x = row - z * ny, voxel - row * nx
        low[0], high[0] = min(low[0], z), max(high[0], z)
        low[1], high[1] = min(low[1], y), max(high[1], y)
        low[2], high[2] = min(low[2], x), max(high[2], x)
    return low, high


@compiled
def _moved(
    voxels: NDArray[Any], ny: int, nx: int, to_ny: int, to_nx: int, begin: int
) -> NDArray[np.int64]:
    """Indices into a box of rows `nx` long as those into one of rows `to_nx` long."""
    found = np.empty(len(voxels), np.int64)
    for i in range(len(voxels)):
        voxel = np.int64(voxels[i])
        row = voxel // nx
        z = row // ny
        y, x = row - z * ny, voxel - row * nx
        found[i] = (z * to_ny + y) * to_nx + x + begin
    return found
