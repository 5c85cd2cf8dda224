"""The region editor joined with the viewer: its outline, the view, the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from striate_filaments.panels.region import RegionEditor
from striate_filaments.panels.region_layer import BoxDrawing, RegionLayer, view_box

if TYPE_CHECKING:
    from striate.widgets.services import ViewerLike
    from striate_filaments.segmentation.params import Roi

__all__ = ["RegionControls"]

Shape = tuple[int, int, int]


class RegionControls(QObject):
    """Keeps editor and outline alike, and fills the box from view and mouse.

    Attributes
    ----------
    told
        Emitted with a sentence about what to do next; empty when that is over.
    """

    told = Signal(str)

    def __init__(self, viewer: ViewerLike, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._reference: Any = None
        self._shape: Shape = (1, 1, 1)
        self._drawing: BoxDrawing | None = None
        self.editor = RegionEditor()
        self.outline = RegionLayer(viewer)
        self.editor.changed.connect(self._show)
        self.editor.from_view_wanted.connect(self.take_view)
        self.editor.draw_wanted.connect(self._on_draw_wanted)

    def follow(self, reference: Any, shape: Shape) -> None:
        """Work on another image: one of its layers, and its size in voxels."""
        self._reference, self._shape = reference, shape
        self.editor.set_shape(shape)
        self._show()

    def leave(self) -> None:
        """There is no image any more."""
        self._stop()
        self._reference = None
        self.outline.remove()

    def value(self) -> Roi | None:
        """Return the region, None for the whole volume."""
        return self.editor.value()

    def in_view(self) -> Roi:
        """Return what the viewer shows of the image."""
        return view_box(self._viewer, self._reference, self._shape)

    def take_view(self) -> None:
        """Make the box what the viewer shows."""
        if self._reference is not None:
            self.editor.set_value(self.in_view())

    # ---- Private methods

    def _show(self) -> None:
        self.outline.show(self.editor.value(), self._reference)

    def _on_draw_wanted(self, on: bool) -> None:
        self._stop()
        if not on or self._reference is None:
            return
        if self._viewer.dims.ndisplay == 3:
            self.editor.draw.setChecked(False)
            self.told.emit("Go to the 2-D view to draw a box.")
            return
        self._drawing = BoxDrawing(
            self._viewer, self._reference, self._on_drawn, self._on_drawing_ended
        )
        self.told.emit("Drag a rectangle in the picture.")

    def _on_drawn(self, sides: dict[int, tuple[int, int]]) -> None:
        box = list(self.editor.box())
        for axis, side in sides.items():
            box[axis] = side
        self.editor.set_value((box[0], box[1], box[2]))

    def _on_drawing_ended(self) -> None:
        self.editor.draw.setChecked(False)

    def _stop(self) -> None:
        if self._drawing is not None:
            self._drawing.stop()
            self._drawing = None
            self.told.emit("")
