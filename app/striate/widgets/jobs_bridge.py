"""Jobs for the GUI thread: a supervisor's signals, brought over by Qt's event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal
from qtpy.QtCore import QObject, Qt
from qtpy.QtCore import Signal as QtSignal

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs import JobRecord, JobRequest, Supervisor

__all__ = ["QtJobs"]

_NAMES = (
    "queued",
    "started",
    "progress",
    "partial",
    "log",
    "finished",
    "failed",
    "cancelled",
    "lost",
)


class _Crossing(QObject):
    """Carries a call from any thread to the one it lives in."""

    called = QtSignal(str, tuple)


class QtJobs:
    """Fulfils ``striate.widgets.services.JobsService``; signals on the GUI thread."""

    queued = Signal(str)
    started = Signal(str)
    progress = Signal(str, float, float, str)
    partial = Signal(str, object)
    log = Signal(str, str, str)
    finished = Signal(str, dict)
    failed = Signal(str, str)
    cancelled = Signal(str)
    lost = Signal(str)

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self._crossing = _Crossing()
        queued = Qt.ConnectionType.QueuedConnection
        self._crossing.called.connect(self._on_called, queued)
        self._links = []
        for name in _NAMES:
            link = self._link(name)
            self._links.append((name, link))
            getattr(supervisor, name).connect(link)

    def _link(self, name: str) -> Any:
        def cross(*args: Any) -> None:
            self._crossing.called.emit(name, args)

        return cross

    def _on_called(self, name: str, args: tuple[Any, ...]) -> None:
        getattr(self, name).emit(*args)

    # ---- Passed on

    def submit(self, request: JobRequest) -> str:
        """Queue a job and return its id."""
        return self.supervisor.submit(request)

    def cancel(self, job_id: str) -> None:
        """Ask it to stop; ask again to make it."""
        self.supervisor.cancel(job_id)

    def run_again(self, job_id: str) -> str:
        """Queue the same job anew."""
        return self.supervisor.run_again(job_id)

    def jobs(self) -> list[JobRecord]:
        """Return all jobs, newest first."""
        return self.supervisor.jobs()

    def record(self, job_id: str) -> JobRecord:
        """Return one job."""
        return self.supervisor.record(job_id)

    def folder(self, job_id: str) -> Path:
        """Return the folder the job may leave its files in."""
        return self.supervisor.folder(job_id)

    def log_text(self, job_id: str) -> str:
        """Return the job's log so far."""
        return self.supervisor.log_text(job_id)

    def close(self) -> None:
        """Stop everything that runs."""
        for name, link in self._links:
            getattr(self.supervisor, name).disconnect(link)
        self._links.clear()
        self.supervisor.close()
