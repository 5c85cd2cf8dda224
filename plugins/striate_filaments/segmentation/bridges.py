"""Gaps: which ends could belong together, and what lies between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from striate_filaments.segmentation.compiled import compiled
from striate_filaments.segmentation.sparse import first_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.colour import Palette
    from striate_filaments.segmentation.graph import Pieces
    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]
    Floats = NDArray[np.float32]

__all__ = ["SMALLEST", "Bridges", "find_bridges", "room"]

SMALLEST = 40.0
"""Voxels of a region too small to say where it is heading."""
_PER_PAIR = 3
_AT_ONCE = 20_000
_AROUND = 14.0
_REACH = 8.0
_TRUST = 0.8


@dataclass(frozen=True)
class Bridges:
    """Pairs of pieces that a gap parts.

    Parameters
    ----------
    pairs
        (m, 2) pieces of unlike regions.
    bare
        (m,) length walked without evidence of the pair's colour.
    ahead
        (m, 2) cosine of the angle between where each end was heading and the other
        end; nearer 0 in the middle of a neurite, which heads nowhere.
    """

    pairs: Ints
    bare: Doubles
    ahead: Doubles

    @property
    def turn(self) -> Doubles:
        """(m,) 0 when both ends point at one another, 1 at right angles, 2 away."""
        return np.asarray(1.0 - 0.5 * self.ahead.sum(axis=1))

    def take(self, chosen: NDArray[np.generic]) -> Bridges:
        """Return some of them."""
        return Bridges(self.pairs[chosen], self.bare[chosen], self.ahead[chosen])


def find_bridges(
    grid: Grid,
    palette: Palette,
    pieces: Pieces,
    region: Ints,
    region_size: Doubles,
    voxel: Doubles,
    gap: float,
    smallest: float = SMALLEST,
) -> Bridges:
    """List the gaps no wider than `gap` between regions.

    Parameters
    ----------
    region
        (K,) region of each piece.
    region_size
        (K,) voxels of the region that a piece names.
    voxel
        (3,) size of a voxel in the unit of `pieces.place` and `gap`.
    smallest
        Regions of no more voxels are not bridged.
    """
    pairs = _near_pairs(pieces.place, region, gap + _REACH)
    pairs = pairs[(region_size[region[pairs]] > smallest).all(axis=1)]
    outward = _outward(pieces, region)
    across = pieces.place[pairs[:, 1]] - pieces.place[pairs[:, 0]]
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    ahead = np.stack(
        [_along(outward[pairs[:, 0]], across), _along(outward[pairs[:, 1]], -across)],
        axis=1,
    )
    bare = _walk(
        grid.index,
        grid.rows,
        grid.shape,
        palette.signal,
        palette.noise,
        region[pieces.label],
        pieces.place,
        pieces.total,
        pieces.size,
        region,
        pairs,
        voxel,
    )
    return Bridges(pairs, bare, ahead).take(bare < gap)


def _near_pairs(place: Doubles, region: Ints, far: float) -> Ints:
    """(m, 2) pieces of unlike regions within `far`, the nearest of each two."""
    tree = cKDTree(place) if len(place) else None
    found = [np.empty((0, 2), dtype=np.int64)]
    apart = [np.empty(0)]
    for first in range(0, len(place), _AT_ONCE):
        # In a crowded volume all pairs together would not fit in memory.
        some = cKDTree(place[first : first + _AT_ONCE])
        near = some.sparse_distance_matrix(tree, far, output_type="ndarray")
        pairs = np.stack([near["i"] + first, near["j"]], axis=1)
        use = (pairs[:, 0] < pairs[:, 1]) & (region[pairs[:, 0]] != region[pairs[:, 1]])
        kept = _nearest(pairs[use], near["v"][use], region)
        found.append(kept[0])
        apart.append(kept[1])
    return _nearest(np.concatenate(found), np.concatenate(apart), region)[0]


def _nearest(pairs: Ints, apart: Doubles, region: Ints) -> tuple[Ints, Doubles]:
    """Keep the ``_PER_PAIR`` nearest pairs of pieces of each two regions."""
    ends = np.sort(region[pairs], axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], apart, ends[:, 1], ends[:, 0]))
    pairs, apart, ends = pairs[order], apart[order], ends[order]
    fresh = np.ones(len(pairs), dtype=bool)
    fresh[1:] = np.any(ends[1:] != ends[:-1], axis=1)
    starts = np.maximum.accumulate(np.where(fresh, np.arange(len(pairs)), 0))
    chosen = np.arange(len(pairs)) - starts < _PER_PAIR
    return pairs[chosen], apart[chosen]


def _outward(pieces: Pieces, region: Ints) -> Doubles:
    """(K, 3) vector from the mean of a piece's own neighbourhood to the piece.

    Long at the tip of a neurite, near zero in its middle, so it tells both
    where a neurite ends and where it was heading.
    """
    total = np.zeros((len(pieces), 3))
    weight = np.zeros(len(pieces))
    if len(pieces) > 1:
        tree = cKDTree(pieces.place)
        pairs = tree.query_pairs(_AROUND, output_type="ndarray")
        pairs = pairs[region[pairs[:, 0]] == region[pairs[:, 1]]]
        for a, b in ((0, 1), (1, 0)):
            mass = pieces.size[pairs[:, b]]
            np.add.at(total, pairs[:, a], mass[:, None] * pieces.place[pairs[:, b]])
            np.add.at(weight, pairs[:, a], mass)
    mean = total / np.maximum(weight, 1e-9)[:, None]
    return np.where(weight[:, None] > 0, pieces.place - mean, 0.0)


def _along(outward: Doubles, across: Doubles) -> Doubles:
    """Cosine of two directions; a short `outward` says little and counts less."""
    length = np.maximum(np.linalg.norm(outward, axis=1), 3.0)
    return np.asarray((outward * across).sum(axis=1) / length)


@compiled
def _walk(
    index: Ints,
    rows: Ints,
    shape: Ints,
    signal: Floats,
    noise: Floats,
    owner: Ints,
    place: Doubles,
    total: Doubles,
    size: Doubles,
    region: Ints,
    pairs: Ints,
    voxel: Doubles,
) -> Doubles:
    """Length walked without evidence along the straight line of each pair.

    Steps inside the two regions are free; elsewhere a step counts the less, the
    more of the pair's colour the voxel has room for. Light only adds up, so what
    else passes there cannot hide it.
    """
    channels = signal.shape[1]
    bare = np.zeros(len(pairs))
    colour = np.zeros(channels)
    smallest = min(voxel[0], voxel[1], voxel[2])
    for m in range(len(pairs)):
        p, q = pairs[m, 0], pairs[m, 1]
        lp, lq, both = 0.0, 0.0, 0.0
        for c in range(channels):
            lp += total[p, c] ** 2
            lq += total[q, c] ** 2
            colour[c] = max(total[p, c] + total[q, c], 0.0)
            both += colour[c] ** 2
        need = 0.5 * min(math.sqrt(lp) / size[p], math.sqrt(lq) / size[q])
        colour /= max(math.sqrt(both), 1e-12)
        d0 = place[q, 0] - place[p, 0]
        d1 = place[q, 1] - place[p, 1]
        d2 = place[q, 2] - place[p, 2]
        length = math.sqrt(d0 * d0 + d1 * d1 + d2 * d2)
        steps = max(1, math.ceil(length / smallest))
        for k in range(steps + 1):
            t = k / steps
            z = round((place[p, 0] + t * d0) / voxel[0])
            y = round((place[p, 1] + t * d1) / voxel[1])
            x = round((place[p, 2] + t * d2) / voxel[2])
            row = z * shape[1] + y
            i = first_at(index, rows, row, row * shape[2] + x)
            sure = 0.0
            if i < rows[row + 1] and index[i] == row * shape[2] + x:
                if owner[i] == region[p] or owner[i] == region[q]:
                    continue
                sure = min(1.0, _room(signal[i], noise[i], colour) / max(need, 1e-12))
            bare[m] += (1.0 - _TRUST * sure) * length / steps
    return bare


@compiled
def _room(signal: Floats, noise: Floats, colour: Doubles) -> float:
    """How bright a neuron of this unit colour could at most be at a voxel.

    Whatever else passes through, it cannot give a channel more than the voxel
    shows there; a bound, which unlike unmixing need not know what the rest is.
    """
    least = 1e30
    top = colour.max()
    for c in range(len(colour)):
        if colour[c] > 0.25 or colour[c] == top:
            least = min(least, (signal[c] + noise[c]) / max(colour[c], 1e-12))
    return max(least, 0.0)


@compiled
def room(signal: Floats, noise: Floats, colours: Doubles) -> Doubles:
    """(n,) how bright a neuron of each (n, C) unit colour could be at each voxel."""
    out = np.empty(len(signal))
    for i in range(len(signal)):
        out[i] = _room(signal[i], noise[i], colours[i])
    return out
