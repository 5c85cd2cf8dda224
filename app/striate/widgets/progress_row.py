"""One running job in a row: what it does, how far it is, and Cancel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from striate.widgets.services import JobsService

__all__ = ["ProgressRow"]


class ProgressRow(QWidget):
    """Follows one job of a jobs service; hidden while there is none.

    Cancel becomes "Stop now" after the first press: the job is asked first, and
    made the second time.
    """

    ended = Signal(str)

    def __init__(self, jobs: JobsService, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._job, self._since = jobs, "", 0.0
        self.label = QLabel(wordWrap=True)
        self.bar = QProgressBar(textVisible=True)
        self.bar.setAccessibleName("Progress of the job")
        self.elapsed = QLabel()
        self.button = QPushButton("Cancel")
        self.button.clicked.connect(self._on_button_clicked)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.elapsed)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addLayout(row)
        self._clock = QTimer(self, interval=500)
        self._clock.timeout.connect(self._show_elapsed)
        jobs.progress.connect(self._on_progress)
        for signal in (jobs.finished, jobs.failed, jobs.cancelled):
            signal.connect(self._on_ended)
        self.hide()

    @property
    def job(self) -> str:
        """Id of the job it follows, or empty."""
        return self._job

    def follow(self, job_id: str, text: str) -> None:
        """Show a job that was just submitted."""
        self._job, self._since = job_id, time.monotonic()
        self.label.setText(text)
        self.bar.setRange(0, 0)
        self.button.setText("Cancel")
        self.button.setEnabled(True)
        self._show_elapsed()
        self._clock.start()
        self.show()

    def closeEvent(self, event: Any) -> None:
        """Follow nothing any more: what is deleted must not hear of the end."""
        self._job = ""
        self._clock.stop()
        super().closeEvent(event)

    def _on_progress(self, job_id: str, done: float, total: float, text: str) -> None:
        if job_id != self._job:
            return
        if text:
            self.label.setText(text)
        self.bar.setRange(0, max(1, round(total)))
        self.bar.setValue(round(done))
        self.bar.setFormat(f"{done:.0f} of {total:.0f}")

    def _on_ended(self, job_id: str, *_: Any) -> None:
        if job_id != self._job:
            return
        self._job = ""
        self._clock.stop()
        self.hide()
        self.ended.emit(job_id)

    def _on_button_clicked(self) -> None:
        if self.button.text() == "Stop now":
            self.button.setEnabled(False)
        self.button.setText("Stop now")
        self._jobs.cancel(self._job)

    def _show_elapsed(self) -> None:
        seconds = int(time.monotonic() - self._since)
        self.elapsed.setText(f"{seconds // 60}:{seconds % 60:02d}")
