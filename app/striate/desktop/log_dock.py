"""The Log dock: everything the program said, searchable and copyable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.notifications import LEVELS, Notification, Notifications
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LogDock", "LogModel"]

_COLUMNS = ("Time", "Level", "From", "Message")
_MOST = 5000
_NO_PARENT = QModelIndex()


class LogModel(QAbstractTableModel):
    """Notifications as rows, oldest first; the oldest leave when it grows too long."""

    def __init__(self, records: Iterable[Notification], parent: QObject) -> None:
        super().__init__(parent)
        self.records = list(records)

    def add(self, record: Notification) -> None:
        """Append a line."""
        row = len(self.records)
        self.beginInsertRows(_NO_PARENT, row, row)
        self.records.append(record)
        self.endInsertRows()
        if len(self.records) > _MOST:
            self.beginRemoveRows(_NO_PARENT, 0, 0)
            del self.records[0]
            self.endRemoveRows()

    def clear(self) -> None:
        """Forget every line."""
        self.beginResetModel()
        self.records.clear()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = _NO_PARENT) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: QModelIndex = _NO_PARENT) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:
        """Return the title of a column."""
        shown = role == Qt.ItemDataRole.DisplayRole
        return _COLUMNS[section] if shown and orientation == _ACROSS else None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows."""
        record = self.records[index.row()]
        column = _COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(record, column)
        if role == Qt.ItemDataRole.DecorationRole and column == "Level":
            return icon(f"level-{record.level}")
        if role == Qt.ItemDataRole.ToolTipRole:
            return record.details or record.text
        return None


class _Filter(QSortFilterProxyModel):
    """Keeps rows of a level or worse whose text or details hold the words."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words = ""
        self._level = 0

    def set_words(self, words: str) -> None:
        """Show rows that hold these words only."""
        self._words = words.casefold()
        self.invalidate()

    def set_level(self, level: int) -> None:
        """Show rows of this level or worse only."""
        self._level = level
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Tell whether a row is shown."""
        record = self.sourceModel().records[row]
        if LEVELS.index(record.level) < self._level:
            return False
        text = f"{record.text} {record.details} {record.source}".casefold()
        return self._words in text


class LogDock(QDockWidget):
    """Lines of the log with a search box, a level filter, Copy and Clear."""

    details_wanted = Signal(object)

    def __init__(self, notifications: Notifications, parent: QWidget) -> None:
        super().__init__("Log", parent)
        self.setObjectName("dock.log")
        self.model = LogModel(notifications.records, self)
        self.filter = _Filter(self)
        self.filter.setSourceModel(self.model)
        notifications.posted.connect(self._on_posted)
        self.search = QLineEdit(
            placeholderText="Search the log", clearButtonEnabled=True
        )
        self.search.setAccessibleName("Search the log")
        self.search.textChanged.connect(self.filter.set_words)
        self.level = self._make_level()
        self.table = self._make_table()
        self._lay_out()

    def copy(self) -> None:
        """Put the selected lines, or else all shown, on the clipboard."""
        rows = sorted({i.row() for i in self.table.selectionModel().selectedRows()})
        shown = rows or range(self.filter.rowCount())
        lines = [self._line(self._record(row)) for row in shown]
        QApplication.clipboard().setText("\n".join(lines))

    # ---- Private methods

    def _record(self, row: int) -> Notification:
        index = self.filter.mapToSource(self.filter.index(row, 0))
        return self.model.records[index.row()]

    def _line(self, record: Notification) -> str:
        line = "\t".join(_cell(record, column) for column in _COLUMNS)
        return f"{line}\n{record.details}" if record.details else line

    def _on_posted(self, record: Notification) -> None:
        bar = self.table.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        self.model.add(record)
        if at_end:
            self.table.scrollToBottom()

    def _make_level(self) -> QComboBox:
        combo = QComboBox()
        combo.addItems(["Everything", "Warnings and errors", "Errors"])
        combo.setAccessibleName("Least level shown")
        combo.currentIndexChanged.connect(self.filter.set_level)
        return combo

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.filter)
        table.setAccessibleName("Log")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setIconSize(QSize(16, 16))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in enumerate((80, 100, 80)):
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        table.doubleClicked.connect(
            lambda index: self.details_wanted.emit(self._record(index.row()))
        )
        return table

    def _lay_out(self) -> None:
        copy = QPushButton(icon("copy"), "Copy")
        copy.clicked.connect(self.copy)
        clear = QPushButton(icon("clear"), "Clear")
        clear.clicked.connect(self.model.clear)
        row = QHBoxLayout()
        row.addWidget(self.search, stretch=1)
        for widget in (self.level, copy, clear):
            row.addWidget(widget)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 6, 8, 6)
        column.addLayout(row)
        column.addWidget(self.table)
        self.setWidget(body)


_ACROSS = Qt.Orientation.Horizontal


def _cell(record: Notification, column: str) -> str:
    if column == "Time":
        return record.when.strftime("%H:%M:%S")
    if column == "Level":
        return record.level.capitalize()
    return record.source if column == "From" else record.text
