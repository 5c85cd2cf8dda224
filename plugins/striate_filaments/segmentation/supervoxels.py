"""Supervoxels: pieces of neurite a few µm long with one colour each.

Voxels are visited from the strongest ridge down. Each joins the piece of a
neighbour whose seed is near and whose colour it shows within its noise, or
starts a piece of its own: a watershed of bounded size that stops at hue edges.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled
from striate_filaments.segmentation.sparse import first_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.segmentation.sparse import Grid

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]

__all__ = ["grow_supervoxels"]

_SURE = 2.5
"""Standard deviations across a piece's hue at which a voxel is another's."""


def grow_supervoxels(
    grid: Grid,
    score: Floats,
    signal: Floats,
    noise: Floats,
    reach: tuple[float, float, float],
    hue: float,
) -> Ints:
    """Divide the voxels into supervoxels.

    Parameters
    ----------
    grid
        The voxels.
    score
        (n,) order of visit, strongest first.
    signal
        (n, C) colour vectors, channels brought to a common scale.
    noise
        (n, C) standard deviation of `signal`.
    reach
        Farthest a voxel may lie from its seed along z, y and x, in voxels.
    hue
        Tangent of the hue angle accepted on top of what noise explains.

    Returns
    -------
    (n,) labels 0, 1, 2 and so on
    """
    order = np.argsort(-score, kind="stable")
    return _grow(
        grid.index,
        grid.rows,
        grid.shape,
        order,
        signal,
        noise,
        np.asarray(reach, dtype=np.float64),
        hue,
    )


@compiled
def _grow(
    index: Ints,
    rows: Ints,
    shape: Ints,
    order: Ints,
    signal: Floats,
    noise: Floats,
    reach: NDArray[np.float64],
    hue: float,
) -> Ints:
    n, channels = signal.shape
    ny, nx = shape[1], shape[2]
    label = np.full(n, -1, dtype=np.int64)
    seed = np.empty((n, 3), dtype=np.float64)
    total = np.zeros((n, channels), dtype=np.float64)
    count = 0
    for i in order:
        flat = index[i]
        z = flat // (ny * nx)
        y = (flat // nx) % ny
        x = flat % nx
        best, nearest = -1, 1.0
        for dz in range(-1, 2):
            for dy in range(-1, 2):
                zz, yy = z + dz, y + dy
                if zz < 0 or yy < 0 or zz >= shape[0] or yy >= ny:
                    continue
                row = zz * ny + yy
                k = first_at(index, rows, row, row * nx + max(x - 1, 0))
                last = row * nx + min(x + 1, nx - 1)
                while k < rows[row + 1] and index[k] <= last:
                    piece = label[k]
                    k += 1
                    if piece < 0 or piece == best:
                        continue
                    far = ((z - seed[piece, 0]) / reach[0]) ** 2
                    far += ((y - seed[piece, 1]) / reach[1]) ** 2
                    far += ((x - seed[piece, 2]) / reach[2]) ** 2
                    if far < nearest and _alike(signal[i], total[piece], noise[i], hue):
                        best, nearest = piece, far
        if best < 0:
            best = count
            seed[best, 0], seed[best, 1], seed[best, 2] = z, y, x
            count += 1
        label[i] = best
        for c in range(channels):
            total[best, c] += max(signal[i, c], 0.0)
    return label


@compiled
def _alike(
    vector: Floats, total: NDArray[np.float64], noise: Floats, hue: float
) -> bool:
    """Whether `vector` points along `total`, but for noise and the hue tolerance."""
    length, along = 0.0, 0.0
    for c in range(len(vector)):
        length += total[c] * total[c]
        along += vector[c] * total[c]
    if length <= 0.0:
        return True
    along /= length
    hue = hue * max(along, 0.0) * math.sqrt(length)
    far = 0.0
    for c in range(len(vector)):
        across = vector[c] - along * total[c]
        far += across * across / (noise[c] * noise[c] + hue * hue)
    return far < _SURE * _SURE
