"""A table that says what to do while it has no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QTableView, QWidget

if TYPE_CHECKING:
    from qtpy.QtGui import QPaintEvent

__all__ = ["EmptyTable"]


class EmptyTable(QTableView):
    """A QTableView with a sentence in place of missing rows.

    Parameters
    ----------
    empty
        The sentence: what to do to get some.
    """

    def __init__(self, empty: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty = empty

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the sentence while there is nothing to show."""
        super().paintEvent(event)
        model = self.model()
        if not self.empty or (model is not None and model.rowCount()):
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().placeholderText().color())
        place = self.viewport().rect().adjusted(16, 16, -16, -16)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(place, int(flags), self.empty)
        painter.end()
