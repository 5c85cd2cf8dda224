"""Texts the panels share: headings and quiet paragraphs."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel

__all__ = ["heading", "muted"]


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
