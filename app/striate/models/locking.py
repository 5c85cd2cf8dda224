"""Two processes that want the same file: one fetches it, the other waits."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from striate.settings import cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from striate.jobs.context import JobContext

__all__ = ["only_one"]


@contextlib.contextmanager
def only_one(target: Path, ctx: JobContext) -> Iterator[None]:
    """Hold the lock for writing `target`; waiting for it can be cancelled.

    The lock lies in the cache folder, so that nothing is left beside the target;
    the system frees it when its holder dies.
    """
    from filelock import FileLock, Timeout

    key = hashlib.sha256(str(target.absolute()).encode()).hexdigest()[:16]
    folder = cache_dir() / "locks"
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / f"{key}.lock")
    while True:
        ctx.check_cancelled()
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.5)
            break
        ctx.progress(0, 0, f"Waiting: {target.name} is being downloaded already")
    try:
        yield
    finally:
        lock.release()
