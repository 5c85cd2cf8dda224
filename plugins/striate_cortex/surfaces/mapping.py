"""Between vertices and voxels: sparse matrices, so that a map costs one product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import coo_array, csr_array

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Interpolation", "VoxelMapper", "sample_to_vertices"]

Interpolation = Literal["nearest", "trilinear"]


class VoxelMapper:
    """Takes values of voxels to points in space, and values of points to voxels.

    Parameters
    ----------
    points
        (n, 3) millimetres in the space of `affine`.
    affine
        (4, 4) from voxel indices (i, j, k) to millimetres, as in a NIfTI file.
    shape
        (i, j, k) of the volume.
    interpolation
        ``"nearest"`` takes the voxel a point lies in; ``"trilinear"`` weights the
        eight around it.

    Raises
    ------
    InputError
        When the affine cannot be inverted, or the interpolation is unknown.
    """

    def __init__(
        self,
        points: NDArray[np.float32],
        affine: NDArray[np.float64],
        shape: Sequence[int],
        *,
        interpolation: Interpolation = "trilinear",
    ) -> None:
        if interpolation not in ("nearest", "trilinear"):
            raise InputError(
                f"{interpolation!r} is no interpolation: use nearest or trilinear."
            )
        self.shape = tuple(int(s) for s in shape[:3])
        index = _voxel_index(np.asarray(points, np.float64), affine)
        weigh = _nearest if interpolation == "nearest" else _trilinear
        rows, columns, weights = weigh(index, self.shape)
        size = (len(index), int(np.prod(self.shape)))
        self.matrix = csr_array(coo_array((weights, (rows, columns)), shape=size))
        self.matrix.eliminate_zeros()

    def to_vertices(self, volume: NDArray[np.float64]) -> NDArray[np.float32]:
        """Sample a volume, or one with more axes after the first three.

        Voxels that are NaN are left out and the others weigh more; a point outside the
        volume, or among NaN only, is NaN.

        Parameters
        ----------
        volume
            (i, j, k, ...).

        Returns
        -------
        (n, ...) float32.
        """
        given = np.asarray(volume)
        if given.shape[:3] != self.shape:
            raise InputError(
                f"The volume is {given.shape[:3]} and the mapping was made for "
                f"{self.shape}: they are not of one space."
            )
        flat = given.reshape(self.matrix.shape[1], -1).astype(np.float64)
        sampled = _weighted(self.matrix, flat)
        return sampled.reshape(-1, *given.shape[3:]).astype(np.float32)

    def to_voxels(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Average the values of points in the voxels they weigh in.

        Parameters
        ----------
        values
            (n, ...), NaN where there is none.

        Returns
        -------
        (i, j, k, ...) float32, NaN where no point is.
        """
        given = np.asarray(values)
        flat = given.reshape(len(given), -1).astype(np.float64)
        spread = _weighted(csr_array(self.matrix.T), flat)
        return spread.reshape(*self.shape, *given.shape[1:]).astype(np.float32)


def sample_to_vertices(
    volume: NDArray[np.float64],
    affine: NDArray[np.float64],
    white: NDArray[np.float32],
    pial: NDArray[np.float32],
    *,
    depths: float | Sequence[float] = 0.5,
    interpolation: Interpolation = "trilinear",
) -> NDArray[np.float32]:
    """Sample a volume at depths of the cortical ribbon.

    Parameters
    ----------
    volume
        (i, j, k) or (i, j, k, ...).
    affine
        (4, 4) from voxel indices to the millimetres of the surfaces.
    white, pial
        (v, 3) positions of the same vertices, in millimetres.
    depths
        From 0, the white surface, to 1, the pial one. One number gives one value per
        vertex; several give one per vertex and depth.
    interpolation
        ``"nearest"`` or ``"trilinear"``.

    Returns
    -------
    (v, ...) float32, or (v, depths, ...) when several depths are given; NaN outside
    the volume.

    Raises
    ------
    InputError
        When the surfaces differ in their number of vertices or a depth is not within
        0 and 1.
    """
    inner, outer = (np.asarray(p, np.float64) for p in (white, pial))
    if inner.shape != outer.shape or inner.ndim != 2 or inner.shape[1] != 3:
        raise InputError(
            f"The white surface has {len(inner):,} vertices and the pial one "
            f"{len(outer):,}: they are not of one hemisphere."
        )
    wanted = np.atleast_1d(np.asarray(depths, np.float64))
    if not len(wanted) or not np.all((wanted >= 0) & (wanted <= 1)):
        raise InputError("Depths go from 0 (white) to 1 (pial).")
    shape = np.shape(volume)
    layers = [
        VoxelMapper(
            (inner + depth * (outer - inner)),
            affine,
            shape,
            interpolation=interpolation,
        ).to_vertices(volume)
        for depth in wanted
    ]
    return layers[0] if np.ndim(depths) == 0 else np.stack(layers, axis=1)


# ---- Private functions


def _weighted(matrix: csr_array, values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(values)
    summed = matrix @ np.where(known, values, 0.0)
    weight = matrix @ known.astype(np.float64)
    nothing = np.full_like(summed, np.nan)
    return np.divide(summed, weight, out=nothing, where=weight > 1e-9)


def _voxel_index(
    points: NDArray[np.float64], affine: NDArray[np.float64]
) -> NDArray[np.float64]:
    matrix = np.asarray(affine, np.float64)
    if matrix.shape != (4, 4) or abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
        raise InputError("The affine is no 4 x 4 matrix that can be inverted.")
    inverse = np.linalg.inv(matrix)
    return points @ inverse[:3, :3].T + inverse[:3, 3]


_Weights = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]


def _nearest(index: NDArray[np.float64], shape: tuple[int, ...]) -> _Weights:
    # Half way belongs to the higher voxel, everywhere alike.
    voxel = np.floor(index + 0.5).astype(np.int64)
    rows = np.flatnonzero(_inside(voxel, shape))
    columns = np.ravel_multi_index(tuple(voxel[rows].T), shape)
    return rows, np.asarray(columns), np.ones(len(rows))


def _trilinear(index: NDArray[np.float64], shape: tuple[int, ...]) -> _Weights:
    low = np.floor(index).astype(np.int64)
    part = index - low
    own = np.floor(index + 0.5).astype(np.int64)
    # A point in the outer half of a border voxel is still in the volume.
    valid = _inside(own, shape)
    rows, columns, weights = [], [], []
    for corner in np.ndindex(2, 2, 2):
        voxel = low + corner
        weight = np.prod(np.where(corner, part, 1 - part), axis=1)
        here = np.flatnonzero(valid & _inside(voxel, shape) & (weight > 0))
        rows.append(here)
        columns.append(np.ravel_multi_index(tuple(voxel[here].T), shape))
        weights.append(weight[here])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(weights)


def _inside(voxel: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.asarray(np.all((voxel >= 0) & (voxel < np.asarray(shape)), axis=1))
