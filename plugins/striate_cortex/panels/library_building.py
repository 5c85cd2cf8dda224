"""Build a library of pictures, captions or vectors that were computed already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import InputError, StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.progress_row import ProgressRow
from striate_cortex.panels.known_libraries import libraries_folder
from striate_cortex.panels.section import muted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate.widgets.links import Links
    from striate.widgets.services import Services

__all__ = ["LibraryBuilder"]

_KINDS = "Captions, pictures, vectors (*.json *.csv *.tsv *.txt *.npy *.npz *.parquet)"
_HELP = (
    "Folders of pictures; captions as COCO JSON, CSV or TXT; or vectors as npy, npz or "
    "parquet. Everything is embedded once and stays on this machine."
)


class LibraryBuilder(QWidget):
    """A list of sources, an encoder, a name, and the job that makes a library.

    Attributes
    ----------
    built
        Emitted with the folder of a library that was made.
    told
        Emitted with a level and a sentence.
    """

    built = Signal(object)
    told = Signal(str, str)

    def __init__(self, services: Services, links: Links) -> None:
        super().__init__()
        self._services = services
        self._jobs: set[str] = set()
        self.sources = QListWidget()
        self.sources.setAccessibleName("Sources")
        self.sources.setMaximumHeight(84)
        self.files_button = QPushButton("Add files…")
        self.folder_button = QPushButton("Add folder…")
        self.remove_button = QPushButton("Remove")
        self.images = QLineEdit(placeholderText="beside the captions")
        self.images.setAccessibleName("Folder of the pictures that captions name")
        self.images_button = QPushButton("…")
        self.images_button.setAccessibleName("Choose the folder of pictures")
        self.encoder = QComboBox()
        self.encoder.setAccessibleName("Encoder")
        self.name = QLineEdit("library")
        self.name.setAccessibleName("Name")
        self.build_button = QPushButton("Build")
        self.build_button.setObjectName("Primary")
        self.progress = ProgressRow(services.jobs)
        self._lay_out()
        self._offer_encoders()
        self._connect(links)

    # ---- Public methods

    def add(self, paths: Iterable[str | Path]) -> None:
        """Add sources."""
        known = self.paths()
        for path in map(Path, paths):
            if path not in known:
                self.sources.addItem(str(path))
        self._show_state()

    def paths(self) -> list[Path]:
        """Return the sources."""
        return [Path(self.sources.item(i).text()) for i in range(self.sources.count())]

    def build(self) -> None:
        """Queue the job."""
        try:
            request = self._request()
            job = self._services.jobs.submit(request)
        except KeyError as error:
            self.told.emit("error", str(error.args[0]))
            return
        except StriateError as error:
            self.told.emit("error", str(error))
            return
        self._jobs.add(job)
        self.progress.follow(job, request.title)

    # ---- Making

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.files_button, self.folder_button, self.remove_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        images = QHBoxLayout()
        images.addWidget(self.images, 1)
        images.addWidget(self.images_button)
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.encoder.setSizeAdjustPolicy(policy)
        self.encoder.setMinimumContentsLength(12)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Pictures in", images)
        form.addRow("Encoder", self.encoder)
        form.addRow("Name", self.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(muted(_HELP))
        column.addWidget(self.sources)
        column.addLayout(buttons)
        column.addLayout(form)
        column.addWidget(self.build_button)
        column.addWidget(self.progress)

    def _connect(self, links: Links) -> None:
        self.files_button.clicked.connect(self._ask_files)
        self.folder_button.clicked.connect(self._ask_folder)
        self.remove_button.clicked.connect(self._remove)
        self.images_button.clicked.connect(self._ask_images)
        self.build_button.clicked.connect(self.build)
        jobs = self._services.jobs
        for signal, slot in (
            (jobs.finished, self._on_finished), (jobs.failed, self._on_failed),
            (jobs.cancelled, self._on_cancelled),
        ):  # fmt: skip
            links.add(signal, slot)
        links.at_end(self.progress.close)
        self._show_state()

    def _offer_encoders(self) -> None:
        from striate_cortex.encoders.opening import list_encoders

        for name, about in list_encoders():
            self.encoder.addItem(name, name)
            self.encoder.setItemData(self.encoder.count() - 1, about, 3)

    # ---- Private methods

    def _request(self) -> JobRequest:
        paths = self.paths()
        name = self.name.text().strip()
        if not paths:
            raise InputError("Add a folder of pictures, captions or vectors first.")
        if not name:
            raise InputError("Give the library a name.")
        out = libraries_folder() / name
        if out.exists():
            raise InputError(f"There is a library {name!r} already: use another name.")
        images = self.images.text().strip()
        params = {
            "sources": [str(p) for p in paths], "out": str(out),
            "encoder": self.encoder.currentData(), "images": images or None,
        }  # fmt: skip
        return JobRequest(
            kind="cortex.library", params=params, title=f"Build the library {name}",
            device=self._services.settings.device,
        )  # fmt: skip

    def _show_state(self) -> None:
        any_there = self.sources.count() > 0
        self.remove_button.setEnabled(any_there)
        self.build_button.setEnabled(any_there)

    def _on_finished(self, job: str, outcome: dict[str, Any]) -> None:
        if job in self._jobs:
            self._jobs.discard(job)
            self.told.emit("info", f"Built a library of {outcome['items']:,} items.")
            self.sources.clear()
            self._show_state()
            self.built.emit(Path(outcome["path"]))

    def _on_failed(self, job: str, message: str) -> None:
        if job in self._jobs:
            self._jobs.discard(job)
            self.told.emit("error", message)

    def _on_cancelled(self, job: str) -> None:
        if job in self._jobs:
            self._jobs.discard(job)
            self.told.emit("info", "Stopped: no library was made.")

    def _ask_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Add files", "", _KINDS)
        self.add(paths)

    def _ask_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Add a folder of pictures")
        self.add([path] if path else [])

    def _ask_images(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Pictures that captions name")
        if path:
            self.images.setText(path)

    def _remove(self) -> None:
        for item in self.sources.selectedItems():
            self.sources.takeItem(self.sources.row(item))
        self._show_state()
