"""The colourbar of a map: its ends, the threshold, and opacity by reliability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from striate.widgets.record_model import as_text
from striate_cortex.maps import Colouring

if TYPE_CHECKING:
    from striate_cortex.maps import CortexMap

__all__ = ["Colourbar", "paint_colourbar"]

_GREY = 0.6


class Colourbar(QWidget):
    """Draws how the values of a map are coloured; empty without one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map: CortexMap | None = None
        self.colouring = Colouring()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_map(self, shown: CortexMap | None, colouring: Colouring) -> None:
        """Draw another map's."""
        self.map, self.colouring = shown, colouring
        self.setVisible(shown is not None)
        self.updateGeometry()
        if shown is not None:
            limits = colouring.limits
            self.setAccessibleName(
                f"Colourbar of {shown.label}: {limits.low:.3g} to {limits.high:.3g}"
            )
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        legend = self.map.legend if self.map is not None else None
        rows = -(-len(legend) // 3) if legend else 0
        return QSize(280, 24 + 18 * rows if rows else 62)

    def paintEvent(self, event: Any) -> None:
        """Draw it."""
        if self.map is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        ink = self.palette().text().color()
        paint_colourbar(painter, area, self.map, self.colouring, ink)
        painter.end()


def paint_colourbar(
    painter: QPainter,
    area: QRectF,
    shown: CortexMap,
    colouring: Colouring,
    ink: QColor,
) -> None:
    """Draw title, colours and numbers into an area; a legend for a map of kinds."""
    line = QFontMetricsF(painter.font()).height()
    painter.setPen(ink)
    top = QRectF(area.left(), area.top(), area.width(), line)
    painter.drawText(top, int(Qt.AlignmentFlag.AlignLeft), shown.label)
    below = area.adjusted(0, line + 2, 0, 0)
    if shown.kind == "colour":
        _paint_legend(painter, below, shown, ink, line)
        return
    bar = QRectF(below.left(), below.top(), below.width(), below.height() - line - 2)
    painter.drawImage(bar, _strip(colouring))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(128, 128, 128))
    painter.drawRect(bar)
    painter.setPen(ink)
    numbers = QRectF(below.left(), bar.bottom() + 2, below.width(), line)
    low, high = colouring.limits.low, colouring.limits.high
    align = Qt.AlignmentFlag
    for value, side in (
        (low, align.AlignLeft),
        ((low + high) / 2, align.AlignHCenter),
        (high, align.AlignRight),
    ):
        painter.drawText(numbers, int(side), _number(value))


def _paint_legend(
    painter: QPainter, area: QRectF, shown: CortexMap, ink: QColor, line: float
) -> None:
    columns = 3
    width = area.width() / columns
    for number, (name, colour) in enumerate((shown.legend or {}).items()):
        x = area.left() + width * (number % columns)
        y = area.top() + (line + 2) * (number // columns)
        painter.fillRect(QRectF(x, y + 3, line - 6, line - 6), QColor(colour))
        painter.setPen(ink)
        place = QRectF(x + line, y, width - line, line)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft), name)


def _strip(colouring: Colouring) -> QImage:
    """Colours from left to right; with reliability, from fading below to sure above."""
    n, rows = 256, 24
    low, high = colouring.limits.low, colouring.limits.high
    values = np.tile(np.linspace(low, high, n, dtype=np.float32), rows)
    sure = None
    if colouring.reliability is not None:
        ends = colouring.reliability
        sure = np.repeat(np.linspace(ends.high, ends.low, rows), n).astype(np.float32)
    grey = np.full((n * rows, 3), _GREY, np.float32)
    rgba = (255 * colouring.paint(values, grey, sure)).round().astype(np.uint8)
    pixels = np.ascontiguousarray(rgba.reshape(rows, n, 4))
    kind = QImage.Format.Format_RGBA8888
    return QImage(pixels.tobytes(), n, rows, 4 * n, kind).copy()


def _number(value: float) -> str:
    return as_text(float(f"{value:.3g}"))
