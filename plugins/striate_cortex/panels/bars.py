"""Texts with a bar behind each that says how much it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QFontMetricsF, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from striate.widgets.theme import shade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qtpy.QtGui import QPaintEvent

__all__ = ["Bar", "Bars"]

_ROOM = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """A text, a share of 0 to 1 for the bar, and what is written at the right."""

    text: str
    share: float
    value: str = ""


class Bars(QWidget):
    """Rows of texts; a long one takes two lines."""

    def __init__(self, empty: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty = empty
        self.bars: list[Bar] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_bars(self, bars: Iterable[Bar]) -> None:
        """Show these."""
        self.bars = list(bars)
        told = "; ".join(f"{b.text} {b.value}" for b in self.bars)
        self.setAccessibleDescription(told)
        self.setToolTip("\n".join(f"{b.text}  {b.value}" for b in self.bars))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Long texts are broken."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return how high all rows are."""
        if not self.bars:
            return round(self._height_of(self.empty, width, 4)) + 4
        return round(sum(self._row(bar, width) for bar in self.bars))

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(260, self.heightForWidth(max(160, self.width())))

    def minimumSizeHint(self) -> QSize:
        """All rows must fit."""
        return QSize(120, self.heightForWidth(max(160, self.width())))

    def resizeEvent(self, event: Any) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, wrap = self.palette(), Qt.TextFlag.TextWordWrap
        if not self.bars:
            painter.setPen(palette.placeholderText().color())
            painter.drawText(self.rect(), int(wrap), self.empty)
            return
        y = 0.0
        for bar in self.bars:
            high = self._row(bar, self.width())
            room = QRectF(0, y, self.width(), high - 3)
            filled = QRectF(room)
            filled.setWidth(max(3.0, room.width() * min(1.0, max(0.0, bar.share))))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade("raised"))
            painter.drawRoundedRect(room, 4, 4)
            painter.setBrush(shade("chosen"))
            painter.drawRoundedRect(filled, 4, 4)
            painter.setPen(palette.text().color())
            inside = room.adjusted(_ROOM, 0, -_ROOM, 0)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inside, int(right), bar.value)
            inside.setWidth(self._text_width(bar, self.width()))
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inside, int(left | wrap), bar.text)
            y += high

    # ---- Private methods

    def _text_width(self, bar: Bar, width: int) -> float:
        value = QFontMetricsF(self.font()).horizontalAdvance(bar.value)
        return max(60.0, width - 2 * _ROOM - value - 10)

    def _row(self, bar: Bar, width: int) -> float:
        return self._height_of(bar.text, self._text_width(bar, width), 3) + 11

    def _height_of(self, text: str, width: float, lines: int) -> float:
        metrics = QFontMetricsF(self.font())
        box = QRectF(0, 0, width, 10_000)
        flags = int(Qt.TextFlag.TextWordWrap)
        wanted = metrics.boundingRect(box, flags, text).height()
        return min(max(wanted, metrics.height()), lines * metrics.height())
