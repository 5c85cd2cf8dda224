"""One ray against every triangle, in machine code."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from striate_cortex.surfaces.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["first_face"]


def first_face(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    origin: NDArray[np.float64],
    direction: NDArray[np.float64],
) -> tuple[int, float]:
    """Return the first triangle in front of a ray and its distance; else (-1, inf).

    Parameters
    ----------
    vertices
        (n, 3) float32 or float64.
    faces
        (m, 3) int32.
    origin, direction
        (3,) float64; the direction of length 1.
    """
    if not len(faces):
        return -1, math.inf
    # Looking along its largest part keeps the shear exact and small.
    z = int(np.abs(direction).argmax())
    x, y = (z + 1) % 3, (z + 2) % 3
    shear = np.array([direction[x], direction[y], 1.0]) / direction[z]
    face, depth = _scan(vertices, faces, origin, x, y, z, shear)
    return int(face), float(depth)


@compiled
def _scan(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    origin: NDArray[np.float64],
    x: int,
    y: int,
    z: int,
    shear: NDArray[np.float64],
) -> tuple[int, float]:
    """Woop, Benthin and Wald 2013, "Watertight Ray/Triangle Intersection"."""
    n = len(vertices)
    sheared = np.empty((n, 3))
    for i in range(n):
        depth = vertices[i, z] - origin[z]
        sheared[i, 0] = vertices[i, x] - origin[x] - shear[0] * depth
        sheared[i, 1] = vertices[i, y] - origin[y] - shear[1] * depth
        sheared[i, 2] = shear[2] * depth
    best, nearest = -1, np.inf
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, bx, cx = sheared[a, 0], sheared[b, 0], sheared[c, 0]
        if (ax > 0 and bx > 0 and cx > 0) or (ax < 0 and bx < 0 and cx < 0):
            continue
        ay, by, cy = sheared[a, 1], sheared[b, 1], sheared[c, 1]
        u = cx * by - cy * bx
        v = ax * cy - ay * cx
        w = bx * ay - by * ax
        if (u < 0 or v < 0 or w < 0) and (u > 0 or v > 0 or w > 0):
            continue
        det = u + v + w
        if det == 0:
            continue
        t = (u * sheared[a, 2] + v * sheared[b, 2] + w * sheared[c, 2]) / det
        if 0 <= t < nearest:
            best, nearest = f, t
    return best, nearest
