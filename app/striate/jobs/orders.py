"""From a request to what a worker is told: kinds, preferences, and which worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate.jobs import protocol
from striate.workspace import job_kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from striate.jobs.kind import JobKind, JobRequest
    from striate.jobs.queue import JobRecord
    from striate.settings import Settings

__all__ = ["Orders"]


class Orders:
    """Knows the kinds of job and the person's preferences.

    Parameters
    ----------
    kinds
        Kinds of job besides those of the installed workspaces.
    settings
        The preferences, or None for the defaults.
    """

    def __init__(self, kinds: Iterable[JobKind], settings: Settings | None) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._settings = settings

    def completed(self, request: JobRequest) -> JobRequest:
        """Put the kind's title and the preferences where the request says nothing.

        Raises
        ------
        KeyError
            When no workspace offers this kind of job.
        """
        kind = self._kind(request.kind)
        device, scheduler = request.device, request.scheduler
        if self._settings is not None:
            device = device or self._settings.device
            scheduler = scheduler or self._settings.scheduler or None
        return request.model_copy(
            update={
                "title": request.title or kind.title,
                "device": device or "auto",
                "scheduler": scheduler,
                "lane": request.lane or kind.lane,
            }
        )

    def order(self, record: JobRecord, folder: Path) -> protocol.Run:
        """Return what the worker is told.

        Raises
        ------
        KeyError
            When no workspace offers this kind of job any more.
        """
        kind, request = self._kind(record.kind), record.request
        return protocol.Run(
            job=record.id,
            function=kind.function,
            model=kind.params,
            params=request.params,
            device=request.device if kind.uses_device else "cpu",
            scheduler=request.scheduler,
            seed=request.seed,
            workers=(self._settings.workers or None) if self._settings else None,
            folder=str(folder),
            log=str(folder / "log.txt"),
        )

    def lane_name(self, record: JobRecord) -> str:
        """Return the lane; jobs without a model never wait behind those with one."""
        if record.request.lane:
            return record.request.lane
        try:
            uses_device = self._kind(record.kind).uses_device
        except KeyError:
            uses_device = False
        return record.request.device if uses_device else "cpu"

    def _kind(self, name: str) -> JobKind:
        return self._kinds.get(name) or job_kind(name)
