"""Joining pieces into neurons, surest first, with colours that sharpen.

Two regions join when their hues differ by no more than their noise and the
tolerance allow. The colour of what was joined is measured anew, so a chain of
small steps cannot lead from red to green.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

__all__ = ["Regions", "find_root", "find_roots", "join"]


@dataclass
class Regions:
    """Disjoint sets of pieces with the colour of each set; `join` changes them.

    Parameters
    ----------
    parent
        (K,) next piece on the way to the piece that names the set.
    total, variance
        (K, C) sum of signal, and variance of that sum; right at set names only.
    size
        (K,) voxels; right at set names only.
    """

    parent: Ints
    total: Doubles
    variance: Doubles
    size: Doubles

    @classmethod
    def of(cls, total: Doubles, variance: Doubles, size: Doubles) -> Regions:
        """Every piece a set of its own."""
        names = np.arange(len(size), dtype=np.int64)
        return cls(names, total.copy(), variance.copy(), size.copy())

    @property
    def labels(self) -> Ints:
        """(K,) set of every piece, named by one of its pieces."""
        return find_roots(self.parent)

    def unlike(self, pairs: Ints, grain: float, drift: float) -> Doubles:
        """(m,) hue difference of (m, 2) sets; 1 is one standard deviation."""
        args = (self.total, self.variance, self.size, grain, drift)
        return np.sqrt(_unlike_many(pairs, *args))


def join(
    regions: Regions,
    pairs: Ints,
    extra: Doubles,
    limit: Doubles,
    grain: float,
    drift: float,
) -> NDArray[np.bool_]:
    """Join sets along edges in order of cost = squared hue difference + `extra`.

    Costs change as sets grow: an edge that became dearer waits its turn again.

    Parameters
    ----------
    pairs
        (m, 2) pieces.
    extra, limit
        (m,) what an edge costs besides hue, and the most it may cost.
    grain
        Hue angle in radians by which pieces of one neuron differ; it averages out
        over many pieces.
    drift
        Hue angle in radians by which even long stretches of one neuron differ.

    Returns
    -------
    (m,) which edges joined two sets
    """
    return _join(
        regions.parent,
        regions.total,
        regions.variance,
        regions.size,
        np.ascontiguousarray(pairs),
        extra,
        limit,
        grain,
        drift,
    )


@compiled
def find_root(parent: Ints, i: int) -> int:
    """Name of the set of one piece; ways to it are halved."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def find_roots(parent: Ints) -> Ints:
    """Name of the set of every piece."""
    out = np.empty_like(parent)
    for i in range(len(parent)):
        out[i] = find_root(parent, i)
    return out


@compiled
def _unlike(
    total: Doubles,
    variance: Doubles,
    size: Doubles,
    a: int,
    b: int,
    grain: float,
    drift: float,
) -> float:
    """Squared hue difference in units of its variance, channel by channel."""
    channels = total.shape[1]
    if channels == 1:
        return 0.0
    aa, bb = 0.0, 0.0
    for c in range(channels):
        aa += max(total[a, c], 0.0) ** 2
        bb += max(total[b, c], 0.0) ** 2
    if aa <= 0.0 or bb <= 0.0:
        return 0.0
    la, lb = math.sqrt(aa), math.sqrt(bb)
    pieces = max(1.0, min(size[a], size[b]) / 80.0)
    allowed = grain * grain / pieces + drift * drift
    cost = 0.0
    for c in range(channels):
        apart = max(total[a, c], 0.0) / la - max(total[b, c], 0.0) / lb
        noise = variance[a, c] / aa + variance[b, c] / bb
        cost += apart * apart / (allowed + noise)
    return cost


@compiled
def _unlike_many(
    pairs: Ints,
    total: Doubles,
    variance: Doubles,
    size: Doubles,
    grain: float,
    drift: float,
) -> Doubles:
    out = np.empty(len(pairs))
    for i in range(len(pairs)):
        a, b = pairs[i, 0], pairs[i, 1]
        out[i] = _unlike(total, variance, size, a, b, grain, drift)
    return out


@compiled
def _join(
    parent: Ints,
    total: Doubles,
    variance: Doubles,
    size: Doubles,
    pairs: Ints,
    extra: Doubles,
    limit: Doubles,
    grain: float,
    drift: float,
) -> NDArray[np.bool_]:
    used = np.zeros(len(pairs), dtype=np.bool_)
    heap = [(0.0, -1)]
    heap.pop()
    for i in range(len(pairs)):
        a, b = find_root(parent, pairs[i, 0]), find_root(parent, pairs[i, 1])
        cost = extra[i] + _unlike(total, variance, size, a, b, grain, drift)
        if a != b and cost <= limit[i]:
            heap.append((cost, i))
    heapq.heapify(heap)
    while len(heap) > 0:
        cost, i = heapq.heappop(heap)
        a, b = find_root(parent, pairs[i, 0]), find_root(parent, pairs[i, 1])
        if a == b:
            continue
        now = extra[i] + _unlike(total, variance, size, a, b, grain, drift)
        if now > limit[i]:
            continue
        if now > cost + 0.01:
            heapq.heappush(heap, (now, i))
            continue
        if size[a] < size[b]:
            a, b = b, a
        parent[b] = a
        total[a] += total[b]
        variance[a] += variance[b]
        size[a] += size[b]
        used[i] = True
    return used
