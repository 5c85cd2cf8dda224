"""Neighbourhoods among a sorted list of voxels, without the volume around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.segmentation.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Grid", "first_at", "label_components", "touching_voxels"]


@dataclass(frozen=True)
class Grid:
    """Sorted voxels of a (z, y, x) volume, with a table of where each row begins.

    Parameters
    ----------
    index
        (n,) sorted int64 C-order indices.
    shape
        (3,) int64 size of the volume.
    rows
        (Z * Y + 1,) position in `index` of the first voxel of each x-row.
    """

    index: Ints
    shape: Ints
    rows: Ints

    @classmethod
    def of(cls, index: Ints, shape: tuple[int, ...]) -> Grid:
        """Build the table of rows."""
        size = np.asarray(shape, dtype=np.int64)
        edges = np.arange(size[0] * size[1] + 1, dtype=np.int64) * size[2]
        return cls(index, size, np.searchsorted(index, edges).astype(np.int64))

    def coordinates(self) -> Ints:
        """(n, 3) voxel coordinates (z, y, x)."""
        place = np.unravel_index(self.index, tuple(self.shape))
        return np.stack(place, axis=1).astype(np.int64)

    def position(self, points: Ints) -> Ints:
        """Where (m, 3) voxels are in the list, -1 for those that are not."""
        inside = np.all((points >= 0) & (points < self.shape), axis=1)
        safe = np.where(inside[:, None], points, 0)
        flat = (safe[:, 0] * self.shape[1] + safe[:, 1]) * self.shape[2] + safe[:, 2]
        place = np.searchsorted(self.index, flat)
        place = np.minimum(place, max(len(self.index) - 1, 0))
        if len(self.index) == 0:
            return np.full(len(points), -1, dtype=np.int64)
        return np.where(inside & (self.index[place] == flat), place, -1)


@compiled
def first_at(index: Ints, rows: Ints, row: int, flat: int) -> int:
    """Position of the first voxel of x-row `row` whose index is `flat` or more."""
    low, high = rows[row], rows[row + 1]
    while low < high:
        middle = (low + high) // 2
        if index[middle] < flat:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _root(parent: Ints, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def label_components(index: Ints, rows: Ints, shape: Ints) -> Ints:
    """26-connected component of each voxel, named by its first voxel's position."""
    n = len(index)
    parent = np.arange(n)
    ny, nx = shape[1], shape[2]
    for i in range(n):
        flat = index[i]
        z = flat // (ny * nx)
        y = (flat // nx) % ny
        x = flat % nx
        # The half of the neighbourhood that comes before this voxel.
        for dz in range(-1, 1):
            for dy in range(-1, 2 if dz < 0 else 1):
                zz, yy = z + dz, y + dy
                if zz < 0 or yy < 0 or yy >= ny:
                    continue
                row = zz * ny + yy
                ahead = 0 if dz == 0 and dy == 0 else 1
                low = row * nx + max(x - 1, 0)
                high = row * nx + min(x + ahead, nx - 1)
                k = first_at(index, rows, row, low)
                while k < rows[row + 1] and index[k] <= high and k < i:
                    a, b = _root(parent, i), _root(parent, k)
                    if a < b:
                        parent[b] = a
                    else:
                        parent[a] = b
                    k += 1
    for i in range(n):
        parent[i] = _root(parent, i)
    return parent


def touching_voxels(grid: Grid, label: Ints) -> Ints:
    """(m, 2) positions of 26-neighbours with unlike labels; -1 labels are nobody."""
    none = np.empty((0, 2), dtype=np.int64)
    count = _touching(grid.index, grid.rows, grid.shape, label, False, none)
    found = np.empty((count, 2), dtype=np.int64)
    _touching(grid.index, grid.rows, grid.shape, label, True, found)
    return found


@compiled
def _touching(
    index: Ints, rows: Ints, shape: Ints, label: Ints, fill: bool, out: Ints
) -> int:
    """List pairs of 26-neighbours with unlike labels; -1 labels are nobody.

    Returns how many; with `fill` their positions go to the (m, 2) array `out`.
    """
    count = 0
    ny, nx = shape[1], shape[2]
    for i in range(len(index)):
        if label[i] < 0:
            continue
        flat = index[i]
        z = flat // (ny * nx)
        y = (flat // nx) % ny
        x = flat % nx
        for dz in range(-1, 1):
            for dy in range(-1, 2 if dz < 0 else 1):
                zz, yy = z + dz, y + dy
                if zz < 0 or yy < 0 or yy >= ny:
                    continue
                row = zz * ny + yy
                low = row * nx + max(x - 1, 0)
                high = row * nx + min(x + 1, nx - 1)
                k = first_at(index, rows, row, low)
                while k < rows[row + 1] and index[k] <= high and k < i:
                    if label[k] >= 0 and label[k] != label[i]:
                        if fill:
                            out[count, 0] = k
                            out[count, 1] = i
                        count += 1
                    k += 1
    return count
