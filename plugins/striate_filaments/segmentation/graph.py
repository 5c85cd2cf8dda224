"""The graph between supervoxels: who touches, and who could be joined over a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from striate_filaments.segmentation.colour import directions, room_for
from striate_filaments.segmentation.sparse import touching_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Contacts", "Pieces", "contacts", "gap_pairs", "outward", "walk"]


@dataclass(frozen=True)
class Pieces:
    """The supervoxels as nodes.

    Parameters
    ----------
    label
        (n,) supervoxel of each voxel of the grid, -1 for none.
    total, variance, size
        Sum of signal (K, C), variance of its components (K,), voxels (K,).
    peak
        (K,) strongest ridge score inside.
    place
        (K, 3) score-weighted centre in physical units.
    """

    label: Ints
    total: Doubles
    variance: Doubles
    size: Doubles
    peak: Doubles
    place: Doubles

    def __len__(self) -> int:
        return len(self.size)

    @property
    def brightness(self) -> Doubles:
        """(K,) mean length of the signal."""
        return np.asarray(np.linalg.norm(self.total, axis=1) / self.size)


@dataclass(frozen=True)
class Contacts:
    """Edges between touching supervoxels.

    Parameters
    ----------
    pairs
        (m, 2) supervoxels, the smaller label first.
    area
        (m,) number of touching voxel pairs.
    pass_height
        (m,) highest ridge score on which one can walk across.
    """

    pairs: Ints
    area: Doubles
    pass_height: Doubles


def contacts(grid: Grid, label: Ints, score: NDArray[np.float32]) -> Contacts:
    """Find all edges between touching supervoxels."""
    none = np.empty((0, 2), dtype=np.int64)
    count = touching_pairs(grid.index, grid.rows, grid.shape, label, False, none)
    voxels = np.empty((count, 2), dtype=np.int64)
    touching_pairs(grid.index, grid.rows, grid.shape, label, True, voxels)
    ends = np.sort(label[voxels], axis=1)
    height = score[voxels].min(axis=1)
    key = ends[:, 0] * (int(label.max(initial=0)) + 1) + ends[:, 1]
    _, first, inverse, area = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    best = np.zeros(len(first))
    np.maximum.at(best, inverse, height)
    return Contacts(ends[first], area.astype(np.float64), best)


def gap_pairs(
    place: Doubles, region: Ints, far: float, keep: int
) -> tuple[Ints, Doubles]:
    """Pairs of pieces of unlike regions within `far`, nearest of each two regions.

    Returns
    -------
    ((m, 2) pieces, (m,) distances), at most `keep` for each pair of regions
    """
    if len(place) < 2:
        return np.empty((0, 2), dtype=np.int64), np.empty(0)
    pairs = cKDTree(place).query_pairs(far, output_type="ndarray").astype(np.int64)
    pairs = pairs[region[pairs[:, 0]] != region[pairs[:, 1]]]
    gap = np.linalg.norm(place[pairs[:, 0]] - place[pairs[:, 1]], axis=1)
    ends = np.sort(region[pairs], axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], gap, ends[:, 1], ends[:, 0]))
    pairs, gap, ends = pairs[order], gap[order], ends[order]
    fresh = np.ones(len(pairs), dtype=bool)
    fresh[1:] = np.any(ends[1:] != ends[:-1], axis=1)
    starts = np.maximum.accumulate(np.where(fresh, np.arange(len(pairs)), 0))
    chosen = np.arange(len(pairs)) - starts < keep
    return pairs[chosen], gap[chosen]


def outward(pieces: Pieces, region: Ints, around: float) -> Doubles:
    """(K, 3) vector from the mean of a piece's own neighbourhood to the piece.

    Long at the tip of a neurite, near zero in its middle, so it tells both
    where a neurite ends and where it was heading.
    """
    pairs = cKDTree(pieces.place).query_pairs(around, output_type="ndarray")
    pairs = pairs[region[pairs[:, 0]] == region[pairs[:, 1]]]
    total = np.zeros((len(pieces), 3))
    weight = np.zeros(len(pieces))
    for a, b in ((0, 1), (1, 0)):
        mass = pieces.size[pairs[:, b]]
        np.add.at(total, pairs[:, a], mass[:, None] * pieces.place[pairs[:, b]])
        np.add.at(weight, pairs[:, a], mass)
    mean = total / np.maximum(weight, 1e-9)[:, None]
    return np.where(weight[:, None] > 0, pieces.place - mean, 0.0)


def walk(
    grid: Grid,
    palette: Palette,
    pieces: Pieces,
    region: Ints,
    pairs: Ints,
    voxel_size: Doubles,
) -> tuple[Doubles, Doubles]:
    """How far one walks without evidence between the two pieces of each pair.

    Along the straight line, steps inside the two regions are free, steps where
    the colour of the pair could be present (see :func:`room_for`) nearly so, and
    the rest counts in full.

    Returns
    -------
    (bare length (m,), length outside the two regions (m,)), physical units
    """
    step = float(voxel_size.min())
    bare, outside = np.zeros(len(pairs)), np.zeros(len(pairs))
    owner = np.where(pieces.label >= 0, region[pieces.label], -1)
    unit = directions(pieces.total)
    bright = pieces.brightness
    for m, (p, q) in enumerate(pairs):
        start, end = pieces.place[p], pieces.place[q]
        length = float(np.linalg.norm(end - start))
        count = max(2, int(np.ceil(length / step)) + 1)
        line = start + np.linspace(0, 1, count)[:, None] * (end - start)
        at = grid.position(np.rint(line / voxel_size).astype(np.int64))
        own = (at >= 0) & ((owner[at] == region[p]) | (owner[at] == region[q]))
        colour = directions((pieces.total[p] + pieces.total[q])[None])[0]
        room = room_for(
            palette.signal[at].astype(np.float64), palette.noise[at], colour
        )
        need = 0.5 * min(bright[p], bright[q])
        sure = np.where(at >= 0, np.minimum(room / need, 1.0), 0.0)
        each = length / (count - 1)
        outside[m] = each * (~own).sum()
        bare[m] = each * ((1.0 - 0.8 * sure) * ~own).sum()
    _ = unit
    return bare, outside
