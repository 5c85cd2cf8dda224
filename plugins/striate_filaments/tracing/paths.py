"""The way along a neuron between two clicks: A* over the image itself.

A step costs its length where the image is as bright as the neuron and of its colour,
and up to fifty times that on background, so that the way follows the signal, crosses
gaps where it must, and stays with its own colour where neurons cross. Costs are worked
out only where the search goes.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate.data import Volume

    Doubles = NDArray[np.float64]

__all__ = ["Window", "find_path", "window_around"]

_DEAREST = 50.0
_SURE = 0.75
_MOST_STEPS = 1_000_000
"""Voxels to look at before giving up; along a neuron 200 µm take some ten thousand."""
_LEAST_MARGIN, _MOST_MARGIN = 24, 64


@dataclass(frozen=True)
class Window:
    """The part of a volume that a search may use.

    Parameters
    ----------
    image
        (C, Z, Y, X), any number type.
    origin
        (z, y, x) of its first voxel in the volume.
    voxel_size
        (z, y, x) in `unit`.
    unit
        ``"µm"`` or ``"px"``.
    """

    image: NDArray[Any]
    origin: tuple[int, int, int]
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0)
    unit: str = "µm"

    def local(self, points: ArrayLike) -> NDArray[np.int64]:
        """(n, 3) voxels of the volume as whole voxels of the window.

        Raises
        ------
        InputError
            When one is outside.
        """
        found = np.rint(np.asarray(points, float).reshape(-1, 3)).astype(np.int64)
        found -= np.asarray(self.origin)
        if np.any((found < 0) | (found >= np.asarray(self.image.shape[1:]))):
            raise InputError("The click is outside the image: click on the neuron.")
        return found


def window_around(
    volume: Volume, points: ArrayLike, margin: int | None = None, time: int = 0
) -> Window:
    """Read the part of a volume around (n, 3) voxels (z, y, x).

    Parameters
    ----------
    margin
        Voxels beyond the box of the points that the way may use; None takes a quarter
        of the distance, within limits, for neurons seldom go straight.
    """
    where = np.asarray(points, float).reshape(-1, 3)
    spread = float(np.linalg.norm(np.ptp(where, axis=0)))
    usual = int(np.clip(spread / 4, _LEAST_MARGIN, _MOST_MARGIN))
    wide = usual if margin is None else margin
    data = volume.czyx(t=time)
    shape = np.array(data.shape[1:])
    low = np.clip(np.floor(where.min(0)).astype(int) - wide, 0, shape - 1)
    high = np.clip(np.ceil(where.max(0)).astype(int) + wide + 1, low + 1, shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    z, y, x = low.tolist()
    size = volume.voxel_size_zyx
    return Window(np.asarray(data[(slice(None), *box)]), (z, y, x), size, volume.unit)


def find_path(
    window: Window,
    start: ArrayLike,
    end: ArrayLike,
    *,
    colour: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Find the way along a neuron.

    Parameters
    ----------
    start, end
        Voxels (z, y, x) of the volume; each is moved to the brightest voxel within
        two of it, so that a click need not be exact.
    colour
        (C,) colour direction to stay with; None takes that around both clicks.

    Returns
    -------
    (n, 3) voxels (z, y, x) of the volume, from start to end, each touching the next.

    Raises
    ------
    InputError
        When a click is outside the window, or the way is lost on background.
    """
    image = np.ascontiguousarray(window.image)
    a, b = window.local(start)[0], window.local(end)[0]
    low, high = _levels(image)
    a, b = (_brightest(image, p, low) for p in (a, b))
    direction = _direction(image, (a, b), low) if colour is None else colour
    unit = np.asarray(direction, np.float64)
    unit = unit / max(float(np.linalg.norm(unit)), 1e-12)
    size = np.asarray(window.voxel_size, np.float64)
    top = _strength(image, (a, b), unit, low, high)
    # Zeros cost memory only where the search goes.
    n = image[0].size
    found, cost = np.zeros(n, np.float32), np.zeros(n, np.float32)
    parent, done = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    scale = size / size.min()
    way = _search(
        image, low, unit, top, scale, a, b, _DEAREST, found, cost, parent, done,
        _MOST_STEPS,
    )  # fmt: skip
    if len(way) == 0:
        raise InputError(
            "There is no way along a neuron between these places: click closer, or on "
            "the same neuron."
        )
    return way[::-1] + np.asarray(window.origin)


