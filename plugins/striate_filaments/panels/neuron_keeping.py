"""Save neurons, and export them by a job: two buttons and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from striate.errors import StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate_filaments.panels.export_dialog import ExportDialog
from striate_filaments.panels.neuron_files import home_of, neurons_file, with_suffix

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.services import Services
    from striate_filaments.exchange.export import ExportParams
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["NeuronKeeping"]


class NeuronKeeping(QWidget):
    """Saves and exports the neurons of a view.

    Parameters
    ----------
    services
        Jobs and settings of the running program.
    links
        Of the panel this is part of.
    """

    def __init__(
        self, services: Services, links: Links, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self.background = Background(self)
        self._view: NeuronsView | None = None
        self._job = ""
        self.save_button = QPushButton("Save…")
        self.save_button.setToolTip("Keep names, colours and states with the neurons.")
        self.save_button.clicked.connect(self._on_save_clicked)
        self.export_button = QPushButton("Export…")
        self.export_button.setToolTip("Labels, SWC, tables, meshes, FISBe zarr.")
        self.export_button.clicked.connect(self._on_export_clicked)
        self.progress = ProgressRow(services.jobs)
        self.message = Message()
        buttons = QHBoxLayout()
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(buttons)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        links.add(services.jobs.finished, self._on_job_finished)
        links.add(services.jobs.failed, self._on_job_failed)
        links.at_end(self.background.close)

    # ---- Public methods

    def set_view(self, view: NeuronsView | None) -> None:
        """Work on other neurons."""
        self._view = view
        for button in (self.save_button, self.export_button):
            button.setEnabled(view is not None)

    def export(self, params: ExportParams) -> None:
        """Queue an export of the neurons as they are now."""
        from striate_filaments.jobs import ExportJob

        view, folder = self._view, self._services.jobs.folder("inputs")
        if view is None:
            return

        def submit(path: Path) -> None:
            job = ExportJob(neurons=path, **dict(params))
            request = JobRequest(
                kind="filaments.export", params=job.model_dump(mode="json")
            )
            self._job = self._services.jobs.submit(request)
            self.progress.follow(self._job, "Exporting neurons")

        self.message.clear()
        self.background.run(lambda: neurons_file(view, folder), submit, self.tell)

    def save(self, path: Path) -> None:
        """Save the neurons as ``X.neurons.zarr``, replacing what is there."""
        from striate_filaments.storage import write_neurons

        view, target = self._view, with_suffix(path)
        if view is None:
            return
        self.background.run(
            lambda: write_neurons(target, view.neurons, overwrite=True),
            lambda _: self._on_saved(view, target),
            self.tell,
        )

    def tell(self, error: BaseException) -> None:
        """Say in a sentence why something did not work."""
        if isinstance(error, StriateError):
            self.message.error(str(error))
        else:
            self.message.error(f"Something went wrong inside the program ({error}).")

    # ---- Private methods

    def _on_save_clicked(self) -> None:
        if self._view is None:
            return
        home = home_of(self._view, self._services.settings.jobs_dir())
        if home is not None:
            self.save(home)
            return
        name, _ = QFileDialog.getSaveFileName(
            self, "Save neurons", f"{self._stem()}.neurons.zarr", "Neurons (*.zarr)"
        )
        if name:
            self.save(Path(name))

    def _on_export_clicked(self) -> None:
        chosen = self._view.selection if self._view else ()
        dialog = ExportDialog(self._stem(), chosen, parent=self)
        if dialog.exec():
            self.export(dialog.params())

    def _stem(self) -> str:
        path = self._view.path if self._view else None
        return path.name.partition(".")[0] if path else "neurons"

    def _on_saved(self, view: NeuronsView, target: Path) -> None:
        view.saved(target)
        self.message.info(f"Saved as {target.name}.")

    def _on_job_finished(self, job: str, outcome: dict[str, Any]) -> None:
        if job != self._job:
            return
        first, count = Path(outcome["first"]), outcome["count"]
        text = f"Exported {count} neuron{'s' * (count != 1)} to {first.parent}."
        self.message.say(
            "info",
            f"{text} {outcome.get('overlaps', '')}".strip(),
            show=("Open the folder", lambda: _open_folder(first.parent)),
        )

    def _on_job_failed(self, job: str, text: str) -> None:
        if job == self._job:
            self.message.error(text)


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
