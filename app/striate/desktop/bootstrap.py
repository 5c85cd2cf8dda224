"""Start the desktop: environment, application, window, event loop.

The order matters and is tested: napari before the QApplication (it works around
drivers at import), shared GL contexts before it too (a floated dock loses its
picture without), and every keyword of ``get_qapp`` (one alone switches off the rest).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from striate.desktop.display import display_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qtpy.QtWidgets import QApplication

    from striate.desktop.main_window import MainWindow

__all__ = ["APP_ID", "create_app", "create_window", "run"]

APP_ID = "org.striate.Striate"


def run(paths: Sequence[str | Path] = ()) -> int:
    """Open the desktop on these files and return the exit code when it closes.

    0 after a normal session; 2, with one sentence on stderr, when there is no screen.
    """
    problem = display_problem()
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    app = create_app()
    window = create_window()
    window.show()
    window.after_first_paint(paths)
    _quit_for_tests(window)
    return int(app.exec())


def create_app() -> QApplication:
    """Return the one QApplication, made the way napari and OpenGL need it."""
    _prepare_environment()
    import napari  # noqa: F401 - must come before the QApplication, see above
    from qtpy.QtCore import QCoreApplication, Qt

    share = Qt.ApplicationAttribute.AA_ShareOpenGLContexts
    if QCoreApplication.instance() is None:
        QCoreApplication.setAttribute(share, True)
    from napari.qt import get_qapp

    from striate import __version__
    from striate.resources import path as resource_path

    app = get_qapp(
        app_name="Striate",
        app_version=__version__,
        icon=str(resource_path("icons/striate.svg")),
        org_name="Striate",
        org_domain="striate.org",
        app_id=APP_ID,
    )
    app.setDesktopFileName(APP_ID)
    app.setApplicationDisplayName("Striate")
    return app


def create_window() -> MainWindow:
    """Return the main window with real services, hooks installed, not yet shown."""
    from striate.desktop.crash import Hooks, previous_crash, watch_for_crashes
    from striate.desktop.display import gl_problem
    from striate.desktop.main_window import MainWindow
    from striate.desktop.services import ShellServices
    from striate.jobs import Supervisor
    from striate.settings import Settings
    from striate.widgets.jobs_bridge import QtJobs
    from striate.widgets.notifications import Notifications

    crash = previous_crash()
    watch_for_crashes()
    settings = Settings.load()
    notify = Notifications()
    jobs = QtJobs(Supervisor(settings.jobs_dir(), settings=settings))
    window = MainWindow(ShellServices(jobs, notify, settings), gl_problem=gl_problem())
    hooks = Hooks(notify)
    hooks.install()
    window.destroyed.connect(hooks.remove)
    if crash:
        notify.error("Striate crashed the last time it ran.", crash)
    return window


def _prepare_environment() -> None:
    from striate.settings import home

    os.environ.setdefault("QT_API", "pyside6")
    # The person's own napari keeps its settings; ours live with us.
    os.environ["NAPARI_CONFIG"] = str(home() / "napari.yaml")


def _quit_for_tests(window: MainWindow) -> None:
    """Close by itself after STRIATE_QUIT_AFTER seconds: installers' smoke test."""
    seconds = os.environ.get("STRIATE_QUIT_AFTER")
    if seconds:
        from qtpy.QtCore import QTimer

        QTimer.singleShot(int(1000 * float(seconds)), window.close)
