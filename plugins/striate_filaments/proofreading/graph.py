"""A neuron's own voxels as a graph: neighbours, parts, and shortest ways.

Compiled, and without the volume around: 200,000 voxels take some tens of
milliseconds. Distances are whole numbers of `UNITS` per smallest voxel side, so that
the queue is a row of buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron

    Ints = NDArray[np.int64]

__all__ = ["FAR", "VoxelGraph"]

UNITS = 4
FAR = 2**31 - 1
"""Distance of voxels that no seed reaches."""


@dataclass(frozen=True)
class VoxelGraph:
    """26-neighbours among the voxels of one neuron.

    Parameters
    ----------
    voxels
        (n, 3) coordinates (z, y, x) in the volume.
    first, neighbour, direction
        Voxel i has the neighbours ``neighbour[first[i]:first[i + 1]]``, each in a
        direction from 0 to 26 (13 is itself and never there).
    size
        (z, y, x) of a voxel in µm or voxels.
    """

    voxels: Ints
    first: NDArray[np.int64]
    neighbour: NDArray[np.int32]
    direction: NDArray[np.int8]
    size: tuple[float, float, float]

    @classmethod
    def of(cls, neuron: Neuron, voxel_size: tuple[float, float, float]) -> VoxelGraph:
        """Find all neighbours.

        The last graph is kept: while a person tries where to cut, it is asked for
        again and again.
        """
        if _LAST and _LAST[0][0] is neuron and _LAST[0][1].size == voxel_size:
            return _LAST[0][1]
        graph = cls._made(neuron, voxel_size)
        _LAST[:] = [(neuron, graph)]
        return graph

    @classmethod
    def _made(
        cls, neuron: Neuron, voxel_size: tuple[float, float, float]
    ) -> VoxelGraph:
        # A border on each side keeps neighbours from wrapping around.
        points = neuron.coordinates()
        local = points - np.asarray(neuron.start) + 1
        size = np.asarray(neuron.shape) + 2
        index = (local[:, 0] * size[1] + local[:, 1]) * size[2] + local[:, 2]
        first, neighbour, direction = _neighbours(index, int(size[1]), int(size[2]))
        return cls(points, first, neighbour, direction, voxel_size)

    def __len__(self) -> int:
        return len(self.voxels)

    @property
    def voxel_size(self) -> NDArray[np.float64]:
        """(3,) size of a voxel."""
        return np.asarray(self.size, float)

    @cached_property
    def part(self) -> NDArray[np.int32]:
        """(n,) connected part of each voxel, from 0."""
        return self.parts(np.zeros(len(self), np.bool_))

    @cached_property
    def thickness(self) -> NDArray[np.float64]:
        """(n,) how many neighbours voxels have, smoothed: 2 in a thread, 26 deep."""
        degree = np.diff(self.first).astype(np.float64)[:, None]
        return self.smoothed(degree)[:, 0]

    def parts(self, left_out: NDArray[np.bool_]) -> NDArray[np.int32]:
        """(n,) connected part of each voxel, from 0; -1 for those left out."""
        return _parts(self.first, self.neighbour, left_out)

    def beside(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n,) whether a voxel is not chosen but touches one that is."""
        return _beside(self.first, self.neighbour, chosen)

    def smoothed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, c) values, each the mean of its own and its neighbours'."""
        return _smoothed(self.first, self.neighbour, values)

    def turns(self, directions: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) largest 1 - cosine between (n, c) unit vectors and a neighbour's."""
        return _turns(self.first, self.neighbour, directions)

    def spread(
        self,
        seeds: NDArray[np.int32],
        limit: int = FAR,
        allowed: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Give each voxel to the seed with the shortest way to it.

        Parameters
        ----------
        seeds
            (n,) number of the seed at each voxel, -1 for none.
        limit
            Do not go farther than this.
        allowed
            (n,) where ways may lead; None is everywhere.

        Returns
        -------
        Seed of each voxel (-1 where none comes), and the length of the way in
        1 / :data:`UNITS` of the smallest voxel side.
        """
        least = self.voxel_size.min()
        offsets = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), 1) - 1
        lengths = np.linalg.norm(offsets * self.voxel_size, axis=1) / least * UNITS
        free = np.ones(len(self), np.bool_) if allowed is None else allowed
        return _spread(
            self.first,
            self.neighbour,
            self.direction,
            np.maximum(np.rint(lengths), 1).astype(np.int64),
            seeds.astype(np.int32),
            limit,
            free,
        )

    def flood(
        self, seeds: NDArray[np.int32], level: NDArray[np.int8]
    ) -> NDArray[np.int32]:
        """Give each voxel to the seed whose way to it crosses the lowest barrier.

        Ways over equal barriers are compared by their length since the last barrier.
        """
        owner = seeds
        for height in np.unique(level[seeds < 0]):
            owner = self.spread(owner, allowed=level <= height)[0]
        return owner


_LAST: list[tuple[Neuron, VoxelGraph]] = []


@compiled
def _neighbours(
    index: Ints, ny: int, nx: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]:
    n = len(index)
    first = np.zeros(n + 1, np.int64)
    neighbour = np.empty(26 * n, np.int32)
    direction = np.empty(26 * n, np.int8)
    # One pointer per row around walks along with the voxels, which are sorted.
    pointer = np.zeros(9, np.int64)
    place = 0
    for i in range(n):
        for row in range(9):
            centre = index[i] + (row // 3 - 1) * ny * nx + (row % 3 - 1) * nx
            k = pointer[row]
            while k < n and index[k] < centre - 1:
                k += 1
            pointer[row] = k
            while k < n and index[k] <= centre + 1:
                if k != i:
                    neighbour[place] = k
                    direction[place] = row * 3 + index[k] - centre + 1
                    place += 1
                k += 1
        first[i + 1] = place
    # What is left over was never touched, so that it takes no memory.
    return first, neighbour[:place], direction[:place]


@compiled
def _parts(
    first: NDArray[np.int64], neighbour: NDArray[np.int32], out: NDArray[np.bool_]
) -> NDArray[np.int32]:
    n = len(first) - 1
    part = np.full(n, -1, np.int32)
    stack = np.empty(n, np.int32)
    found = 0
    for start in range(n):
        if out[start] or part[start] >= 0:
            continue
        part[start] = found
        stack[0] = start
        top = 1
        while top > 0:
            top -= 1
            i = stack[top]
            for e in range(first[i], first[i + 1]):
                k = neighbour[e]
                if not out[k] and part[k] < 0:
                    part[k] = found
                    stack[top] = k
                    top += 1
        found += 1
    return part


@compiled
def _beside(
    first: NDArray[np.int64], neighbour: NDArray[np.int32], chosen: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    found = np.zeros(len(chosen), np.bool_)
    for i in range(len(chosen)):
        if chosen[i]:
            for e in range(first[i], first[i + 1]):
                found[neighbour[e]] |= not chosen[neighbour[e]]
    return found


@compiled
def _smoothed(
    first: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    values: NDArray[np.float64],
) -> NDArray[np.float64]:
    found = values.copy()
    for i in range(len(first) - 1):
        for e in range(first[i], first[i + 1]):
            for c in range(values.shape[1]):
                found[i, c] += values[neighbour[e], c]
        for c in range(values.shape[1]):
            found[i, c] /= first[i + 1] - first[i] + 1
    return found


@compiled
def _turns(
    first: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    directions: NDArray[np.float64],
) -> NDArray[np.float64]:
    n = len(first) - 1
    worst = np.zeros(n)
    for i in range(n):
        # Neighbours are in order: those after it come last.
        for e in range(first[i + 1] - 1, first[i] - 1, -1):
            k = neighbour[e]
            if k < i:
                break
            cosine = 0.0
            for c in range(directions.shape[1]):
                cosine += directions[i, c] * directions[k, c]
            worst[i] = max(worst[i], 1 - cosine)
            worst[k] = max(worst[k], 1 - cosine)
    return worst


@compiled
def _spread(
    first: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    direction: NDArray[np.int8],
    lengths: NDArray[np.int64],
    seeds: NDArray[np.int32],
    limit: int,
    allowed: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    n = len(first) - 1
    owner = seeds.copy()
    distance = np.full(n, 2**31 - 1, np.int32)
    buckets = lengths.max() + 2
    head = np.full(buckets, -1, np.int64)
    # A voxel is queued once per improvement; the list of entries grows as needed.
    size = n + 16
    item = np.empty(size, np.int32)
    after = np.empty(size, np.int64)
    used = 0
    owned = 0
    for i in range(n):
        if seeds[i] >= 0:
            distance[i] = 0
            owned += 1
    # The edge of what is owned begins; it is found from the smaller side.
    queued = np.zeros(n, np.bool_)
    for i in range(n):
        if (seeds[i] >= 0) != (owned < n - owned):
            continue
        for e in range(first[i], first[i + 1]):
            k = neighbour[e]
            if (seeds[i] >= 0) == (seeds[k] >= 0):
                continue
            inner = i if seeds[i] >= 0 else k
            if not queued[inner]:
                queued[inner] = True
                item[used] = inner
                after[used] = head[0]
                head[0] = used
                used += 1
    waiting = used
    now = 0
    while waiting > 0 and now <= limit:
        slot = now % buckets
        while head[slot] >= 0:
            entry = head[slot]
            head[slot] = after[entry]
            waiting -= 1
            i = item[entry]
            if distance[i] != now:
                continue
            for e in range(first[i], first[i + 1]):
                k = neighbour[e]
                there = now + lengths[direction[e]]
                if there >= distance[k] or there > limit or not allowed[k]:
                    continue
                distance[k] = there
                owner[k] = owner[i]
                if used == size:
                    size *= 2
                    bigger = np.empty(size, np.int32)
                    bigger[:used] = item[:used]
                    item = bigger
                    longer = np.empty(size, np.int64)
                    longer[:used] = after[:used]
                    after = longer
                item[used] = k
                target = there % buckets
                after[used] = head[target]
                head[target] = used
                used += 1
                waiting += 1
        now += 1
    return owner, distance
