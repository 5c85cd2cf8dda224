"""The curves of a training: loss above, S below, over the same steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from striate_filaments.panels.train_curves import Curves

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TrainChart"]

_GAP = 10
_MARK = 3.0


class TrainChart(QWidget):
    """Two small plots that grow while the training runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves = Curves()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_curves(self._curves)

    def show_curves(self, curves: Curves) -> None:
        """Draw these, and say them to whoever cannot see them."""
        self._curves = curves
        self.setAccessibleName(f"Curves of the training. {curves.summary()}")
        self.setToolTip(curves.summary())
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(300, 200)

    def paintEvent(self, event: Any) -> None:
        """Draw both plots and the axis of steps under them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QFontMetricsF(painter.font()).height()
        left = QFontMetricsF(painter.font()).horizontalAdvance("0.00") + 10
        height = (self.height() - 4 * line - 2 * _GAP) / 2
        width = self.width() - left - 10
        top = QRectF(left, line + 4, width, height)
        low = top.translated(0, height + line + _GAP + 4)
        if width > 40 and height > 20:
            loss = self._curves.loss
            highest = max((v for _, v in loss), default=1.0)
            self._plot(painter, top, "Loss", loss, _rounded_up(highest), marks=False)
            self._plot(painter, low, "S", self._curves.scores, 1.0, marks=True)
            self._draw_best(painter, low)
            self._draw_steps(painter, low, line)
        painter.end()

    # ---- Private methods

    def _plot(
        self,
        painter: QPainter,
        area: QRectF,
        title: str,
        values: Sequence[tuple[int, float]],
        highest: float,
        *,
        marks: bool,
    ) -> None:
        self._draw_frame(painter, area, title, highest)
        places = [self._place(area, step, v / highest) for step, v in values]
        colour = self.palette().link().color()
        painter.setPen(QPen(colour, 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(places))
        if marks or len(places) == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for place in places:
                painter.drawEllipse(place, _MARK, _MARK)

    def _draw_frame(
        self, painter: QPainter, area: QRectF, title: str, highest: float
    ) -> None:
        ink = self.palette().text().color()
        faint = QColor(ink)
        faint.setAlpha(60)
        line = QFontMetricsF(painter.font()).height()
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(ink if share == 0 else faint, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(ink)
            box = QRectF(0, y - line / 2, area.left() - 6, line)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(align), _number(share * highest))
        above = QRectF(area.left(), area.top() - line - 2, area.width(), line)
        painter.drawText(above, int(Qt.AlignmentFlag.AlignLeft), title)

    def _draw_best(self, painter: QPainter, area: QRectF) -> None:
        """A ring about what is kept, and its value above the plot."""
        best = self._curves.best
        if best is None:
            return
        ink = self.palette().text().color()
        painter.setPen(QPen(ink, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(self._place(area, *best), 2 * _MARK, 2 * _MARK)
        line = QFontMetricsF(painter.font()).height()
        above = QRectF(area.left(), area.top() - line - 2, area.width(), line)
        text = f"best {best[1]:.3f} at step {best[0]}"
        painter.drawText(above, int(Qt.AlignmentFlag.AlignRight), text)

    def _draw_steps(self, painter: QPainter, area: QRectF, line: float) -> None:
        painter.setPen(self.palette().text().color())
        below = QRectF(area.left(), area.bottom() + 4, area.width(), line)
        align = Qt.AlignmentFlag
        painter.drawText(below, int(align.AlignLeft), "0")
        painter.drawText(below, int(align.AlignHCenter), "Step")
        if self._curves.steps:
            painter.drawText(below, int(align.AlignRight), f"{self._curves.steps:,}")

    def _place(self, area: QRectF, step: int, share: float) -> QPointF:
        along = step / max(1, self._curves.steps)
        y = area.bottom() - min(max(share, 0.0), 1.0) * area.height()
        return QPointF(area.left() + along * area.width(), y)


def _rounded_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(f * power for f in (1, 2, 5, 10) if value <= f * power)


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
