"""The chosen neuron: its colour, name and state, to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QColorDialog,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

if TYPE_CHECKING:
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["NeuronDetails"]

_STATES = ("auto", "edited", "accepted")


class NeuronDetails(QWidget):
    """Edits what is chosen; the name only of one neuron at a time.

    Attributes
    ----------
    centre_wanted
        Emitted when the view should move to the neuron.
    """

    centre_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: NeuronsView | None = None
        self._ids: tuple[int, ...] = ()
        self.colour = QPushButton()
        self.colour.setToolTip("Choose another colour.")
        self.colour.setAccessibleName("Colour")
        self.colour.setIconSize(QSize(18, 18))
        self.colour.clicked.connect(self._ask_colour)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name")
        self.name.editingFinished.connect(self._on_name_edited)
        self.state = QComboBox()
        self.state.addItems(_STATES)
        self.state.setAccessibleName("State")
        self.state.setToolTip("auto: as found; edited; accepted: seen and right.")
        self.state.activated.connect(self._on_state_chosen)
        self.centre = QPushButton("Centre")
        self.centre.setToolTip("Bring the neuron into the middle of the view.")
        self.centre.clicked.connect(self.centre_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.colour)
        row.addWidget(self.name, 1)
        row.addWidget(self.state)
        row.addWidget(self.centre)
        self.show_neurons(None, ())

    def show_neurons(self, view: NeuronsView | None, ids: tuple[int, ...]) -> None:
        """Show these neurons of a view."""
        self._view, self._ids = view, ids
        one = view is not None and len(ids) == 1
        self.setEnabled(view is not None and bool(ids))
        self.name.setEnabled(one)
        self.centre.setEnabled(one)
        self.name.setText(view.neurons[ids[0]].name if one and view else "")
        self.name.setPlaceholderText(_prompt(ids))
        self.colour.setIcon(_icon(view.colour(ids[0]) if view and ids else "#808080"))
        if view and ids:
            self.state.setCurrentText(view.neurons[ids[0]].state)

    # ---- Private methods

    def _ask_colour(self) -> None:
        if self._view is None or not self._ids:
            return
        now = QColor(self._view.colour(self._ids[0]))
        chosen = QColorDialog.getColor(now, self, "Colour of the neuron")
        if chosen.isValid():
            self._view.recolour(self._ids, chosen.name())

    def _on_name_edited(self) -> None:
        if self._view is None or len(self._ids) != 1:
            return
        if self.name.text().strip() != self._view.neurons[self._ids[0]].name:
            self._view.rename(self._ids[0], self.name.text())

    def _on_state_chosen(self, *_: Any) -> None:
        if self._view is not None and self._ids:
            self._view.set_state(self._ids, self.state.currentText())


def _prompt(ids: tuple[int, ...]) -> str:
    if not ids:
        return "Select a neuron"
    return "Name" if len(ids) == 1 else f"{len(ids)} neurons"


def _icon(colour: str) -> QIcon:
    pixmap = QPixmap(18, 18)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
