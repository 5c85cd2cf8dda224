"""Light on a surface, worked into its colours: fast enough for each step of a morph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_cortex.surfaces.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["lit", "vertex_normals"]

_SHADE = 0.55
"""Brightness of what is seen edge-on; what faces the light has its own colour."""


def vertex_normals(
    points: NDArray[np.float32], faces: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Return (n, 3) outward directions of length 1; 0 where no face is.

    Faces weigh in by their area.
    """
    normals = np.zeros((len(points), 3), np.float32)
    _sum_normals(normals, points, faces)
    return normals


def lit(
    colours: NDArray[np.float32],
    normals: NDArray[np.float32],
    towards: Sequence[float],
    out: NDArray[np.float32],
) -> None:
    """Darken colours where a surface turns away from the light.

    Parameters
    ----------
    colours
        (n, 4) RGBA.
    normals
        (n, 3) of `vertex_normals`.
    towards
        (3,) where the light comes from: where the viewer is.
    out
        (n, 4) is filled.
    """
    way = np.asarray(towards, np.float64)
    way = way / max(float(np.linalg.norm(way)), 1e-12)
    _light(out, colours, normals, way, _SHADE)


@compiled
def _sum_normals(
    normals: NDArray[np.float32],
    points: NDArray[np.float32],
    faces: NDArray[np.int32],
) -> None:
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux = points[b, 0] - points[a, 0]
        uy = points[b, 1] - points[a, 1]
        uz = points[b, 2] - points[a, 2]
        vx = points[c, 0] - points[a, 0]
        vy = points[c, 1] - points[a, 1]
        vz = points[c, 2] - points[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            normals[i, 0] += x
            normals[i, 1] += y
            normals[i, 2] += z
    for i in range(len(normals)):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        if length > 0:
            for k in range(3):
                normals[i, k] /= length


@compiled
def _light(
    out: NDArray[np.float32],
    colours: NDArray[np.float32],
    normals: NDArray[np.float32],
    way: NDArray[np.float64],
    shade: float,
) -> None:
    for i in range(len(colours)):
        facing = 0.0
        for k in range(3):
            facing += normals[i, k] * way[k]
        bright = shade + (1.0 - shade) * max(0.0, facing)
        for k in range(3):
            out[i, k] = bright * colours[i, k]
        out[i, 3] = colours[i, 3]
