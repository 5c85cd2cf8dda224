"""The region of interest in the viewer: an outlined box, and drawing it by mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from striate.widgets.services import ViewerLike
    from striate_filaments.segmentation.params import Roi

__all__ = ["OUTLINE", "BoxDrawing", "RegionLayer", "view_box"]

NAME = "Region"
OUTLINE = "#F0E442"
_DEPTH = 24
"""Planes on either side of the one shown that "From view" takes."""


class RegionLayer:
    """An empty layer whose bounding box outlines the region in 2-D and in 3-D."""

    def __init__(self, viewer: ViewerLike) -> None:
        self._viewer = viewer
        self._layer: Any = None

    def show(self, roi: Roi | None, reference: Any) -> None:
        """Outline a box of the reference layer's voxels; None takes it away."""
        if roi is None or reference is None or any(b <= a for a, b in roi):
            self.remove()
            return
        scale, translate = _placed(roi, reference)
        if self._layer is None or self._layer not in self._viewer.layers:
            self._layer = self._add(reference, scale, translate)
        else:
            self._layer.scale = scale
            self._layer.translate = translate

    def remove(self) -> None:
        """Take the outline away."""
        if self._layer is not None and self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)
        self._layer = None

    def _add(self, reference: Any, scale: Any, translate: Any) -> Any:
        active = self._viewer.layers.selection.active
        layer = self._viewer.add_labels(
            np.zeros((2,) * len(scale), np.uint8),
            name=NAME,
            scale=scale,
            translate=translate,
            units=list(reference.units)[-len(scale) :],
        )
        layer.bounding_box.visible = True
        layer.bounding_box.points = False
        layer.bounding_box.line_color = OUTLINE
        layer.bounding_box.line_thickness = 1.5
        self._viewer.layers.selection.active = active
        return layer


class BoxDrawing:
    """Lets the next drag in a slice draw the box; tells y and x while it grows."""

    def __init__(
        self,
        viewer: ViewerLike,
        reference: Any,
        on_drag: Callable[[dict[int, tuple[int, int]]], None],
        on_end: Callable[[], None],
    ) -> None:
        self._viewer, self._reference = viewer, reference
        self._on_drag_to, self._on_end = on_drag, on_end
        self._pan = viewer.scene.camera.mouse_pan
        viewer.scene.camera.mouse_pan = False
        viewer.mouse_drag_callbacks.append(self._on_drag)

    def stop(self) -> None:
        """Give the mouse back to the viewer."""
        if self._on_drag in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_drag)
            self._viewer.scene.camera.mouse_pan = self._pan

    def _on_drag(self, viewer: Any, event: Any) -> Iterator[None]:
        if len(event.dims_displayed) != 2 or event.button != 1:
            return
        start = self._voxel(event.position)
        yield
        while event.type == "mouse_move":
            now = self._voxel(event.position)
            self._on_drag_to(self._sides(start, now, event.dims_displayed))
            yield
        self.stop()
        self._on_end()

    def _voxel(self, position: Any) -> np.ndarray[Any, Any]:
        missing = len(position) - self._reference.ndim
        point = self._reference.world_to_data(np.asarray(position, float)[missing:])
        return np.concatenate([np.zeros(max(0, 3 - len(point))), point])[-3:]

    def _sides(self, a: Any, b: Any, displayed: Any) -> dict[int, tuple[int, int]]:
        """First and end voxel along each drawn axis (0, 1, 2 for z, y, x)."""
        ndim = self._viewer.dims.ndim
        sides = {}
        for dim in displayed:
            axis = int(dim) - ndim + 3
            low, high = sorted((round(float(a[axis])), round(float(b[axis]))))
            sides[axis] = (low, high + 1)
        return sides


def view_box(viewer: ViewerLike, reference: Any, shape: tuple[int, int, int]) -> Roi:
    """Return the part of a layer that the viewer shows, some planes deep.

    In 3-D, and before anything is drawn, the middle half of the volume.
    """
    corners = np.asarray(reference.corner_pixels, float)
    if reference.multiscale:
        corners = corners * reference.downsample_factors[reference.data_level]
    displayed = [int(d) - viewer.dims.ndim + 3 for d in viewer.dims.displayed]
    missing = 3 - min(3, corners.shape[1])
    low, high = (np.concatenate([np.zeros(missing), c[-3:]]) for c in corners)
    flat = viewer.dims.ndisplay == 2 and all(high[a] - low[a] >= 1 for a in displayed)
    box = []
    for axis, n in enumerate(shape):
        if not flat:
            side = (n // 4, max(n // 4 + 1, n - n // 4))
        elif axis in displayed:
            side = (int(low[axis]), int(np.ceil(high[axis])) + 1)
        else:
            here = _plane(viewer, reference, axis)
            side = (here - _DEPTH, here + _DEPTH + 1)
        start = min(max(0, side[0]), n - 1)
        box.append((start, min(max(start + 1, side[1]), n)))
    z, y, x = box
    return z, y, x


def _plane(viewer: ViewerLike, reference: Any, axis: int) -> int:
    point = np.asarray(viewer.dims.point, float)[-reference.ndim :]
    voxel = np.asarray(reference.world_to_data(point))
    place = axis - 3 + len(voxel)
    return round(float(voxel[place])) if place >= 0 else 0


def _placed(roi: Roi, reference: Any) -> tuple[Any, Any]:
    """Scale and place of two voxels a side that fill the box."""
    ndim = min(3, reference.ndim)
    step = np.asarray(reference.scale, float)[-ndim:]
    origin = np.asarray(reference.translate, float)[-ndim:]
    sides = np.asarray(roi, float)[-ndim:]
    scale = step * (sides[:, 1] - sides[:, 0]) / 2
    return scale, origin + step * (sides[:, 0] - 0.5) + scale / 2
