"""Our SVG icons, drawn in the text colour of the theme in use."""

from __future__ import annotations

from functools import lru_cache

from qtpy.QtCore import QByteArray, QRectF, Qt
from qtpy.QtGui import QIcon, QPainter, QPixmap
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
_SIZES = (16, 20, 24, 32, 48, 64)
_theme = "dark"


def use_icon_theme(theme: str) -> None:
    """Draw icons asked for from now on for ``"dark"`` or ``"light"`` surfaces."""
    global _theme
    _theme = theme


def icon_theme() -> str:
    """Return the theme icons are drawn for."""
    return _theme


def icon(name: str) -> QIcon:
    """Icon of ``resources/icons/<name>.svg``; sharp from 16 to 64 pixels.

    Raises
    ------
    FileNotFoundError
        When there is no such icon: a blank button must not go unnoticed.
    """
    return _icon(name, _theme)


def app_icon() -> QIcon:
    """Return the icon of the program itself."""
    return QIcon(str(resource_path("icons/striate.svg")))


@lru_cache(maxsize=256)
def _icon(name: str, theme: str) -> QIcon:
    text = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    colour = _colour(name, theme)
    disabled = "#7A828D" if theme == "dark" else "#A4A9B1"
    for size in _SIZES:
        made.addPixmap(_draw(text, colour, size))
        made.addPixmap(_draw(text, disabled, size), QIcon.Mode.Disabled)
    return made


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
