"""All cores at work on pieces of one problem, each with its own linear algebra.

BLAS alone uses all cores inside a product and one between products, where the others
wait, and wait busily; pieces that go through every step on one core leave none idle.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from striate.jobs.context import JobContext

__all__ = ["Cores", "all_cores"]

T = TypeVar("T")


class Cores:
    """Threads that share out pieces; with one thread they are done one by one."""

    def __init__(self, pool: ThreadPoolExecutor | None, ctx: JobContext) -> None:
        self._pool, self._ctx = pool, ctx

    def each(self, function: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
        """Call `function` with every item; results in order.

        Raises
        ------
        Cancelled
            When the job is cancelled; pieces that were not begun are dropped.
        """
        found = []
        made = map if self._pool is None else self._pool.map
        for result in made(function, items):
            self._ctx.check_cancelled()
            found.append(result)
        return found


@contextlib.contextmanager
def all_cores(ctx: JobContext, pieces: int) -> Iterator[Cores]:
    """Give as many threads as BLAS would use (``OMP_NUM_THREADS``), or the job's.

    Parameters
    ----------
    pieces
        How many there will be; a single one is left to the threads of BLAS.
    """
    if pieces < 2:
        yield Cores(None, ctx)
        return
    blas = _blas()
    known = [int(library["num_threads"]) for library in blas.info()]
    workers = ctx.workers or max(known, default=1)
    if workers == 1:
        yield Cores(None, ctx)
        return
    with blas.limit(limits=1), ThreadPoolExecutor(workers, "striate") as pool:
        try:
            yield Cores(pool, ctx)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@cache
def _blas() -> Any:
    """Return the libraries of linear algebra; looking through all takes a moment."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
