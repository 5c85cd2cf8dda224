"""The tabs: Welcome, and one page per workspace, made when first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow
    from striate.desktop.viewer_page import ViewerPage
    from striate.workspace import Workspace

__all__ = ["Pages"]


class Pages(QObject):
    """Makes viewer pages lazily, so that an unused workspace costs nothing.

    Attributes
    ----------
    changed
        Emitted when another tab comes to the front or a page is made.
    """

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._made: dict[str, ViewerPage] = {}
        self._last = ""
        self.tabs = QTabWidget()
        self.tabs.setObjectName("Pages")
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Pages")
        self.tabs.addTab(window.welcome, icon("home"), "Welcome")
        for workspace in window.workspaces:
            self._add_tab(workspace)
        self.tabs.currentChanged.connect(self._on_tab_changed)

    # ---- Public methods

    def made(self) -> dict[str, ViewerPage]:
        """Return the pages that exist by now, by workspace."""
        return dict(self._made)

    def current(self) -> ViewerPage | None:
        """Return the page in front, or None on Welcome."""
        return self._made.get(self._name(self.tabs.currentIndex()))

    def show(self, name: str) -> None:
        """Bring ``"welcome"`` or a workspace's page to the front."""
        self.tabs.setCurrentIndex(self._index(name))
        page = self.current()
        if page is not None:
            page.setFocus()

    def for_opening(self, name: str = "") -> ViewerPage | None:
        """Return the named, else current, else last used, else first page, in front."""
        if not self._window.workspaces:
            return None
        current = self._name(self.tabs.currentIndex())
        chosen = name or current or self._last or self._window.workspaces[0].name
        self.show(chosen)
        return self.current()

    def picture_area(self) -> QWidget:
        """Where messages may cover something: the picture in front, else the page."""
        page = self.current()
        return self.tabs if page is None else page.picture_area()

    def set_theme(self, theme: str) -> None:
        """Draw tabs and canvases in ``"dark"`` or ``"light"``."""
        self.tabs.setTabIcon(0, icon("home"))
        for number, workspace in enumerate(self._window.workspaces, start=1):
            self.tabs.setTabIcon(number, _workspace_icon(workspace))
        for page in self._made.values():
            page.set_theme(theme)

    def close_all(self) -> None:
        """Close every page and its viewer."""
        for page in self._made.values():
            page.close_page()
        self._made.clear()

    # ---- Private methods

    def _add_tab(self, workspace: Workspace) -> None:
        holder = QWidget()
        holder.setObjectName(f"holder.{workspace.name}")
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        index = self.tabs.addTab(holder, _workspace_icon(workspace), workspace.title)
        self.tabs.setTabToolTip(index, workspace.description)

    def _on_tab_changed(self, index: int) -> None:
        name = self._name(index)
        if name and name not in self._made:
            self._made[name] = self._make(self._window.workspaces[index - 1])
        if name:
            from striate.desktop.page_in_front import put_in_front

            put_in_front(self._made[name])
        self._last = name or self._last
        self.changed.emit()

    def _make(self, workspace: Workspace) -> ViewerPage:
        from striate.desktop.viewer_page import ViewerPage

        page = ViewerPage(
            workspace,
            self._window.services,
            theme=self._window.theme.theme,
            gl_problem=self._window.gl_problem,
        )
        page.status_changed.connect(self._window.where.setText)
        page.model.dims.events.ndisplay.connect(lambda *_: self.changed.emit())
        self.tabs.widget(self._index(workspace.name)).layout().addWidget(page)
        return page

    def _name(self, index: int) -> str:
        return self._window.workspaces[index - 1].name if index > 0 else ""

    def _index(self, name: str) -> int:
        names = ["welcome", *(w.name for w in self._window.workspaces)]
        return names.index(name)


def _workspace_icon(workspace: Workspace) -> object:
    try:
        return icon(workspace.icon or "panel")
    except OSError:
        return icon("panel")
