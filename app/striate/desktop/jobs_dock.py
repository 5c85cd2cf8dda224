"""The Jobs dock: what runs, how far it is, and what can be done about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QModelIndex, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDockWidget,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from striate.desktop.jobs_model import COLUMNS, FRACTION_ROLE, RUNNING, JobsModel
from striate.errors import StriateError
from striate.widgets.empty_table import EmptyTable
from striate.widgets.theme import shade
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from striate.widgets.notifications import Notifications

__all__ = ["JobsDock"]

_STOP_NOW_AFTER_MS = 3000
_WIDTHS = {"Job": 220, "State": 120, "Progress": 180, "Elapsed": 100}


class ProgressDelegate(QStyledItemDelegate):
    """Draws a fraction as a bar with its count; leaves the rest to the style."""

    def displayText(self, value: Any, locale: Any) -> str:
        """Leave the text to :meth:`paint`."""
        return ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw a bar where there is a fraction."""
        fraction = index.data(FRACTION_ROLE)
        if fraction is None:
            super().paint(painter, option, index)
            return
        super().paint(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        trough = QRectF(option.rect).adjusted(4, 7, -4, -7)
        painter.setBrush(shade("line"))
        painter.drawRoundedRect(trough, 3, 3)
        share = min(1.0, max(0.0, fraction))
        painter.setBrush(shade("bar"))
        bar = QRectF(trough.topLeft(), QSizeF(trough.width() * share, trough.height()))
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(shade("text"))
        text = index.data() or f"{100 * fraction:.0f} %"
        painter.drawText(option.rect, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()


class JobsDock(QDockWidget):
    """A table of jobs with buttons for the selected one.

    Attributes
    ----------
    result_wanted
        Emitted with the record whose result should be shown.
    summary_changed
        Emitted with the line for the status bar; empty when nothing runs.
    selection_changed
        Emitted when other things can be done than before.
    """

    result_wanted = Signal(object)
    summary_changed = Signal(str)
    selection_changed = Signal()

    def __init__(self, jobs: Any, notify: Notifications, parent: QWidget) -> None:
        super().__init__("Jobs", parent)
        self.setObjectName("dock.jobs")
        self._jobs = jobs
        self._notify = notify
        self._asked: set[str] = set()
        self._may_stop: set[str] = set()
        self.model = JobsModel(jobs, self)
        self.table = self._make_table()
        self._buttons = self._make_buttons()
        self._lay_out()
        self.model.dataChanged.connect(self._refresh)
        self.model.modelReset.connect(self._on_reset)
        jobs.failed.connect(self._on_failed)
        self._refresh()

    # ---- Public methods

    def selected(self) -> Any | None:
        """Record of the selected job, else of the only one there is, else None."""
        rows = self.table.selectionModel().selectedRows()
        if rows:
            return self.model.records[rows[0].row()]
        return self.model.records[0] if len(self.model.records) == 1 else None

    def summary(self) -> str:
        """Return what runs, in a line; empty when nothing does."""
        running = [r for r in self.model.records if r.state in RUNNING]
        if not running:
            return ""
        first = next((r for r in running if r.state == "running"), running[0])
        share = f" {100 * first.done / first.total:.0f} %" if first.total else ""
        more = f", {len(running) - 1} more" if len(running) > 1 else ""
        return f"{first.title or first.kind}{share}{more}"

    def can_cancel(self) -> bool:
        """Whether the selected job can be cancelled."""
        return self._state() in RUNNING

    def can_run_again(self) -> bool:
        """Whether the selected job can be run once more."""
        return self._state() not in ("", *RUNNING)

    def can_show(self) -> bool:
        """Whether the selected job has a result to show."""
        return self._state() == "done"

    def can_open_log(self) -> bool:
        """Whether a job is selected."""
        return self.selected() is not None

    def cancel(self) -> None:
        """Ask the selected job to stop; a second time, some seconds later, make it."""
        record = self.selected()
        if record is None:
            return
        self._try(lambda: self._jobs.cancel(record.id))
        self._asked.add(record.id)
        QTimer.singleShot(_STOP_NOW_AFTER_MS, self, lambda: self._allow_stop(record.id))
        self._refresh()

    def run_again(self) -> None:
        """Queue the selected job once more, with the same params."""
        record = self.selected()
        if record is not None:
            self._try(lambda: self._jobs.run_again(record.id))

    def show_result(self) -> None:
        """Ask the window to show what the selected job made."""
        record = self.selected()
        if record is not None:
            self.result_wanted.emit(record)

    def open_log(self) -> None:
        """Show the log of the selected job in a window with Copy."""
        from striate.desktop.text_dialog import TextDialog

        record = self.selected()
        if record is not None:
            title = f"Log of {record.title or record.kind}"
            TextDialog(title, self._log_text(record), self).show()

    def copy(self) -> None:
        """Put what is known of the selected job on the clipboard."""
        record = self.selected()
        if record is not None:
            row = self.model.records.index(record)
            line = "\t".join(
                str(self.model.index(row, c).data() or "") for c in range(len(COLUMNS))
            )
            QApplication.clipboard().setText(f"{line}\n\n{self._log_text(record)}")

    # ---- Private methods

    def _state(self) -> str:
        record = self.selected()
        return "" if record is None else str(record.state)

    def _make_table(self) -> QTableView:
        table = EmptyTable("No jobs yet: start one from a panel of a page.")
        table.setModel(self.model)
        table.setAccessibleName("Jobs")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setIconSize(QSize(18, 18))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        table.setItemDelegateForColumn(
            COLUMNS.index("Progress"), ProgressDelegate(table)
        )
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
        header.setSectionResizeMode(
            COLUMNS.index("Message"), QHeaderView.ResizeMode.Stretch
        )
        for name, width in _WIDTHS.items():
            table.setColumnWidth(COLUMNS.index(name), width)
        table.selectionModel().selectionChanged.connect(self._refresh)
        table.doubleClicked.connect(lambda *_: self._on_double_clicked())
        return table

    def _make_buttons(self) -> dict[str, QPushButton]:
        wanted = (
            ("cancel", "Cancel", "cancel", self.cancel),
            ("show", "Show Result", "show", self.show_result),
            ("again", "Run Again", "again", self.run_again),
            ("log", "Log", "log", self.open_log),
            ("copy", "Copy", "copy", self.copy),
        )
        made = {}
        for key, title, picture, slot in wanted:
            button = QPushButton(icon(picture), f" {title}")
            button.setAccessibleName(f"{title}: selected job")
            button.clicked.connect(slot)
            made[key] = button
        return made

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(4)
        for button in self._buttons.values():
            column.addWidget(button)
        column.addStretch(1)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(8, 6, 8, 6)
        row.addWidget(self.table, stretch=1)
        row.addLayout(column)
        self.setWidget(body)

    def _refresh(self, *_: Any) -> None:
        record = self.selected()
        can = {
            "cancel": self.can_cancel(), "show": self.can_show(),
            "again": self.can_run_again(), "log": record is not None,
            "copy": record is not None,
        }  # fmt: skip
        for key, enabled in can.items():
            self._buttons[key].setEnabled(enabled)
        self._buttons["cancel"].setText(f" {self._cancel_title(record)}")
        self.summary_changed.emit(self.summary())
        self.selection_changed.emit()

    def _cancel_title(self, record: Any | None) -> str:
        if record is None or record.state not in RUNNING:
            return "Cancel"
        if record.id in self._may_stop:
            return "Stop Now"
        return "Cancelling …" if record.id in self._asked else "Cancel"

    def _allow_stop(self, job_id: str) -> None:
        self._may_stop.add(job_id)
        self._refresh()

    def _on_reset(self) -> None:
        if self.model.records and not self.table.selectionModel().hasSelection():
            self.table.selectRow(0)
        self._refresh()

    def _on_failed(self, job_id: str, message: str = "", *_: Any) -> None:
        record = self.model.record(job_id)
        title = (record.title or record.kind) if record else "A job"
        details = self._log_text(record) if record else ""
        self._notify.error(f"{title} failed: {message}", details)

    def _on_double_clicked(self) -> None:
        if self.can_show():
            self.show_result()
        else:
            self.open_log()

    def _log_text(self, record: Any) -> str:
        path = Path(record.log_path) if record.log_path else None
        text = (
            ""
            if path is None or not path.exists()
            else path.read_text("utf-8", "replace")
        )
        return text or str(record.error or "This job has written no log.")

    def _try(self, call: Any) -> None:
        try:
            call()
        except StriateError as error:
            self._notify.exception(error)
