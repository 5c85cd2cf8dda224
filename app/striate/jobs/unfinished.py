"""Work that was cut off: the next run of the same thing goes on where it stopped.

A job puts its work in progress into ``ctx.unfinished`` while it is open::

    with going_on(ctx, "filaments.segment", facts, [params.volume]):
        ...

The folder belongs to what is asked for and to the content of its inputs, not to the
job's id: after a crash, a kill or a cancel, "Run again" in the window or the same
command in a terminal finds it. It is removed as soon as the work has gone well, and
after two weeks in which no one came back.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from typing import TYPE_CHECKING, Any

from striate.provenance import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from striate.jobs.context import JobContext

__all__ = ["KEEP_SECONDS", "going_on"]

KEEP_SECONDS = 14 * 86400.0


@contextlib.contextmanager
def going_on(
    ctx: JobContext, tool: str, facts: Mapping[str, Any], inputs: Iterable[Path]
) -> Iterator[None]:
    """Give ``ctx.unfinished``, a folder that outlives the job unless all went well.

    None where the context keeps nothing, or another run is at the same work.

    Parameters
    ----------
    facts
        JSON-able; whatever the work depends on besides the content of `inputs`.
    """
    if ctx.keep is None:
        yield
        return
    _forget_old(ctx.keep)
    folder = ctx.keep / _name(tool, facts, inputs)
    with _alone(folder) as alone:
        ctx.unfinished = folder if alone else None
        try:
            yield
        finally:
            ctx.unfinished = None
        if alone:
            shutil.rmtree(folder, ignore_errors=True)


def _name(tool: str, facts: Mapping[str, Any], inputs: Iterable[Path]) -> str:
    from striate import __version__

    seen = [(fingerprint(p).model_dump(mode="json"), _changed(p)) for p in inputs]
    text = json.dumps([__version__, tool, dict(facts), seen], sort_keys=True)
    return f"{tool}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _changed(path: Path) -> int:
    """When a file, or anything in a folder, was written last, in ns."""
    if not path.is_dir():
        return path.stat().st_mtime_ns if path.exists() else 0
    return max((p.stat().st_mtime_ns for p in path.rglob("*")), default=0)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process is at it; the system frees a lock whose owner dies.

    A folder that cannot be made is nothing to fail for: then nothing is kept.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(_lock_of(folder))
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        if not folder.exists():
            _lock_of(folder).unlink(missing_ok=True)
        lock.release()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _forget_old(keep: Path) -> None:
    if not keep.is_dir():
        return
    for folder in list(keep.iterdir()):
        with contextlib.suppress(OSError):
            if folder.is_dir() and time.time() - _touched(folder) > KEEP_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
                _lock_of(folder).unlink(missing_ok=True)


def _touched(folder: Path) -> float:
    return max((p.stat().st_mtime for p in folder.iterdir()), default=0.0)
