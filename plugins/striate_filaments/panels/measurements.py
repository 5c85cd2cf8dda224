"""The Measurements panel: one row of numbers per neuron, and how they spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.jobs.kind import JobRequest
from striate.widgets.background import Background
from striate.widgets.histogram import Histogram
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.progress_row import ProgressRow
from striate.widgets.record_model import columns_of
from striate.widgets.tables import RecordTable
from striate_filaments.panels.layer_menu import LayerMenu
from striate_filaments.panels.neuron_files import neurons_file

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["MeasurementsPanel"]

_EMPTY = "Press Measure to measure the neurons chosen above."
_NO_NUMBERS = ("id", "name", "state")


class MeasurementsPanel(QWidget):
    """Measures neurons by a job and shows the table, linked with the viewer.

    Parameters
    ----------
    viewer
        Whose neuron layers may be measured.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._services = services
        self._links = Links(self)
        self._background = Background(self)
        self._view: NeuronsView | None = None
        self._asked: dict[str, NeuronsView] = {}
        self.layers = LayerMenu(viewer, self._links)
        self.measure_button = QPushButton("Measure")
        self.measure_button.setObjectName("Primary")
        self.measure_button.setToolTip("Measure all neurons of the layer, as a job.")
        self.progress = ProgressRow(services.jobs)
        self.message = Message()
        self.table = RecordTable(empty=_EMPTY)
        self.column = QComboBox()
        self.column.setAccessibleName("Column of the histogram")
        self.histogram = Histogram()
        self.summary = QLabel()
        self.summary.setObjectName("Muted")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the selected rows, or all, with a header.")
        self.save_button = QPushButton("Save table…")
        self.save_button.setToolTip("As CSV for spreadsheets, or Parquet.")
        self._lay_out()
        self._connect()
        self._on_view_changed(self.layers.view())

    # ---- Public methods

    def measure(self) -> None:
        """Queue a job that measures the neurons as they are now."""
        from striate_filaments.jobs import MeasureJob

        view, folder = self._view, self._services.jobs.folder("inputs")
        if view is None:
            self.message.error("Segment an image first, or open a .neurons.zarr.")
            return

        def submit(path: Path) -> None:
            request = JobRequest(
                kind="filaments.measure",
                params=MeasureJob(neurons=path).model_dump(mode="json"),
            )
            job = self._services.jobs.submit(request)
            self._asked[job] = view
            self.progress.follow(job, "Measuring neurons")

        self.message.clear()
        self._background.run(lambda: neurons_file(view, folder), submit, self._tell)

    def save(self, path: Path) -> None:
        """Write the table by its suffix, ``.csv`` or ``.parquet``."""
        import pyarrow as pa

        from striate_filaments.exchange.tables import write_table

        try:
            table = pa.Table.from_pylist(self.table.record_model.records)
            write_table(path, table, overwrite=True)
        except StriateError as error:
            self.message.error(str(error))
            return
        self.message.info(f"Saved as {path.name}.")

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self._links.close()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.layers, 1)
        top.addWidget(self.measure_button)
        choice = QHBoxLayout()
        choice.addWidget(QLabel("Histogram of"))
        choice.addWidget(self.column, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.save_button)
        self._results = QWidget()
        results = QVBoxLayout(self._results)
        results.setContentsMargins(0, 0, 0, 0)
        results.addLayout(choice)
        results.addWidget(self.histogram)
        results.addWidget(self.summary)
        results.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        column.addWidget(self.table, 1)
        column.addWidget(self._results)

    def _connect(self) -> None:
        self.layers.changed.connect(self._on_view_changed)
        self.measure_button.clicked.connect(self.measure)
        self.column.currentIndexChanged.connect(self._show_histogram)
        self.table.selection_changed.connect(self._on_rows_selected)
        self.copy_button.clicked.connect(self.table.copy)
        self.save_button.clicked.connect(self._on_save_clicked)
        jobs = self._services.jobs
        self._links.add(jobs.finished, self._on_job_finished)
        self._links.add(jobs.failed, self._on_job_failed)
        self._links.add(jobs.cancelled, self._on_job_cancelled)

    # ---- The neurons

    def _on_view_changed(self, view: NeuronsView | None) -> None:
        if self._view is not None:
            self._links.remove(self._view.selected, self._on_selected)
        self._view = view
        self.measure_button.setEnabled(view is not None)
        if view is not None:
            self._links.add(view.selected, self._on_selected)
        self._fill(view.measurements if view else [])

    def _fill(self, rows: list[dict[str, Any]]) -> None:
        self.table.set_records(rows)
        self.table.resizeColumnsToContents()
        self._results.setVisible(bool(rows))
        before = self.column.currentData()
        blocked = self.column.blockSignals(True)
        self.column.clear()
        for column in columns_of(rows[:1]):
            if column.key not in _NO_NUMBERS:
                self.column.addItem(column.header, column.key)
        place = self.column.findData(before or _first_length(rows))
        self.column.setCurrentIndex(max(0, place))
        self.column.blockSignals(blocked)
        self._show_histogram()

    def _show_histogram(self, *_: Any) -> None:
        key, title = self.column.currentData(), self.column.currentText()
        rows = self.table.record_model.records
        self.histogram.show_values(title, [row.get(key) for row in rows])
        self.summary.setText(self.histogram.summary())

    def _on_rows_selected(self, ids: list[int]) -> None:
        if self._view is not None:
            self._view.select(ids)

    def _on_selected(self, ids: tuple[int, ...]) -> None:
        if list(ids) != self.table.selected():
            self.table.select(ids)

    # ---- Jobs and files

    def _on_job_finished(self, job: str, outcome: dict[str, Any]) -> None:
        view = self._asked.pop(job, None)
        if view is None:
            return
        path = Path(outcome["table"])
        self._background.run(
            lambda: _rows(path), lambda rows: self._take(view, rows), self._tell
        )

    def _take(self, view: NeuronsView, rows: list[dict[str, Any]]) -> None:
        view.measured(rows)
        if view is self._view:
            self._fill(rows)

    def _on_job_failed(self, job: str, text: str) -> None:
        if self._asked.pop(job, None) is not None:
            self.message.error(text)

    def _on_job_cancelled(self, job: str) -> None:
        if self._asked.pop(job, None) is not None:
            self.message.info("Stopped: nothing was changed.")

    def _on_save_clicked(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Save measurements", "measurements.csv", "CSV (*.csv);;Parquet "
            "(*.parquet)",
        )  # fmt: skip
        if name:
            self.save(Path(name))

    def _tell(self, error: BaseException) -> None:
        if isinstance(error, StriateError):
            self.message.error(str(error))
        else:
            self.message.error(f"Something went wrong inside the program ({error}).")


def _rows(path: Path) -> list[dict[str, Any]]:
    from pyarrow.parquet import read_table

    rows: list[dict[str, Any]] = read_table(str(path)).to_pylist()
    return rows


def _first_length(rows: list[dict[str, Any]]) -> str:
    keys = list(rows[0]) if rows else []
    return next((key for key in keys if key.startswith("cable_length")), "")
