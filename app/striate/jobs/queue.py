"""The queue: every job there was, in one SQLite file that survives everything.

States go queued -> starting -> running -> done, failed, cancelled or lost. A row
whose program died while it ran is ``lost`` and waits for "Run again".
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

import psutil
from pydantic import BaseModel, Field

from striate.errors import StriateError
from striate.jobs.kind import JobRequest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ACTIVE", "JobQueue", "JobRecord", "JobState", "read_queue"]

JobState = Literal[
    "queued", "starting", "running", "done", "failed", "cancelled", "lost"
]
ACTIVE = ("queued", "starting", "running")
_NEXT: dict[str, tuple[str, ...]] = {
    "queued": ("starting", "cancelled"),
    "starting": ("running", "failed", "cancelled", "lost"),
    "running": ("done", "failed", "cancelled", "lost"),
}
KEPT = 500
"""Ended jobs that are remembered."""
_SCHEMA = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT, title TEXT, request TEXT, state TEXT,
    created REAL, started REAL, finished REAL, done REAL DEFAULT 0,
    total REAL DEFAULT 0, text TEXT DEFAULT '', error TEXT DEFAULT '',
    outcome TEXT DEFAULT '{}', version TEXT DEFAULT '', owner TEXT DEFAULT '',
    cancel_asked INTEGER DEFAULT 0
)
"""


class JobRecord(BaseModel):
    """One job as the queue remembers it; times are seconds since 1970."""

    id: str
    kind: str
    title: str
    state: JobState
    request: JobRequest
    created: float
    started: float | None = None
    finished: float | None = None
    done: float = 0
    total: float = 0
    text: str = ""
    error: str = ""
    outcome: dict[str, Any] = Field(default_factory=dict)
    version: str = ""
    owner: str = ""
    cancel_asked: bool = False
    log_path: str = ""

    @property
    def seed(self) -> int:
        """The job's random seed."""
        return self.request.seed


class JobQueue:
    """The rows of one jobs folder; may be used from any thread.

    Raises
    ------
    StriateError
        When the file is damaged or from a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                folder / "queue.sqlite", check_same_thread=False, timeout=10
            )
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode=WAL")
            self._migrate()
        except (sqlite3.DatabaseError, OSError) as error:
            raise StriateError(
                f"The job queue in {folder} cannot be used ({error}): move that folder "
                "away and start again."
            ) from error

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA:
            raise StriateError(
                f"The job queue in {self.folder} was written by a newer Striate: "
                "update this one."
            )
        with self._db:
            self._db.execute(_TABLE)
            self._db.execute(f"PRAGMA user_version = {_SCHEMA}")

    # ---- Reading

    def record(self, job_id: str) -> JobRecord:
        """Return one job; KeyError when there is none of that id."""
        with self._lock:
            found = self._db.execute("SELECT * FROM jobs WHERE id=?", (job_id,))
            row = found.fetchone()
        if row is None:
            raise KeyError(job_id)
        return self._record(row)

    def records(self) -> list[JobRecord]:
        """Return all jobs, newest first."""
        with self._lock:
            order = "SELECT * FROM jobs ORDER BY created DESC, rowid DESC"
            rows = self._db.execute(order).fetchall()
        return [self._record(row) for row in rows]

    def active(self) -> list[JobRecord]:
        """Return the jobs that have not ended, oldest first."""
        with self._lock:
            wanted = (
                "SELECT * FROM jobs WHERE state IN (?, ?, ?) ORDER BY created, rowid"
            )
            rows = self._db.execute(wanted, ACTIVE).fetchall()
        return [self._record(row) for row in rows]

    def _record(self, row: sqlite3.Row) -> JobRecord:
        values = dict(row)
        values["request"] = JobRequest.model_validate_json(values["request"])
        values["outcome"] = json.loads(values["outcome"])
        return JobRecord(**values, log_path=str(self.folder / row["id"] / "log.txt"))

    # ---- Writing

    def add(self, job_id: str, request: JobRequest) -> JobRecord:
        """Put a new job at the end of the queue."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO jobs (id, kind, title, request, state, created, owner) "
                "VALUES (?, ?, ?, ?, 'queued', ?, ?)",
                (
                    job_id,
                    request.kind,
                    request.title or request.kind,
                    request.model_dump_json(),
                    time.time(),
                    this_process(),
                ),
            )
            self._prune()
        return self.record(job_id)

    def move(self, job_id: str, state: JobState, **fields: Any) -> bool:
        """Change a job's state; False when its state does not lead there."""
        with self._lock, self._db:
            now = self.record(job_id).state
            if state not in _NEXT.get(now, ()):
                return False
            if state == "starting":
                fields |= {"started": time.time(), "owner": this_process()}
            if state not in ACTIVE:
                fields["finished"] = time.time()
            self._set(job_id, {"state": state, **fields})
        return True

    def note(self, job_id: str, **fields: Any) -> None:
        """Keep progress, or that a cancel was asked for."""
        with self._lock, self._db:
            self._set(job_id, fields)

    def _set(self, job_id: str, fields: dict[str, Any]) -> None:
        if "outcome" in fields:
            fields = {**fields, "outcome": json.dumps(fields["outcome"])}
        names = ", ".join(f"{name}=?" for name in fields)
        values = (*fields.values(), job_id)
        self._db.execute(f"UPDATE jobs SET {names} WHERE id=?", values)

    def _prune(self) -> None:
        self._db.execute(
            "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state NOT IN "
            "('queued','starting','running') ORDER BY created DESC LIMIT -1 OFFSET ?)",
            (KEPT,),
        )

    # ---- After a restart

    def recover(self) -> tuple[list[str], list[str]]:
        """Return (lost, adopted) ids of jobs whose program is gone.

        What ran is lost; what was queued is ours now.
        """
        lost, adopted = [], []
        with self._lock, self._db:
            for record in self.active():
                if is_alive(record.owner):
                    continue
                if record.state == "queued":
                    self._set(record.id, {"owner": this_process()})
                    adopted.append(record.id)
                else:
                    text = "Striate stopped while this was running."
                    self.move(record.id, "lost", error=text)
                    lost.append(record.id)
        return lost, adopted

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def read_queue(folder: Path) -> JobQueue:
    """Open the queue of a jobs folder, to list it or to ask for a cancel."""
    return JobQueue(folder)


def this_process() -> str:
    """Name this process so that a later one of the same pid is not taken for it."""
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_alive(owner: str) -> bool:
    """Whether the process that :func:`this_process` named still runs."""
    pid, _, created = owner.partition(":")
    try:
        process = psutil.Process(int(pid))
        return abs(process.create_time() - float(created)) < 1.0
    except (psutil.Error, ValueError):
        return False
