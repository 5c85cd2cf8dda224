"""Which process holds something: a name that outlives the process, and a check."""

from __future__ import annotations

import functools
import os
import platform

import psutil

__all__ = ["host", "is_running", "this_process"]

_CLOCK_SECONDS = 10.0
"""How far a start time may move when the clock is set."""


def this_process() -> str:
    """Name this process so that a later one of the same pid is not taken for it."""
    return _name_of(os.getpid())


def host() -> str:
    """Name of this machine: a process number means nothing on another one."""
    return platform.node()


def is_running(owner: str) -> bool:
    """Whether the process that :func:`this_process` named runs on this machine."""
    pid, _, created = owner.partition(":")
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(process.create_time() - float(created)) < _CLOCK_SECONDS
    except (psutil.Error, ValueError):
        return False


@functools.cache
def _name_of(pid: int) -> str:
    # Asked once: the answer moves when the system's clock is set.
    return f"{pid}:{psutil.Process(pid).create_time():.2f}"
