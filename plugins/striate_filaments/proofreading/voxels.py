"""Sets of voxels as sorted C-order indices into the volume: fast, and easy to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.neurons import Neuron

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
    return flat(neuron.coordinates(), shape)


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
    where = points(voxels, shape)
    start, stop = where.min(0), where.max(0) + 1
    size = stop - start
    z, y, x = (where - start).T
    local = (z * size[1] + y) * size[2] + x
    kind = np.uint32 if int(np.prod(size)) < 2**32 else np.uint64
    a, b = (tuple(int(v) for v in edge) for edge in (start, stop))
    return Neuron(id, a, b, local.astype(kind), **facts)  # type: ignore[arg-type]


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
    where = points(voxels, shape)
    a, b = (tuple(int(v) for v in edge) for edge in (where.min(0), where.max(0) + 1))
    return a, b  # type: ignore[return-value]
