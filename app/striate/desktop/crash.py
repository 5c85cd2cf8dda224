"""When things go wrong: hooks, the crash log and the report a person can copy."""

from __future__ import annotations

import faulthandler
import platform
import sys
import threading
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import IO, TYPE_CHECKING, Any

from striate.settings import home
from striate.widgets.notifications import Notification

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from striate.widgets.notifications import Notifications

__all__ = ["Hooks", "environment_report", "previous_crash", "watch_for_crashes"]

_PACKAGES = (
    "striate", "napari", "vispy", "PySide6-Essentials", "PySide6", "qtpy", "numpy",
    "dask", "zarr", "torch",
)  # fmt: skip
_crash_file: IO[str] | None = None


class Hooks:
    """Route uncaught exceptions, thread errors, warnings and napari's messages.

    Use :meth:`install` once and :meth:`remove` at the end.
    """

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications
        self._old: tuple[Any, Any, Any] | None = None
        self._seen: set[tuple[str, str, int]] = set()

    def install(self) -> None:
        """Take the hooks; napari's own notifications are heard too."""
        from napari.utils.notifications import notification_manager

        self._old = (sys.excepthook, threading.excepthook, warnings.showwarning)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        warnings.showwarning = self._on_warning
        notification_manager.notification_ready.connect(self._on_napari)

    def remove(self) -> None:
        """Give the hooks back as they were."""
        from napari.utils.notifications import notification_manager

        if self._old is None:
            return
        sys.excepthook, threading.excepthook, warnings.showwarning = self._old
        notification_manager.notification_ready.disconnect(self._on_napari)
        self._old = None

    # ---- Private methods

    def _on_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.exit(130)
        sys.__excepthook__(kind, error, trace)
        self._notifications.exception(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        place = (str(message), filename, lineno)
        if place in self._seen:
            return
        self._seen.add(place)
        # Libraries' warnings are for the log: a toast would ask people to act.
        self._notifications.post(
            Notification(
                "warning", str(message), f"{filename}:{lineno}: {category.__name__}",
                source="python", quiet=True,
            )
        )  # fmt: skip

    def _on_napari(self, event: Any) -> None:
        level = {"error": "error", "warning": "warning"}.get(
            str(event.severity), "info"
        )
        self._notifications.post(
            Notification(level, str(event.message), source="napari")
        )


def watch_for_crashes() -> None:
    """Let a hard crash (segmentation fault) write its traceback to a file."""
    global _crash_file
    path = _crash_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    _crash_file = path.open("w", encoding="utf-8")
    faulthandler.enable(_crash_file)


def previous_crash() -> str:
    """Return what the last run left in the crash file; ask before watching anew."""
    try:
        return _crash_path().read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def environment_report() -> str:
    """Versions of what matters, one per line, for a bug report."""
    lines = [f"System: {platform.platform()}", f"Python: {sys.version.split()[0]}"]
    for package in _PACKAGES:
        try:
            lines.append(f"{package}: {version(package)}")
        except PackageNotFoundError:
            continue
    return "\n".join([*lines, *_screen_lines()])


def _screen_lines() -> list[str]:
    from qtpy.QtCore import qVersion
    from qtpy.QtGui import QGuiApplication

    lines = [f"Qt: {qVersion()}"]
    if QGuiApplication.instance() is not None:
        lines.append(f"Display platform: {QGuiApplication.platformName()}")
    return lines


def _crash_path() -> Path:
    return home() / "crash.log"
