"""Our SVG icons, drawn in the text colour of the theme in use."""

from __future__ import annotations

from functools import lru_cache

from qtpy.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from qtpy.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from qtpy.QtSvg import QSvgRenderer

from striate.resources import path as resource_path

__all__ = ["app_icon", "icon", "icon_theme", "use_icon_theme"]

_COLOURS = {"dark": "#E3E6EA", "light": "#2B2F36"}
_ACCENTS = {
    "state-running": ("#5CB3FF", "#0B66C3"),
    "state-done": ("#4CC38A", "#15803D"),
    "state-failed": ("#FF8A75", "#C2341D"),
    "state-lost": ("#F5B84B", "#9A6200"),
    "level-info": ("#5CB3FF", "#0B66C3"),
    "level-warning": ("#F5B84B", "#9A6200"),
    "level-error": ("#FF8A75", "#C2341D"),
}
_theme = "dark"


def use_icon_theme(theme: str) -> None:
    """Draw icons asked for from now on for ``"dark"`` or ``"light"`` surfaces."""
    global _theme
    _theme = theme


def icon_theme() -> str:
    """Return the theme icons are drawn for."""
    return _theme


def icon(name: str) -> QIcon:
    """Icon of ``resources/icons/<name>.svg``; it follows the theme by itself.

    Raises
    ------
    FileNotFoundError
        When there is no such icon: a blank button must not go unnoticed.
    """
    return QIcon(_engine_icon(name))


def app_icon() -> QIcon:
    """Return the icon of the program itself."""
    return QIcon(str(resource_path("icons/striate.svg")))


class _Engine(QIconEngine):
    """Draws an SVG in the colour the theme has when it is painted."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def paint(
        self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        """Draw it."""
        ratio = painter.device().devicePixelRatioF()
        size = max(1, round(min(rect.width(), rect.height()) * ratio))
        side = round(size / ratio)
        place = QRect(0, 0, side, side)
        place.moveCenter(rect.center())
        off = mode == QIcon.Mode.Disabled
        painter.drawPixmap(place, _drawn(self._name, _theme, size, off))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Draw it by itself."""
        side = max(1, min(size.width(), size.height()))
        return _drawn(self._name, _theme, side, mode == QIcon.Mode.Disabled)

    def clone(self) -> QIconEngine:
        """Draw the same."""
        return _kept(_Engine(self._name))


_engines: list[_Engine] = []


def _kept(engine: _Engine) -> _Engine:
    """Keep an engine alive: Qt holds it, but Python does not know."""
    _engines.append(engine)
    return engine


@lru_cache(maxsize=256)
def _engine_icon(name: str) -> QIcon:
    resource_path(f"icons/{name}.svg")
    return QIcon(_kept(_Engine(name)))


@lru_cache(maxsize=1024)
def _drawn(name: str, theme: str, size: int, disabled: bool) -> QPixmap:
    text = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    grey = "#7A828D" if theme == "dark" else "#A4A9B1"
    return _draw(text, grey if disabled else _colour(name, theme), size)


def _colour(name: str, theme: str) -> str:
    pair = _ACCENTS.get(name)
    if pair is None:
        return _COLOURS[theme]
    return pair[0] if theme == "dark" else pair[1]


def _draw(text: str, colour: str, size: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
