"""Whose the pieces truly are, where the neurons are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron, NeuronSet
    from striate_filaments.segmentation.graph import Pieces
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["vote"]

_AROUND = 2
"""Voxels around a true neuron that still show its light."""


def vote(
    grid: Grid, pieces: Pieces, truth: NeuronSet, dim: Container[int] = ()
) -> Doubles:
    """(K, T + 1) voxels that pieces have of true neurons; the last: of none.

    A voxel of several is shared among them. A neuron whose id is in `dim` gets only
    what no bright one has, for its light is not what is seen there.
    """
    points = grid.coordinates()
    inside = np.zeros((len(points), len(truth)), dtype=np.float64)
    near = np.zeros_like(inside)
    for i, neuron in enumerate(truth):
        faint = 1e-3 if neuron.id in dim else 1.0
        inside[:, i] = faint * neuron.contains(points)
        near[:, i] = faint * _near(neuron, points)
    near[inside.any(axis=1)] = 0
    share = inside + near
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    votes = np.zeros((len(pieces), len(truth) + 1))
    np.add.at(votes[:, :-1], pieces.label, share)
    votes[:, -1] = pieces.size - votes[:, :-1].sum(axis=1)
    return votes


def _near(neuron: Neuron, points: Ints) -> NDArray[np.bool_]:
    """Which (n, 3) points lie within ``_AROUND`` voxels of a neuron."""
    mask = np.pad(neuron.mask(), _AROUND)
    mask = ndimage.binary_dilation(mask, iterations=_AROUND)
    local = points - np.asarray(neuron.start) + _AROUND
    inside = np.all((local >= 0) & (local < mask.shape), axis=1)
    found = np.zeros(len(points), dtype=bool)
    found[inside] = mask[tuple(local[inside].T)]
    return found
