"""Who is whose neighbour on a mesh, and how far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Neighbours", "edge_graph"]


class Neighbours:
    """The vertices that share an edge with each vertex.

    Parameters
    ----------
    faces
        (m, 3) vertex indices.
    n_vertices
        How many vertices there are.
    """

    def __init__(self, faces: NDArray[np.int32], n_vertices: int) -> None:
        graph = _sides(faces, n_vertices)
        self._of, self._start = graph.indices, graph.indptr

    def __getitem__(self, vertex: int) -> NDArray[np.int32]:
        """Return the neighbours of a vertex."""
        return self._of[self._start[vertex] : self._start[vertex + 1]]


def edge_graph(points: NDArray[np.float32], faces: NDArray[np.int32]) -> csr_array:
    """Return the (n, n) lengths of steps on a mesh, for shortest paths.

    Steps go along edges and, across each edge, straight between the two opposite
    corners of the triangles it joins once these are laid flat; with edges alone paths
    are too long by up to 15 %.
    """
    place = points.astype(np.float64)
    along = coo_array(_sides(faces, len(points)))
    ends = np.column_stack([along.row, along.col])
    lengths = np.linalg.norm(place[ends[:, 0]] - place[ends[:, 1]], axis=1)
    across, more = _across(place, faces)
    pairs = np.concatenate([ends, across, across[:, ::-1]])
    weights = np.concatenate([lengths, more, more])
    return _shortest(pairs, weights, len(points))


def _sides(faces: NDArray[np.int32], n: int) -> csr_array:
    a, b, c = faces[:, 0], faces[:, 1], faces[:, 2]
    rows = np.concatenate([a, b, c, b, c, a])
    columns = np.concatenate([b, c, a, a, b, c])
    ones = np.ones(len(rows), np.int8)
    graph = csr_array(coo_array((ones, (rows, columns)), shape=(n, n)))
    graph.sum_duplicates()
    return graph


def _shortest(
    pairs: NDArray[np.int32], weights: NDArray[np.float64], n: int
) -> csr_array:
    """Keep the shortest of several steps between the same two vertices."""
    # Zero would mean "no step" in a sparse graph: two vertices may be in one place.
    weights = np.maximum(weights, 1e-9)
    key = pairs[:, 0].astype(np.int64) * n + pairs[:, 1]
    order = np.lexsort([weights, key])
    key = key[order]
    kept = order[np.concatenate([[True], key[1:] != key[:-1]])]
    where = (pairs[kept, 0], pairs[kept, 1])
    return csr_array(coo_array((weights[kept], where), shape=(n, n)))


def _across(
    points: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Opposite corners of joined triangles, and their distance when laid flat."""
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    tips = np.concatenate([faces[:, 2], faces[:, 0], faces[:, 1]])
    n = len(points)
    key = sides.min(1).astype(np.int64) * n + sides.max(1)
    order = np.argsort(key, kind="stable")
    key, tips = key[order], tips[order]
    joined = np.flatnonzero(key[1:] == key[:-1])
    ends = key[joined]
    a, b = points[ends // n], points[ends % n]
    first, second = tips[joined], tips[joined + 1]
    u1, v1 = _in_plane(points[first], a, b)
    u2, v2 = _in_plane(points[second], a, b)
    # The straight line must cross the shared edge, or it would leave the surface.
    crossing = u1 + (u2 - u1) * v1 / np.maximum(v1 + v2, 1e-12)
    inside = (crossing >= 0) & (crossing <= np.linalg.norm(b - a, axis=1))
    length = np.hypot(u1 - u2, v1 + v2)
    return np.column_stack([first, second])[inside], length[inside]


def _in_plane(
    tip: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place of a corner along an edge, and its height over it."""
    edge = b - a
    length = np.maximum(np.linalg.norm(edge, axis=1), 1e-12)
    along = np.einsum("ij,ij->i", tip - a, edge) / length
    height = np.linalg.norm(np.cross(edge, tip - a), axis=1) / length
    return along, height
