"""Which way round a scene is seen: never as in a mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from striate.widgets.services import ViewerLike

__all__ = ["UNMIRRORED", "show_unmirrored"]

UNMIRRORED = ("away", "down", "right")
"""Directions of z, y and x on screen that form a right-handed (x, y, z) frame."""


def show_unmirrored(viewer: ViewerLike) -> None:
    """Show data in (z, y, x) order as a right-handed (x, y, z) frame in 3-D.

    x goes right, y down and z away from the viewer: the first plane of a stack is
    nearest, as from the objective. napari's own default, z towards the viewer,
    shows (z, y, x) data mirrored: a left hemisphere as a right one.
    """
    viewer.scene.camera.orientation = UNMIRRORED
