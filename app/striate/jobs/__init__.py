"""Jobs: one background run of one pure function with a params model.

Here live the job kinds, the context a job talks to, the queue (SQLite), the
JSON-lines protocol, the worker process and its supervisor. No Qt, no napari.
Public entries: :class:`JobContext` for the callee, :class:`Supervisor` for the
caller.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.jobs.console import ConsoleListener, run_inline
    from striate.jobs.context import JobContext
    from striate.jobs.kind import JobKind, JobRequest
    from striate.jobs.queue import JobRecord, read_queue
    from striate.jobs.supervisor import Supervisor

# Lazy: a workspace declares its kinds without paying for the supervisor.
_HOMES = {
    "ConsoleListener": "console",
    "JobContext": "context",
    "JobKind": "kind",
    "JobRecord": "queue",
    "JobRequest": "kind",
    "Supervisor": "supervisor",
    "read_queue": "queue",
    "run_inline": "console",
}

__all__ = [
    "ConsoleListener",
    "JobContext",
    "JobKind",
    "JobRecord",
    "JobRequest",
    "Supervisor",
    "read_queue",
    "run_inline",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"striate.jobs.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
