"""The main window: pages in tabs, Jobs and Log below, one list of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QByteArray, QSize, Qt, QTimer
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QMessageBox,
    QTabWidget,
    QToolBar,
    QToolButton,
)

from striate.desktop.action_list import all_actions
from striate.desktop.actions import ActionBook
from striate.desktop.drops import DropTarget
from striate.desktop.jobs_dock import JobsDock
from striate.desktop.log_dock import LogDock
from striate.desktop.opening import Opening
from striate.desktop.pages import Pages
from striate.desktop.projects import Projects
from striate.desktop.welcome import Welcome
from striate.desktop.window_commands import WindowCommands
from striate.widgets.background import Background
from striate.widgets.theme import ThemeFollower
from striate.widgets.theme_icons import app_icon, icon
from striate.widgets.toasts import Toasts
from striate.workspace import workspaces as installed_workspaces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qtpy.QtGui import QCloseEvent

    from striate.desktop.services import ShellServices
    from striate.desktop.viewer_page import ViewerPage
    from striate.workspace import Workspace

__all__ = ["MainWindow"]

_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


class MainWindow(DropTarget, WindowCommands, QMainWindow):
    """The shell.

    Parameters
    ----------
    services
        Jobs, notifications and settings; ``services.project`` becomes the project.
    workspaces
        The workspaces to show; the installed ones when None.
    gl_problem
        Why pictures cannot be drawn; empty when they can.
    """

    def __init__(
        self,
        services: ShellServices,
        workspaces: Sequence[Workspace] | None = None,
        *,
        gl_problem: str = "",
    ) -> None:
        super().__init__()
        found = installed_workspaces() if workspaces is None else workspaces
        self.services = services
        self.workspaces = tuple(found)
        self.gl_problem = gl_problem
        self._set_up_window()
        self.theme = ThemeFollower(
            QApplication.instance(), services.settings.theme, self
        )
        self.theme.choose(services.settings.theme)
        self.theme.changed.connect(self._on_theme_changed)
        self.background = Background(self)
        self.opening = Opening(self)
        self.projects = Projects(self)
        self.jobs_dock = JobsDock(services.jobs, services.notify, self)
        self.log_dock = LogDock(services.notify, self)
        self.book = ActionBook(self, all_actions(self.workspaces))
        self.welcome = Welcome(self)
        self.pages = Pages(self)
        self.toasts = Toasts(self, services.notify, self.pages.picture_area)
        self._arrange()
        self._connect()
        self._restore_layout()
        self.book.refresh()

    # ---- Pages

    def current_page(self) -> ViewerPage | None:
        """Return the page in front, or None on the Welcome page."""
        return self.pages.current()

    def page_for_opening(self, name: str = "") -> ViewerPage | None:
        """Return the named, current, last or first page, brought to the front."""
        return self.pages.for_opening(name)

    def show_page(self, name: str) -> None:
        """Bring ``"welcome"`` or a workspace's page to the front."""
        self.pages.show(name)

    def raise_panel(self, workspace: str, panel: str) -> None:
        """Bring a panel to the front, and its page."""
        self.pages.show(workspace)
        page = self.current_page()
        if page is not None:
            page.raise_panel(panel)

    # ---- Life

    def after_first_paint(self, paths: Sequence[str | Path] = ()) -> None:
        """Do what the first picture need not wait for: plugins, recovery, files."""
        QTimer.singleShot(0, self, lambda: self._finish_start(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about running jobs and an unsaved project, then let everything go."""
        if not self.may_leave():
            event.ignore()
            return
        self._remember_layout()
        self.projects.close()
        self.pages.close_all()
        self.background.close()
        close_jobs = getattr(self.services.jobs, "close", None)
        if close_jobs is not None:
            close_jobs()
        super().closeEvent(event)

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(1440, 900)

    # ---- Private methods

    def _set_up_window(self) -> None:
        self.setWindowTitle("Striate")
        self.setWindowIcon(app_icon())
        self.setObjectName("MainWindow")
        self.setMinimumSize(800, 560)
        self.resize(_fitting(self.sizeHint()))
        self.setAcceptDrops(True)
        if not self.gl_problem:
            # A window born with a GL surface need not be made anew, with a
            # flash, when the first canvas comes.
            QOpenGLWidget(self).resize(0, 0)

    def _arrange(self) -> None:
        self.setCentralWidget(self.pages.tabs)
        self.setTabPosition(_BOTTOM, QTabWidget.TabPosition.North)
        self.addDockWidget(_BOTTOM, self.jobs_dock)
        self.addDockWidget(_BOTTOM, self.log_dock)
        self.tabifyDockWidget(self.jobs_dock, self.log_dock)
        self.jobs_dock.raise_()
        self._hide_docks()
        self.book.fill_menu_bar()
        self.toolbar = QToolBar("Toolbar", self)
        self.toolbar.setObjectName("toolbar")
        self.toolbar.setMovable(False)
        self.toolbar.setIconSize(QSize(20, 20))
        self.toolbar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.book.fill_toolbar(self.toolbar)
        self.addToolBar(self.toolbar)
        self._fill_status_bar()
        self.fill_recent_menu()

    def _fill_status_bar(self) -> None:
        self.jobs_button = QToolButton(icon=icon("jobs"), text="No jobs running")
        self.jobs_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.jobs_button.setAutoRaise(True)
        self.jobs_button.setAccessibleName("Show the jobs")
        self.jobs_button.clicked.connect(lambda: self.toggle_dock("jobs"))
        self.where = QLabel()
        self.where.setAccessibleName("Under the pointer")
        self.statusBar().addPermanentWidget(self.where)
        self.statusBar().addPermanentWidget(self.jobs_button)

    def _connect(self) -> None:
        notify = self.services.notify
        self.toasts.details_wanted.connect(self.show_details)
        self.log_dock.details_wanted.connect(self.show_details)
        self.jobs_dock.summary_changed.connect(self._on_jobs_summary)
        self._on_jobs_summary(self.jobs_dock.summary())
        self.jobs_dock.result_wanted.connect(self.show_result)
        self.jobs_dock.selection_changed.connect(self.book.refresh)
        self.services.jobs.queued.connect(self._on_job_queued)
        self.pages.changed.connect(self.book.refresh)
        self.pages.changed.connect(self.toasts.place)
        for dock in (self.jobs_dock, self.log_dock):
            dock.visibilityChanged.connect(self.book.refresh)
        if self.gl_problem:
            notify.warning(self.gl_problem)

    def _on_jobs_summary(self, summary: str) -> None:
        self.jobs_button.setText(summary or "No jobs running")

    def _on_job_queued(self, *_: Any) -> None:
        if not self.jobs_dock.isVisible():
            self.jobs_dock.show()
            self.jobs_dock.raise_()

    def _on_theme_changed(self, theme: str) -> None:
        self.pages.set_theme(theme)
        self.book.redraw_icons()
        self.welcome.fill()
        self.jobs_button.setIcon(icon("jobs"))

    def _finish_start(self, paths: Sequence[str | Path]) -> None:
        from npe2 import PluginManager

        PluginManager.instance().discover()
        self.projects.offer_recovery()
        if paths:
            self.opening.open(paths)

    def may_leave(self) -> bool:
        """Ask about running jobs and unsaved work; False to stay."""
        return self._may_leave_jobs() and self.projects.may_close()

    def _may_leave_jobs(self) -> bool:
        n = self.jobs_dock.model.n_running()
        if n == 0:
            return True
        jobs = "A job is" if n == 1 else f"{n} jobs are"
        answer = QMessageBox.question(
            self, "Quit Striate",
            f"{jobs} still running and will be stopped. You can run them again "
            "from the Jobs table. Quit?",
        )  # fmt: skip
        return bool(answer == QMessageBox.StandardButton.Yes)

    def _hide_docks(self) -> None:
        for dock in (self.jobs_dock, self.log_dock):
            dock.hide()
        self.resizeDocks([self.jobs_dock], [190], Qt.Orientation.Vertical)

    def reset_layout(self) -> None:
        """Put toolbar and docks back where they were at first."""
        self.addDockWidget(_BOTTOM, self.jobs_dock)
        self.addDockWidget(_BOTTOM, self.log_dock)
        self.tabifyDockWidget(self.jobs_dock, self.log_dock)
        self._hide_docks()

    def layout_state(self) -> dict[str, str]:
        """Geometry and docks as base64, for settings and projects."""
        return {
            "geometry": _text(self.saveGeometry()),
            "docks": _text(self.saveState()),
        }

    def restore_layout_state(self, state: dict[str, str]) -> None:
        """Put geometry and docks back; unknown text is left alone by Qt."""
        self.restoreGeometry(_bytes(state.get("geometry", "")))
        self.restoreState(_bytes(state.get("docks", "")))

    def _restore_layout(self) -> None:
        state = self.services.settings.window
        if state:
            self.restore_layout_state(state)

    def _remember_layout(self) -> None:
        self.services.settings.window = self.layout_state()
        self.services.settings.save()


def _fitting(wanted: QSize) -> QSize:
    screen = QApplication.primaryScreen()
    return wanted.boundedTo(screen.availableSize()) if screen else wanted


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode()


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode())
