"""A part of a long panel that folds away under its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from qtpy.QtWidgets import QLayout

__all__ = ["Section", "muted"]

_PLAIN = "QToolButton { border: none; background: transparent; font-weight: 600; }"


class Section(QWidget):
    """A title that folds what is under it; a note stands at the right of the title.

    Parameters
    ----------
    title
        What it holds.
    opened
        Whether it is unfolded at first.

    Attributes
    ----------
    toggled
        Emitted with whether it was unfolded.
    """

    toggled = Signal(bool)

    def __init__(
        self, title: str, *, opened: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setStyleSheet(_PLAIN)
        self.button.setAccessibleName(title)
        self.note = muted()
        self.note.setWordWrap(False)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(6, 2, 2, 6)
        self.column.setSpacing(8)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setStyleSheet("color: palette(mid);")
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.button)
        head.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(line)
        column.addLayout(head)
        column.addWidget(self.body)
        self.button.toggled.connect(self._on_toggled)
        self.button.setChecked(opened)
        self._on_toggled(opened)

    # ---- Public methods

    def add(self, part: QWidget | QLayout) -> None:
        """Put a widget or a layout under what is there."""
        if isinstance(part, QWidget):
            self.column.addWidget(part)
        else:
            self.column.addLayout(part)

    def is_open(self) -> bool:
        """Whether it is unfolded."""
        return bool(self.button.isChecked())

    def open(self, on: bool = True) -> None:
        """Unfold it, or fold it."""
        self.button.setChecked(on)

    # ---- Private methods

    def _on_toggled(self, on: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow
        self.button.setArrowType(arrow)
        self.body.setVisible(on)
        self.toggled.emit(on)


def muted(text: str = "") -> QLabel:
    """Return a paragraph in a quiet colour."""
    label = QLabel(text)
    label.setObjectName("Muted")
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
