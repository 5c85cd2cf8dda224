"""One sentence in a panel: what happened, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Message"]


class Message(QWidget):
    """Hidden until it has something to say; an icon, a sentence, and buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.level = "info"
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._sign, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self._buttons = QHBoxLayout()
        self._buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addLayout(self._buttons)
        self.buttons: list[QPushButton] = []
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def info(self, text: str) -> None:
        """Say something good to know."""
        self.say("info", text)

    def warning(self, text: str) -> None:
        """Say something that may need doing."""
        self.say("warning", text)

    def error(self, text: str) -> None:
        """Say what went wrong and what to do."""
        self.say("error", text)

    def say(
        self, level: str, text: str, **answers: tuple[str, Callable[[], None]]
    ) -> None:
        """Show a sentence, with a button for each ``name=(label, function)``."""
        self.clear()
        self.level = level
        self._sign.setPixmap(icon(f"level-{level}").pixmap(QSize(18, 18)))
        self._text.setText(text)
        self._text.setAccessibleName(f"{level}: {text}")
        for label, function in answers.values():
            self._add_button(label, function)
        self.show()

    def clear(self) -> None:
        """Say nothing any more."""
        for button in self.buttons:
            self._buttons.removeWidget(button)
            button.deleteLater()
        self.buttons.clear()
        self._text.clear()
        self.hide()

    def _add_button(self, label: str, function: Callable[[], None]) -> None:
        button = QPushButton(label)

        def answer() -> None:
            self.clear()
            function()

        button.clicked.connect(answer)
        self._buttons.addWidget(button)
        self.buttons.append(button)