def _levels(
    image: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Background and a bright value of each channel, from a thin sample."""
    step = max(1, round((image[0].size / 50_000) ** (1 / 3)))
    sample = image[:, ::step, ::step, ::step].reshape(len(image), -1)
    low = np.median(sample, axis=1).astype(np.float64)
    return low, np.percentile(sample, 99.9, axis=1).astype(np.float64)


def _brightest(
    image: NDArray[Any], point: NDArray[np.int64], low: NDArray[np.float64]
) -> NDArray[np.int64]:
    start = np.maximum(point - 2, 0)
    near = image[:, start[0] : point[0] + 3, start[1] : point[1] + 3,
                 start[2] : point[2] + 3]  # fmt: skip
    total = (near - low[:, None, None, None]).clip(0).sum(0)
    return start + np.array(np.unravel_index(int(np.argmax(total)), total.shape))


def _around(
    image: NDArray[Any], point: NDArray[np.int64], low: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean signal of each channel in the 27 voxels around a point."""
    start = np.maximum(point - 1, 0)
    near = image[:, start[0] : point[0] + 2, start[1] : point[1] + 2,
                 start[2] : point[2] + 2]  # fmt: skip
    found: NDArray[np.float64] = near.reshape(len(image), -1).mean(1) - low
    return found.clip(0)


def _direction(
    image: NDArray[Any],
    points: tuple[NDArray[np.int64], NDArray[np.int64]],
    low: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Colour direction of both clicks together."""
    signals = [_around(image, p, low) for p in points]
    units = [s / max(float(np.linalg.norm(s)), 1e-12) for s in signals]
    return np.sum(units, axis=0)


def _strength(
    image: NDArray[Any],
    points: tuple[NDArray[np.int64], NDArray[np.int64]],
    unit: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> float:
    """Signal along the colour from which a voxel is the neuron's without doubt.

    Well below the clicks' own, so that along the neuron a step costs its length and
    no more: then the straight distance that is left guides the search well.
    """
    found = _SURE * min(float(_around(image, p, low) @ unit) for p in points)
    return max(found, 0.05 * float((high - low).clip(0) @ unit), 1e-6)


@compiled
def _cost(
    image: NDArray[Any],
    low: Doubles,
    unit: Doubles,
    top: float,
    dearest: float,
    z: int,
    y: int,
    x: int,
) -> float:
    """Times its length that a step to this voxel costs."""
    nc, nz, ny, nx = image.shape
    along = 0.0
    total = 0.0
    for c in range(nc):
        # The voxel itself counts twice, its six neighbours once.
        value = 2.0 * image[c, z, y, x]
        value += image[c, max(z - 1, 0), y, x] + image[c, min(z + 1, nz - 1), y, x]
        value += image[c, z, max(y - 1, 0), x] + image[c, z, min(y + 1, ny - 1), x]
        value += image[c, z, y, max(x - 1, 0)] + image[c, z, y, min(x + 1, nx - 1)]
        signal = max(0.0, value / 8.0 - low[c])
        along += signal * unit[c]
        total += signal * signal
    other = np.sqrt(max(0.0, total - along * along))
    share = min(1.0, max(0.0, along - other) / top)
    return 1.0 + (dearest - 1.0) * (1.0 - share) ** 3


@compiled
def _search(
    image: NDArray[Any],
    low: Doubles,
    unit: Doubles,
    top: float,
    size: Doubles,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    dearest: float,
    best: NDArray[np.float32],
    cost: NDArray[np.float32],
    parent: NDArray[np.int64],
    done: NDArray[np.bool_],
    most: int,
) -> NDArray[np.int64]:
    """A* with the straight distance as the least that is left.

    `best`, `cost`, `parent` and `done` are zeros for each voxel: `best` is the length
    of the way plus one, `parent` the voxel before plus one. After `most` voxels the
    way is empty.
    """
    nz, ny, nx = image.shape[1], image.shape[2], image.shape[3]
    first = (start[0] * ny + start[1]) * nx + start[2]
    goal = (end[0] * ny + end[1]) * nx + end[2]
    best[first] = 1.0
    heap = [(np.float32(0.0), np.int64(first))]
    seen = 0
    while len(heap) > 0:
        i = heapq.heappop(heap)[1]
        if done[i]:
            continue
        done[i] = True
        seen += 1
        if i == goal:
            break
        if seen > most:
            return np.empty((0, 3), np.int64)
        z, y, x = i // (ny * nx), (i // nx) % ny, i % nx
        for dz in range(-1, 2):
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    zz, yy, xx = z + dz, y + dy, x + dx
                    if zz < 0 or yy < 0 or xx < 0 or zz >= nz or yy >= ny or xx >= nx:
                        continue
                    k = (zz * ny + yy) * nx + xx
                    if done[k]:
                        continue
                    if cost[k] == 0.0:
                        cost[k] = _cost(image, low, unit, top, dearest, zz, yy, xx)
                    a, b, c = dz * size[0], dy * size[1], dx * size[2]
                    there = best[i] + cost[k] * np.sqrt(a * a + b * b + c * c)
                    if best[k] == 0.0 or there < best[k]:
                        best[k] = there
                        parent[k] = i + 1
                        a = (zz - end[0]) * size[0]
                        b = (yy - end[1]) * size[1]
                        c = (xx - end[2]) * size[2]
                        left = np.sqrt(a * a + b * b + c * c)
                        heapq.heappush(heap, (np.float32(there + left), np.int64(k)))
    length = 1
    i = goal
    while parent[i] > 0:
        length += 1
        i = parent[i] - 1
    way = np.empty((length, 3), np.int64)
    i = goal
    for step in range(length):
        way[step, 0], way[step, 1], way[step, 2] = (
            i // (ny * nx),
            (i // nx) % ny,
            i % nx,
        )
        i = parent[i] - 1
    return way
