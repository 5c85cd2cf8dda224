"""NeuronSets as the arrays a Labels layer draws: dense when small, lazy when large.

A voxel that several neurons own shows the smallest of them, so that a thin neurite
that crosses a thick one stays whole: the rule of ``exchange.labels``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from striate_filaments.exchange.labels import to_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron, NeuronSet

__all__ = ["DENSE_VOXELS", "Painted", "overlap_voxels", "paint"]

DENSE_VOXELS = 400_000_000
"""Largest volume that is painted at once."""

_SLAB_VOXELS = 16_000_000
_COARSE_SIDE = 512
"""Longest side of the level that is drawn in 3-D when the volume is large."""


@dataclass(frozen=True)
class Painted:
    """Label arrays (Z, Y, X), finest first; (Y, X) for a volume of one plane.

    `overlap` counts the voxels that more than one neuron owns.
    """

    levels: list[Any]
    overlap: int


def paint(neurons: NeuronSet, *, dense_voxels: int = DENSE_VOXELS) -> Painted:
    """Paint neurons for display; the value of a voxel is the id of its neuron."""
    if prod(neurons.shape) <= dense_voxels:
        labels, report = to_labels(neurons, "smaller")
        flat = labels[0] if neurons.shape[0] == 1 else labels
        return Painted([flat], report.voxels)
    kind = _kind(neurons)
    order = sorted(neurons, key=lambda n: (-len(n), -n.id))
    levels = [_lazy(order, neurons.shape, kind), _coarse(order, neurons.shape, kind)]
    return Painted(levels, overlap_voxels(neurons))


def overlap_voxels(neurons: NeuronSet) -> int:
    """Count the voxels that more than one neuron owns, without a dense image."""
    if not len(neurons):
        return 0
    places = [np.ravel_multi_index(tuple(n.coordinates().T), neurons.shape)
              for n in neurons]  # fmt: skip
    _, counts = np.unique(np.concatenate(places), return_counts=True)
    return int((counts > 1).sum())


# ---- Large volumes


def _kind(neurons: NeuronSet) -> type[np.unsignedinteger[Any]]:
    largest = max(neurons.ids, default=0)
    fitting = (k for k in (np.uint8, np.uint16, np.uint32)
               if largest <= np.iinfo(k).max)  # fmt: skip
    return next(fitting, np.uint64)


def _lazy(
    order: list[Neuron],
    shape: tuple[int, int, int],
    kind: type[np.unsignedinteger[Any]],
) -> da.Array:
    depth = max(1, min(shape[0], _SLAB_VOXELS // (shape[1] * shape[2])))
    chunks = ((*_pieces(shape[0], depth),), (shape[1],), (shape[2],))
    template = da.zeros(shape, dtype=kind, chunks=chunks)

    def slab(block: NDArray[Any], block_info: Any = None) -> NDArray[Any]:
        z0, z1 = block_info[0]["array-location"][0]
        return _slab(order, z0, z1, shape, kind)

    return template.map_blocks(slab, dtype=kind, meta=np.empty((0, 0, 0), kind))


def _slab(
    order: list[Neuron],
    z0: int,
    z1: int,
    shape: tuple[int, int, int],
    kind: type[np.unsignedinteger[Any]],
) -> NDArray[Any]:
    painted = np.zeros((z1 - z0, *shape[1:]), kind)
    for neuron in order:
        if neuron.start[0] >= z1 or neuron.stop[0] <= z0:
            continue
        plane = neuron.shape[1] * neuron.shape[2]
        first = max(0, z0 - neuron.start[0]) * plane
        last = min(neuron.shape[0], z1 - neuron.start[0]) * plane
        a, b = np.searchsorted(neuron.voxels, [first, last])
        local = np.unravel_index(neuron.voxels[a:b].astype(np.int64), neuron.shape)
        z, y, x = (c + s for c, s in zip(local, neuron.start, strict=True))
        painted[z - z0, y, x] = neuron.id
    return painted


def _coarse(
    order: list[Neuron],
    shape: tuple[int, int, int],
    kind: type[np.unsignedinteger[Any]],
) -> NDArray[Any]:
    """Paint every voxel into a coarse grid: nothing thin gets lost between steps."""
    step = np.maximum(1, -(-np.asarray(shape) // _COARSE_SIDE))
    painted = np.zeros(tuple(-(-np.asarray(shape) // step)), kind)
    for neuron in order:
        painted[tuple((neuron.coordinates() // step).T)] = neuron.id
    return painted


def _pieces(n: int, size: int) -> list[int]:
    whole = [size] * (n // size)
    return [*whole, n % size] if n % size else whole
