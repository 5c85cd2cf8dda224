"""What a running job may say and ask: the same for window, terminal and test."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from striate.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["JobContext", "Listener", "SilentListener"]


class Listener(Protocol):
    """Whoever hears a job: the worker's pipe, the console, or a test's list."""

    def on_progress(self, done: float, total: float, text: str) -> None: ...

    def on_partial(self, value: Any) -> None: ...

    def on_log(self, text: str, level: str) -> None: ...


class SilentListener:
    """Hears everything and says nothing."""

    def on_progress(self, done: float, total: float, text: str) -> None:
        """Ignore it."""

    def on_partial(self, value: Any) -> None:
        """Ignore it."""

    def on_log(self, text: str, level: str) -> None:
        """Ignore it."""


class JobContext:
    """The one thing besides its params that a job function receives.

    Parameters
    ----------
    listener
        Hears progress, partial results and log lines.
    device
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``, already resolved.
    scheduler
        Address of a Dask scheduler, or None for local threads.
    seed
        For every random choice in the job.
    folder
        Where the job may leave files; None means a temporary folder of its own.
    is_cancelled
        Asked at every check; True stops the job at the next one.
    workers
        Local threads for :meth:`map`; None means one for each core we may use.
    keep
        Folder in which work that is cut off may be kept for the next run of the
        same thing, see :mod:`striate.jobs.unfinished`; None keeps nothing.

    Attributes
    ----------
    unfinished
        Where this run keeps its work in progress, once the job has asked for it.
    notes
        JSON-able facts of the run for its provenance, such as a tile and a batch.
    """

    def __init__(
        self,
        listener: Listener | None = None,
        *,
        device: str = "cpu",
        scheduler: str | None = None,
        seed: int = 0,
        folder: Path | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
        workers: int | None = None,
        keep: Path | None = None,
    ) -> None:
        self.listener: Listener = listener or SilentListener()
        self.device = device
        self.scheduler = scheduler
        self.seed = seed
        self._folder = folder
        self.workers = workers
        self.keep = keep
        self.unfinished: Path | None = None
        self.notes: dict[str, Any] = {}
        self._is_cancelled = is_cancelled

    @property
    def folder(self) -> Path:
        """Where the job may leave files; it is there, and it stays."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="striate-"))
        return self._folder

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Say how far the job is, and check whether it should go on.

        Raises
        ------
        Cancelled
            When the user has asked the job to stop.
        """
        self.check_cancelled()
        self.listener.on_progress(done, total, text)

    def partial(self, value: Any) -> None:
        """Hand over a JSON-able partial result, such as the path of a preview."""
        self.listener.on_partial(value)

    def log(self, text: str, level: str = "info") -> None:
        """Write a line to the job's log; level is info, warning or error."""
        self.listener.on_log(text, level)

    def check_cancelled(self) -> None:
        """Raise :class:`striate.errors.Cancelled` when the user asked to stop."""
        if self._is_cancelled():
            raise Cancelled

    def map(
        self, function: Callable[[Any], Any], items: Iterable[Any], text: str = ""
    ) -> list[Any]:
        """Apply `function` to every item in parallel; results in item order.

        On local threads, or as Dask tasks on the cluster at ``scheduler``, in
        which case function, items and results travel and must pickle. Progress
        is reported per item and a cancel is honoured between items. Results that
        do not fit in memory together: see ``striate.jobs.parallel.iterate_items``.
        """
        from striate.jobs.parallel import map_items

        return map_items(self, function, list(items), text)
