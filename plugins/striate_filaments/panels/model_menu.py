"""Which segmenter: the cards there are, models of one's own, and what needs none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QLabel, QVBoxLayout, QWidget

from striate.widgets.per_viewer import PerViewer
from striate_filaments.learned.config import TASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.models import ModelCard

__all__ = ["ChosenModel", "ModelMenu"]

_OTHER = "Other model…"


class ModelMenu(QWidget):
    """A menu of segmenters with what a person should know about the one chosen.

    Parameters
    ----------
    extra
        (value, label, note) of further entries that are no models.
    extra_first
        Whether they come before the models, and so are what is chosen at first.

    Attributes
    ----------
    changed
        Emitted with the value chosen: a card's id, a path, or an extra's value.
    """

    changed = Signal(str)

    def __init__(
        self,
        extra: Sequence[tuple[str, str, str]] = (),
        *,
        extra_first: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._extra, self._first = list(extra), extra_first
        self._own: list[str] = []
        self._values: list[str] = []
        self._notes: dict[str, str] = {}
        self._last = 0
        self.menu = QComboBox()
        self.menu.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.menu.setMinimumContentsLength(12)
        self.menu.activated.connect(self._on_activated)
        self.note = QLabel()
        self.note.setObjectName("Muted")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.menu)
        column.addWidget(self.note)
        self.refresh()

    # ---- Public methods

    def value(self) -> str:
        """Return what is chosen."""
        index = self.menu.currentIndex()
        return self._values[index] if 0 <= index < len(self._values) else ""

    def refresh(self) -> None:
        """Read the cards again; what is chosen stays."""
        before = self.value()
        entries = [(c.id, c.title, _about(c)) for c in _cards()]
        entries += [(p, Path(p).name, p) for p in self._own]
        extra = self._extra
        entries = [*extra, *entries] if self._first else [*entries, *extra]
        self._values = [value for value, _, _ in entries]
        self._notes = {value: note for value, _, note in entries}
        self.menu.clear()
        self.menu.addItems([label for _, label, _ in entries])
        self.menu.addItem(_OTHER)
        if before in self._values:
            self.menu.setCurrentIndex(self._values.index(before))
        self._say()

    def choose(self, value: str) -> None:
        """Choose an entry, or a model's folder or file, which becomes one."""
        if value not in self._values:
            self._own.append(value)
            self.refresh()
        self.menu.setCurrentIndex(self._values.index(value))
        self._say()
        self.changed.emit(value)

    # ---- Private methods

    def _on_activated(self, index: int) -> None:
        if index < len(self._values):
            self._say()
            self.changed.emit(self.value())
            return
        self.menu.setCurrentIndex(self._last)
        path, _ = QFileDialog.getOpenFileName(
            self, "A trained segmenter", filter="Models (*.safetensors card.json)"
        )
        if path:
            self.choose(path)

    def _say(self) -> None:
        self._last = max(0, self.menu.currentIndex())
        self.note.setText(self._notes.get(self.value(), ""))
        self.note.setVisible(bool(self.note.text()))
        self.menu.setToolTip(self.value())


class ChosenModel(PerViewer):
    """The model that the panels of one viewer hand on to Segment; made by :meth:`of`.

    Attributes
    ----------
    changed
        Emitted with the model's folder.
    """

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.folder = ""

    def choose(self, folder: str) -> None:
        """Let Segment use this model."""
        self.folder = folder
        self.changed.emit(folder)


def _cards() -> list[ModelCard]:
    from striate.models import list_cards

    return sorted(list_cards(TASK), key=lambda c: (not c.default, c.id))


def _about(card: ModelCard) -> str:
    scores = card.details.get("scores")
    text = card.recommended_use or card.description
    if isinstance(scores, dict) and isinstance(scores.get("S"), float):
        text += f" S {scores['S']:.2f} on what it was judged on."
    return text
