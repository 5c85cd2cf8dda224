"""The queue: every job there was, in one SQLite file that survives everything.

States go queued -> starting -> running -> done, failed, cancelled or lost. A row
whose program died while it ran is ``lost`` and waits for "Run again".
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from striate import processes
from striate.errors import StriateError
from striate.jobs.kind import JobRequest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ACTIVE",
    "JobQueue",
    "JobRecord",
    "JobState",
    "ask_to_cancel",
    "is_alive",
    "read_queue",
    "this_process",
]

JobState = Literal[
    "queued", "starting", "running", "done", "failed", "cancelled", "lost"
]
ACTIVE = ("queued", "starting", "running")
_NEXT: dict[str, tuple[str, ...]] = {
    "queued": ("starting", "cancelled"),
    # A worker that leaves before it takes the job up puts it back.
    "starting": ("queued", "running", "failed", "cancelled", "lost"),
    "running": ("done", "failed", "cancelled", "lost"),
}
_LOST = "Striate stopped while this was running."
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT, title TEXT, request TEXT, state TEXT,
    created REAL, started REAL, finished REAL, done REAL DEFAULT 0,
    total REAL DEFAULT 0, text TEXT DEFAULT '', error TEXT DEFAULT '',
    outcome TEXT DEFAULT '{}', version TEXT DEFAULT '', owner TEXT DEFAULT '',
    cancel_asked INTEGER DEFAULT 0
)
"""
# Each step leads from the schema of its number to the next one.
_MIGRATIONS = (_TABLE,)


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
            # Whole after a crash of ours; a power cut may take the last second.
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._migrate()
        except (sqlite3.DatabaseError, OSError) as error:
            raise StriateError(
                f"The job queue in {folder} cannot be used ({error}): move that folder "
                "away and start again."
            ) from error

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise StriateError(
                f"The job queue in {self.folder} was written by a newer Striate: "
                "update this one."
            )
        with self._db:
            for step in _MIGRATIONS[version:]:
                self._db.execute(step)
            self._db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

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
            return self._set(job_id, {"state": state, **fields}, state=now)

    def note(self, job_id: str, **fields: Any) -> None:
        """Keep progress, or that a cancel was asked for."""
        with self._lock, self._db:
            self._set(job_id, fields)

    def forget(self, job_id: str) -> None:
        """Remove a job that has ended from the list."""
        with self._lock, self._db:
            self._db.execute(
                "DELETE FROM jobs WHERE id=? AND state NOT IN (?, ?, ?)",
                (job_id, *ACTIVE),
            )

    def _set(self, job_id: str, fields: dict[str, Any], **unless_changed: Any) -> bool:
        """Write fields; not when another program has changed what we saw."""
        if "outcome" in fields:
            fields = {**fields, "outcome": json.dumps(fields["outcome"])}
        names = ", ".join(f"{name}=?" for name in fields)
        same = "".join(f" AND {name}=?" for name in unless_changed)
        values = (*fields.values(), job_id, *unless_changed.values())
        done = self._db.execute(f"UPDATE jobs SET {names} WHERE id=?{same}", values)
        return done.rowcount == 1

    # ---- After a restart

    def recover(self, *, adopt: bool = True) -> tuple[list[str], list[str]]:
        """Return (lost, adopted) ids of jobs whose program is gone.

        What ran is lost; what was queued is ours now, when we can `adopt` it.
        """
        lost, adopted = [], []
        with self._lock, self._db:
            for record in self.active():
                if is_alive(record.owner):
                    continue
                if record.state == "queued":
                    if not adopt:
                        continue
                    ours = {"owner": this_process()}
                    if self._set(record.id, ours, owner=record.owner):
                        adopted.append(record.id)
                elif self.move(record.id, "lost", error=_LOST):
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
    """Name this process, and the machine: several may share our folder."""
    return f"{processes.this_process()}:{processes.host()}"


def is_alive(owner: str) -> bool:
    """Whether the process that :func:`this_process` named still runs.

    One on another machine, which shares our folder, is taken to.
    """
    pid, _, rest = owner.partition(":")
    created, _, node = rest.partition(":")
    if node and node != processes.host():
        return True
    return processes.is_running(f"{pid}:{created}")


def ask_to_cancel(queue: JobQueue, job_id: str) -> None:
    """Ask for a cancel from another program; a job nobody runs is cancelled at once.

    Raises
    ------
    StriateError
        When there is no such job, or it has ended.
    """
    try:
        record = queue.record(job_id)
    except KeyError:
        raise StriateError(
            f"There is no job {job_id}: see `striate jobs list`."
        ) from None
    if record.state not in ACTIVE:
        raise StriateError(f"Job {job_id} has ended already: it is {record.state}.")
    if record.state == "queued" and not is_alive(record.owner):
        queue.move(job_id, "cancelled")
        return
    queue.note(job_id, cancel_asked=1)
