"""Flat maps the right way up: superior is up, and nothing is seen from inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["upright"]

_TOLERATED = 30.0
"""Degrees by which a map may lean before it is turned: so far it is its author's."""


def upright(
    flat: NDArray[np.float32], faces: NDArray[np.int32], folded: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Turn a flat map so that superior is up, and unmirror it.

    Maps come turned by quarters or seen from inside, as those of some atlases do. With
    superior up and the outside facing the viewer, the front of a left hemisphere is on
    the left, and that of a right one on the right.

    Parameters
    ----------
    flat
        (n, 3) of which the first two columns are the map.
    faces
        (k, 3) triangles of the map, counter-clockwise from outside where folded.
    folded
        (n, 3) RAS positions of the same vertices.

    Returns
    -------
    (n, 3) float32 centred on the map's middle, third column 0.
    """
    plane = flat[:, :2].astype(np.float64)
    used = np.unique(faces)
    if len(used) < 3:
        return np.pad(plane, ((0, 0), (0, 1))).astype(np.float32)
    if _signed_area(plane, faces) < 0:
        plane[:, 0] *= -1
    lean = _lean(plane[used], folded[used, 2])
    if abs(lean) > _TOLERATED:
        plane = plane @ _rotation(-lean).T
    plane -= (plane[used].min(0) + plane[used].max(0)) / 2
    return np.pad(plane, ((0, 0), (0, 1))).astype(np.float32)


def _signed_area(plane: NDArray[np.float64], faces: NDArray[np.int32]) -> float:
    a, b, c = (plane[faces[:, i]] for i in range(3))
    first, second = b - a, c - a
    return float((first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum())


def _lean(plane: NDArray[np.float64], height: NDArray[np.float32]) -> float:
    """Angle in degrees from straight up to where height grows, positive to the left."""
    design = np.column_stack([plane, np.ones(len(plane))])
    slope = np.linalg.lstsq(design, height.astype(np.float64), rcond=None)[0][:2]
    if not np.hypot(*slope):
        return 0.0
    angle = np.degrees(np.arctan2(slope[1], slope[0])) - 90.0
    return float((angle + 180.0) % 360.0 - 180.0)


def _rotation(degrees: float) -> NDArray[np.float64]:
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
