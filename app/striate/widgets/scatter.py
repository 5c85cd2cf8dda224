"""Tens of thousands of points: drawn once into a picture, lassoed, hovered, zoomed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
)
from qtpy.QtWidgets import QWidget

from striate.widgets.scatter_drawing import extent, packed, pixels_of, stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent

__all__ = ["Scatter"]

_MARGIN = 28
_NEAR = 9
"""Pixels within which the pointer is on a point."""
_MOST_NAMES = 12


class Scatter(QWidget):
    """A scatter of points with a lasso.

    Left drag draws a lasso (Shift adds to the selection, Ctrl takes away), a click
    picks a point, right or middle drag moves, the wheel zooms; ``+``, ``-``, ``0``,
    arrows, ``Ctrl+A`` and ``Esc`` do the same from the keyboard.

    Parameters
    ----------
    empty
        What is said while there are no points.
    letters
        How much of a name is written.

    Attributes
    ----------
    chosen
        Emitted with the rows selected after a lasso, a click or a key.
    hovered
        Emitted with the row under the pointer, or -1, and where it is (global).
    """

    chosen = Signal(object)
    hovered = Signal(int, object)

    def __init__(
        self, empty: str = "", parent: QWidget | None = None, *, letters: int = 12
    ) -> None:
        super().__init__(parent)
        self.empty, self._letters = empty, letters
        self.setAccessibleName("Map of embeddings")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(220, 260)
        self._points: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._colours: NDArray[np.uint8] = np.zeros((0, 3), np.uint8)
        self._names: list[tuple[str, str, NDArray[np.int64]]] = []
        self._selected: NDArray[np.bool_] = np.zeros(0, bool)
        self._zoom, self._shift = 1.0, np.zeros(2)
        self._picture: QImage | None = None
        self._lasso: list[QPointF] = []
        self._drag: QPointF | None = None
        self._tree: Any = None
        self._hover = -1

    # ---- Public methods

    def set_points(self, points: NDArray[np.float32]) -> None:
        """Show (n, 2) points, all of them in view, none selected."""
        self._points = np.asarray(points, np.float32)
        self._colours = np.full((len(points), 3), 120, np.uint8)
        self._selected = np.zeros(len(points), bool)
        self._names, self._tree, self._hover = [], None, -1
        self.fit()

    def set_colours(
        self,
        colours: NDArray[np.uint8],
        names: list[tuple[str, str, NDArray[np.int64]]],
    ) -> None:
        """Colour the points; `names` are (name, colour, rows) of the legend."""
        self._colours, self._names = colours, names[:_MOST_NAMES]
        self._redraw()

    def select(self, rows: NDArray[np.int64]) -> None:
        """Mark rows as selected, without telling."""
        self._selected = np.zeros(len(self._points), bool)
        self._selected[np.asarray(rows, np.int64)] = True
        self._redraw()

    def selection(self) -> NDArray[np.int64]:
        """Return the selected rows."""
        return np.flatnonzero(self._selected)

    def fit(self) -> None:
        """Bring all points into view."""
        self._zoom, self._shift = 1.0, np.zeros(2)
        self._redraw()

    def inside(self, path: QPainterPath) -> NDArray[np.int64]:
        """Return the rows whose points lie in a path, exact to the pixel."""
        mask = QImage(self.size(), QImage.Format.Format_Grayscale8)
        mask.fill(0)
        painter = QPainter(mask)
        painter.fillPath(path, QColor("white"))
        painter.end()
        pixels = pixels_of(mask, 1)[:, :, 0]
        xy = np.rint(self.positions()).astype(np.int64)
        seen = ((xy >= 0) & (xy < (pixels.shape[1], pixels.shape[0]))).all(1)
        rows = np.flatnonzero(seen)
        return rows[pixels[xy[rows, 1], xy[rows, 0]] > 127]

    def positions(self) -> NDArray[np.float64]:
        """Return (n, 2) places of the points in widget pixels."""
        if not len(self._points):
            return np.zeros((0, 2))
        centre, scale = self._frame()
        middle = self._middle()
        flipped = (self._points - centre) * (1, -1)
        return flipped * scale * self._zoom + middle + self._shift

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(520, 360)

    # ---- Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the points, the legend, and the lasso under way."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if not len(self._points):
            painter.setPen(self.palette().placeholderText().color())
            place = self.rect().adjusted(20, 20, -20, -20)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place, int(flags), self.empty)
            return
        if self._picture is None:
            self._picture = self._drawn()
        painter.drawImage(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_names(painter)
        self._draw_hover(painter)
        if len(self._lasso) > 1:
            painter.setPen(QPen(self.palette().highlight().color(), 1.5))
            painter.drawPolyline(self._lasso)

    def _drawn(self) -> QImage:
        """Paint all points at once as discs of pixels, selected ones last."""
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        base = self.palette().base().color()
        ground = np.array([base.red(), base.green(), base.blue()], np.uint8)
        radius = max(1, round(self._radius() * ratio))
        pad = radius + 1
        canvas = np.full(
            (height + 2 * pad, width + 2 * pad), packed(ground[None])[0], np.uint32
        )
        xy = np.rint(self.positions() * ratio).astype(np.int64) + pad
        x, y = xy.T
        seen = (x >= pad) & (y >= pad) & (x < width + pad) & (y < height + pad)
        chosen = self._selected
        if chosen.any():
            faint = (0.72 * ground + 0.28 * self._colours).astype(np.uint8)
            stamp(canvas, xy[seen & ~chosen], packed(faint[seen & ~chosen]), radius)
        own = seen & chosen if chosen.any() else seen
        stamp(canvas, xy[own], packed(self._colours[own]), radius)
        crop = np.ascontiguousarray(canvas[pad:-pad, pad:-pad])
        kind = QImage.Format.Format_RGBA8888
        image = QImage(crop.tobytes(), width, height, 4 * width, kind).copy()
        image.setDevicePixelRatio(ratio)
        return image

    def _draw_names(self, painter: QPainter) -> None:
        """Write each name at its points, of a list the first, and the legend on top."""
        xy = self.positions()
        font = QFont(self.font())
        font.setBold(True)
        metrics = QFontMetricsF(font)
        base, text = self.palette().base().color(), self.palette().text().color()
        for name, _, rows in self._names:
            if not len(rows):
                continue
            short = name.partition(",")[0][: self._letters]
            x, y = np.median(xy[rows], axis=0)
            x = min(x, self.width() - metrics.horizontalAdvance(short) - 6)
            path = QPainterPath()
            path.addText(QPointF(x, y), font, short)
            painter.strokePath(path, QPen(base, 3))
            painter.fillPath(path, text)
        self._draw_legend(painter)

    def _draw_legend(self, painter: QPainter) -> None:
        lines = [self._line(name, len(rows)) for name, _, rows in self._names]
        if not lines:
            return
        metrics = painter.fontMetrics()
        widest = max(metrics.horizontalAdvance(t) for t in lines)
        ground = self.palette().base().color()
        ground.setAlpha(215)
        box = QRectF(self.width() - widest - 34, 4, widest + 30, 18 * len(lines) + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        x, y = self.width() - widest - 24, 16
        for line, (_, colour, _rows) in zip(lines, self._names, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QPointF(x, y), 5, 5)
            painter.setPen(self.palette().text().color())
            painter.drawText(QPointF(x + 12, y + 4), line)
            y += 18

    def _line(self, name: str, count: int) -> str:
        """One line of the legend; the ends of a ramp count nothing."""
        short = name[: self._letters]
        return f"{short}  {count:,}" if count else short

    def _draw_hover(self, painter: QPainter) -> None:
        if self._hover < 0:
            return
        x, y = self.positions()[self._hover]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.palette().text().color(), 1.5))
        painter.drawEllipse(QPointF(x, y), 7, 7)

    def _radius(self) -> float:
        return float(np.clip(70 / np.sqrt(max(1, len(self._points))), 1, 4))

    def _frame(self) -> tuple[NDArray[np.float64], float]:
        low, high = self._points.min(0), self._points.max(0)
        span = np.maximum((high - low).astype(np.float64), 1e-9)
        room = 2 * self._middle() - 2 * _MARGIN
        return (low + high) / 2, float(max(1e-9, (np.maximum(room, 20) / span).min()))

    def _middle(self) -> NDArray[np.float64]:
        """Where the middle of the points is drawn: beside the legend if it can be."""
        lines = [self._line(name, len(rows)) for name, _, rows in self._names]
        metrics = self.fontMetrics()
        beside = max((metrics.horizontalAdvance(t) + 30 for t in lines), default=0)
        if beside > 0.45 * self.width():
            beside = 0
        return np.array([self.width() - beside, self.height()]) / 2

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: Any) -> None:
        """Draw anew at the new size."""
        self._picture = None
        super().resizeEvent(event)

    def changeEvent(self, event: Any) -> None:
        """Draw anew when the theme changes."""
        self._picture = None
        super().changeEvent(event)

    # ---- Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a lasso or a move."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._lasso = [event.position()]
        else:
            self._drag = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the lasso, move, or say what is under the pointer."""
        place = event.position()
        if self._lasso:
            self._lasso.append(place)
            self.update()
        elif self._drag is not None:
            moved = place - self._drag
            self._shift = self._shift + np.array([moved.x(), moved.y()])
            self._drag = place
            self._redraw()
        else:
            self._point_at(place, event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the lasso: select, add or take away."""
        self._drag = None
        lasso, self._lasso = self._lasso, []
        if not lasso:
            return
        if len(lasso) > 3 and extent(lasso) > 6:
            path = QPainterPath(lasso[0])
            for point in lasso[1:]:
                path.lineTo(point)
            path.closeSubpath()
            rows = self.inside(path)
        else:
            row = self._row_at(event.position())
            rows = np.array([row] if row >= 0 else [], np.int64)
        self._choose(rows, event.modifiers())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self._zoom_at(1.0015 ** event.angleDelta().y(), event.position())

    def leaveEvent(self, event: Any) -> None:
        """Hover over nothing."""
        self._hover = -1
        self.hovered.emit(-1, None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, zoom and select from the keyboard."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        steps = {
            Qt.Key.Key_Left: (40, 0), Qt.Key.Key_Right: (-40, 0),
            Qt.Key.Key_Up: (0, 40), Qt.Key.Key_Down: (0, -40),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps:
            self._shift = self._shift + np.array(steps[key])
            self._redraw()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_at(1.25, middle)
        elif key == Qt.Key.Key_Minus:
            self._zoom_at(0.8, middle)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Escape:
            self._choose(np.zeros(0, np.int64), Qt.KeyboardModifier.NoModifier)
        elif key == Qt.Key.Key_A and event.modifiers() & _CTRL:
            self._choose(np.arange(len(self._points)), Qt.KeyboardModifier.NoModifier)
        else:
            super().keyPressEvent(event)

    # ---- Private methods

    def _choose(self, rows: NDArray[np.int64], modifiers: Any) -> None:
        chosen = np.zeros(len(self._points), bool)
        chosen[rows] = True
        if modifiers & _SHIFT:
            chosen = self._selected | chosen
        elif modifiers & _CTRL:
            chosen = self._selected & ~chosen
        self._selected = chosen
        self._redraw()
        self.chosen.emit(np.flatnonzero(chosen))

    def _zoom_at(self, factor: float, place: QPointF) -> None:
        new = float(np.clip(self._zoom * factor, 0.2, 400))
        factor = new / self._zoom
        middle = self._middle()
        fixed = np.array([place.x(), place.y()]) - middle
        self._shift = fixed - (fixed - self._shift) * factor
        self._zoom = new
        self._redraw()

    def _point_at(self, place: QPointF, where: Any) -> None:
        row = self._row_at(place)
        if row != self._hover:
            self._hover = row
            self.hovered.emit(row, where)
            self.update()

    def _row_at(self, place: QPointF) -> int:
        if not len(self._points):
            return -1
        if self._tree is None:
            from scipy.spatial import cKDTree

            self._tree = cKDTree(self._points)
        centre, scale = self._frame()
        middle = self._middle()
        spot = (np.array([place.x(), place.y()]) - middle - self._shift) / (
            scale * self._zoom
        )
        distance, row = self._tree.query(spot * (1, -1) + centre)
        return int(row) if distance * scale * self._zoom <= _NEAR else -1


_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
