"""Data-parallel work inside a job: local threads, or a Dask cluster by address."""

from __future__ import annotations

import contextlib
import os
import time
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from striate.cluster.connecting import connect
from striate.errors import StriateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from striate.jobs.context import JobContext

__all__ = ["iterate_items", "map_items"]

WIDTH_SECONDS = 5.0
AHEAD = 2
"""Items in flight per worker: enough to keep it busy, few enough for memory."""


def map_items(
    ctx: JobContext, function: Callable[[Any], Any], items: Sequence[Any], text: str
) -> list[Any]:
    """Apply `function` to every item; results in item order. See ``JobContext.map``."""
    results: list[Any] = [None] * len(items)
    for index, result in iterate_items(ctx, function, items, text):
        results[index] = result
    return results


def iterate_items(
    ctx: JobContext,
    function: Callable[[Any], Any],
    items: Sequence[Any],
    text: str = "",
    *,
    before: int = 0,
) -> Iterator[tuple[int, Any]]:
    """Yield (index, result) as items complete; nothing is kept.

    Parameters
    ----------
    before
        How many more there were that are done already; progress counts them.

    Raises
    ------
    Cancelled
        Between two items; what has not started is dropped.
    StriateError
        When the scheduler cannot be reached.
    """
    total = before + len(items)
    ctx.progress(before, total, text)
    if not items:
        return
    with _pool(ctx, function) as pool:
        pending: dict[Future[Any], int] = {}
        waiting = iter(enumerate(items))
        done = before
        try:
            _fill(pool, waiting, pending)
            while pending:
                # The timeout lets a cancel through while long items run.
                finished, _ = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += 1
                    yield pending.pop(future), _result(future)
                _fill(pool, waiting, pending)
                ctx.progress(done, total, text)
        finally:
            for future in pending:
                future.cancel()


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError:
        raise StriateError(
            "The Dask scheduler went away while the job was running: see that it "
            "runs, and start the job again."
        ) from None
    except Exception as error:
        if type(error).__name__ != "KilledWorker":
            raise
        raise StriateError(
            "Dask workers died again and again on the same part of the work, most "
            "likely for lack of memory: give them more, or choose smaller blocks."
        ) from error


def _fill(
    pool: _Pool, waiting: Iterator[tuple[int, Any]], pending: dict[Future[Any], int]
) -> None:
    limit = pool.workers() * AHEAD
    while len(pending) < limit:
        try:
            index, item = next(waiting)
        except StopIteration:
            return
        pending[pool.submit(item)] = index


@contextlib.contextmanager
def _pool(ctx: JobContext, function: Callable[[Any], Any]) -> Iterator[_Pool]:
    if ctx.scheduler:
        with connect(ctx.scheduler, ctx) as client:
            yield _on_cluster(client, function)
        return
    workers = ctx.workers or _cores()
    with ThreadPoolExecutor(workers, thread_name_prefix="striate") as pool:
        yield _Pool(lambda item: pool.submit(function, item), lambda: workers)


@dataclass(frozen=True)
class _Pool:
    """Where items go, and how many can be worked on at a time."""

    submit: Callable[[Any], Future[Any]]
    workers: Callable[[], int]


def _on_cluster(client: Any, function: Callable[[Any], Any]) -> _Pool:
    from distributed.protocol.pickle import dumps

    # It may hold the graph of a whole volume: it travels once to each worker and not
    # with each item, and the scheduler can give it out again when a worker is lost.
    there = client.submit(_unpack, dumps(function), pure=False)
    # A lost worker's items are computed again by Dask elsewhere.
    executor = client.get_executor(pure=False, retries=2)
    return _Pool(lambda item: executor.submit(_apply, there, item), _Width(client))


def _unpack(packed: bytes) -> Callable[[Any], Any]:
    from distributed.protocol.pickle import loads

    return loads(packed)


def _apply(function: Callable[[Any], Any], item: Any) -> Any:
    return function(item)


class _Width:
    """How many threads a cluster has; asked now and then, as workers come and go."""

    def __init__(self, client: Any) -> None:
        self._client, self._known, self._when = client, 1, 0.0

    def __call__(self) -> int:
        if time.monotonic() - self._when > WIDTH_SECONDS:
            self._known = max(1, sum(self._client.nthreads().values()))
            self._when = time.monotonic()
        return self._known


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
