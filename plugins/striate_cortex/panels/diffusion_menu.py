"""Which diffusion model: the cards there are, with licence and size, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from striate_cortex.panels.section import muted

if TYPE_CHECKING:
    from striate.models import ModelCard

__all__ = ["DiffusionMenu"]

TASK = "cortex.diffuse"
_OTHER = "A folder of diffusers…"


class DiffusionMenu(QWidget):
    """A menu of cards; what a person should know before a download stands below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[str, ModelCard] = {}
        self._folders: list[str] = []
        self.menu = QComboBox()
        self.menu.setAccessibleName("Diffusion model")
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.menu.setSizeAdjustPolicy(policy)
        self.menu.setMinimumContentsLength(12)
        self.note = muted()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.menu)
        column.addWidget(self.note)
        self.menu.activated.connect(self._on_activated)

    # ---- Public methods

    def name(self) -> str:
        """Return the card's id or the folder that is chosen."""
        return str(self.menu.currentData() or "")

    @property
    def here(self) -> bool:
        """Whether what is chosen is on this machine."""
        card = self._cards.get(self.name())
        return _is_here(card) if card is not None else bool(self.name())

    def offer(self, method: str) -> None:
        """Offer the models that can do this."""
        from striate.models import list_cards

        cards = sorted(list_cards(TASK), key=lambda c: (not c.default, c.id))
        fit = [c for c in cards if c.details.get(method, True)]
        self._cards = {c.id: c for c in fit}
        before = self.name()
        self.menu.clear()
        for card in fit:
            self.menu.addItem(card.title, card.id)
        for folder in self._folders:
            self.menu.addItem(Path(folder).name, folder)
        self.menu.addItem(_OTHER, None)
        known = self.menu.findData(before) if before else 0
        self.menu.setCurrentIndex(max(0, known))
        self._say()

    def choose_folder(self, path: str | Path) -> None:
        """Offer a folder in the layout of diffusers, and choose it."""
        folder = str(path)
        if folder not in self._folders:
            self._folders.append(folder)
            place = self.menu.count() - 1
            self.menu.insertItem(place, Path(folder).name, folder)
        self.menu.setCurrentIndex(self.menu.findData(folder))
        self._say()

    # ---- Private methods

    def _on_activated(self, index: int) -> None:
        if self.menu.itemText(index) == _OTHER:
            path = QFileDialog.getExistingDirectory(self, "A folder of diffusers")
            if path:
                self.choose_folder(path)
                return
            self.menu.setCurrentIndex(0)
        self._say()

    def _say(self) -> None:
        card = self._cards.get(self.name())
        self.note.setText("" if card is None else _about(card))
        self.note.setVisible(card is not None)


def _about(card: Any) -> str:
    state = "On this machine." if _is_here(card) else "Downloaded when first used."
    return f"{card.description} Licence: {card.licence}. {state}"


def _is_here(card: Any) -> bool:
    from striate.models import find_here

    return find_here(card) is not None
