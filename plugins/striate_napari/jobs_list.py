"""A small list of jobs for plain napari, which has no Jobs dock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from striate.widgets.links import Links
from striate.widgets.tables import Column, RecordTable

if TYPE_CHECKING:
    from striate.jobs import JobRecord
    from striate.widgets.jobs_bridge import QtJobs

__all__ = ["JobsList"]

_COLUMNS = (
    Column("title", "Job"),
    Column("state", "State"),
    Column("progress", "Progress"),
    Column("text", "What it says"),
)
_MOST = 100
_ACTIVE = ("queued", "starting", "running")


class JobsList(QWidget):
    """Jobs of this and earlier sessions, newest first; Cancel and Run again."""

    def __init__(self, jobs: QtJobs) -> None:
        super().__init__()
        self._jobs = jobs
        self._links = Links(self)
        self.table = RecordTable(_COLUMNS, empty="Segment an image to see a job here.")
        self.cancel_button = QPushButton("Cancel")
        self.again_button = QPushButton("Run again")
        buttons = QHBoxLayout()
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
        column.addLayout(buttons)
        self.cancel_button.clicked.connect(self._on_cancel_clicked)
        self.again_button.clicked.connect(self._on_again_clicked)
        self.table.selection_changed.connect(lambda _: self._allow())
        self._soon = QTimer(self, singleShot=True, interval=100)
        self._soon.timeout.connect(self.refresh)
        for name in (
            "queued",
            "started",
            "progress",
            "finished",
            "failed",
            "cancelled",
            "lost",
        ):
            self._links.add(getattr(jobs, name), self._on_news)
        self.refresh()

    def refresh(self) -> None:
        """Read the queue again."""
        self.table.set_records(_row(record) for record in self._jobs.jobs()[:_MOST])
        self._allow()

    def closeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Listen no more."""
        self._links.close()
        super().closeEvent(event)

    def _on_news(self, *_: Any) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _chosen(self) -> JobRecord | None:
        ids = self.table.selected()
        return self._jobs.record(ids[0]) if len(ids) == 1 else None

    def _allow(self) -> None:
        record = self._chosen()
        active = record is not None and record.state in _ACTIVE
        self.cancel_button.setEnabled(active)
        self.again_button.setEnabled(record is not None and not active)

    def _on_cancel_clicked(self) -> None:
        record = self._chosen()
        if record is not None:
            self._jobs.cancel(record.id)

    def _on_again_clicked(self) -> None:
        record = self._chosen()
        if record is not None:
            self._jobs.run_again(record.id)


def _row(record: JobRecord) -> dict[str, Any]:
    counted = f"{record.done:.0f} of {record.total:.0f}" if record.total else ""
    return {
        "id": record.id,
        "title": record.title,
        "state": record.state,
        "progress": counted,
        "text": record.error or record.text,
    }
