"""Short work off the GUI thread, answered on it: opening files, copying, painting."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Background"]


class Background(QObject):
    """Runs functions in two threads; their answers arrive on the GUI thread.

    Long or Python-heavy work belongs in a job, whose process leaves the window fluid.

    Attributes
    ----------
    busy
        Emitted with the number of pieces of work under way.
    """

    busy = Signal(int)
    _answered = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="striate")
        self._n = 0
        self._answered.connect(self._on_answered)

    def run(
        self,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Run `work` in a thread, then `then(result)` or `failed(error)` here."""
        self._count(+1)
        future = self._pool.submit(work)
        future.add_done_callback(lambda done: self._answered.emit(done, (then, failed)))

    def close(self) -> None:
        """Start nothing more; what runs is left to end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _on_answered(self, future: Future[Any], answers: tuple[Any, Any]) -> None:
        self._count(-1)
        if future.cancelled():
            return
        then, failed = answers
        error = future.exception()
        if error is None:
            then(future.result())
        else:
            failed(error)

    def _count(self, change: int) -> None:
        self._n += change
        self.busy.emit(self._n)
