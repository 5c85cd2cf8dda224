"""Folding of a surface, and the grey underlay that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["curvature_greys", "mean_curvature"]

_GYRUS, _SULCUS = 0.72, 0.42
"""Greys of the underlay; light enough and dark enough for colours to be told on."""


def mean_curvature(
    points: NDArray[np.float32], faces: NDArray[np.int32], *, smooth: int = 3
) -> NDArray[np.float32]:
    """Return the mean curvature, positive in sulci as FreeSurfer has it.

    The cotangent Laplacian of the positions is the mean curvature vector (Meyer et
    al. 2003); its part along the outward normal is minus twice the curvature.

    Parameters
    ----------
    points
        (n, 3) millimetres.
    faces
        (m, 3), counter-clockwise seen from outside.
    smooth
        How often each value is averaged with those of its neighbours.

    Returns
    -------
    (n,) float32 per millimetre.
    """
    place = points.astype(np.float64)
    laplacian, area = _cotangents(place, faces)
    normals = _normals(place, faces)
    vector = (laplacian @ place - laplacian.sum(1)[:, None] * place) / area[:, None]
    # Where the surface bulges outwards, as a gyrus does, the vector points inwards.
    curvature = np.einsum("ij,ij->i", vector, normals) / 2
    graph = laplacian.copy()
    graph.data[:] = 1
    count = np.maximum(graph.sum(1), 1)
    for _ in range(smooth):
        curvature = (curvature + (graph @ curvature) / count) / 2
    return curvature.astype(np.float32)


def curvature_greys(curvature: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, 3) greys from 0 to 1: gyri light, sulci dark, with a soft border."""
    finite = np.isfinite(curvature)
    spread = float(np.std(curvature[finite])) if finite.any() else 0.0
    if not spread:
        return np.full((len(curvature), 3), (_GYRUS + _SULCUS) / 2, np.float32)
    steep = np.clip(6 * np.nan_to_num(curvature) / spread, -30, 30)
    sulcal = np.where(finite, 1 / (1 + np.exp(-steep)), 0.5)
    grey = _GYRUS + (_SULCUS - _GYRUS) * sulcal
    return np.repeat(grey.astype(np.float32)[:, None], 3, axis=1)


def _cotangents(
    points: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[csr_array, NDArray[np.float64]]:
    n = len(points)
    rows, columns, weights = [], [], []
    corners = [points[faces[:, i]] for i in range(3)]
    doubled = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    area = np.linalg.norm(doubled, axis=1)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        first, second = corners[j] - corners[i], corners[k] - corners[i]
        cot = np.einsum("ij,ij->i", first, second) / np.maximum(area, 1e-12)
        cot = np.clip(cot, -20, 20) / 2
        rows += [faces[:, j], faces[:, k]]
        columns += [faces[:, k], faces[:, j]]
        weights += [cot, cot]
    where = (np.concatenate(rows), np.concatenate(columns))
    matrix = csr_array(coo_array((np.concatenate(weights), where), shape=(n, n)))
    matrix.sum_duplicates()
    share = np.bincount(faces.ravel(), np.repeat(area / 6, 3), minlength=n)
    return matrix, np.maximum(share, 1e-6)


def _normals(
    points: NDArray[np.float64], faces: NDArray[np.int32]
) -> NDArray[np.float64]:
    a, b, c = (points[faces[:, i]] for i in range(3))
    of_face = np.cross(b - a, c - a)
    normals = np.stack(
        [
            np.bincount(faces.ravel(), np.repeat(of_face[:, i], 3), len(points))
            for i in range(3)
        ],
        axis=1,
    )
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
