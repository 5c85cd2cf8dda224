"""A window of text a person can read, copy and save: logs, tracebacks, reports."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.theme_icons import icon

__all__ = ["TextDialog"]


class TextDialog(QDialog):
    """Shows `text` under a sentence, with Copy and Save."""

    def __init__(
        self, title: str, text: str, parent: QWidget, *, sentence: str = ""
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 460)
        self.text = QPlainTextEdit(text, readOnly=True)
        self.text.setAccessibleName(title)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        layout = QVBoxLayout(self)
        if sentence:
            label = QLabel(sentence)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addWidget(self.text)
        layout.addWidget(self._buttons())

    def copy(self) -> None:
        """Put all of the text on the clipboard."""
        QApplication.clipboard().setText(self.text.toPlainText())

    def save(self) -> None:
        """Ask for a file and write the text to it."""
        path, _ = QFileDialog.getSaveFileName(self, "Save", "striate-report.txt")
        if path:
            Path(path).write_text(self.text.toPlainText(), encoding="utf-8")

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        copy = box.addButton("Copy", role)
        copy.setIcon(icon("copy"))
        copy.clicked.connect(self.copy)
        save = box.addButton("Save…", role)
        save.setIcon(icon("save"))
        save.clicked.connect(self.save)
        box.rejected.connect(self.close)
        return box
