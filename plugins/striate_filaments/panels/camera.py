"""Bring a place into the middle of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.widgets.services import ViewerLike

__all__ = ["look_at"]


def look_at(viewer: ViewerLike, point: Sequence[float]) -> None:
    """Move sliders and camera to a world point of the last axes; the zoom stays."""
    ndim = viewer.dims.ndim
    first = ndim - len(point)
    displayed = list(viewer.dims.displayed)
    for i, value in enumerate(point):
        axis = first + i
        if axis >= 0 and axis not in displayed:
            viewer.dims.set_point(axis, value)
    camera = viewer.scene.camera
    centre = list(camera.center)
    for place, axis in enumerate(displayed, start=len(centre) - len(displayed)):
        if axis - first >= 0:
            centre[place] = point[axis - first]
    camera.center = tuple(centre)
