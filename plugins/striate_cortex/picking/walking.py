"""From a vertex to its neighbour in a direction, such as that of an arrow key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_cortex.surfaces.adjacency import Neighbours

__all__ = ["walk"]


def walk(
    vertex: int,
    direction: Sequence[float],
    neighbours: Neighbours,
    points: NDArray[np.float32],
    *,
    distance: float = 0.0,
) -> int:
    """Return the vertex one edge away, or at a distance, in a direction.

    Parameters
    ----------
    vertex
        Where the walk starts.
    direction
        (3,) of the walk, in the space of `points`.
    neighbours
        Of the mesh.
    points
        (n, 3) positions of the vertices as they are shown.
    distance
        How far to go, in the unit of `points`; 0 goes one edge.

    Returns
    -------
    The vertex reached: `vertex` itself where the mesh ends in that direction.
    """
    way = np.asarray(direction, np.float64)
    start = points[vertex].astype(np.float64)
    here = vertex
    while True:
        found = _step(here, way, neighbours, points)
        if found is None:
            return here
        here = found
        if float((points[here] - start) @ way) >= distance * np.linalg.norm(way):
            return here


def _step(
    vertex: int,
    way: NDArray[np.float64],
    neighbours: Neighbours,
    points: NDArray[np.float32],
) -> int | None:
    near = neighbours[vertex]
    if not len(near):
        return None
    steps = points[near].astype(np.float64) - points[vertex]
    lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-12)
    along = steps @ way / lengths / max(float(np.linalg.norm(way)), 1e-12)
    best = int(along.argmax())
    # Less than a quarter of a right angle forwards would be a step sideways.
    return int(near[best]) if along[best] > 0.2 else None
