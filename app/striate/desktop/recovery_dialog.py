"""After a crash: Recover, Open Saved or Skip. Never by itself, never in a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from striate.project import Session

__all__ = ["Choice", "RecoveryDialog"]

Choice = Literal["recover", "saved", "skip"]


class RecoveryDialog(QDialog):
    """Says what a crash left and asks what to do about it; closing it skips."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recover unsaved work")
        self.choice: Choice = "skip"
        heading = QLabel("Striate did not end well the last time.")
        heading.setObjectName("Heading")
        text = QLabel(_text(session))
        text.setWordWrap(True)
        text.setMinimumWidth(460)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(14)
        for widget in (heading, text, self._buttons(session)):
            column.addWidget(widget)

    def ask(self) -> Choice:
        """Show it and return what was chosen."""
        self.exec()
        return self.choice

    # ---- Private methods

    def _buttons(self, session: Session) -> QDialogButtonBox:
        box = QDialogButtonBox()
        recover = self._button(box, "Recover", "recover")
        if session.project is not None and session.project.exists():
            self._button(box, "Open Saved", "saved")
        skip = self._button(box, "Skip", "skip")
        first = skip if session.dangerous else recover
        first.setDefault(True)
        first.setObjectName("Primary")
        return box

    def _button(self, box: QDialogButtonBox, title: str, choice: Choice) -> QPushButton:
        button = box.addButton(title, QDialogButtonBox.ButtonRole.ActionRole)

        def choose() -> None:
            self.choice = choice
            self.accept()

        button.clicked.connect(choose)
        return button


def _text(session: Session) -> str:
    what = (
        f"<b>{session.project.name}</b> in {session.project.parent}"
        if session.project
        else "A project that was never saved"
    )
    lines = [
        f"{what} has work that was autosaved on {session.saved:%d %B %Y at %H:%M} "
        "and is in no file of yours.",
        "<b>Skip</b> keeps it: you find it later under File, Recover Unsaved Work.",
    ]
    if session.dangerous:
        lines.insert(1, "Recovering it was tried before, and Striate crashed again.")
    return "<p>".join(lines)
