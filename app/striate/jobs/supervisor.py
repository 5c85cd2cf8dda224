"""The supervisor: keeps the queue, the workers and the promises about both."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from striate.jobs import protocol
from striate.jobs.history import prune
from striate.jobs.lane import Lane, ending
from striate.jobs.queue import JobQueue, JobRecord, ask_to_cancel, this_process
from striate.workspace import job_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate.jobs.kind import JobKind, JobRequest

__all__ = ["Supervisor"]

LOG = logging.getLogger(__name__)
TICK_SECONDS = 0.5
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
    patience
        Seconds from a cancel to terminating the worker by ourselves.
    grace
        Seconds from terminating a worker to killing it.
    workers
        Threads a job may use; None means one for each core.
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
        patience: float = 30.0,
        grace: float = 5.0,
        workers: int | None = None,
    ) -> None:
        self._folder = Path(folder)
        self._kinds = {kind.name: kind for kind in kinds}
        self._patience, self._grace, self._workers = patience, grace, workers
        self._queue = JobQueue(self._folder)
        self._lock = threading.RLock()
        self._lanes: dict[str, Lane] = {}
        self._stopping: dict[str, tuple[float, str]] = {}
        self._closed = False
        self.memory: dict[str, int] = {}
        lost, _ = self._queue.recover()
        for job_id in lost:
            self.lost.emit(job_id)
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
        """
        kind = self._kind(request.kind)
        titled = request.model_copy(update={"title": request.title or kind.title})
        job_id = uuid.uuid4().hex[:12]
        self.folder(job_id)
        self._queue.add(job_id, titled)
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
            if job_id in self._stopping:
                self._terminate(job_id, lane)
                return
            lane.send(protocol.Cancel(job=job_id))
            self._stopping[job_id] = (time.monotonic() + self._patience, "asked")

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
                    lane.send(protocol.Cancel(job=lane.job))
                    self._stopping[lane.job] = (0.0, "ended")
        self._wake.set()
        self._thread.join()
        latest = time.monotonic() + min(self._grace, CLOSING_SECONDS)
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
            ours = [r for r in self._queue.active() if self._is_ours(r)]
            self._heed_other_programs(ours)
            self._climb_ladders()
            self._start_waiting(ours)
        except Exception:
            LOG.exception("The job queue could not be looked after.")

    def _start_waiting(self, ours: list[JobRecord]) -> None:
        for record in ours:
            lane = self._lanes.get(self._lane_name(record))
            free = lane is None or (lane.job is None and lane.alive)
            if record.state == "queued" and free:
                self._start(record, lane)

    def _start(self, record: JobRecord, lane: Lane | None) -> None:
        if not self._queue.move(record.id, "starting"):
            return
        try:
            order = self._order(record)
        except KeyError as error:
            self._queue.move(record.id, "failed", error=str(error.args[0]))
            self.failed.emit(record.id, str(error.args[0]))
            return
        lane = lane or self._open_lane(self._lane_name(record))
        lane.job = record.id
        lane.send(order)

    def _open_lane(self, name: str) -> Lane:
        log = self._folder / f"worker-{name.replace(':', '-')}.log"
        lane = Lane(log, self._on_message, self._on_end)
        self._lanes[name] = lane
        return lane

    def _order(self, record: JobRecord) -> protocol.Run:
        kind, request = self._kind(record.kind), record.request
        folder = self.folder(record.id)
        return protocol.Run(
            job=record.id,
            function=kind.function,
            model=kind.params,
            params=request.params,
            device=request.device if kind.uses_device else "cpu",
            scheduler=request.scheduler,
            seed=request.seed,
            workers=self._workers,
            folder=str(folder),
            log=str(folder / "log.txt"),
        )

    def _climb_ladders(self) -> None:
        """Asked, then terminated, then killed."""
        now = time.monotonic()
        for job_id, (deadline, rung) in list(self._stopping.items()):
            lane = self._lane_of(job_id)
            if lane is None:
                self._stopping.pop(job_id)
            elif now >= deadline and rung == "asked":
                self._terminate(job_id, lane)
            elif now >= deadline and rung == "terminated":
                lane.kill()

    def _terminate(self, job_id: str, lane: Lane) -> None:
        lane.terminate()
        self._stopping[job_id] = (time.monotonic() + self._grace, "terminated")

    def _heed_other_programs(self, ours: list[JobRecord]) -> None:
        for record in ours:
            if record.cancel_asked and record.id not in self._stopping:
                self.cancel(record.id)

    def _make_room(self) -> None:
        try:
            prune(self._queue)
        except Exception:
            LOG.exception("Old jobs could not be removed.")

    # ---- Heard from workers, on their reader threads

    def _on_message(self, lane: Lane, message: Any) -> None:
        if isinstance(message, protocol.Ready):
            lane.version = message.version
        elif isinstance(message, protocol.Started):
            self._queue.move(message.job, "running", version=lane.version)
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

    def _end(self, lane: Lane, message: Any) -> None:
        job_id = message.job
        with self._lock:
            lane.job = None
            self._stopping.pop(job_id, None)
            if isinstance(message, protocol.Done):
                self._queue.move(job_id, "done", outcome=message.outcome)
            elif isinstance(message, protocol.Failed):
                self._queue.move(job_id, "failed", error=message.message)
            else:
                self._queue.move(job_id, "cancelled")
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
            wanted = self._stopping.pop(job_id, None) is not None
            sentence = ending(code)
            if wanted:
                self._queue.move(job_id, "cancelled")
            elif self._left_before_it_began(lane, job_id, code):
                self._queue.move(job_id, "queued")
                self._wake.set()
                return
            else:
                self._queue.move(job_id, "failed", error=sentence)
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
        with (self.folder(job_id) / "log.txt").open("a", encoding="utf-8") as log:
            log.write(text)

    # ---- Looking things up

    def _kind(self, name: str) -> JobKind:
        return self._kinds.get(name) or job_kind(name)

    def _lane_name(self, record: JobRecord) -> str:
        """Jobs without a model never wait behind those that have one."""
        try:
            uses_device = self._kind(record.kind).uses_device
        except KeyError:
            uses_device = False
        return record.request.device if uses_device else "cpu"

    def _lane_of(self, job_id: str) -> Lane | None:
        return next((w for w in self._lanes.values() if w.job == job_id), None)

    def _is_ours(self, record: JobRecord) -> bool:
        return record.owner == this_process()
