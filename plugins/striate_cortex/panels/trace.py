"""A unit's responses, trial after trial, drawn by Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from striate.widgets.record_model import as_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Trace"]


class Trace(QWidget):
    """One line; where there are more values than pixels, their range in each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: NDArray[np.float32] = np.zeros(0, np.float32)
        self._title = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, title: str, values: NDArray[np.float32]) -> None:
        """Draw these; `title` is written under the line."""
        self._title, self.values = title, np.asarray(values, np.float32)
        known = self.values[np.isfinite(self.values)]
        text = f"{title}: {len(self.values)} values"
        if len(known):
            text += f", {known.min():.3g} to {known.max():.3g}"
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(280, 110)

    def paintEvent(self, event: Any) -> None:
        """Draw line, axis and title."""
        known = self.values[np.isfinite(self.values)]
        if len(known) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(painter.font())
        low, high = float(known.min()), float(known.max())
        texts = [as_text(float(f"{v:.3g}")) for v in (high, low)]
        left = max(metrics.horizontalAdvance(t) for t in texts) + 8
        line = metrics.height()
        area = QRectF(left, 6, self.width() - left - 6, self.height() - line - 12)
        painter.setPen(self.palette().text().color())
        for text, y in zip(texts, (area.top(), area.bottom() - line), strict=True):
            place = QRectF(0, y, left - 6, line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), text)
        below = QRectF(area.left(), area.bottom() + 2, area.width(), line)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignHCenter), self._title)
        painter.setPen(QPen(self.palette().link().color(), 1))
        painter.drawPolyline(self._line(area, low, max(high - low, 1e-12)))
        painter.end()

    def _line(self, area: QRectF, low: float, span: float) -> QPolygonF:
        values = self.values
        columns = max(1, int(area.width()))
        if len(values) > 2 * columns:
            parts = np.array_split(values, columns)
            values = np.array([f(p) for p in parts for f in (np.nanmin, np.nanmax)])
        x = np.linspace(area.left(), area.right(), len(values))
        y = area.bottom() - area.height() * (values - low) / span
        return QPolygonF(
            [QPointF(a, b) for a, b in zip(x, y, strict=True) if np.isfinite(b)]
        )
