"""From regions of supervoxels to neurons that may share voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.colour import directions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.agglomerate import Regions
    from striate_filaments.segmentation.graph import Pieces
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Painted", "cable_lengths", "paint"]


@dataclass(frozen=True)
class Painted:
    """One neuron's voxels and what is known of it.

    Parameters
    ----------
    name
        Piece that names its region.
    points
        (n, 3) voxel coordinates.
    """

    name: int
    points: Ints


def paint(
    grid: Grid,
    pieces: Pieces,
    regions: Regions,
    chosen: Ints,
    links: Ints,
) -> list[Painted]:
    """Collect the voxels of the chosen regions and of the gaps they bridge.

    Parameters
    ----------
    chosen
        (r,) names of the regions.
    links
        (m, 2) pieces joined over a gap.
    """
    region = regions.labels
    owner = region[pieces.label]
    order = np.argsort(owner, kind="stable")
    first = np.searchsorted(owner[order], chosen)
    last = np.searchsorted(owner[order], chosen, side="right")
    points = grid.coordinates()
    found = []
    for name, a, b in zip(chosen.tolist(), first, last, strict=True):
        found.append(Painted(name, points[order[a:b]]))
    return found


def cable_lengths(pieces: Pieces, regions: Regions, edges: Ints) -> Doubles:
    """(K,) length of the shortest tree through the pieces of each region.

    Parameters
    ----------
    edges
        (m, 2) pieces that touch or are joined; those between regions are left out.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    region = regions.labels
    inside = edges[region[edges[:, 0]] == region[edges[:, 1]]]
    apart = np.linalg.norm(
        pieces.place[inside[:, 0]] - pieces.place[inside[:, 1]], axis=1
    )
    count = len(pieces)
    graph = coo_array(
        (np.maximum(apart, 1e-6), (inside[:, 0], inside[:, 1])), (count, count)
    )
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return np.bincount(region[tree.row], tree.data, minlength=count)


def colours_of(regions: Regions, chosen: Ints, scale: Doubles) -> Doubles:
    """(r, C) unit colours in raw channels."""
    return directions(regions.total[chosen] * scale)
