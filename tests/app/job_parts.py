"""What the tests of jobs share: kinds, requests, and an ear for a supervisor."""

from __future__ import annotations

import threading
import time

import psutil

from striate.jobs import JobKind, JobRequest, Supervisor

HERE = "tests.app.jobs_for_tests"
NAMES = (
    "count",
    "noisy",
    "refuses",
    "bug",
    "dies",
    "segfaults",
    "hangs",
    "fits_when_halved",
    "never_fits",
    "where",
    "square_all",
    "needs_much",
    "fills_the_disk",
    "chatty",
    "where_items_run",
    "tells_its_context",
    "interrupted",
)
KINDS = [JobKind(f"test.{n}", n, f"{HERE}:{n}", f"{HERE}:Params") for n in NAMES]
ENDS = ("finished", "failed", "cancelled")


class Ear:
    """Hears a supervisor, and waits for the end of a job."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.heard: list[tuple] = []
        self._changed = threading.Condition()
        for name in (*ENDS, "progress", "partial", "started", "lost"):
            getattr(supervisor, name).connect(self._hearer(name))

    def _hearer(self, name: str):
        def hear(*args) -> None:
            with self._changed:
                self.heard.append((name, *args))
                self._changed.notify_all()

        self.__dict__[f"_{name}"] = hear  # psygnal keeps only weak references
        return hear

    def wait(self, job_id: str, names=ENDS, seconds: float = 30) -> tuple:
        def found():
            return next(
                (h for h in self.heard if h[0] in names and h[1] == job_id), None
            )

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, seconds)
            return found()


def ask(name: str, *, scheduler: str | None = None, lane="", **params) -> JobRequest:
    return JobRequest(
        kind=f"test.{name}", params=params, scheduler=scheduler, lane=lane
    )


def is_gone(pid: int, seconds: float = 20) -> bool:
    """Whether a process ends in time; one that nobody waits for stays a zombie."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False
