"""The table of records: sorted, searched, selected, copied."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QAbstractItemView, QApplication, QWidget

from striate.widgets.empty_table import EmptyTable
from striate.widgets.record_model import SORT_ROLE, Column, RecordModel, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qtpy.QtGui import QKeyEvent

__all__ = ["Column", "RecordModel", "RecordTable"]


class RecordTable(EmptyTable):
    """Shows rows of dicts; click a header to sort, Ctrl+C to copy.

    Parameters
    ----------
    columns
        What is shown; None takes the keys of the first records given.
    id_key
        Key of the value that names a record.
    empty
        The sentence shown while there are no rows: what to do to get some.

    Attributes
    ----------
    selection_changed
        Emitted with the list of selected ids when the person selects, not when
        :meth:`select` does.
    activated_record
        Emitted with the id of a row that was double-clicked or entered.
    checked
        Emitted as ``(id, key, on)`` when a checkable cell was ticked.
    """

    selection_changed = Signal(list)
    activated_record = Signal(object)
    checked = Signal(object, str, bool)

    def __init__(
        self,
        columns: Sequence[Column] | None = None,
        *,
        id_key: str = "id",
        empty: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(empty, parent)
        self._columns_given = columns is not None
        self._quiet = False
        self.record_model = RecordModel(columns or (), id_key=id_key, parent=self)
        self.record_model.checked.connect(self.checked)
        self._order = _Order(self)
        self._order.setSourceModel(self.record_model)
        self.setModel(self._order)
        self._dress()
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.activated.connect(
            lambda index: self.activated_record.emit(self._id(index.row()))
        )

    # ---- Public methods

    def set_records(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Show other records; sorting, and the selection by id, are kept."""
        rows = list(records)
        first = not self.record_model.records
        chosen = self.selected()
        self._quiet = True
        if not self._columns_given:
            columns = columns_of(rows)
            if columns != self.record_model.columns:
                self.record_model.set_columns(columns)
        self.record_model.set_records(rows)
        self._quiet = False
        if first and rows:
            self._fit_columns()
        self.select(chosen)

    def update_record(self, id: Any, **values: Any) -> None:
        """Change values of one record.

        Raises
        ------
        KeyError
            When there is no such record.
        """
        self.record_model.update(id, **values)

    def selected(self) -> list[Any]:
        """Return the ids of the selected rows, from top to bottom."""
        rows = self.selectionModel().selectedRows()
        return [self._id(row) for row in sorted(index.row() for index in rows)]

    def select(self, ids: Iterable[Any]) -> None:
        """Select these rows and scroll to the first; emits nothing."""
        rows = [self.record_model.row_of(id) for id in ids]
        found = [self._order.mapFromSource(self.record_model.index(row, 0))
                 for row in rows if row is not None]  # fmt: skip
        chosen = QItemSelection()
        for index in found:
            chosen.select(index, index)
        flag = QItemSelectionModel.SelectionFlag
        self._quiet = True
        self.selectionModel().select(chosen, flag.ClearAndSelect | flag.Rows)
        self._quiet = False
        visible = [index for index in found if index.isValid()]
        if visible:
            self.scrollTo(visible[0])

    def shown(self) -> list[Any]:
        """Return the ids of all rows the filter lets through, as sorted."""
        return [self._id(row) for row in range(self._order.rowCount())]

    def set_filter(self, words: str) -> None:
        """Show rows only that hold these words in some column."""
        self._order.set_words(words)

    def to_csv(self, *, delimiter: str = ",") -> str:
        """Return the selected rows, or else all shown, with a header.

        Numbers are written in full; the header names the unit.
        """
        rows = self.selected() or self.shown()
        columns = self.record_model.columns
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerow([column.header for column in columns])
        for id in rows:
            record = self.record_model.records[self.record_model.row_of(id) or 0]
            writer.writerow([_cell(record.get(column.key)) for column in columns])
        return text.getvalue()

    def copy(self) -> None:
        """Put those rows on the clipboard, for a spreadsheet or as CSV."""
        data = QMimeData()
        data.setText(self.to_csv(delimiter="\t"))
        data.setData("text/csv", self.to_csv().encode("utf-8"))
        QApplication.clipboard().setMimeData(data)

    # ---- QTableView

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)

    # ---- Private methods

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(14, 14))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)

    def _fit_columns(self) -> None:
        self.horizontalHeader().setResizeContentsPrecision(50)
        self.resizeColumnsToContents()
        for number in range(len(self.record_model.columns)):
            self.setColumnWidth(number, min(260, self.columnWidth(number) + 12))

    def _id(self, row: int) -> Any:
        source = self._order.mapToSource(self._order.index(row, 0))
        return self.record_model.id_of(source.row())

    def _on_selection_changed(self, *_: Any) -> None:
        if not self._quiet:
            self.selection_changed.emit(self.selected())


class _Order(QSortFilterProxyModel):
    """Sorts by value, what is not known last, and filters by words."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words = ""
        self.setSortRole(SORT_ROLE)

    def set_words(self, words: str) -> None:
        self._words = words.casefold()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Tell whether a row holds the words."""
        if not self._words:
            return True
        model = self.sourceModel()
        texts = (
            str(model.index(row, c).data() or "") for c in range(model.columnCount())
        )
        return any(self._words in text.casefold() for text in texts)

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:
        """Compare values; an unknown one comes last whichever way is up."""
        a, b = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if _unknown(a) or _unknown(b):
            down = self.sortOrder() == Qt.SortOrder.DescendingOrder
            return (_unknown(b) and not _unknown(a)) != down
        try:
            return bool(a < b)
        except TypeError:
            return str(a) < str(b)


def _unknown(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _cell(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
