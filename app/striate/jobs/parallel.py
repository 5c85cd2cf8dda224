"""Data-parallel work inside a job: local threads, or a Dask cluster by address."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from typing import TYPE_CHECKING, Any

from striate.errors import MissingDependencyError, StriateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from striate.jobs.context import JobContext

__all__ = ["iterate_items", "map_items"]

CONNECT_SECONDS = 10
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
) -> Iterator[tuple[int, Any]]:
    """Yield (index, result) as items complete; nothing is kept.

    Raises
    ------
    Cancelled
        Between two items; what has not started is dropped.
    StriateError
        When the scheduler cannot be reached.
    """
    ctx.progress(0, len(items), text)
    with _executor(ctx) as (executor, workers):
        pending: dict[Future[Any], int] = {}
        waiting = iter(enumerate(items))
        done = 0
        try:
            _fill(executor, function, waiting, pending, workers * AHEAD)
            while pending:
                # The timeout lets a cancel through while long items run.
                finished, _ = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += 1
                    yield pending.pop(future), _result(future)
                _fill(executor, function, waiting, pending, workers * AHEAD)
                ctx.progress(done, len(items), text)
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
    executor: Executor,
    function: Callable[[Any], Any],
    waiting: Iterator[tuple[int, Any]],
    pending: dict[Future[Any], int],
    limit: int,
) -> None:
    while len(pending) < limit:
        try:
            index, item = next(waiting)
        except StopIteration:
            return
        pending[executor.submit(function, item)] = index


@contextlib.contextmanager
def _executor(ctx: JobContext) -> Iterator[tuple[Executor, int]]:
    if ctx.scheduler:
        with _cluster(ctx.scheduler) as client:
            workers = sum(client.nthreads().values())
            if workers == 0:
                ctx.log(f"{ctx.scheduler} has no workers yet: waiting.", "warning")
            # A lost worker's items are computed again by Dask elsewhere.
            yield client.get_executor(pure=False, retries=2), max(1, workers)
        return
    workers = ctx.workers or _cores()
    with ThreadPoolExecutor(workers, thread_name_prefix="striate") as pool:
        yield pool, workers


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingDependencyError(
            "Working on a Dask cluster needs one more package: pip install "
            '"striate[cluster]".'
        ) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise StriateError(
            f"No Dask scheduler answers at {address}: start one with `dask scheduler`, "
            "or leave the scheduler out to work on this machine."
        ) from error
    with client:
        yield client
