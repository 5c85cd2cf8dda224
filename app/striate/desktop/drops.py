"""Files dropped on the window: the Open command, with options when Shift is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer

if TYPE_CHECKING:
    from qtpy.QtGui import QDropEvent

    from striate.desktop.opening import Opening

__all__ = ["DropTarget", "dropped_paths"]


class DropTarget:
    """Mixin of a window that has `opening` and accepts drops."""

    opening: Opening

    def dragEnterEvent(self, event: QDropEvent) -> None:
        """Accept what has files in it."""
        if dropped_paths(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDropEvent) -> None:
        """Accept it wherever it goes."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files; Shift asks for workspace, axes and voxel size first."""
        paths = dropped_paths(event)
        event.acceptProposedAction()
        asks = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        act = self.opening.ask_with_options if asks else self.opening.open
        # After the drag has ended: a dialog inside it would freeze the file manager.
        QTimer.singleShot(0, lambda: act(paths))


def dropped_paths(event: QDropEvent) -> list[str]:
    """Local files and folders of a drop."""
    urls = event.mimeData().urls()
    return [url.toLocalFile() for url in urls if url.isLocalFile()]
