"""Where a brush or a lasso goes: voxels of the volume, in physical shapes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.proofreading.voxels import flat

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ball", "ball_offsets", "lasso", "stroke"]


def ball(
    centre: ArrayLike,
    radius: float,
    shape: tuple[int, int, int],
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> NDArray[np.int64]:
    """Voxels whose centres are within `radius` (physical) of a voxel (z, y, x).

    At least the voxel itself, where it is inside the volume.
    """
    return stroke(np.asarray(centre, float)[None], radius, shape, voxel_size)


def stroke(
    way: ArrayLike,
    radius: float,
    shape: tuple[int, int, int],
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> NDArray[np.int64]:
    """Voxels within `radius` of a way through (n, 3) voxels (z, y, x).

    Returns
    -------
    Sorted, unique C-order indices into the volume.
    """
    size = np.asarray(voxel_size)
    centres = _dense(np.asarray(way, float).reshape(-1, 3), size, radius)
    offsets = ball_offsets(radius, size)
    cells = np.unique(np.round(centres).astype(np.int64), axis=0)
    found = (cells[:, None] + offsets[None]).reshape(-1, 3)
    kept = np.all((found >= 0) & (found < np.asarray(shape)), axis=1)
    return np.unique(flat(found[kept], shape))


def lasso(
    voxels: NDArray[np.int64],
    polygon: ArrayLike,
    project: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    shape: tuple[int, int, int],
) -> NDArray[np.int64]:
    """Those of `voxels` that a person circled on the screen.

    Parameters
    ----------
    polygon
        (k, 2) corners on the screen; closed by itself.
    project
        From (n, 3) voxels (z, y, x) to (n, 2) places on the screen.
    """
    from striate_filaments.proofreading.voxels import points

    corners = np.asarray(polygon, float).reshape(-1, 2)
    if len(corners) < 3 or len(voxels) == 0:
        return voxels[:0]
    return voxels[_within(project(points(voxels, shape)), corners)]


def ball_offsets(radius: float, size: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n, 3) voxels within `radius` of voxel 0, which is always there."""
    reach = np.floor(radius / size).astype(int)
    axes = [np.arange(-r, r + 1) for r in reach]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    near = np.linalg.norm(grid * size, axis=1) <= radius
    near |= np.all(grid == 0, axis=1)
    return grid[near]


# ---- Private functions


def _dense(
    way: NDArray[np.float64], size: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """Points along the way, so near one another that balls leave no notches."""
    step = max(radius / 4, float(size.min()) / 2)
    found = [way[:1]]
    for a, b in pairwise(way):
        n = max(1, int(np.ceil(np.linalg.norm((b - a) * size) / step)))
        found.append(a + (b - a) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(found)


def _within(
    places: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether places are inside a polygon, by counting the edges to their right."""
    y, x = places.T
    odd = np.zeros(len(places), bool)
    for (y0, x0), (y1, x1) in zip(corners, np.roll(corners, -1, 0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        if y0 != y1:
            odd ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd
