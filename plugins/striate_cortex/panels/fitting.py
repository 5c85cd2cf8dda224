"""Fit an encoding model to a subject's responses, as a job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QCheckBox, QLabel, QPushButton, QVBoxLayout, QWidget
from superqt import QCollapsible

from striate.errors import InputError, StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate.widgets.form import ParameterForm
from striate.widgets.progress_row import ProgressRow
from striate_cortex.encoding.params import FitParams
from striate_cortex.panels.model_files import load_model, new_name

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.message import Message
    from striate.widgets.services import Services
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["FitControls"]

_FIELDS = ("held_out", "normalise")
_MORE = ("method", "folds", "keep_folds", "permutations")


class FitControls(QWidget):
    """Chooses features and settings, and runs the fit; hidden without responses.

    Parameters
    ----------
    services
        Whose jobs are used.
    links
        Of the panel; its end is ours.
    message
        Where the outcome is told.
    """

    def __init__(self, services: Services, links: Links, message: Message) -> None:
        super().__init__()
        self._services, self._message = services, message
        self._view: CortexView | None = None
        self._background = Background(self)
        self._jobs: dict[str, tuple[CortexView, str]] = {}
        self.spaces: dict[str, QCheckBox] = {}
        self.form = ParameterForm(FitParams, fields=_FIELDS)
        self.more = ParameterForm(FitParams, fields=_MORE)
        self.fit_button = QPushButton("Fit")
        self.progress = ProgressRow(services.jobs)
        self._boxes = QVBoxLayout()
        self._lay_out()
        self.fit_button.clicked.connect(self.fit)
        for signal, slot in (
            (services.jobs.finished, self._on_finished),
            (services.jobs.failed, self._on_failed),
            (services.jobs.cancelled, self._on_cancelled),
        ):
            links.add(signal, slot)
        links.at_end(self.progress.close)
        links.at_end(self._background.close)

    # ---- Public methods

    def set_view(self, view: CortexView | None) -> None:
        """Offer the features of a subject."""
        self._view = view
        for box in self.spaces.values():
            self._boxes.removeWidget(box)
            box.deleteLater()
        self.spaces = {}
        names = tuple(view.subject.manifest.features) if view is not None else ()
        for name in names:
            box = QCheckBox(name, checked=name == names[0])
            box.setToolTip("Several feature spaces are fitted as bands.")
            self._boxes.addWidget(box)
            self.spaces[name] = box
        ready = view is not None and bool(view.subject.manifest.responses)
        self.setVisible(bool(names) and ready)

    def params(self) -> FitParams:
        """Return the settings as they stand.

        Raises
        ------
        InputError
            With the first one that is not right.
        """
        values = {name: getattr(self.more.values(), name) for name in _MORE}
        values |= {name: getattr(self.form.values(), name) for name in _FIELDS}
        return FitParams(**values)

    def fit(self) -> None:
        """Queue the fit."""
        view = self._view
        if view is None:
            return
        try:
            job, name = self._submit(view)
        except KeyError as error:
            self._message.error(str(error.args[0]))
            return
        except StriateError as error:
            self._message.error(str(error))
            return
        self._jobs[job] = (view, name)
        self._message.clear()
        self.progress.follow(job, f"Fitting {name} to {view.subject.title}")

    # ---- Private methods

    def _lay_out(self) -> None:
        self.fit_button.setObjectName("Primary")
        self.fit_button.setToolTip("Fit every unit's response to the features.")
        more = QCollapsible("More settings")
        more.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        heading = QLabel("<b>Fit a model</b>")
        heading.setObjectName("Section")
        column.addWidget(heading)
        column.addWidget(QLabel("Features"))
        column.addLayout(self._boxes)
        column.addWidget(self.form)
        column.addWidget(more)
        column.addWidget(self.fit_button)
        column.addWidget(self.progress)

    def _submit(self, view: CortexView) -> tuple[str, str]:
        from striate_cortex.jobs import FitJob

        chosen = tuple(n for n, box in self.spaces.items() if box.isChecked())
        if not chosen:
            raise InputError("Tick at least one feature space.")
        asked = FitJob(subject=view.subject.folder, features=chosen, fit=self.params())
        settings = self._services.settings
        request = JobRequest(
            kind="cortex.fit",
            params=asked.model_dump(mode="json"),
            title=f"Fit {view.subject.title}",
            device=settings.device,
        )
        return self._services.jobs.submit(request), new_name(view, "+".join(chosen))

    def _on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        if job not in self._jobs:
            return
        view, name = self._jobs.pop(job)

        self._background.run(
            lambda: load_model(Path(outcome["model"])),
            lambda model: self._add(view, name, model, outcome),
            lambda error: self._message.error(str(error)),
        )

    def _add(
        self, view: CortexView, name: str, model: EncodingModel, outcome: dict[str, Any]
    ) -> None:
        try:
            view.add_model(name, model, Path(outcome["model"]))
        except StriateError as error:
            self._message.error(str(error))
            return
        text = f"Fitted {name} to {outcome['images']:,} images"
        if outcome["r2_top"] is not None:
            text += (
                f"; on {outcome['held_out']:,} held out, R² of the best hundredth of "
                f"units is {outcome['r2_top']:.3f} and more"
            )
        warned = outcome.get("warnings") or []
        said = " ".join([f"{text}.", *warned])
        self._message.warning(said) if warned else self._message.info(said)

    def _on_failed(self, job: str, message: str) -> None:
        if self._jobs.pop(job, None) is not None:
            self._message.error(message)

    def _on_cancelled(self, job: str) -> None:
        if self._jobs.pop(job, None) is not None:
            self._message.info("Stopped: no model was made.")
