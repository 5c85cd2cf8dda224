"""One workspace's page: napari's canvas and layer docks, and the workspace's panels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.components import ViewerModel
from qtpy.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from qtpy.QtWidgets import QLabel, QMainWindow, QTabWidget, QWidget

from striate.desktop.panel_dock import PanelDock
from striate.widgets.cameras import show_unmirrored

if TYPE_CHECKING:
    from qtpy.QtGui import QShowEvent

    from striate.desktop.services import ShellServices
    from striate.workspace import Workspace

__all__ = ["ViewerPage"]

_AREAS = {
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
}
_STATUS_EVERY_MS = 100
_PANEL_WIDTH = 390


class ViewerPage(QMainWindow):
    """A nested main window around one napari viewer.

    Parameters
    ----------
    workspace
        Whose panels the page holds.
    services
        Handed to the panels.
    theme
        ``"dark"`` or ``"light"``.
    gl_problem
        Why nothing can be drawn; then the sentence stands in the canvas's place
        and the panels still work.

    Attributes
    ----------
    status_changed
        What the pointer is over, at most ten times a second.
    """

    status_changed = Signal(str)

    def __init__(
        self,
        workspace: Workspace,
        services: ShellServices,
        *,
        theme: str = "dark",
        gl_problem: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName(f"page.{workspace.name}")
        self.workspace = workspace
        self.services = services
        self.model = ViewerModel(title=workspace.title)
        show_unmirrored(self.model)
        self._was_shown = False
        self._quieten_hover()
        self.setDockNestingEnabled(True)
        self.setTabPosition(_AREAS["right"], QTabWidget.TabPosition.North)
        if gl_problem:
            self.setCentralWidget(_sentence(gl_problem))
        else:
            self._add_canvas()
        self.panels = self._add_panels()
        self.set_theme(theme)

    # ---- Public methods

    def set_theme(self, theme: str) -> None:
        """Draw the canvas in ``"dark"`` or ``"light"``."""
        self.model.theme = theme

    def raise_panel(self, panel_id: str) -> None:
        """Bring a panel to the front and give it the keyboard.

        Raises
        ------
        KeyError
            When the workspace has no such panel.
        """
        dock = self.panels[panel_id]
        dock.show()
        dock.raise_()
        dock.build()
        dock.panel_widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_3d(self) -> None:
        """Go from slices to the volume, or back."""
        self.model.dims.ndisplay = 5 - self.model.dims.ndisplay

    def fit(self) -> None:
        """Show all of the data."""
        self.model.reset_view()

    def show_middle(self) -> None:
        """Go to the middle of every axis and show all of it."""
        ranges = self.model.dims.range
        self.model.dims.point = [(low + high) / 2 for low, high, _ in ranges]
        self.fit()

    def picture(self) -> Any:
        """Canvas as an (h, w, 4) uint8 array, or None when nothing can be drawn."""
        viewer = getattr(self, "_qt_viewer", None)
        return None if viewer is None else viewer.screenshot(flash=False)

    def picture_area(self) -> QWidget:
        """Return the canvas without its sliders, or what stands in its place."""
        viewer = getattr(self, "_qt_viewer", None)
        return self.centralWidget() if viewer is None else viewer.canvas.native

    def docks_state(self) -> str:
        """Where the docks are, as base64."""
        return bytes(self.saveState().toBase64().data()).decode()

    def restore_docks(self, state: str) -> None:
        """Put the docks where they were."""
        if state:
            self.restoreState(QByteArray.fromBase64(state.encode()))

    def close_page(self) -> None:
        """Let go of layers, canvas and panels."""
        self._status_timer.stop()
        self.model.layers.clear()
        for dock in self.panels.values():
            dock.close_panel()
        viewer = getattr(self, "_qt_viewer", None)
        if viewer is not None:
            viewer.close()
        self.close()
        self.deleteLater()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the width out when there is one: a hidden page has none."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            QTimer.singleShot(0, self, self._share_width)

    # ---- Private methods

    def _add_canvas(self) -> None:
        from striate.desktop.canvas import Canvas

        # magicgui's layer menus find their viewer by walking up to the first
        # parent with an attribute of exactly this name.
        self._qt_viewer = Canvas(self.model)
        self.setCentralWidget(self._qt_viewer)
        # Needs napari's own window.
        self._qt_viewer.viewerButtons.consoleButton.hide()
        left = _AREAS["left"]
        self.addDockWidget(left, self._qt_viewer.dockLayerControls)
        self.addDockWidget(left, self._qt_viewer.dockLayerList)

    def _add_panels(self) -> dict[str, PanelDock]:
        docks: dict[str, PanelDock] = {}
        first: dict[str, PanelDock] = {}
        for spec in self.workspace.panels:
            dock = PanelDock(spec, self.model, self.services, self)
            self.addDockWidget(_AREAS[spec.area], dock)
            if spec.area in first:
                self.tabifyDockWidget(first[spec.area], dock)
            first.setdefault(spec.area, dock)
            docks[spec.id] = dock
        for dock in first.values():
            dock.raise_()
            dock.build()
        return docks

    def _share_width(self) -> None:
        side = [d for d in self.panels.values() if d.spec.area == "right"]
        if side:
            self.resizeDocks(side[:1], [_PANEL_WIDTH], Qt.Orientation.Horizontal)

    def _quieten_hover(self) -> None:
        """Take the status off the mouse path: it costs seconds on big surfaces."""
        position = self.model.cursor.events.position
        position.disconnect(self.model.update_status_from_cursor)
        self._status_timer = QTimer(self, singleShot=True, interval=_STATUS_EVERY_MS)
        self._status_timer.timeout.connect(self._say_status)
        position.connect(self._ask_status)

    def _ask_status(self, event: Any = None) -> None:
        if not self._status_timer.isActive():
            self._status_timer.start()

    def _say_status(self) -> None:
        active = self.model.layers.selection.active
        if active is not None and type(active).__name__ == "Surface":
            return
        self.model.update_status_from_cursor()
        self.status_changed.emit(_status_text(self.model.status))

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(1200, 800)


def _status_text(status: Any) -> str:
    if isinstance(status, dict):
        parts = (status.get(k, "") for k in ("layer_name", "coordinates"))
        return "  ".join(str(p) for p in parts if p)
    return "" if status == "Ready" else str(status)


def _sentence(text: str) -> QLabel:
    label = QLabel(text + " Tables, jobs and files work as usual.")
    label.setWordWrap(True)
    label.setObjectName("NoPicture")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setContentsMargins(40, 40, 40, 40)
    return label
