"""Subjects read off the GUI thread, and the samples that come with Striate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QMenu, QPushButton, QWidget

from striate.errors import InputError, StriateError
from striate.jobs.kind import JobRequest

if TYPE_CHECKING:
    from striate.widgets.services import Services
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["SampleMenu", "is_subject", "load_view"]


def is_subject(path: str | Path) -> bool:
    """Whether a path is a subject's manifest or folder; reads next to nothing."""
    from striate_cortex.reading.folders import recognise
    from striate_cortex.subjects.manifest import MANIFEST

    place = Path(path)
    if place.name == MANIFEST or (place / MANIFEST).is_file():
        return True
    return place.is_dir() and recognise(place) is not None


def load_view(path: str | Path) -> CortexView:
    """Read a subject with its surfaces, and prepare what is drawn; for a thread.

    Raises
    ------
    InputError
        When it is no subject, has no surfaces, or its files do not fit one another.
    """
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.subjects import read_subject

    return CortexView(read_subject(path))


class SampleMenu(QPushButton):
    """A menu of the sample subjects; one that is not there yet is made by a job.

    Attributes
    ----------
    chosen
        Emitted with the path of a sample that is there.
    failed
        Emitted with a sentence.
    """

    chosen = Signal(object)
    failed = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._waiting: set[str] = set()
        self.setText("Samples")
        self.setToolTip("Open a subject that comes with Striate.")
        self.setMenu(self._fill(QMenu(self)))

    def open(self, name: str) -> None:
        """Open a sample by its name, made first if need be."""
        from striate.samples import ready_path

        sample = next(s for s in _samples() if s.name == name)
        try:
            path = ready_path(sample)
            if path is not None:
                self.chosen.emit(path)
                return
            request = JobRequest(
                kind="samples.fetch",
                params={"name": name},
                title=f"Get the sample {sample.title}",
            )
            self._waiting.add(self._services.jobs.submit(request))
        except KeyError as error:
            self.failed.emit(str(InputError(str(error.args[0]))))
        except StriateError as error:
            self.failed.emit(str(error))

    def on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        """Open the sample that was waited for."""
        if job in self._waiting:
            self._waiting.discard(job)
            self.chosen.emit(Path(outcome["path"]))

    def on_failed(self, job: str, message: str) -> None:
        """Tell why there is none."""
        if job in self._waiting:
            self._waiting.discard(job)
            self.failed.emit(message)

    def _fill(self, menu: QMenu) -> QMenu:
        menu.setToolTipsVisible(True)
        for sample in _samples():
            said = " (simulated)" if sample.simulated else ""
            title = sample.title
            if "simulated" not in title.lower():
                title += said
            action = menu.addAction(title)
            action.setToolTip(f"{sample.description} {sample.licence}.")
            action.triggered.connect(lambda _=False, n=sample.name: self.open(n))
        return menu


def _samples() -> Any:
    from striate_cortex.workspace import workspace

    return workspace().samples
