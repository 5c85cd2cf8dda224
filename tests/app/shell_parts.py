"""Parts the shell's tests share: a jobs service without processes, a workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psygnal import Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from striate.workspace import PanelSpec, Sample, Workspace

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Record:
    id: str
    title: str = "Segment neurons"
    kind: str = "tiny.count"
    state: str = "running"
    done: float = 0.0
    total: float = 0.0
    text: str = ""
    error: str = ""
    created: Any = NOW
    started: Any = NOW
    finished: Any = None
    log_path: Path | None = None
    outcome: dict[str, Any] = field(default_factory=dict)


class RecordedJobs:
    """Holds records and remembers what was asked of it."""

    queued = Signal(str)
    started = Signal(str)
    progress = Signal(str, float, float, str)
    partial = Signal(str, object)
    log = Signal(str, str, str)
    finished = Signal(str, dict)
    failed = Signal(str, str)
    cancelled = Signal(str)
    lost = Signal(str)

    def __init__(self, *records: Record) -> None:
        self.records = list(records)
        self.asked: list[tuple[str, str]] = []

    def jobs(self) -> list[Record]:
        return list(self.records)

    def cancel(self, job_id: str) -> None:
        self.asked.append(("cancel", job_id))

    def run_again(self, job_id: str) -> str:
        self.asked.append(("again", job_id))
        return "again"

    def folder(self, job_id: str) -> Path:
        return Path(job_id)

    def close(self) -> None:
        self.asked.append(("close", ""))


class TinyPanel(QWidget):
    """A panel that remembers what it was given."""

    made: list[TinyPanel] = []  # noqa: RUF012 - reset by the fixture that reads it

    def __init__(self, viewer: Any, services: Any) -> None:
        super().__init__()
        self.viewer, self.services = viewer, services
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("A tiny panel"))
        layout.addStretch(1)
        TinyPanel.made.append(self)


class BrokenPanel(QWidget):
    def __init__(self, viewer: Any, services: Any) -> None:
        super().__init__()
        raise RuntimeError("the model file is gone")


def tiny_workspace(name: str = "tiny", *, opener: str = "") -> Workspace:
    here = "tests.app.shell_parts" if __name__.startswith("tests") else __name__
    return Workspace(
        name,
        name.capitalize(),
        "A workspace for tests.",
        "filaments",
        panels=(
            PanelSpec("first", "First", f"{here}:TinyPanel", help="The first panel."),
            PanelSpec("second", "Second", f"{here}:TinyPanel"),
        ),
        samples=(
            Sample("painted", "Painted neurons", "Twelve neurons.", "CC0", "Us",
                   simulated=True, bytes=2_000_000),
            Sample("real", "Brainbow cortex", "A real stack.", "BSD-3", "Them"),
        ),
        opener=opener,
    )  # fmt: skip


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# ---- The window of the tests


def open_shell(
    *workspaces: Workspace,
    jobs: Any = None,
    settings: Any = None,
    gl_problem: str = "",
    show: bool = True,
) -> Any:
    """Open the main window without starting anything else."""
    from striate.desktop.main_window import MainWindow
    from striate.desktop.services import ShellServices
    from striate.settings import Settings
    from striate.widgets.notifications import Notifications

    services = ShellServices(
        jobs or RecordedJobs(), Notifications(), settings or Settings.load()
    )
    found = workspaces or (tiny_workspace(),)
    window = MainWindow(services, found, gl_problem=gl_problem)
    if show:
        window.show()
    return window


def let_go(window: Any) -> None:
    """Close a window of a test without being asked anything."""
    from qtpy.QtCore import QCoreApplication, QEvent
    from shiboken6 import isValid

    if not isValid(window):
        return
    window.may_leave = lambda: True
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def forbid_dialogs(monkeypatch: Any) -> None:
    """Fail instead of waiting for an answer that nobody gives."""
    from qtpy.QtWidgets import QDialog, QMessageBox

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError(f"A dialog would have waited for an answer: {args}")

    monkeypatch.setattr(QDialog, "exec", refuse)
    monkeypatch.setattr(QMessageBox, "question", refuse)


def said(window: Any, level: str = "") -> list[str]:
    """Return what the window told the person, oldest first."""
    records = window.services.notify.records
    return [r.text for r in records if level in ("", r.level) and not r.quiet]
