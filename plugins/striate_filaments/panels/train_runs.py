"""Runs of a training: written down, queued, followed, and gone on with."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from striate.errors import StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate_filaments.panels.train_curves import Curves
from striate_filaments.panels.train_sources import sources_of
from striate_filaments.training.params import TrainOutcome, TrainParams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from striate.widgets.services import Services
    from striate_filaments.panels.train_sources import Material

__all__ = ["TrainRuns", "best_so_far", "forget", "unfinished"]


class TrainRuns(QObject):
    """Submits one training at a time and brings back its curves.

    Attributes
    ----------
    submitted
        Emitted with the job's id.
    grown
        Emitted when the curves have a new point.
    done
        Emitted with a :class:`TrainOutcome`.
    ended
        Emitted with a sentence: why there is no model. Empty: a person stopped it.
    """

    submitted = Signal(str)
    grown = Signal()
    done = Signal(object)
    ended = Signal(str)

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._background = Background(self)
        self.curves = Curves()
        self.job = ""
        self.preparing = False

    @property
    def running(self) -> bool:
        """Whether a training is prepared, waits or runs."""
        return self.preparing or bool(self.job)

    # ---- Public methods

    def start(self, materials: Sequence[Material], params: TrainParams) -> None:
        """Write what is only in the viewer, then queue the training."""
        folder = self._services.jobs.folder("inputs")
        self.preparing = True

        def prepare() -> TrainParams:
            learn, judge = sources_of(materials, folder)
            simulated = [s for s in params.data if s.simulated]
            values = {"data": (*learn, *simulated), "validation": tuple(judge)}
            return TrainParams.model_validate(params.model_dump() | values)

        self._background.run(prepare, self.submit, self._on_broken)

    def submit(self, params: TrainParams) -> None:
        """Queue a training; one that was stopped goes on where it was."""
        settings = self._services.settings
        request = JobRequest(
            kind="filaments.train",
            params=params.model_dump(mode="json"),
            title=f"Train {params.name}",
            device=settings.device,
            # Whoever trains for an hour wants to segment meanwhile.
            lane="training",
        )
        self.preparing = False
        self.curves = Curves()
        self.job = self._services.jobs.submit(request)
        self.submitted.emit(self.job)

    def close(self) -> None:
        """Want no answers any more; a training that runs goes on."""
        self.job = ""
        self._background.close()

    # ---- Heard from the jobs service

    def on_partial(self, job: str, value: Any) -> None:
        """Take in a point of the curves."""
        if job == self.job and isinstance(value, dict) and "step" in value:
            self.curves.add(value)
            self.grown.emit()

    def on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        """Hand over the model."""
        if job != self.job:
            return
        self.job = ""
        found = TrainOutcome.model_validate(outcome)
        self.curves = Curves(list(found.curve))
        self.grown.emit()
        self.done.emit(found)

    def on_failed(self, job: str, message: str) -> None:
        """Tell why."""
        if job == self.job:
            self.job = ""
            self.ended.emit(message)

    def on_cancelled(self, job: str) -> None:
        """Tell that it was stopped."""
        if job == self.job:
            self.job = ""
            self.ended.emit("")

    # ---- Private methods

    def _on_broken(self, error: BaseException) -> None:
        self.preparing = False
        if isinstance(error, StriateError):
            self.ended.emit(str(error))
        else:
            kind = type(error).__name__
            self.ended.emit(
                f"Something went wrong inside the program ({kind}: {error})."
            )


def unfinished(target: Path) -> TrainParams | None:
    """The training that was stopped on its way to `target`, if there is one."""
    try:
        text = (_work(target) / "asked.json").read_text("utf-8")
        if not (_work(target) / "state.pt").exists():
            return None
        return TrainParams.model_validate({**json.loads(text)["params"], "out": target})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def best_so_far(target: Path) -> Path | None:
    """The weights with the highest S of a training that was stopped."""
    best = _work(target) / "best.safetensors"
    return best if best.exists() else None


def forget(target: Path) -> None:
    """Remove what a stopped training left."""
    shutil.rmtree(_work(target), ignore_errors=True)


def _work(target: Path) -> Path:
    return target.with_name(f"{target.name}.training")
