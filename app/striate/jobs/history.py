"""Old jobs make room: the oldest that ended go first, with their folders and inputs.

An image that is only in memory is copied into the folder ``inputs`` for a job to read.
A copy stays as long as a job names it, who may be run again, and then goes.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from striate.jobs.queue import ACTIVE

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.queue import JobQueue, JobRecord

__all__ = ["HISTORY_BYTES", "INPUTS", "KEEP_SECONDS", "MOST_JOBS", "prune"]

INPUTS = "inputs"

HISTORY_BYTES = 50_000_000_000
MOST_JOBS = 500
KEEP_SECONDS = 30 * 86400.0
"""No job younger than this is ever forgotten: its result may be all there is."""
INPUT_SECONDS = 86400.0
"""A copy younger than this may be for a job that is about to be asked for."""


def prune(
    queue: JobQueue,
    *,
    limit: float = HISTORY_BYTES,
    most: int = MOST_JOBS,
    keep_seconds: float = KEEP_SECONDS,
) -> list[str]:
    """Forget the oldest ended jobs while all of them hold too much.

    Parameters
    ----------
    limit
        Bytes that the folders of all jobs, and copies of their inputs, may hold.
    most
        How many jobs are remembered.

    Returns
    -------
    list of str
        Ids of the jobs that were forgotten and whose folders were removed.
    """
    ended = [r for r in queue.records() if r.state not in ACTIVE][::-1]
    copies = _copies(queue.folder)
    sizes = {
        r.id: folder_bytes(queue.folder / r.id)
        + sum(size for name, size in copies.items() if _names(r, name))
        for r in ended
    }
    total, count = sum(sizes.values()), len(ended)
    forgotten = []
    for record in ended:
        young = time.time() - (record.finished or record.created) < keep_seconds
        if young or (total <= limit and count <= most):
            break
        shutil.rmtree(queue.folder / record.id, ignore_errors=True)
        queue.forget(record.id)
        forgotten.append(record.id)
        total, count = total - sizes[record.id], count - 1
    _remove_unnamed(queue)
    return forgotten


def _copies(folder: Path) -> dict[str, int]:
    """Name and bytes of every copy of an input."""
    inputs = folder / INPUTS
    if not inputs.is_dir():
        return {}
    return {p.name: folder_bytes(p) if p.is_dir() else p.stat().st_size
            for p in inputs.iterdir()}  # fmt: skip


def _names(record: JobRecord, name: str) -> bool:
    return name in record.request.model_dump_json()


def _remove_unnamed(queue: JobQueue) -> None:
    """Remove copies that no job names any more."""
    left = queue.records()
    for name in _copies(queue.folder):
        path = queue.folder / INPUTS / name
        young = time.time() - path.stat().st_mtime < INPUT_SECONDS
        if young or any(_names(record, name) for record in left):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def folder_bytes(folder: Path) -> int:
    """Return what the files below a folder hold; 0 when there is none."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
            except OSError:
                continue
    return total
