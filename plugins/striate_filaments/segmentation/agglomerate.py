"""Joining supervoxels into neurons, surest first, with colours that sharpen.

Two regions join when their hues differ by no more than their uncertainty and
the tolerance allow. The colour of what was joined is measured anew, so a chain
of small steps cannot lead from red to green.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Regions", "join"]

_PIECE = 80.0
"""Voxels of a typical supervoxel."""


class Regions:
    """Disjoint sets of pieces with the colour of each set.

    Parameters
    ----------
    total, variance, size
        Sum of signal (K, C), variance of its components (K,), voxels (K,).
    grain
        Hue angle in radians by which pieces of one neuron differ; it averages out
        over many pieces.
    drift
        Hue angle in radians by which even long stretches of one neuron differ.
    """

    def __init__(
        self,
        total: Doubles,
        variance: Doubles,
        size: Doubles,
        grain: float,
        drift: float,
    ) -> None:
        self.parent = list(range(len(size)))
        self.total = np.array(total, dtype=np.float64)
        self.variance = np.array(variance, dtype=np.float64)
        self.size = np.array(size, dtype=np.float64)
        self.grain, self.drift = grain, drift

    def find(self, i: int) -> int:
        """Return the set that piece `i` is in."""
        parent = self.parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def unlike(self, a: int, b: int) -> float:
        """Squared hue difference of two sets over what may be: 1 is the limit."""
        u, v = self.total[a], self.total[b]
        uu, vv = float(u @ u), float(v @ v)
        if uu <= 0 or vv <= 0:
            return 0.0
        cosine = float(u @ v) / (uu * vv) ** 0.5
        angle = float(np.arccos(min(1.0, max(-1.0, cosine))))
        unsure = 2.0 * (self.variance[a] / uu + self.variance[b] / vv)
        pieces = max(1.0, min(self.size[a], self.size[b]) / _PIECE)
        grain = self.grain**2 / pieces + self.drift**2
        return angle * angle / (grain + min(unsure, 0.5))

    def merge(self, a: int, b: int) -> int:
        """Make one set of two and return its name."""
        keep, gone = (a, b) if self.size[a] >= self.size[b] else (b, a)
        self.parent[gone] = keep
        self.total[keep] += self.total[gone]
        self.variance[keep] += self.variance[gone]
        self.size[keep] += self.size[gone]
        return keep

    def labels(self) -> Ints:
        """(K,) set of every piece."""
        return np.asarray([self.find(i) for i in range(len(self.parent))])


def join(
    regions: Regions, pairs: Ints, extra: Doubles, limit: float = 1.0
) -> list[int]:
    """Join sets along edges in order of cost = hue difference + `extra`.

    Costs change as sets grow: an edge that became dearer waits its turn again.

    Parameters
    ----------
    pairs
        (m, 2) pieces.
    extra
        (m,) what the edge costs besides hue.
    limit
        Edges that cost more are left alone.

    Returns
    -------
    Positions of the edges that joined two sets
    """
    find, unlike = regions.find, regions.unlike
    ends: list[list[int]] = pairs.tolist()
    added: list[float] = extra.tolist()
    heap = list(
        _affordable(
            (
                (unlike(find(a), find(b)) + e, i)
                for i, ((a, b), e) in enumerate(zip(ends, added, strict=True))
            ),
            limit,
        )
    )
    heapq.heapify(heap)
    used = []
    while heap:
        cost, i = heapq.heappop(heap)
        a, b = find(ends[i][0]), find(ends[i][1])
        if a == b:
            continue
        now = unlike(a, b) + added[i]
        if now > limit:
            continue
        if now > cost + 0.01:
            heapq.heappush(heap, (now, i))
            continue
        regions.merge(a, b)
        used.append(i)
    return used


def _affordable(
    costs: Iterable[tuple[float, int]], limit: float
) -> Iterable[tuple[float, int]]:
    return (c for c in costs if c[0] <= limit)
