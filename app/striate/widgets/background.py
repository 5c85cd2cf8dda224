"""Short work off the GUI thread, answered on it: opening files, copying, painting."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        future = self._pool.submit(_beside_napari, work)
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


# ---- Dask in a thread beside napari
#
# napari registers one dask cache for all threads, and it is not safe for two at
# once: a slice drawn while a file is being opened fails with a KeyError. So what
# runs here computes without it, and the GUI thread keeps it.

_lock = threading.Lock()
_running = 0
_setting: Any = None


def _beside_napari(work: Callable[[], Any]) -> Any:
    with _dask_without_cache():
        return work()


@contextlib.contextmanager
def _dask_without_cache() -> Iterator[None]:
    global _running, _setting
    import dask

    with _lock:
        _running += 1
        if _running == 1 and dask.config.get("scheduler", None) is None:
            _setting = dask.config.set(scheduler=_get)
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            if _running == 0 and _setting is not None:
                _setting.__exit__(None, None, None)
                _setting = None


def _get(graph: Any, keys: Any, **options: Any) -> Any:
    import dask.threaded

    if threading.current_thread() is not threading.main_thread():
        options["callbacks"] = ()
    return dask.threaded.get(graph, keys, **options)
