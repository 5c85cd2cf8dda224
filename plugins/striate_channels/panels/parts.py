"""Small parts the panels share: headings, one sentence, and undoing connections."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget

from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Connections", "Sentence", "heading", "muted"]


def heading(text: str) -> QLabel:
    """Return a section's title."""
    label = QLabel(f"<b>{text}</b>")
    label.setObjectName("Section")
    return label


def muted(text: str = "") -> QLabel:
    """Return a paragraph of help in a quiet colour."""
    label = QLabel(text)
    label.setObjectName("Muted")
    label.setWordWrap(True)
    return label


class Sentence(QWidget):
    """One sentence with a sign for its level; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign, self._text = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._sign, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(self, text: str, level: str = "info") -> None:
        """Show a sentence; ``level`` is info, warning or error; empty hides it."""
        self._text.setText(text)
        self._text.setAccessibleName(f"{level}: {text}" if text else "")
        if text:
            self._sign.setPixmap(icon(f"level-{level}").pixmap(QSize(18, 18)))
        self.setVisible(bool(text))


class Connections:
    """Connects a widget to what outlives it, and undoes that when the widget goes."""

    def __init__(self, widget: QWidget) -> None:
        self._made: list[tuple[Any, Callable[..., Any]]] = []
        widget.destroyed.connect(self.close)

    def add(self, signal: Any, slot: Callable[..., Any]) -> None:
        """Connect, and remember it."""
        signal.connect(slot)
        self._made.append((signal, slot))

    def close(self, *_: Any) -> None:
        """Undo everything; a second time does nothing."""
        made, self._made = self._made, []
        for signal, slot in made:
            with contextlib.suppress(ValueError, RuntimeError, KeyError, TypeError):
                signal.disconnect(slot)
