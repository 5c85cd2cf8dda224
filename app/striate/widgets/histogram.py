"""A histogram of one column, drawn by Qt: no plotting library is needed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QFontMetricsF, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from striate.widgets.record_model import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Histogram", "bins_of"]

_MOST_BINS = 40


def bins_of(values: Sequence[float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count finite values in bins of Freedman and Diaconis' width.

    Returns
    -------
    counts, edges
        (n,) and (n + 1,); n is 0 when there is no value.
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return np.zeros(0, int), np.zeros(1)
    # Counted before they are made: with most values alike there would be billions.
    quarters = np.subtract(*np.percentile(known, [75, 25]))
    width = 2 * quarters / len(known) ** (1 / 3)
    many = np.ptp(known) > _MOST_BINS * width > 0
    bins = _MOST_BINS if many else "fd"
    edges = np.histogram_bin_edges(known, bins)
    counts, edges = np.histogram(known, edges)
    return counts, edges


class Histogram(QWidget):
    """Bars of how many records have which value; the median is a dashed line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._values = np.zeros(0)
        self.counts, self.edges = bins_of([])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, title: str, values: Sequence[float | None]) -> None:
        """Draw these; `title` is written under the axis, unit included."""
        self._title = title
        known = [np.nan if v is None else float(v) for v in values]
        self._values = np.array(known)[np.isfinite(known)] if known else np.zeros(0)
        self.counts, self.edges = bins_of(known)
        self.setAccessibleName(f"Histogram of {title}: {self.summary()}")
        self.setToolTip(self.summary())
        self.update()

    def summary(self) -> str:
        """Say what the bars show in words."""
        if not len(self._values):
            return "no values"
        low, middle, high = (
            as_text(float(v)) for v in np.percentile(self._values, [25, 50, 75])
        )
        return f"median {middle}, half between {low} and {high}, n = {self._n()}"

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(280, 150)

    def paintEvent(self, event: Any) -> None:
        """Draw the bars, the axis and the median."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(painter.font())
        line = metrics.height()
        left = metrics.horizontalAdvance(str(self.counts.max(initial=0))) + 10
        area = QRectF(left, 6, self.width() - left - 10, self.height() - 2 * line - 14)
        if len(self.counts) and area.width() > 20:
            self._draw_bars(painter, area)
            self._draw_axis(painter, area, line)
        painter.end()

    # ---- Private methods

    def _n(self) -> int:
        return len(self._values)

    def _x(self, value: float, area: QRectF) -> float:
        low, high = self.edges[0], self.edges[-1]
        return float(area.left() + area.width() * (value - low) / (high - low))

    def _draw_bars(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().link().color())
        tallest = self.counts.max()
        for count, a, b in zip(
            self.counts, self.edges[:-1], self.edges[1:], strict=True
        ):
            x0, x1 = self._x(a, area), self._x(b, area)
            height = area.height() * count / tallest
            width = max(1.0, x1 - x0 - 1)
            painter.drawRect(QRectF(x0, area.bottom() - height, width, height))

    def _draw_axis(self, painter: QPainter, area: QRectF, line: float) -> None:
        ink = self.palette().text().color()
        painter.setPen(QPen(ink, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        place = self._x(float(np.median(self._values)), area)
        painter.setPen(QPen(ink, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(place, area.top()), QPointF(place, area.bottom()))
        painter.setPen(ink)
        below = QRectF(area.left(), area.bottom() + 2, area.width(), line)
        align = Qt.AlignmentFlag
        left, right = (as_text(float(self.edges[i])) for i in (0, -1))
        painter.drawText(below, int(align.AlignLeft), left)
        painter.drawText(below, int(align.AlignRight), right)
        painter.drawText(
            below.translated(0, line), int(align.AlignHCenter), self._title
        )
        top = QRectF(0, area.top(), area.left() - 6, line)
        painter.drawText(top, int(align.AlignRight), str(self.counts.max()))
