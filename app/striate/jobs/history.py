"""Old jobs make room: the oldest that ended go first, with their folders."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from striate.jobs.queue import ACTIVE

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.queue import JobQueue

__all__ = ["HISTORY_BYTES", "KEEP_SECONDS", "MOST_JOBS", "prune"]

HISTORY_BYTES = 50_000_000_000
MOST_JOBS = 500
KEEP_SECONDS = 30 * 86400.0
"""No job younger than this is ever forgotten: its result may be all there is."""


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
        Bytes that the folders of all jobs may hold together.
    most
        How many jobs are remembered.

    Returns
    -------
    list of str
        Ids of the jobs that were forgotten and whose folders were removed.
    """
    ended = [r for r in queue.records() if r.state not in ACTIVE][::-1]
    sizes = {r.id: folder_bytes(queue.folder / r.id) for r in ended}
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
    return forgotten


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
