"""The Embed panel: what, by which model, prepared how; then map it at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from striate.errors import StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate.widgets.form import ParameterForm
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_channels.embedding.params import EmbedParams
from striate_channels.objects.items import ObjectParams
from striate_channels.panels.images import ImageMenu, file_for, label_layers
from striate_channels.panels.models_menu import ModelMenu
from striate_channels.panels.parts import heading, muted
from striate_channels.panels.session import MapTable, Session, read_map
from striate_channels.preprocessing.params import Preprocessing
from striate_channels.profiles.params import ProfileParams

if TYPE_CHECKING:
    from striate.data import Volume
    from striate.widgets.services import Services, ViewerLike

__all__ = ["EmbedPanel"]

_WHOLE, _TILES, _OBJECTS = "The whole image", "Tiles", "Labelled objects"
_THIS, _FILES = "This image", "Files…"


class EmbedPanel(QWidget):
    """Embeds an image of the viewer, or files, by a job; then profiles the result."""

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._session = Session.of(viewer)
        self._links = Links(self)
        self._background = Background(self)
        self._files: list[Path] = []
        self._waiting: dict[str, str] = {}
        self._chose_labels = False
        self.image = ImageMenu(viewer, self._links)
        self.source = QComboBox()
        self.source.addItems([_THIS, _FILES])
        self.files = muted()
        self.what = QComboBox()
        self.what.addItems([_TILES, _OBJECTS, _WHOLE])
        self.labels = QComboBox()
        self.tiles = ParameterForm(ObjectParams, fields=("tile", "overlap"))
        self.tiles.set_values({"tile": 64})
        self.objects = ParameterForm(ObjectParams, fields=("margin", "mask", "minimum"))
        self.model = ModelMenu()
        self.steps = ParameterForm(
            Preprocessing,
            fields=("projection", "n_slices", "background", "normalise", "scope"),
        )
        self.resize_form = ParameterForm(
            EmbedParams, fields=("resize", "num_heads", "metadata")
        )
        # The form checks the whole model, which must have images.
        self.resize_form.set_values({"images": (Path("image"),)})
        self.map_form = ParameterForm(
            ProfileParams,
            fields=(
                "map",
                "clusters",
                "resolution",
                "neighbours",
                "label",
                "group",
                "batch",
            ),
        )
        self.map_form.set_values({"embeddings": Path("table")})
        self.button = QPushButton("Embed")
        self.progress = ProgressRow(services.jobs)
        self.message = Message()
        self._lay_out()
        self._connect()
        self._on_what_changed()

    # ---- Public methods

    def run(self) -> None:
        """Queue the embedding of what is chosen."""
        try:
            params = self._params()
        except StriateError as error:
            self.message.error(str(error))
            return
        self.message.clear()
        if params["images"]:
            self._submit(params)
            return
        choice = self.image.choice()
        assert choice is not None
        labels = self._labels_volume()
        folder = self._services.jobs.folder("inputs")

        def write() -> dict[str, Any]:
            found: dict[str, Any] = {"images": [file_for(choice.volume, folder)]}
            if labels is not None:
                found["labels"] = [file_for(labels, folder)]
            return found

        self._background.run(
            write, lambda found: self._submit(params | found), self._on_broken
        )

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs; jobs that run go on."""
        self._links.close()
        self._background.close()
        self.progress.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.button.setObjectName("Primary")
        self.button.setToolTip("Turn what is chosen into vectors, then map them.")
        self.source.setAccessibleName("Images")
        self.what.setAccessibleName("What is embedded")
        self.labels.setAccessibleName("Labels layer")
        self.files.hide()
        top = QFormLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.addRow("Images", self.source)
        top.addRow("Image", self.image)
        top.addRow("", self.files)
        top.addRow("Embed", self.what)
        top.addRow("Labels", self.labels)
        self._top = top
        more = QCollapsible("More settings")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self.steps)
        column.addWidget(self.resize_form)
        column.addWidget(self.map_form)
        more.addWidget(inside)
        whole = QVBoxLayout(self)
        whole.setSpacing(10)
        whole.addWidget(heading("What"))
        whole.addLayout(top)
        whole.addWidget(self.tiles)
        whole.addWidget(self.objects)
        whole.addWidget(heading("Model"))
        whole.addWidget(self.model)
        whole.addWidget(more)
        row = QHBoxLayout()
        row.addWidget(self.button)
        whole.addLayout(row)
        whole.addWidget(self.progress)
        whole.addWidget(self.message)
        whole.addStretch(1)

    def _connect(self) -> None:
        self.source.activated.connect(self._on_source_activated)
        self.what.currentTextChanged.connect(self._on_what_changed)
        self.labels.activated.connect(self._on_labels_activated)
        self.button.clicked.connect(self.run)
        self.model.changed.connect(self._on_model_changed)
        self.image.chosen.connect(lambda *_: self._on_what_changed())
        layers = self._viewer.layers.events
        for signal in (layers.inserted, layers.removed):
            self._links.add(signal, self._on_layers_changed)
        jobs = self._services.jobs
        self._links.add(jobs.finished, self._on_finished)
        self._links.add(jobs.failed, self._on_failed)
        self._links.add(jobs.cancelled, self._on_cancelled)

    # ---- Choosing

    def _on_source_activated(self, index: int) -> None:
        if self.source.currentText() == _FILES:
            names, _ = QFileDialog.getOpenFileNames(self, "Images to embed")
            self._files = [Path(n) for n in names]
            if not names:
                self.source.setCurrentText(_THIS)
        self._on_what_changed()

    def set_files(self, files: list[Path]) -> None:
        """Embed these files instead of an image of the viewer."""
        self._files = list(files)
        self.source.setCurrentText(_FILES if files else _THIS)
        self._on_what_changed()

    def _on_layers_changed(self, event: Any = None) -> None:
        before = self.labels.currentText()
        self.labels.clear()
        names = [str(n.name) for n in label_layers(self._viewer)]
        self.labels.addItems(names)
        if before in names and self._chose_labels:
            self.labels.setCurrentText(before)
        else:
            self._guess_labels(names)

    def _on_labels_activated(self, *_: Any) -> None:
        self._chose_labels = True

    def _guess_labels(self, names: list[str]) -> None:
        """Offer what calls itself labels before what is merely possible."""
        for name in names:
            if "label" in name.lower() or "mask" in name.lower():
                self.labels.setCurrentText(name)
                return

    def _on_what_changed(self, *_: Any) -> None:
        files = self.source.currentText() == _FILES
        self._top.setRowVisible(self.image, not files)
        self._top.setRowVisible(self.files, files)
        names = ", ".join(p.name for p in self._files[:4])
        rest = f" and {len(self._files) - 4} more" if len(self._files) > 4 else ""
        self.files.setText(f"{names}{rest}")
        what = self.what.currentText()
        self.tiles.setVisible(what == _TILES)
        self.objects.setVisible(what == _OBJECTS)
        self._top.setRowVisible(self.labels, what == _OBJECTS)
        choice = self.image.choice()
        self.button.setEnabled(bool(self._files) if files else choice is not None)
        flat = not files and choice is not None and "Z" not in choice.volume.axes
        self.steps.set_field_visible("projection", not flat)
        self.steps.set_field_visible("n_slices", not flat)

    def _on_model_changed(self, name: str) -> None:
        self._session.model = name

    def _labels_volume(self) -> Volume | None:
        from striate.data import Volume

        if self.what.currentText() != _OBJECTS:
            return None
        layer = next(
            n for n in label_layers(self._viewer)
            if str(n.name) == self.labels.currentText()
        )  # fmt: skip
        data = layer.data[0] if layer.multiscale else layer.data
        return Volume.from_array(data, "ZYX"[-data.ndim :])

    def _params(self) -> dict[str, Any]:
        from striate.errors import InputError

        what = self.what.currentText()
        files = self._files if self.source.currentText() == _FILES else []
        if what == _OBJECTS and files:
            raise InputError(
                "Objects of many files are embedded with the command line (striate "
                "channels embed --labels): choose tiles or whole images here."
            )
        if what == _OBJECTS and not self.labels.currentText():
            raise InputError("Open or make a Labels layer first: its objects are used.")
        chosen: dict[str, Any] = {}
        if what == _TILES:
            chosen = dict(self.tiles.values())
        elif what == _OBJECTS:
            chosen = dict(self.objects.values()) | {"tile": 0}
        else:
            chosen = {"tile": 0}
        steps = dict(self.steps.values())
        choice = self.image.choice()
        if choice is not None and not files:
            steps["channels"] = self._session.channels.get(choice.key, ())
        return {
            "images": files,
            "model": self.model.name(),
            "objects": ObjectParams(**chosen),
            "preprocessing": Preprocessing(**steps),
            "resize": self.resize_form.values().resize,
            "num_heads": self.resize_form.values().num_heads,
            "metadata": self.resize_form.values().metadata,
        }

    # ---- Running

    def _submit(self, params: dict[str, Any]) -> None:
        from striate_channels.jobs import EmbedJob

        try:
            job = EmbedJob(embed=EmbedParams(**params))
        except ValueError as error:
            self.message.error(str(error))
            return
        names = [Path(p).name for p in params["images"]]
        title = f"Embed {names[0]}" + (f" and {len(names) - 1} more" * (len(names) > 1))
        request = JobRequest(
            kind="channels.embed", params=job.model_dump(mode="json"), title=title,
            device=self._services.settings.device,
        )  # fmt: skip
        job_id = self._services.jobs.submit(request)
        self._waiting[job_id] = "embed"
        self.progress.follow(job_id, title)

    def _on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        step = self._waiting.pop(job, "")
        if step == "embed":
            self._profile(outcome)
        elif step == "profile":
            self._background.run(
                lambda: read_map(Path(outcome["folder"])),
                lambda table: self._on_mapped(table, outcome),
                self._on_broken,
            )

    def _on_mapped(self, table: MapTable, outcome: dict[str, Any]) -> None:
        self._session.show_map(table)
        found = [
            f"{len(table):,} points in {outcome['clusters']} clusters are on the map."
        ]
        if outcome.get("classified"):
            found.append(_accuracy(outcome["classified"]))
        if outcome.get("batches"):
            found.append(outcome["batches"]["sentence"])
        self.message.info(" ".join(found))

    def _profile(self, outcome: dict[str, Any]) -> None:
        from striate_channels.jobs import ProfileJob

        remarks = outcome.get("remarks") or []
        rows = outcome["rows"]
        if remarks:
            self._services.notify.warning(" ".join(f"{r}." for r in remarks[:3]))
        if rows < 3:
            self.message.info(
                f"{rows} embedded: a map needs three or more. The table is "
                f"{outcome['embeddings']}."
            )
            return
        chosen = dict(self.map_form.values()) | {"embeddings": outcome["embeddings"]}
        job = ProfileJob(profile=ProfileParams(**chosen))
        request = JobRequest(
            kind="channels.profile",
            params=job.model_dump(mode="json"),
            title=f"Map {rows:,} embeddings",
        )
        job_id = self._services.jobs.submit(request)
        self._waiting[job_id] = "profile"
        self.progress.follow(job_id, request.title)

    def _on_failed(self, job: str, message: str) -> None:
        if self._waiting.pop(job, ""):
            self.message.error(message)

    def _on_cancelled(self, job: str, *_: Any) -> None:
        if self._waiting.pop(job, ""):
            self.message.info("Stopped: nothing was changed.")

    def _on_broken(self, error: BaseException) -> None:
        self.message.error(str(error))


def _accuracy(found: dict[str, Any]) -> str:
    """Say how well the label is told, beside chance and plain intensity."""
    light = found.get("mean_intensity_knn")
    beside = f", mean intensity alone {light:.0%}" if light is not None else ""
    trust = "" if found["grouped"] else " Without a group column that is optimistic."
    return (
        f"{found['label']} is told by k-NN in {found['knn']:.0%} of cases (chance "
        f"{found['chance']:.0%}{beside}).{trust}"
    )
