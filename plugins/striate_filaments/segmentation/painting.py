"""From regions of supervoxels to neurons that may share voxels.

A neuron owns the voxels of its pieces, a thin tube through every gap it bridges,
and those neighbours of its own voxels that belong to others but are bright enough
in its colour to hold its light as well: the voxels of a crossing go to both.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.bridges import room
from striate_filaments.segmentation.sparse import touching_voxels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.graph import Pieces
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["paint", "tubes"]

_SHARE = 0.5
"""Light a voxel must have room for, relative to the neuron's own voxel beside it."""
_TUBE = 1.25


def paint(
    grid: Grid, palette: Palette, owner: Ints, tint: Doubles, tube: tuple[Ints, Ints]
) -> list[Ints]:
    """Collect the voxels of each neuron.

    Parameters
    ----------
    owner
        (n,) neuron 0, 1, 2 and so on of each voxel of the grid, -1 for none.
    tint
        (r, C) unit colours of the neurons.
    tube
        Neurons (m,) and voxel coordinates (m, 3) that gaps add.

    Returns
    -------
    (k, 3) voxel coordinates of each neuron, possibly repeated
    """
    points = grid.coordinates()
    own = np.flatnonzero(owner >= 0)
    whose, shared = _shared(grid, palette, owner, tint)
    names = np.concatenate([owner[own], whose, tube[0]])
    places = np.concatenate([points[own], points[shared], tube[1]])
    order = np.argsort(names, kind="stable")
    ends = np.searchsorted(names[order], np.arange(len(tint) + 1))
    return [places[order[a:b]] for a, b in pairwise(ends)]


def _shared(
    grid: Grid, palette: Palette, owner: Ints, tint: Doubles
) -> tuple[Ints, Ints]:
    """Neurons and voxels (positions in the grid) they share with their neighbours."""
    # Unowned voxels are somebody else's too: a name beyond the last neuron.
    named = np.where(owner < 0, len(tint), owner)
    pairs = touching_voxels(grid, named)
    whose, voxel = [], []
    for mine, other in ((0, 1), (1, 0)):
        a, b = pairs[:, mine], pairs[:, other]
        a, b = a[owner[a] >= 0], b[owner[a] >= 0]
        colour = tint[owner[a]]
        here = np.einsum("nc,nc->n", palette.signal[a], colour)
        fits = room(palette.signal[b], palette.noise[b], colour) > _SHARE * here
        whose.append(owner[a][fits])
        voxel.append(b[fits])
    return np.concatenate(whose), np.concatenate(voxel)


def tubes(
    pieces: Pieces, neuron: Ints, links: Ints, voxel: Doubles, shape: Ints
) -> tuple[Ints, Ints]:
    """Voxels of thin tubes along the straight lines between linked pieces.

    Parameters
    ----------
    neuron
        (K,) neuron of each piece, -1 for none.
    links
        (m, 2) pieces joined over a gap.
    voxel
        (3,) size of a voxel in the unit of ``pieces.place``.
    """
    whose, places = [np.empty(0, np.int64)], [np.empty((0, 3), np.int64)]
    reach = [int(_TUBE / v) for v in voxel]
    ball = np.array(
        [
            o
            for o in product(*(range(-r, r + 1) for r in reach))
            if np.linalg.norm(o * voxel) <= _TUBE
        ]
    )
    for p, q in links:
        if neuron[p] < 0:
            continue
        across = pieces.place[q] - pieces.place[p]
        steps = max(2, int(np.linalg.norm(across) / voxel.min() * 2) + 1)
        line = pieces.place[p] + np.linspace(0, 1, steps)[:, None] * across
        centre = np.unique(np.rint(line / voxel).astype(np.int64), axis=0)
        tube = np.unique((centre[:, None] + ball).reshape(-1, 3), axis=0)
        tube = tube[np.all((tube >= 0) & (tube < shape), axis=1)]
        places.append(tube)
        whose.append(np.full(len(tube), neuron[p]))
    return np.concatenate(whose), np.concatenate(places)
