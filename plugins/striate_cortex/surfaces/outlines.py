"""Outlines of regions, from labels of vertices alone: no drawing program is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Outlines"]

_HALVES = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]])
"""Middles of a triangle's edges, as weights of its corners."""
_CENTRE = np.full(3, 1 / 3)


class Outlines:
    """Line segments between vertices of different labels; they follow a morph.

    A triangle whose corners have two labels is cut between them, from the middle of
    one edge to the middle of another; one whose corners have three labels, from its
    middle to those of its edges.

    Parameters
    ----------
    labels
        (n,) int; a region's number, 0 outside any.
    faces
        (m, 3) triangles.

    Attributes
    ----------
    faces
        (s, 3) the triangle each segment lies in.
    sides
        (s, 2) the labels each segment parts.
    """

    def __init__(self, labels: NDArray[np.int64], faces: NDArray[np.int32]) -> None:
        known = np.asarray(labels)
        a, b, c = (known[faces[:, i]] for i in range(3))
        # Few triangles lie on a border.
        faces = faces[(a != b) | (b != c)]
        of_corner = known[faces]
        cut = np.stack([of_corner[:, i] != of_corner[:, (i + 1) % 3]
                        for i in range(3)], axis=1)  # fmt: skip
        pieces = []
        for edge in range(3):
            other = (edge + 1) % 3
            here = (cut.sum(1) == 2) & cut[:, edge] & cut[:, other]
            pieces.append((faces[here], edge, _HALVES[edge], _HALVES[other]))
            # Three labels meet: a star.
            pieces.append((faces[cut.all(1)], edge, _HALVES[edge], _CENTRE))
        self.faces = np.concatenate([f for f, *_ in pieces])
        self._starts = np.concatenate(
            [np.tile(s, (len(f), 1)) for f, _, s, _ in pieces]
        )
        self._ends = np.concatenate([np.tile(e, (len(f), 1)) for f, _, _, e in pieces])
        self.sides = np.concatenate(
            [known[f[:, [e, (e + 1) % 3]]] for f, e, *_ in pieces]
        )

    def __len__(self) -> int:
        """Return how many segments there are."""
        return len(self.faces)

    def segments(
        self, points: NDArray[np.float32], *, lift: float = 0.0
    ) -> NDArray[np.float32]:
        """Return (s, 2, 3): where each segment starts and ends.

        Parameters
        ----------
        points
            (n, 3) positions of the vertices now.
        lift
            How far outside the surface the lines lie, so that it does not hide them.
        """
        corners = points[self.faces].astype(np.float64)
        corners = points[self.faces].astype(np.float64)
        found = self._ends_in(corners)
        if lift and len(found):
            found += lift * _normals(corners)[:, None, :]
        return found.astype(np.float32)

    def ribbons(
        self, points: NDArray[np.float32], *, width: float, lift: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return the segments as narrow strips that lie on the surface.

        Returns
        -------
        points, faces
            (4 s, 3) and (2 s, 3).
        """
        corners = points[self.faces].astype(np.float64)
        normals = _normals(corners)
        ends = self._ends_in(corners) + lift * normals[:, None, :]
        along = ends[:, 1] - ends[:, 0]
        along *= width / 2 / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
        aside = np.cross(normals, along)
        # Half a width longer at either end: no gaps where segments meet.
        strips = np.stack(
            [
                ends[:, 0] - along - aside,
                ends[:, 1] + along - aside,
                ends[:, 1] + along + aside,
                ends[:, 0] - along + aside,
            ],
            axis=1,
        )
        first = 4 * np.arange(len(ends), dtype=np.int32)[:, None]
        halves = [first + np.array(t, np.int32) for t in ((0, 1, 2), (0, 2, 3))]
        return strips.reshape(-1, 3).astype(np.float32), np.concatenate(halves)

    def _ends_in(self, corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(
            [np.einsum("sk,skd->sd", w, corners) for w in (self._starts, self._ends)],
            axis=1,
        )


def _normals(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return np.asarray(normal / np.maximum(length, 1e-9))
