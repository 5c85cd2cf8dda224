"""Asks a job how a model sees a region, for the panels that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate_channels.panels.images import file_for

if TYPE_CHECKING:
    from pathlib import Path

    from striate.widgets.links import Links
    from striate.widgets.services import Services, ViewerLike
    from striate_channels.panels.images import ImageChoice
    from striate_channels.panels.session import Session

__all__ = ["Inspector", "region_of"]

Region = tuple[tuple[int, int, int], tuple[int, int, int]]


class Inspector(QObject):
    """Runs inspections; only the newest is answered.

    Attributes
    ----------
    submitted
        Emitted with a job's id and a title.
    answered
        Emitted with the job's outcome, its arrays, and the image it was about.
    told
        Emitted with a level and a sentence when there is no answer.
    """

    submitted = Signal(str, str)
    answered = Signal(dict, dict, object)
    told = Signal(str, str)

    def __init__(self, services: Services, session: Session, links: Links) -> None:
        super().__init__()
        self._services, self._session = services, session
        self._background = Background(self)
        self._job, self._choice, self._order = "", None, ()
        jobs = services.jobs
        links.add(jobs.finished, self._on_finished)
        links.add(jobs.failed, self._on_failed)
        links.add(jobs.cancelled, self._on_cancelled)

    def ask(self, choice: ImageChoice, region: Region, **options: Any) -> None:
        """Queue an inspection of a region of an image."""
        self._choice = choice
        folder = self._services.jobs.folder("inputs")
        self._background.run(
            lambda: file_for(choice.volume, folder),
            lambda path: self._submit(path, choice, region, options),
            lambda error: self.told.emit("error", str(error)),
        )

    def close(self) -> None:
        """Want no answers any more."""
        self._job = ""
        self._background.close()

    def _submit(
        self, path: Path, choice: ImageChoice, region: Region, options: dict[str, Any]
    ) -> None:
        from striate_channels.inspection.params import InspectParams
        from striate_channels.jobs import InspectJob
        from striate_channels.preprocessing.params import Preprocessing

        channels = self._session.channels.get(choice.key, ())
        inspect = InspectParams(
            image=path,
            start=region[0],
            stop=region[1],
            model=self._session.model,
            preprocessing=Preprocessing(channels=channels),
            **options,
        )
        title = f"Look into {choice.name}"
        request = JobRequest(
            kind="channels.inspect",
            params=InspectJob(inspect=inspect).model_dump(mode="json"),
            title=title,
            device=self._services.settings.device,
        )
        self._job = self._services.jobs.submit(request)
        self.submitted.emit(self._job, title)

    def _on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        if job != self._job:
            return
        with np.load(outcome["arrays"]) as file:
            arrays = dict(file)
        self.answered.emit(outcome, arrays, self._choice)

    def _on_failed(self, job: str, message: str) -> None:
        if job == self._job:
            self.told.emit("error", message)

    def _on_cancelled(self, job: str, *_: Any) -> None:
        if job == self._job:
            self.told.emit("info", "Stopped: nothing was changed.")


def region_of(viewer: ViewerLike, session: Session, choice: ImageChoice) -> Region:
    """Return what is meant: the one object selected on the map, else all of the plane.

    The plane is the one shown in 2-D; in 3-D it is the whole stack, projected.
    """
    sizes = dict(zip(choice.volume.axes, choice.volume.shape, strict=True))
    depth, height, width = sizes.get("Z", 1), sizes["Y"], sizes["X"]
    table, rows = session.map, session.rows
    if table is not None and len(rows) == 1 and "z0" in table.columns:
        c, r = table.columns, int(rows[0])
        start = tuple(int(c[f"{a}0"][r]) for a in "zyx")
        stop = tuple(int(c[f"{a}1"][r]) for a in "zyx")
        if all(b <= n for b, n in zip(stop, (depth, height, width), strict=True)):
            return start, stop  # type: ignore[return-value]
    if viewer.dims.ndisplay == 3 or depth == 1:
        return (0, 0, 0), (depth, height, width)
    z = int(viewer.dims.current_step[viewer.dims.ndim - 3])
    z = min(max(0, z), depth - 1)
    return (z, 0, 0), (z + 1, height, width)
