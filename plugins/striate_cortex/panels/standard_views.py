"""The camera at the places anatomists look from; left and right as in the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.widgets.services import ViewerLike

__all__ = ["VIEWS", "fit", "fitting_zoom", "look_from", "screen_axes"]

VIEWS = {
    "left": ((1, 0, 0), (0, 0, 1)),
    "right": ((-1, 0, 0), (0, 0, 1)),
    "back": ((0, 1, 0), (0, 0, 1)),
    "front": ((0, -1, 0), (0, 0, 1)),
    "top": ((0, 0, -1), (0, 1, 0)),
    "bottom": ((0, 0, 1), (0, 1, 0)),
}
"""Where it looks to, and what is up on screen, both (x, y, z) in RAS."""


def look_from(viewer: ViewerLike, name: str) -> None:
    """Turn the camera to one of `VIEWS`; zoom and centre stay."""
    towards, up = VIEWS[name]
    viewer.scene.camera.set_view_direction(towards[::-1], up[::-1])


def fit(viewer: ViewerLike, points: NDArray[np.float32]) -> None:
    """Show all of the points, (n, 3) as (x, y, z), as large as the canvas takes."""
    if not len(points):
        return
    camera = viewer.scene.camera
    camera.center = tuple((points.max(0) + points.min(0))[::-1] / 2)
    camera.zoom = fitting_zoom(viewer, points)


def fitting_zoom(viewer: ViewerLike, points: NDArray[np.float32]) -> float:
    """Return the zoom at which all of the points are just seen."""
    right, up = screen_axes(viewer)
    size = [float(np.ptp(points @ axis)) for axis in (right, up)]
    height, width = viewer.canvas.size
    return 0.92 * min(width / max(size[0], 1e-6), height / max(size[1], 1e-6))


def screen_axes(viewer: ViewerLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where right and up on the screen point, as (x, y, z)."""
    camera = viewer.scene.camera
    towards = np.asarray(camera.view_direction, float)[::-1]
    up = np.asarray(camera.up_direction, float)[::-1]
    return np.cross(towards, up), up
