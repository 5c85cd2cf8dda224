"""Draws a unit's card on one A4 page, for PNG and PDF alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QMarginsF, QRectF, QSizeF, Qt
from qtpy.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
)

from striate.errors import InputError, OutputError
from striate_cortex.panels.unit_card import CardPicture, UnitCard, card_html

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["card_image", "check_kind", "save_card"]

_WIDTH, _HEIGHT, _MARGIN = 595.0, 842.0, 40.0
"""A4 in points."""
_SCALE = 3
_TEXT, _QUIET, _LINE = QColor("#1D2129"), QColor("#5B6472"), QColor("#DDE1E7")
_BAR, _AMBER, _PALE = QColor("#CFE3F7"), QColor("#9A6200"), QColor("#FDF3DD")


def save_card(path: Path, card: UnitCard) -> None:
    """Write a card by suffix, replacing what was there.

    Raises
    ------
    InputError
        When the suffix is none of .png, .pdf, .html.
    OutputError
        When it cannot be written.
    """
    from striate.data import replacing

    check_kind(path)
    kind = path.suffix.lower()
    with replacing(path, overwrite=True) as part:
        if kind == ".html":
            part.write_text(card_html(card), "utf-8")
        elif not (_png(part, card) if kind == ".png" else _pdf(part, card)):
            raise OutputError(f"{path.parent} cannot be written to.")


def check_kind(path: Path) -> None:
    """See that a card can be saved as this.

    Raises
    ------
    InputError
        When the suffix is none of .png, .pdf, .html.
    """
    if path.suffix.lower() not in (".png", ".pdf", ".html"):
        raise InputError(f"{path.name}: a card is saved as .png, .pdf or .html.")


def card_image(card: UnitCard, scale: float = _SCALE) -> QImage:
    """Draw a card as an image."""
    size = QSizeF(_WIDTH, _HEIGHT) * scale
    image = QImage(size.toSize(), QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(scale, scale)
    _Page(painter).draw(card)
    painter.end()
    return image


def _png(path: Path, card: UnitCard) -> bool:
    return bool(card_image(card).save(str(path), "PNG"))


def _pdf(path: Path, card: UnitCard) -> bool:
    writer = QPdfWriter(str(path))
    writer.setTitle(f"{card.title}, {card.subject}")
    writer.setCreator("Striate")
    page = QPageLayout(
        QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait,
        QMarginsF(0, 0, 0, 0),
    )  # fmt: skip
    writer.setPageLayout(page)
    writer.setResolution(300)
    painter = QPainter()
    if not painter.begin(writer):
        return False
    painter.scale(writer.width() / _WIDTH, writer.width() / _WIDTH)
    _Page(painter).draw(card)
    return bool(painter.end())


class _Page:
    """A pen that goes down the page; what has no room any more is left out."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._y = _MARGIN
        self._left, self._width = _MARGIN, _WIDTH - 2 * _MARGIN

    def draw(self, card: UnitCard) -> None:
        """Draw all of it."""
        self._head(card)
        self._middle(card)
        self._bars("Keywords", card.keywords[:5])
        self._pictures("Top items", card.top, 6)
        self._pictures("Images made for it", card.made, 6)
        if len(card.facets) > 1:
            self._bars("Facets", card.facets[:4])
        if card.trust and self._room() > 60:
            self._title("Trust")
            for line in card.trust:
                self._text(line, 9, _TEXT)
        painter = self._painter
        painter.setFont(_font(7))
        painter.setPen(_QUIET)
        place = QRectF(self._left, _HEIGHT - _MARGIN, self._width, 22)
        painter.drawText(place, int(Qt.TextFlag.TextWordWrap), card.foot)

    # ---- Parts

    def _head(self, card: UnitCard) -> None:
        self._text(f"{card.title}, {card.subject}", 10, _QUIET)
        if card.simulated:
            self._tag("simulated")
        self._y += 2
        self._text(f"“{card.caption}”" if card.caption else "No caption", 19, _TEXT)
        self._text(card.how, 9, _QUIET)
        if card.doubt:
            self._note(card.doubt)

    def _middle(self, card: UnitCard) -> None:
        """Facts at the left, the cortex at the right of them."""
        top, image = self._y + 6, card.cortex
        room = self._width
        if image is not None:
            wide = 0.44 * room
            high = wide * image.height() / image.width()
            place = QRectF(self._left + room - wide, top, wide, high)
            self._painter.drawImage(place, image)
            self._width = room - wide - 16
        self._title("Place and quality")
        for name, value in card.rows:
            self._row(name, value)
        self._width = room
        if image is not None:
            self._y = max(self._y, top + high + 4)

    def _bars(self, title: str, bars: tuple[tuple[str, float, str], ...]) -> None:
        if not bars or self._room() < 60:
            return
        self._title(title)
        painter = self._painter
        for text, share, value in bars:
            place = QRectF(self._left, self._y, self._width * 0.72, 14)
            filled = QRectF(place)
            filled.setWidth(max(3.0, place.width() * min(1.0, share)))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_BAR)
            painter.drawRoundedRect(filled, 3, 3)
            self._line(text, place.adjusted(6, 0, -60, 0), 9, _TEXT)
            self._line(value, place.adjusted(place.width() + 8, 0, 120, 0), 9, _QUIET)
            self._y += 17

    def _pictures(
        self, title: str, pictures: tuple[CardPicture, ...], columns: int
    ) -> None:
        if not pictures:
            return
        if all(p.image is None for p in pictures):
            self._texts(title, pictures)
            return
        gap = 8.0
        side = (self._width - (columns - 1) * gap) / columns
        if self._room() < side + 60:
            return
        self._title(title)
        shown = [p for p in pictures if p.image is not None]
        rows = 2 if self._room() > 2 * (side + 40) + 60 and len(shown) > columns else 1
        for number, picture in enumerate(shown[: rows * columns]):
            row, column = divmod(number, columns)
            x = self._left + column * (side + gap)
            y = self._y + row * (side + 30)
            self._picture(picture, QRectF(x, y, side, side))
        self._y += rows * (side + 30)

    def _texts(self, title: str, pictures: tuple[CardPicture, ...]) -> None:
        if self._room() < 80:
            return
        self._title(title)
        for picture in pictures[:8]:
            self._row(picture.line, picture.second)

    # ---- Strokes

    def _picture(self, picture: CardPicture, place: QRectF) -> None:
        painter, image = self._painter, picture.image
        if image is None:
            return
        shape = QPainterPath()
        shape.addRoundedRect(place, 4, 4)
        painter.save()
        painter.setClipPath(shape)
        side = min(image.width(), image.height())
        x, y = (image.width() - side) / 2, (image.height() - side) / 2
        painter.drawImage(place, image, QRectF(x, y, side, side))
        painter.restore()
        below = QRectF(place.x(), place.bottom() + 2, place.width(), 11)
        self._line(picture.line, below, 8, _TEXT)
        self._line(picture.second, below.translated(0, 11), 8, _QUIET)

    def _title(self, text: str) -> None:
        painter = self._painter
        self._y += 9
        painter.setPen(_LINE)
        painter.drawLine(
            round(self._left), round(self._y), round(self._left + self._width),
            round(self._y),
        )  # fmt: skip
        self._y += 6
        self._text(text.upper(), 8, _QUIET, bold=True)
        self._y += 3

    def _row(self, name: str, value: str) -> None:
        wide = 84.0
        place = QRectF(self._left, self._y, wide, 14)
        self._line(name, place, 9, _QUIET)
        font = _font(9)
        box = QRectF(self._left + wide, self._y + 1, self._width - wide, 200)
        flags = int(Qt.TextFlag.TextWordWrap)
        high = QFontMetricsF(font).boundingRect(box, flags, value).height()
        self._painter.setFont(font)
        self._painter.setPen(_TEXT)
        self._painter.drawText(box, flags, value)
        self._y += max(14.0, high + 2)

    def _note(self, text: str) -> None:
        painter, font = self._painter, _font(9)
        flags = int(Qt.TextFlag.TextWordWrap)
        box = QRectF(self._left + 10, self._y + 8, self._width - 20, 200)
        high = QFontMetricsF(font).boundingRect(box, flags, text).height()
        painter.fillRect(QRectF(self._left, self._y + 3, self._width, high + 10), _PALE)
        painter.fillRect(QRectF(self._left, self._y + 3, 3, high + 10), _AMBER)
        painter.setFont(font)
        painter.setPen(_TEXT)
        painter.drawText(box, flags, text)
        self._y += high + 16

    def _tag(self, text: str) -> None:
        painter, font = self._painter, _font(8, bold=True)
        wide = QFontMetricsF(font).horizontalAdvance(text) + 14
        place = QRectF(self._left + self._width - wide, _MARGIN - 2, wide, 15)
        painter.setFont(font)
        painter.setPen(_AMBER)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place, 7, 7)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)

    def _text(self, text: str, size: int, colour: QColor, bold: bool = False) -> None:
        if not text:
            return
        font = _font(size, bold)
        box = QRectF(self._left, self._y, self._width, 300)
        flags = int(Qt.TextFlag.TextWordWrap)
        self._painter.setFont(font)
        self._painter.setPen(colour)
        self._painter.drawText(box, flags, text)
        self._y += QFontMetricsF(font).boundingRect(box, flags, text).height() + 2

    def _line(self, text: str, place: QRectF, size: int, colour: QColor) -> None:
        font = _font(size)
        short = QFontMetricsF(font).elidedText(
            text, Qt.TextElideMode.ElideRight, place.width()
        )
        self._painter.setFont(font)
        self._painter.setPen(colour)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        self._painter.drawText(place, int(flags), short)

    def _room(self) -> float:
        return _HEIGHT - _MARGIN - 10 - self._y


def _font(size: int, bold: bool = False) -> QFont:
    font = QFont()
    # In the page's own units, whatever is drawn on.
    font.setPixelSize(size)
    font.setBold(bold)
    return font
