"""Caption all units above a threshold by a job, and lay them out by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import InputError, StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.progress_row import ProgressRow
from striate_cortex.panels.atlas import atlas_files
from striate_cortex.panels.section import muted

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.services import Services
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["Captioning"]

_TITLES = {
    "r2": "R² of at least", "r2_gcv": "R² (cross-validated) of at least",
    "ceiling": "Noise ceiling (%) of at least", "r": "r of at least",
}  # fmt: skip
_LEAST = {"ceiling": 10.0}
_METHODS = {"brainscuba": "Captions", "lavca": "Sentences of keywords (LaVCa)"}


class Captioning(QWidget):
    """Says which units, and runs the two jobs one after the other.

    What was captioned before is kept: a run that was cut off goes on where it was.

    Attributes
    ----------
    done
        Emitted when captions and atlas are there.
    told
        Emitted with a level and a sentence.
    """

    done = Signal()
    told = Signal(str, str)

    def __init__(self, services: Services, links: Links) -> None:
        super().__init__()
        self._services = services
        self._view: CortexView | None = None
        self._jobs: dict[str, tuple[str, dict[str, Any]]] = {}
        self._said = ""
        self.by = QComboBox()
        self.by.setAccessibleName("Which units")
        self.least = QDoubleSpinBox()
        self.least.setAccessibleName("Threshold")
        self.method = QComboBox()
        self.method.setAccessibleName("What units are told by")
        for name, title in _METHODS.items():
            self.method.addItem(title, name)
        self.count = muted()
        self.button = QPushButton("Caption units")
        self.button.setObjectName("Primary")
        self.button.setToolTip("Goes on where a run was cut off.")
        self.progress = ProgressRow(services.jobs)
        self._lay_out()
        self.by.activated.connect(self._on_by_chosen)
        self.least.valueChanged.connect(self._count)
        self.button.clicked.connect(self.start)
        jobs = services.jobs
        for signal, slot in (
            (jobs.finished, self._on_finished), (jobs.failed, self._on_failed),
            (jobs.cancelled, self._on_cancelled),
        ):  # fmt: skip
            links.add(signal, slot)
        links.at_end(self.progress.close)

    # ---- Public methods

    def set_view(self, view: CortexView | None) -> None:
        """Caption units of this subject, by the model in use."""
        self._view = view
        before = self.by.currentData()
        self.by.clear()
        for name in self._thresholds():
            self.by.addItem(_TITLES.get(name, name), name)
        self.by.addItem("All units", "")
        self.by.setCurrentIndex(max(0, self.by.findData(before)))
        self.setEnabled(view is not None and bool(view.model_in_use))
        self._on_by_chosen()

    def start(self) -> None:
        """Queue the captions; the atlas follows."""
        view = self._view
        if view is None or not view.model_in_use:
            return
        try:
            params = self._params(view)
        except StriateError as error:
            self.told.emit("error", str(error))
            return
        _, captions = atlas_files(view, view.model_in_use)
        self._submit("cortex.caption", {**params, "out": str(captions)})

    def units(self) -> int:
        """Return how many units are above the threshold."""
        values = self._values()
        if values is None:
            return len(self._view.units) if self._view is not None else 0
        return int((np.nan_to_num(values, nan=-np.inf) >= self.least.value()).sum())

    # ---- Making

    def _lay_out(self) -> None:
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        for menu in (self.by, self.method):
            menu.setSizeAdjustPolicy(policy)
            menu.setMinimumContentsLength(14)
        row = QHBoxLayout()
        row.addWidget(self.by, 1)
        row.addWidget(self.least)
        second = QHBoxLayout()
        second.addWidget(QLabel("Told by"))
        second.addWidget(self.method, 1)
        third = QHBoxLayout()
        third.addWidget(self.count, 1)
        third.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for line in (row, second, third):
            column.addLayout(line)
        column.addWidget(self.progress)

    # ---- Which units

    def _thresholds(self) -> list[str]:
        view = self._view
        if view is None or not view.model_in_use:
            return []
        try:
            scores = view.model(view.model_in_use).scores
        except StriateError:
            return []
        found = [name for name in _TITLES if name in scores]
        if np.isfinite(view.subject.ceiling).any():
            found.insert(1 if found else 0, "ceiling")
        return found

    def _values(self) -> Any:
        view, name = self._view, self.by.currentData()
        if view is None or not name:
            return None
        if name == "ceiling":
            return view.subject.ceiling
        return view.model(view.model_in_use).scores[name]

    def _on_by_chosen(self, *_: Any) -> None:
        values, name = self._values(), self.by.currentData()
        self.least.setVisible(values is not None)
        if values is not None:
            known = values[np.isfinite(values)]
            high = float(known.max()) if len(known) else 1.0
            blocked = self.least.blockSignals(True)
            self.least.setDecimals(1 if high > 5 else 3)
            self.least.setRange(-1.0, max(high, 0.0))
            self.least.setSingleStep(1.0 if high > 5 else 0.01)
            self.least.setValue(_LEAST.get(name, 0.1 * high))
            self.least.blockSignals(blocked)
        self._count()

    def _count(self, *_: Any) -> None:
        n = self.units()
        self.count.setText(f"{n:,} units")
        self.button.setEnabled(n > 0)

    # ---- Jobs

    def _params(self, view: CortexView) -> dict[str, Any]:
        file = view.model_file(view.model_in_use)
        if file is None:
            raise InputError(f"Save {view.model_in_use} first (Subject panel).")
        name = self.by.currentData()
        library, told = view.answering.path, view.answering.params
        ways = told.model_dump(include={"tau", "top", "pmi"}) if told else {}
        return {
            **ways,
            "model": str(file), "subject": str(view.subject.folder), "units": "all",
            "above": f"{name}={self.least.value():g}" if name else "",
            "method": self.method.currentData(), "overwrite": True,
            "library": None if library is None else str(library),
        }  # fmt: skip

    def _submit(self, kind: str, params: dict[str, Any]) -> None:
        view = self._view
        title = "Caption units" if kind == "cortex.caption" else "Lay out the atlas"
        if view is not None:
            title += f" of {view.subject.title}"
        request = JobRequest(
            kind=kind, params=params, title=title,
            device=self._services.settings.device,
        )  # fmt: skip
        try:
            job = self._services.jobs.submit(request)
        except KeyError as error:
            self.told.emit("error", str(error.args[0]))
            return
        self._jobs[job] = (kind, params)
        self.progress.follow(job, title)

    def _on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        if job not in self._jobs:
            return
        kind, params = self._jobs.pop(job)
        if kind == "cortex.caption":
            self._said = _told(outcome)
            self.told.emit("info", self._said)
            atlas = params["out"].replace("-captions.parquet", "-atlas.parquet")
            self._submit("cortex.atlas", {**params, "out": atlas})
        self.done.emit()

    def _on_failed(self, job: str, message: str) -> None:
        if job not in self._jobs:
            return
        kind, _ = self._jobs.pop(job)
        if kind == "cortex.atlas":
            message = f"{self._said} There is no atlas: {message}"
        self.told.emit("error", message)

    def _on_cancelled(self, job: str) -> None:
        if self._jobs.pop(job, None) is not None:
            self.told.emit("info", "Stopped. What is captioned stays; start it again.")


def _told(outcome: dict[str, Any]) -> str:
    text = f"Captioned {outcome['units']:,} units"
    if outcome.get("known"):
        text += f", {outcome['known']:,} of them before"
    if outcome.get("accuracy") is not None:
        text += f"; caption accuracy {outcome['accuracy']:.2f} in the median"
    return f"{text}."
