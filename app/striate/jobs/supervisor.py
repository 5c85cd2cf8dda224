"""The supervisor: keeps the queue, the workers and the promises about both."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from striate.errors import OutputError
from striate.jobs import protocol
from striate.jobs.history import prune
from striate.jobs.ladder import Ladder
from striate.jobs.lane import Lane, ending
from striate.jobs.orders import Orders
from striate.jobs.queue import JobQueue, JobRecord, ask_to_cancel, this_process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate.jobs.kind import JobKind, JobRequest
    from striate.jobs.queue import JobState
    from striate.settings import Settings

__all__ = ["Supervisor"]

LOG = logging.getLogger(__name__)
TICK_SECONDS = 0.5
RECOVER_SECONDS = 10.0
"""How often jobs are looked for whose program has died."""
CLOSING_SECONDS = 2.0
"""What a job is given to clean up when the program is left."""
_ENDS = (protocol.Done, protocol.Failed, protocol.CancelledJob)


class Supervisor:
    """Runs jobs in worker processes, one at a time per device.

    Signals come from any thread, the job id first.

    Parameters
    ----------
    folder
        Of the queue and of a folder for each job.
    kinds
        Kinds of job besides those of the installed workspaces.
    settings
        The preferences: device and scheduler of requests that name none, and the
        threads a job may use.
    patience
        Seconds from a cancel to terminating the worker by ourselves.
    grace
        Seconds from terminating a worker to killing it.
    """

    queued = Signal(str)
    started = Signal(str)
    progress = Signal(str, float, float, str)
    partial = Signal(str, object)
    log = Signal(str, str, str)
    finished = Signal(str, dict)
    failed = Signal(str, str)
    cancelled = Signal(str)
    lost = Signal(str)

    def __init__(
        self,
        folder: str | Path,
        *,
        kinds: Iterable[JobKind] = (),
        settings: Settings | None = None,
        patience: float = 30.0,
        grace: float = 5.0,
    ) -> None:
        self._folder = Path(folder)
        self._orders = Orders(kinds, settings)
        self._queue = JobQueue(self._folder)
        self._lock = threading.RLock()
        self._lanes: dict[str, Lane] = {}
        self._ladder = Ladder(patience, grace)
        self._closed = False
        self._recovered = 0.0
        self.memory: dict[str, int] = {}
        self._recover()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        threading.Thread(target=self._make_room, daemon=True).start()

    # ---- Public methods

    def submit(self, request: JobRequest) -> str:
        """Queue a job and return its id.

        Raises
        ------
        KeyError
            When no workspace offers this kind of job.
        OutputError
            When the jobs folder cannot be written to.
        """
        complete = self._orders.completed(request)
        job_id = uuid.uuid4().hex[:12]
        try:
            self.folder(job_id)
            self._queue.add(job_id, complete)
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"The jobs folder {self._folder} cannot be written to ({error}): free "
                "some space, or choose another one in the preferences."
            ) from error
        self.queued.emit(job_id)
        self._wake.set()
        return job_id

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; asking a second time ends its worker."""
        with self._lock:
            lane = self._lane_of(job_id)
            if lane is None:
                self._cancel_elsewhere(job_id)
                return
            self._ladder.ask(job_id, lane)

    def _cancel_elsewhere(self, job_id: str) -> None:
        """Cancel what waits; what another program runs is for it to stop."""
        record = self._queue.record(job_id)
        if record.state == "queued":
            if self._queue.move(job_id, "cancelled"):
                self.cancelled.emit(job_id)
        elif record.state in ("starting", "running") and not self._is_ours(record):
            ask_to_cancel(self._queue, job_id)

    def run_again(self, job_id: str) -> str:
        """Queue the same request anew and return the new id."""
        return self.submit(self._queue.record(job_id).request)

    def jobs(self) -> list[JobRecord]:
        """Return all jobs, newest first."""
        return self._queue.records()

    def record(self, job_id: str) -> JobRecord:
        """Return one job."""
        return self._queue.record(job_id)

    def folder(self, job_id: str) -> Path:
        """Return the folder the job may leave its files in."""
        folder = self._folder / job_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def log_text(self, job_id: str) -> str:
        """Return the job's log so far."""
        path = self._folder / job_id / "log.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def close(self) -> None:
        """Ask what runs to stop, then end it; nothing is left behind."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            lanes = list(self._lanes.values())
            for lane in lanes:
                if lane.job is not None:
                    self._ladder.ask_last(lane.job, lane)
        self._wake.set()
        self._thread.join()
        latest = time.monotonic() + min(self._ladder.grace, CLOSING_SECONDS)
        while any(w.job is not None for w in lanes) and time.monotonic() < latest:
            time.sleep(0.02)
        for lane in lanes:
            if lane.job is not None:
                lane.kill()
            lane.close()
        self._queue.close()

    # ---- The ticker thread

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
            with self._lock:
                if not self._closed:
                    self._tick()

    def _tick(self) -> None:
        # A full disk or a listener's bug must not stop the jobs after it.
        try:
            if time.monotonic() - self._recovered > RECOVER_SECONDS:
                self._recover()
            ours = [r for r in self._queue.active() if self._is_ours(r)]
            self._heed_other_programs(ours)
            self._ladder.climb(self._lane_of)
            self._start_waiting(ours)
        except Exception:
            LOG.exception("The job queue could not be looked after.")

    def _recover(self) -> None:
        """Tell which jobs were lost with their program; what it had queued is ours."""
        self._recovered = time.monotonic()
        lost, _ = self._queue.recover()
        for job_id in lost:
            self.lost.emit(job_id)

    def _start_waiting(self, ours: list[JobRecord]) -> None:
        for record in ours:
            lane = self._lanes.get(self._orders.lane_name(record))
            free = lane is None or (lane.job is None and lane.alive)
            if record.state == "queued" and free:
                self._start(record, lane)

    def _start(self, record: JobRecord, lane: Lane | None) -> None:
        if not self._queue.move(record.id, "starting"):
            return
        try:
            order = self._orders.order(record, self.folder(record.id))
            lane = lane or self._open_lane(self._orders.lane_name(record))
        except (KeyError, OSError) as error:
            # Of a workspace that is gone, or a disk that is full.
            text = str(error.args[0] if isinstance(error, KeyError) else error)
            self._move(record.id, "failed", error=text)
            self.failed.emit(record.id, text)
            return
        lane.job = record.id
        lane.send(order)

    def _open_lane(self, name: str) -> Lane:
        log = self._folder / f"worker-{name.replace(':', '-')}.log"
        lane = Lane(log, self._on_message, self._on_end)
        self._lanes[name] = lane
        return lane

    def _heed_other_programs(self, ours: list[JobRecord]) -> None:
        for record in ours:
            if record.cancel_asked and record.id not in self._ladder:
                self.cancel(record.id)

    def _make_room(self) -> None:
        try:
            prune(self._queue)
        except Exception:
            LOG.exception("Old jobs could not be removed.")

    # ---- Heard from workers, on their reader threads

    def _on_message(self, lane: Lane, message: Any) -> None:
        if isinstance(message, protocol.Ready):
            self._greet(lane, message)
        elif isinstance(message, protocol.Started):
            self._move(message.job, "running", version=lane.version)
            self.started.emit(message.job)
        elif isinstance(message, protocol.Heartbeat):
            self.memory = {"rss": message.rss, "device": message.device_memory}
        elif isinstance(message, protocol.Progress):
            facts = message.model_dump(include={"done", "total", "text"})
            self._queue.note(message.job, **facts)
            self.progress.emit(message.job, message.done, message.total, message.text)
        elif isinstance(message, protocol.Partial):
            self.partial.emit(message.job, message.value)
        elif isinstance(message, protocol.Log):
            self.log.emit(message.job, message.text, message.level)
        elif isinstance(message, _ENDS):
            self._end(lane, message)

    def _greet(self, lane: Lane, ready: protocol.Ready) -> None:
        """Take a worker on, unless Striate has been replaced under our feet."""
        if ready.protocol == protocol.PROTOCOL:
            lane.version = ready.version
            return
        text = "Striate was updated while it ran: start it anew."
        if lane.job is not None:
            self._end(lane, protocol.Failed(job=lane.job, message=text))
        lane.kill()

    def _end(self, lane: Lane, message: Any) -> None:
        job_id = message.job
        with self._lock:
            lane.job = None
            self._ladder.leave(job_id)
            if isinstance(message, protocol.Done):
                self._move(job_id, "done", outcome=message.outcome)
            elif isinstance(message, protocol.Failed):
                self._move(job_id, "failed", error=message.message)
            else:
                self._move(job_id, "cancelled")
        self._wake.set()
        if isinstance(message, protocol.Done):
            self.finished.emit(job_id, message.outcome)
        elif isinstance(message, protocol.Failed):
            self.failed.emit(job_id, message.message)
        else:
            self.cancelled.emit(job_id)

    def _on_end(self, lane: Lane, code: int) -> None:
        """Tell what became of the job of a worker that is gone."""
        with self._lock:
            job_id, lane.job = lane.job, None
            self._lanes = {d: w for d, w in self._lanes.items() if w is not lane}
            if job_id is None:
                return
            wanted = self._ladder.leave(job_id)
            sentence = ending(code)
            if wanted:
                self._move(job_id, "cancelled")
            elif self._left_before_it_began(lane, job_id, code):
                self._move(job_id, "queued")
                self._wake.set()
                return
            else:
                self._move(job_id, "failed", error=sentence)
        self._wake.set()
        if wanted:
            self.cancelled.emit(job_id)
            return
        self._add_to_log(job_id, lane.last_words() + sentence + "\n")
        self.failed.emit(job_id, sentence)

    def _left_before_it_began(self, lane: Lane, job_id: str, code: int) -> bool:
        """Whether the worker had gone home, idle, while the job was on its way."""
        starting = self._queue.record(job_id).state == "starting"
        return code == 0 and starting and bool(lane.version)

    def _add_to_log(self, job_id: str, text: str) -> None:
        try:
            with (self.folder(job_id) / "log.txt").open("a", encoding="utf-8") as log:
                log.write(text)
        except OSError:
            LOG.exception("The log of a job could not be written.")

    def _move(self, job_id: str, state: JobState, **fields: Any) -> None:
        """Change the state; a queue that cannot be written must not hide the end."""
        try:
            self._queue.move(job_id, state, **fields)
        except sqlite3.Error:
            LOG.exception("The state of a job could not be written.")

    # ---- Looking things up

    def _lane_of(self, job_id: str) -> Lane | None:
        return next((w for w in self._lanes.values() if w.job == job_id), None)

    def _is_ours(self, record: JobRecord) -> bool:
        return record.owner == this_process()
