"""Pictures in rows, each with a line below: top images, and images that were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qtpy.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent

__all__ = ["Tile", "Tiles", "pixmap_of"]

_GAP = 8
_RADIUS = 5


@dataclass(slots=True)
class Tile:
    """A picture, a line and a second, quieter line under it, and its tool tip.

    Without a picture the text of `words` is written in its place.
    """

    id: Any
    line: str = ""
    second: str = ""
    tip: str = ""
    words: str = ""
    picture: QPixmap | None = None


class Tiles(QWidget):
    """As many pictures in a row as there is room for; arrows and mouse choose one.

    Parameters
    ----------
    edge
        Least width of a tile in pixels.
    empty
        What is said while there are none.

    Attributes
    ----------
    chosen
        Emitted with the id of a tile that was clicked or entered.
    """

    chosen = Signal(object)

    def __init__(
        self, edge: int = 92, empty: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.edge, self.empty = edge, empty
        self.tiles: list[Tile] = []
        self.selected: Any = None
        self._hover = -1
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # ---- Public methods

    def set_tiles(self, tiles: list[Tile]) -> None:
        """Show these; what was selected and the pictures that are known stay."""
        known = {tile.id: tile.picture for tile in self.tiles}
        for tile in tiles:
            tile.picture = tile.picture or known.get(tile.id)
        self.tiles, self._hover = list(tiles), -1
        if self.selected not in [t.id for t in self.tiles]:
            self.selected = None
        self.setAccessibleDescription("; ".join(_said(t) for t in self.tiles))
        self.updateGeometry()
        self.update()

    def set_picture(self, id: Any, picture: QPixmap) -> None:
        """Give a tile its picture, which takes a moment to read."""
        for tile in self.tiles:
            if tile.id == id:
                tile.picture = picture
        self.update()

    def select(self, id: Any) -> None:
        """Frame one tile, without telling."""
        self.selected = id
        self.update()

    # ---- Layout

    def hasHeightForWidth(self) -> bool:
        """Rows depend on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return how high all rows are."""
        if not self.tiles:
            return self._empty_height(width)
        columns, side = self._grid(width)
        rows = -(-len(self.tiles) // columns)
        return round(rows * (side + self._text() + _GAP))

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(3 * self.edge, self.heightForWidth(max(self.width(), self.edge)))

    def minimumSizeHint(self) -> QSize:
        """One column must fit."""
        return QSize(self.edge, self.heightForWidth(max(self.width(), self.edge)))

    def resizeEvent(self, event: Any) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        self.updateGeometry()

    # ---- Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles, or what is said without any."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self.tiles:
            painter.setPen(self.palette().placeholderText().color())
            flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self.empty)
            return
        for number, tile in enumerate(self.tiles):
            self._draw(painter, number, tile)

    def _draw(self, painter: QPainter, number: int, tile: Tile) -> None:
        place = self._place(number)
        square = QRectF(place.x(), place.y(), place.width(), place.width())
        shape = QPainterPath()
        shape.addRoundedRect(square, _RADIUS, _RADIUS)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(square, self.palette().base())
        if tile.picture is not None and not tile.picture.isNull():
            painter.drawPixmap(square, tile.picture, _middle(tile.picture))
        else:
            self._draw_words(painter, square, tile)
        painter.restore()
        framed = tile.id == self.selected
        if framed or number == self._hover or self._has_focus(tile):
            palette = self.palette()
            colour = palette.link() if framed else palette.mid()
            painter.setPen(QPen(colour.color(), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(shape)
        self._draw_lines(painter, square, tile)

    def _draw_words(self, painter: QPainter, square: QRectF, tile: Tile) -> None:
        painter.setPen(self.palette().placeholderText().color())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(square.adjusted(5, 4, -5, -4), int(flags), tile.words or "…")

    def _draw_lines(self, painter: QPainter, square: QRectF, tile: Tile) -> None:
        metrics = QFontMetricsF(self.font())
        y = square.bottom() + metrics.ascent() + 3
        palette = self.palette()
        for text, brush in (
            (tile.line, palette.text()), (tile.second, palette.placeholderText()),
        ):  # fmt: skip
            painter.setPen(brush.color())
            elide = Qt.TextElideMode.ElideRight
            short = metrics.elidedText(text, elide, square.width())
            painter.drawText(QPointF(square.x() + 1, y), short)
            y += metrics.height()

    # ---- Mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Frame what is under the pointer."""
        number = self._at(event.position())
        if number != self._hover:
            self._hover = number
            shape = Qt.CursorShape.PointingHandCursor
            self.setCursor(shape if number >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: Any) -> None:
        """Frame nothing."""
        self._hover = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what is under the pointer."""
        number = self._at(event.position())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the tile beside; Enter chooses."""
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._grid(self.width())[0],
            Qt.Key.Key_Down: self._grid(self.width())[0],
        }  # fmt: skip
        key = Qt.Key(event.key())
        ids = [t.id for t in self.tiles]
        now = ids.index(self.selected) if self.selected in ids else -1
        if key in steps and ids:
            self._choose(min(max(0, now + steps[key]), len(ids) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and now >= 0:
            self._choose(now)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell of a tile what its lines have no room for."""
        if event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            number = self._at(QPointF(help_event.pos()))
            tip = self.tiles[number].tip if number >= 0 else ""
            QToolTip.showText(help_event.globalPos(), tip, self)
            return True
        return bool(super().event(event))

    # ---- Private methods

    def _choose(self, number: int) -> None:
        self.selected = self.tiles[number].id
        self.update()
        self.chosen.emit(self.selected)

    def _has_focus(self, tile: Tile) -> bool:
        return bool(self.hasFocus()) and tile.id == self.selected

    def _grid(self, width: int) -> tuple[int, float]:
        """Columns, and the side of a picture."""
        columns = max(1, (width + _GAP) // (self.edge + _GAP))
        return columns, (width - (columns - 1) * _GAP - 2) / columns

    def _place(self, number: int) -> QRectF:
        columns, side = self._grid(self.width())
        row, column = divmod(number, columns)
        high = side + self._text() + _GAP
        return QRectF(1 + column * (side + _GAP), 1 + row * high, side, high - _GAP)

    def _at(self, place: QPointF) -> int:
        for number in range(len(self.tiles)):
            if self._place(number).contains(place):
                return number
        return -1

    def _text(self) -> float:
        lines = any(t.line for t in self.tiles) + any(t.second for t in self.tiles)
        return lines * QFontMetricsF(self.font()).height() + 4

    def _empty_height(self, width: int) -> int:
        flags = int(Qt.TextFlag.TextWordWrap)
        bounds = self.fontMetrics().boundingRect(0, 0, width, 1000, flags, self.empty)
        return int(bounds.height()) + 4


def pixmap_of(picture: NDArray[np.uint8]) -> QPixmap:
    """Make a pixmap of (h, w, 3) uint8."""
    import numpy as np
    from qtpy.QtGui import QImage

    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture).tobytes()
    kind = QImage.Format.Format_RGB888
    return QPixmap.fromImage(QImage(data, width, height, 3 * width, kind).copy())


def _middle(picture: QPixmap) -> QRectF:
    """The largest square in the middle of a picture."""
    side = min(picture.width(), picture.height())
    x, y = (picture.width() - side) / 2, (picture.height() - side) / 2
    return QRectF(x, y, side, side)


def _said(tile: Tile) -> str:
    return ", ".join(t for t in (tile.words, tile.line, tile.second) if t)
