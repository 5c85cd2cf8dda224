"""The Train panel: a segmenter of one's own, from neurons that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from striate.errors import InputError, StriateError
from striate.models.registry import own_cards_dir
from striate.widgets.form import ParameterForm
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_filaments.panels.model_menu import ChosenModel, ModelMenu
from striate_filaments.panels.segment import heading, scrollable
from striate_filaments.panels.sources import volume_choices
from striate_filaments.panels.train_chart import TrainChart
from striate_filaments.panels.train_curves import in_words
from striate_filaments.panels.train_list import MaterialList
from striate_filaments.panels.train_runs import (
    TrainRuns,
    best_so_far,
    forget,
    unfinished,
)
from striate_filaments.training.params import TrainOutcome, TrainParams, TrainSource

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike

__all__ = ["TrainPanel"]

_NOTHING = "none"
_ANY = "Pictures of many kinds"
_MORE = (
    "batch", "crop", "rate", "simulated", "volumes", "check_every", "patience", "keep",
)  # fmt: skip


class TrainPanel(QWidget):
    """Trains a segmenter; the work is done by a job.

    Parameters
    ----------
    viewer
        Whose images and neurons may be learned from.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._outcome: TrainOutcome | None = None
        self._chosen = ChosenModel.of(viewer)
        self.materials = MaterialList(viewer)
        self.simulate = QCheckBox("Simulated volumes too (semi-synthetic)")
        self.like = QComboBox()
        nothing = (_NOTHING, "Nothing: a new network", "Takes longer and needs more.")
        self.start_from = ModelMenu([nothing])
        self.basic = ParameterForm(TrainParams, fields=("name", "steps"))
        self.more = ParameterForm(TrainParams, fields=_MORE)
        self.place = QLineEdit(str(own_cards_dir()))
        self.start_button = QPushButton("Start")
        self.resume_button = QPushButton("Resume")
        self.progress = ProgressRow(services.jobs)
        self.left = QLabel()
        self.chart = TrainChart()
        self.message = Message()
        self.use_button = QPushButton("Use it in Segment")
        self.card_button = QPushButton("Show its card")
        self.runs = TrainRuns(services, self)
        self._lay_out()
        self._connect()
        self._on_materials_changed()
        self._show_state()

    # ---- Public methods

    def target(self) -> Path:
        """Return the folder the model will be in."""
        name = str(self.basic.editors["name"].get()).strip()
        return Path(self.place.text().strip()).expanduser() / (name or "model")

    def params(self) -> TrainParams:
        """Return the parameters as they stand, without the files to learn from.

        Raises
        ------
        InputError
            With the first one that is not right.
        """
        simulated = self.simulate.isChecked()
        learn = [m for m in self.materials.materials() if m.use == "Learn"]
        if not learn and not simulated:
            raise InputError(
                "There is nothing to learn from: add a volume whose neurons are known, "
                "or tick the simulated ones."
            )
        values = {**dict(self.basic.values()), "out": self.target()}
        more = dict(self.more.values())
        values |= {name: more[name] for name in _MORE}
        values["start"] = self.start_from.value()
        values["like"] = self._like() if simulated else None
        # Files take the place of this one in TrainRuns; it says whether to simulate.
        values["data"] = (TrainSource(),) if simulated else (TrainSource(volume="-"),)
        return TrainParams.model_validate(values)

    def start(self) -> None:
        """Begin a training; ask first where one was stopped, or a model is there."""
        try:
            params = self.params()
        except StriateError as error:
            self.message.error(str(error))
            return
        target = self.target()
        if unfinished(target) is not None:
            self.message.say(
                "warning",
                f"A training of {target.name} was stopped and can go on.",
                on=("Go on with it", self.resume),
                anew=("Begin anew", lambda: self._begin_anew(params)),
            )
        elif target.exists():
            again = params.model_copy(update={"overwrite": True})
            self.message.say(
                "warning",
                f"{target.name} is there already.",
                replace=("Replace it", lambda: self._begin(again)),
                keep=("Keep it", self.message.clear),
            )
        else:
            self._begin(params)

    def resume(self) -> None:
        """Go on with the training that was stopped."""
        params = unfinished(self.target())
        if params is None:
            self.message.error("There is no stopped training of this name here.")
            return
        self.message.clear()
        self.runs.submit(params.model_copy(update={"overwrite": True}))

    def use(self) -> None:
        """Hand the trained model, or the best so far, to the Segment panel."""
        done = self._outcome
        model = done.folder if done else best_so_far(self.target())
        if model is not None:
            self._chosen.choose(str(model))
            self.message.info("Segment uses it now: open that panel and press Preview.")

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs; a training that runs goes on."""
        self._links.close()
        self.runs.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.start_button.setObjectName("Primary")
        self.start_button.setToolTip("Train the segmenter, as a job.")
        self.resume_button.setToolTip("Go on with the training that was stopped.")
        self.use_button.setToolTip("Segment with the model just trained.")
        self.card_button.setToolTip("How it was trained, on what, and its scores.")
        self.left.setObjectName("Muted")
        self.like.setAccessibleName("What simulated volumes look like")
        self.like.setToolTip(
            "Light, noise, blur and background of the simulated volumes are those of "
            "this one."
        )
        self.like.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.like.setMinimumContentsLength(12)
        column = QVBoxLayout(form := QWidget())
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(10)
        column.addWidget(heading("Learn from"))
        column.addWidget(self.materials)
        column.addWidget(self.simulate)
        column.addLayout(self._like_row())
        column.addWidget(heading("Model"))
        column.addLayout(self._model_rows())
        column.addWidget(self.basic)
        more = QCollapsible("More settings")
        more.addWidget(self.more)
        column.addWidget(more)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setSpacing(8)
        area = scrollable(form)
        # Else a long form makes the whole panel scroll, with the curves out of sight.
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        area.setMinimumHeight(160)
        whole.addWidget(area, 1)
        whole.addLayout(_row(self.start_button, self.resume_button))
        whole.addWidget(self.progress)
        whole.addWidget(self.left)
        whole.addWidget(self.chart)
        whole.addWidget(self.message)
        whole.addLayout(_row(self.use_button, self.card_button))

    def _like_row(self) -> QFormLayout:
        row = QFormLayout()
        row.setContentsMargins(24, 0, 0, 0)
        row.addRow("Made to look like", self.like)
        return row

    def _model_rows(self) -> QFormLayout:
        browse = QPushButton("…")
        browse.setToolTip("Choose the folder.")
        browse.setFixedWidth(36)
        browse.setAccessibleName("Choose the folder models are saved in")
        browse.clicked.connect(self._on_browse)
        self.place.setToolTip("Models saved in the folder proposed appear in menus.")
        self.place.setAccessibleName("Folder models are saved in")
        where = QHBoxLayout()
        where.addWidget(self.place, 1)
        where.addWidget(browse)
        rows = QFormLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setVerticalSpacing(8)
        rows.addRow("Begin with", self.start_from)
        rows.addRow("Save in", where)
        return rows

    def _connect(self) -> None:
        self.start_button.clicked.connect(self.start)
        self.resume_button.clicked.connect(self.resume)
        self.use_button.clicked.connect(self.use)
        self.card_button.clicked.connect(self._on_card)
        self.simulate.toggled.connect(self._show_state)
        self.materials.changed.connect(self._on_materials_changed)
        self.materials.refused.connect(self.message.error)
        self.basic.changed.connect(self._show_state)
        self.place.textChanged.connect(self._show_state)
        self.runs.submitted.connect(self._on_submitted)
        self.runs.grown.connect(self._on_grown)
        self.runs.done.connect(self._on_done)
        self.runs.ended.connect(self._on_ended)
        jobs = self._services.jobs
        self._links.add(jobs.partial, self.runs.on_partial)
        self._links.add(jobs.finished, self.runs.on_finished)
        self._links.add(jobs.failed, self.runs.on_failed)
        self._links.add(jobs.cancelled, self.runs.on_cancelled)
        self._links.at_end(self.progress.close)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._on_materials_changed)
        for name in ("inserted", "removed"):
            signal = getattr(self._viewer.layers.events, name)
            self._links.add(signal, self._on_layers_changed)

    # ---- What is chosen

    def _on_layers_changed(self, event: Any = None) -> None:
        self._soon.start()

    def _on_materials_changed(self) -> None:
        """Offer every volume with a file as what simulated ones should look like."""
        files = [m.volume_file() for m in self.materials.materials()]
        for choice in volume_choices(self._viewer):
            try:
                files.append(choice.volume().source)
            except StriateError:
                continue
        before = self.like.currentData()
        self.like.clear()
        self.like.addItem(_ANY, None)
        for file in dict.fromkeys(f for f in files if f is not None):
            self.like.addItem(file.name, str(file))
        self.like.setCurrentIndex(max(0, self.like.findData(before)))

    def _like(self) -> Path | None:
        found = self.like.currentData()
        return Path(found) if found else None

    def _on_browse(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "Where to save", self.place.text()
        )
        if path:
            self.place.setText(path)

    # ---- Running

    def _begin_anew(self, params: TrainParams) -> None:
        forget(self.target())
        self._begin(params.model_copy(update={"overwrite": True}))

    def _begin(self, params: TrainParams) -> None:
        self._outcome = None
        self.message.clear()
        self.runs.start(self.materials.materials(), params)
        self._show_state()

    def _on_submitted(self, job: str) -> None:
        self.progress.follow(job, f"Training {self.target().name}")
        self.progress.button.setText("Stop")
        self.chart.show_curves(self.runs.curves)
        self._show_state()

    def _on_grown(self) -> None:
        self.chart.show_curves(self.runs.curves)
        self.left.setText(in_words(self.runs.curves.seconds_left()))

    def _on_done(self, outcome: TrainOutcome) -> None:
        self._outcome = outcome
        rise = f"S {outcome.best_S:.3f}, {outcome.start_S:.3f} before training"
        self.message.info(
            f"{outcome.folder.name} is trained: {rise}; the best was step "
            f"{outcome.best_step} of {outcome.steps}, after {outcome.minutes:.1f} min."
        )
        _offer(outcome)
        self.start_from.refresh()
        self._show_state()

    def _on_ended(self, sentence: str) -> None:
        if sentence:
            self.message.error(sentence)
        else:
            self.message.info(
                "Stopped. Resume goes on where it was; Segment can use the best so far."
            )
        self._show_state()

    def _on_card(self) -> None:
        from qtpy.QtCore import QUrl
        from qtpy.QtGui import QDesktopServices

        if self._outcome is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._outcome.card)))

    def _show_state(self, *_: Any) -> None:
        running = self.runs.running
        self.like.setEnabled(self.simulate.isChecked())
        self.start_button.setEnabled(not running)
        can = not running and unfinished(self.target()) is not None
        self.resume_button.setVisible(can)
        self.left.setVisible(running)
        self.chart.setVisible(running or bool(self.runs.curves.points))
        trained = self._outcome is not None and not running
        self.card_button.setVisible(trained)
        best = best_so_far(self.target()) if can else None
        self.use_button.setVisible(trained or best is not None)
        self.use_button.setText(
            "Use it in Segment" if trained else "Use the best so far in Segment"
        )


def _offer(outcome: TrainOutcome) -> None:
    """Put a card among the person's own, so that menus and commands know the model."""
    card = json.loads(outcome.card.read_text("utf-8"))
    card["source"] = {"path": str(outcome.folder / "model.safetensors")}
    place = own_cards_dir() / f"{card['id']}.json"
    place.write_text(json.dumps(card, indent=1), "utf-8")


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget, 1)
    return row
