"""The triangle and vertex that a ray meets first; exact, at any stage of a morph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_cortex.picking.rays import first_face

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Hit", "SurfacePicker"]


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a ray meets a surface.

    Parameters
    ----------
    face
        Index of the triangle.
    vertex
        Its corner nearest to the point.
    point
        (3,) where the ray meets it.
    distance
        From the ray's origin, in the unit of the vertices.
    """

    face: int
    vertex: int
    point: NDArray[np.float64]
    distance: float


class SurfacePicker:
    """Finds what a ray meets first on a triangle mesh.

    Every triangle is tested, watertight (Woop, Benthin and Wald 2013): a ray cannot
    slip between two triangles that share an edge, and both sides of a triangle count.
    There is no tree to build, so moving the vertices costs nothing; 600,000 triangles
    take a few milliseconds.

    Parameters
    ----------
    vertices
        (n, 3) positions, in any unit.
    faces
        (m, 3) vertex indices.

    Raises
    ------
    InputError
        When a face names a vertex that is not there, or shapes are wrong.
    """

    def __init__(self, vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> None:
        self._faces = np.ascontiguousarray(faces, dtype=np.int32)
        if self._faces.ndim != 2 or self._faces.shape[1] != 3:
            raise InputError("The faces are not triangles of three vertex numbers.")
        self._vertices = np.zeros((0, 3), np.float32)
        self.move(vertices)
        if len(self._faces) and (
            self._faces.min() < 0 or self._faces.max() >= len(self._vertices)
        ):
            raise InputError(
                f"A face names vertex {int(self._faces.max()):,} of "
                f"{len(self._vertices):,}: surface and faces do not belong together."
            )

    def move(self, vertices: NDArray[np.float32]) -> None:
        """Go on with other positions of the same vertices."""
        given = np.asarray(vertices)
        if given.dtype not in (np.float32, np.float64):
            given = given.astype(np.float64)
        if given.ndim != 2 or given.shape[1] != 3:
            raise InputError("The vertices are not a list of 3-D points.")
        if len(self._vertices) and len(given) != len(self._vertices):
            raise InputError(
                f"{len(given):,} positions are given for {len(self._vertices):,} "
                "vertices."
            )
        self._vertices = np.ascontiguousarray(given)

    def hit(self, origin: Sequence[float], direction: Sequence[float]) -> Hit | None:
        """Return what the ray from `origin` along `direction` meets first, or None.

        Parameters
        ----------
        origin, direction
            (3,); the direction need not have length 1.

        Raises
        ------
        InputError
            When the direction is zero or either is no number.
        """
        start = np.asarray(origin, np.float64).reshape(3)
        way = np.asarray(direction, np.float64).reshape(3)
        length = float(np.linalg.norm(way))
        if not np.isfinite(start).all() or not np.isfinite(length) or not length:
            raise InputError("A ray needs an origin, and a direction that is not zero.")
        way = way / length
        face, distance = first_face(self._vertices, self._faces, start, way)
        if face < 0:
            return None
        point = start + distance * way
        corners = self._faces[face]
        apart = ((self._vertices[corners].astype(np.float64) - point) ** 2).sum(1)
        return Hit(int(face), int(corners[apart.argmin()]), point, float(distance))
