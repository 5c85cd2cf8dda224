"""Records as a Qt table model: one dict per row, one :class:`Column` per column."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPixmap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["SORT_ROLE", "Column", "RecordModel", "columns_of"]

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
_NO_PARENT = QModelIndex()
_UNITS = {
    "um": "µm",
    "um2": "µm²",
    "um3": "µm³",
    "px": "px",
    "px2": "px²",
    "px3": "px³",
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of records.

    Parameters
    ----------
    key
        Of the value in each record.
    title
        Header; the unit follows it in brackets.
    unit
        Such as ``"µm"``; empty for a plain number or a text.
    decimals
        Digits after the point of a float; None shows four significant digits.
    help
        Tooltip of the header.
    swatch
        Key of a colour in the record (``"#RRGGBB"`` or three numbers from 0 to 1)
        that is drawn beside the text.
    checkable
        Whether the value is a bool that the person may tick.
    """

    key: str
    title: str
    unit: str = ""
    decimals: int | None = None
    help: str = ""
    swatch: str = ""
    checkable: bool = False

    @property
    def header(self) -> str:
        """Title with unit: ``"Cable length (µm)"``."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def columns_of(records: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Make columns from the keys of records; ``volume_um3`` reads "Volume (µm³)"."""
    keys = dict.fromkeys(key for record in records for key in record)
    return [_column(key) for key in keys]


class RecordModel(QAbstractTableModel):
    """Rows of dicts.

    Parameters
    ----------
    columns
        What is shown; the key `id_key` need not be among them.
    id_key
        Key of the value that names a record.

    Attributes
    ----------
    checked
        Emitted as ``(id, key, on)`` when the person ticks a checkable cell; the
        record is changed already.
    """

    checked = Signal(object, str, bool)

    def __init__(
        self,
        columns: Sequence[Column] = (),
        *,
        id_key: str = "id",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self.records: list[dict[str, Any]] = []
        self._id_key = id_key
        self._row_of: dict[Any, int] = {}

    # ---- Public methods

    def set_columns(self, columns: Iterable[Column]) -> None:
        """Show other columns."""
        self.beginResetModel()
        self.columns = list(columns)
        self.endResetModel()

    def set_records(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Show other records."""
        self.beginResetModel()
        self.records = [dict(record) for record in records]
        self._row_of = {self.id_of(i): i for i in range(len(self.records))}
        self.endResetModel()

    def update(self, id: Any, **values: Any) -> None:
        """Change values of one record.

        Raises
        ------
        KeyError
            When there is no such record.
        """
        row = self._row_of[id]
        self.records[row].update(values)
        last = self.index(row, len(self.columns) - 1)
        self.dataChanged.emit(self.index(row, 0), last)

    def id_of(self, row: int) -> Any:
        """Return the id of a row; its number when records have no id."""
        return self.records[row].get(self._id_key, row)

    def row_of(self, id: Any) -> int | None:
        """Return the row of an id, or None."""
        return self._row_of.get(id)

    # ---- QAbstractTableModel

    def rowCount(self, parent: QModelIndex = _NO_PARENT) -> int:
        """Return how many records there are."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: QModelIndex = _NO_PARENT) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:
        """Return title with unit, and help as a tooltip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.header
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.help or column.header
        return None

    def flags(self, index: QModelIndex) -> Any:
        """Let ticks be made where they may."""
        flags = super().flags(index)
        if index.isValid() and self.columns[index.column()].checkable:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows, and its value under ``SORT_ROLE``."""
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        record = self.records[index.row()]
        value = record.get(column.key)
        if role == SORT_ROLE:
            return value
        if role == Qt.ItemDataRole.DisplayRole:
            return None if column.checkable else as_text(value, column.decimals)
        if role == Qt.ItemDataRole.CheckStateRole and column.checkable:
            return Qt.CheckState.Checked if value else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if _is_number(value) else _LEFT
        if role == Qt.ItemDataRole.DecorationRole and column.swatch:
            return _swatch(record.get(column.swatch))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.header}: {as_text(value, column.decimals)}"
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = 0) -> bool:
        """Take a tick."""
        column = self.columns[index.column()]
        if role != Qt.ItemDataRole.CheckStateRole or not column.checkable:
            return False
        on = Qt.CheckState(value) == Qt.CheckState.Checked
        self.records[index.row()][column.key] = on
        self.dataChanged.emit(index, index)
        self.checked.emit(self.id_of(index.row()), column.key, on)
        return True


def as_text(value: Any, decimals: int | None = None) -> str:
    """Write a value as a person reads it; nothing for what is not known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{decimals}f}" if decimals is not None else _significant(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(as_text(v, decimals) for v in value)
    return str(value)


# ---- Private functions


def _significant(value: float) -> str:
    if value and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.3e}"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _column(key: str) -> Column:
    match = re.fullmatch(r"(.+)_(um|px)([23]?)", key)
    name, unit = (match[1], _UNITS[match[2] + match[3]]) if match else (key, "")
    return Column(key, name.replace("_", " ").capitalize(), unit)


def _swatch(colour: Any) -> QPixmap | None:
    if colour is None:
        return None
    shown = (
        QColor(colour)
        if isinstance(colour, str)
        else QColor.fromRgbF(*(min(1.0, max(0.0, float(c))) for c in colour[:3]))
    )
    pixmap = QPixmap(14, 14)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(128, 128, 128))
    painter.setBrush(shown)
    painter.drawRoundedRect(1, 1, 12, 12, 3, 3)
    painter.end()
    return pixmap
