"""Which model: the cards there are, and any file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from striate_channels.panels.parts import muted

if TYPE_CHECKING:
    from striate.models import ModelCard

__all__ = ["ModelMenu"]

TASK = "channels.embed"
_OTHER = "Other file…"


class ModelMenu(QWidget):
    """A menu of model cards with what a person should know about the one chosen.

    Attributes
    ----------
    changed
        Emitted with the model's name, as ``EmbedParams.model`` takes it.
    """

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._cards: dict[str, ModelCard] = {}
        self._last = 0
        self.menu = QComboBox()
        self.menu.setAccessibleName("Model")
        self.note = muted()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.menu)
        column.addWidget(self.note)
        self.menu.activated.connect(self._on_activated)
        self.refresh()

    def name(self) -> str:
        """Return the id or path chosen."""
        index = self.menu.currentIndex()
        return self._names[index] if 0 <= index < len(self._names) else ""

    def refresh(self) -> None:
        """Read the cards again; the default comes first."""
        from striate.models import list_cards

        cards = sorted(list_cards(TASK), key=lambda c: (not c.default, c.id))
        self._cards = {c.id: c for c in cards}
        self._names = [c.id for c in cards]
        self.menu.clear()
        for card in cards:
            self.menu.addItem(card.title)
        self.menu.addItem(_OTHER)
        self._say()

    def choose_file(self, path: str | Path) -> None:
        """Offer a file or folder of weights, and choose it."""
        name = str(path)
        if name not in self._names:
            self._names.append(name)
            self.menu.insertItem(len(self._names) - 1, Path(name).name)
        self.menu.setCurrentIndex(self._names.index(name))
        self._say()
        self.changed.emit(name)

    def _on_activated(self, index: int) -> None:
        if index < len(self._names):
            self._say()
            self.changed.emit(self.name())
            return
        self.menu.setCurrentIndex(self._last)
        path, _ = QFileDialog.getOpenFileName(
            self, "Weights of a ChAda-ViT, or a model card",
            filter="Models (*.safetensors *.ckpt *.pt *.pth *.json)",
        )  # fmt: skip
        if path:
            self.choose_file(path)

    def _say(self) -> None:
        self._last = max(0, self.menu.currentIndex())
        card = self._cards.get(self.name())
        self.note.setText(_about(card) if card else "")
        self.note.setVisible(bool(self.note.text()))
        self.menu.setToolTip(card.description if card else self.name())


def _about(card: Any) -> str:
    from striate.models import find_here

    here = find_here(card) is not None or hasattr(card.source, "path")
    size = f", {card.size / 1e6:.0f} MB" if card.size else ""
    state = "on this machine" if here else f"downloaded when first used{size}"
    return f"{card.recommended_use} Licence: {card.licence}; {state}."
