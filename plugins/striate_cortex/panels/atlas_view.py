"""The atlas on screen: a scatter that is searched, hovered and clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPoint, QTimer, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.scatter import Scatter
from striate_cortex.panels.atlas import AtlasTable, colours_by
from striate_cortex.panels.section import muted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AtlasView"]

_EMPTY = (
    "No atlas yet. Caption the units above: each becomes a point, near those that are "
    "selective for the same."
)
_WAIT_MS = 200


class AtlasView(QWidget):
    """Points of an atlas.

    Attributes
    ----------
    unit_chosen
        Emitted with the unit of a point that was clicked.
    found
        Emitted with the units that a search or a lasso selects.
    """

    unit_chosen = Signal(int)
    found = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table: AtlasTable | None = None
        self.search = QLineEdit(placeholderText="Search captions, such as: dog")
        self.search.setAccessibleName("Search captions")
        self.search.setClearButtonEnabled(True)
        self.colour = QComboBox()
        self.colour.setAccessibleName("Colour by")
        self.scatter = Scatter(_EMPTY, letters=15)
        self.scatter.setAccessibleName("Atlas of captions")
        self.scatter.setMinimumHeight(300)
        self.count = muted()
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(QLabel("Colour"))
        row.addWidget(self.colour)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.scatter, 1)
        column.addWidget(self.count)
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._soon.timeout.connect(self.find)
        self.search.textEdited.connect(lambda _: self._soon.start())
        self.search.returnPressed.connect(self.find)
        self.colour.activated.connect(self._on_colour_chosen)
        self.scatter.hovered.connect(self._on_hovered)
        self.scatter.chosen.connect(self._on_chosen)
        self.show_table(None)

    # ---- Public methods

    def show_table(self, table: AtlasTable | None) -> None:
        """Show an atlas; None: say how to get one."""
        self.table = table
        ready = table is not None and len(table.rows) > 0
        self.search.setEnabled(ready)
        self.colour.setEnabled(ready)
        before = self.colour.currentData()
        self.colour.clear()
        if table is None or not ready:
            self.scatter.set_points(np.zeros((0, 2), np.float32))
            self.count.clear()
            return
        for name, title in table.columns().items():
            self.colour.addItem(title, name)
        self.colour.setCurrentIndex(max(0, self.colour.findData(before)))
        self.scatter.set_points(table.points)
        self._on_colour_chosen()
        self._say(None)

    def find(self) -> None:
        """Select the units whose caption or keywords have the words typed."""
        from striate_cortex.captions.atlas import search_atlas

        if self.table is None:
            return
        text = self.search.text().strip()
        rows = np.array(search_atlas(self.table.rows, text), np.int64)
        self.scatter.select(rows)
        self._say(rows if text else None, text)
        self.found.emit(self.table.units[rows])

    def show_unit(self, unit: int | None) -> None:
        """Mark the point of a unit, as when the cortex was clicked."""
        if self.table is None or unit is None:
            return
        rows = np.flatnonzero(self.table.units == unit)
        if len(rows) and list(self.scatter.selection()) != list(rows):
            self.scatter.select(rows)
            self.count.setText(self._caption(int(rows[0])))

    # ---- Private methods

    def _on_colour_chosen(self, *_: Any) -> None:
        column = self.colour.currentData()
        if self.table is not None and column:
            self.scatter.set_colours(*colours_by(self.table, column))

    def _on_chosen(self, rows: NDArray[np.int64]) -> None:
        if self.table is None:
            return
        if len(rows) == 1:
            self.count.setText(self._caption(int(rows[0])))
            self.unit_chosen.emit(int(self.table.units[rows[0]]))
        else:
            self._say(rows if len(rows) else None)
            self.found.emit(self.table.units[rows])

    def _on_hovered(self, row: int, where: QPoint | None) -> None:
        if self.table is None or row < 0 or where is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(where, self._caption(row), self.scatter)

    def _caption(self, row: int) -> str:
        record = self.table.rows[row] if self.table is not None else {}
        where = record.get("regions") or f"unit {record.get('unit')}"
        return f"“{record.get('caption')}” ({where})"

    def _say(self, rows: NDArray[np.int64] | None, text: str = "") -> None:
        if self.table is None:
            return
        total = len(self.table.rows)
        if rows is None:
            simulated = " (simulated)" if self.table.whole.get("simulated") else ""
            library = self.table.whole.get("library", "")
            self.count.setText(f"{total:,} units told by {library}{simulated}.")
        else:
            named = f" with “{text}”" if text else " selected"
            self.count.setText(f"{len(rows):,} of {total:,} units{named}.")
