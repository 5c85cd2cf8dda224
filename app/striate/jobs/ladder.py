"""The cancel ladder: asked, then terminated, then killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from striate.jobs.protocol import Cancel

if TYPE_CHECKING:
    from collections.abc import Callable

    from striate.jobs.lane import Lane

__all__ = ["Ladder"]


class Ladder:
    """Where each job that should stop stands, and when its next rung is due.

    Parameters
    ----------
    patience
        Seconds from asking to terminating the worker.
    grace
        Seconds from terminating it to killing it.
    """

    def __init__(self, patience: float, grace: float) -> None:
        self._patience, self.grace = patience, grace
        self._due: dict[str, tuple[float, str]] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._due

    def ask(self, job_id: str, lane: Lane) -> None:
        """Ask the job to stop; the second time, end its worker."""
        if job_id in self._due:
            self._terminate(job_id, lane)
            return
        lane.send(Cancel(job=job_id))
        self._due[job_id] = (time.monotonic() + self._patience, "asked")

    def ask_last(self, job_id: str, lane: Lane) -> None:
        """Ask the job to stop because the program is left."""
        lane.send(Cancel(job=job_id))
        self._due[job_id] = (float("inf"), "left")

    def climb(self, lane_of: Callable[[str], Lane | None]) -> None:
        """Take the rungs that are due."""
        now = time.monotonic()
        for job_id, (due, rung) in list(self._due.items()):
            lane = lane_of(job_id)
            if lane is None:
                self._due.pop(job_id)
            elif now >= due and rung == "asked":
                self._terminate(job_id, lane)
            elif now >= due and rung == "terminated":
                lane.kill()

    def leave(self, job_id: str) -> bool:
        """Forget a job that has ended; True when it was meant to stop."""
        return self._due.pop(job_id, None) is not None

    def _terminate(self, job_id: str, lane: Lane) -> None:
        lane.terminate()
        self._due[job_id] = (time.monotonic() + self.grace, "terminated")
