"""napari's viewer widget, with the habits the shell must take away from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.qt import QtViewer

if TYPE_CHECKING:
    from qtpy.QtGui import QDragEnterEvent, QDropEvent

__all__ = ["Canvas"]


class Canvas(QtViewer):
    """A QtViewer that leaves drops to the shell.

    napari would open its own reader dialog on a drop; an ignored event travels up
    to the main window, where a drop is the Open command.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer.layers.events.removing.connect(self._draw_here)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Leave it to the shell."""
        if event is not None:
            event.ignore()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Leave it to the shell."""
        if event is not None:
            event.ignore()

    def closeEvent(self, event: object) -> None:
        """Close, and let go of the docks the shell gave other parents."""
        super().closeEvent(event)
        for dock in (self.dockLayerList, self.dockLayerControls):
            dock.deleteLater()

    def _draw_here(self, event: Any = None) -> None:
        """Make this canvas the one that OpenGL commands go to.

        napari carries out all that waits, textures that other layers are about to
        use among it, when a layer goes; outside of painting another canvas or none
        may be current, and then all of it would be lost without a word.
        """
        self.canvas._scene_canvas.set_current()
