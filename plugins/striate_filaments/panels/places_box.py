"""What to look at next: a sentence, how far one has come, and the way through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate_filaments.panels.camera import look_at
from striate_filaments.proofreading.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from striate.widgets.services import ViewerLike
    from striate_filaments.panels.neurons_view import NeuronsView
    from striate_filaments.panels.proofread_overlay import Overlay
    from striate_filaments.proofreading.items import Item

__all__ = ["PlacesBox"]

_BUTTONS = {
    "find_items": ("Find", "Look for suspicious places."),
    "previous_item": ("Previous", "The place before (P)."),
    "next_item": ("Next", "The next place (N)."),
    "done_item": ("Done", "This place is right now (D)."),
}


class PlacesBox(QGroupBox):
    """Leads from place to place: camera, sliders and choice follow.

    Parameters
    ----------
    viewer
        Whose camera is moved.
    view
        Gives the neurons the places are about.
    overlay
        Draws a ring around the place.

    Attributes
    ----------
    find_wanted
        Emitted when places should be looked for.
    """

    find_wanted = Signal()

    def __init__(
        self,
        viewer: ViewerLike,
        view: Callable[[], NeuronsView | None],
        overlay: Overlay,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Next to look at", parent)
        self._viewer, self._view, self._overlay = viewer, view, overlay
        self.queue = Queue()
        self.truth = QComboBox()
        self.truth.setAccessibleName("Compare with")
        self.truth.setToolTip(
            "Against the truth, where a layer holds it; else by what looks wrong."
        )
        self.sentence = QLabel(wordWrap=True)
        self.progress = QProgressBar(textVisible=True)
        self.progress.setAccessibleName("Places looked at")
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        for name, (label, text) in _BUTTONS.items():
            button = QPushButton(label)
            button.setToolTip(text)
            button.clicked.connect(getattr(self, name))
            self.buttons[name] = button
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.truth)
        column.addWidget(self.sentence)
        column.addWidget(self.progress)
        column.addLayout(row)
        self.offer_truths([])
        self.refresh()

    # ---- Public methods

    def offer_truths(self, layers: Iterable[Any]) -> None:
        """Offer neuron layers to compare with; the choice stays while it can."""
        listed = list(layers)
        chosen = self.truth.currentData()
        self.truth.clear()
        self.truth.addItem("By what looks wrong", None)
        for layer in listed:
            self.truth.addItem(f"Against the truth in “{layer.name}”", layer)
        if chosen in listed:
            self.truth.setCurrentIndex(1 + listed.index(chosen))
        self.truth.setVisible(bool(listed))

    def fill(self, items: Iterable[Item]) -> None:
        """Take places to look at."""
        self.queue.fill(items)
        self.go()

    def find_items(self, *_: Any) -> None:
        """Ask for places."""
        self.find_wanted.emit()

    def next_item(self, *_: Any) -> None:
        """Go to the next place."""
        self.queue.next()
        self.go()

    def previous_item(self, *_: Any) -> None:
        """Go to the previous place."""
        self.queue.previous()
        self.go()

    def done_item(self, *_: Any) -> None:
        """Leave this place behind and go to the next."""
        self.queue.done()
        self.go()

    def after_edit(self) -> None:
        """Let places go that an edit settled."""
        view = self._view()
        if view is not None:
            self.queue.after_edit(view.neurons)
        self.refresh()

    def go(self) -> None:
        """Bring the current place into view and choose its neurons."""
        item, view = self.queue.current, self._view()
        self.refresh()
        if item is None or view is None or view.layer is None:
            return
        view.select(item.ids)
        place = np.asarray(item.voxel, float)[-view.layer.ndim :]
        look_at(self._viewer, tuple(view.layer.data_to_world(place)))
        self._overlay.point_at(view, item.voxel)

    def refresh(self) -> None:
        """Say where one is."""
        item, view = self.queue.current, self._view()
        done, total = self.queue.progress
        self.progress.setMaximum(max(1, total))
        self.progress.setValue(done)
        self.progress.setFormat(f"{done} of {total}")
        self.progress.setVisible(total > 0)
        unit = view.neurons.unit if view is not None else "µm"
        if item is not None:
            text = f"{item.sentence} ({item.worth:.0f} {unit} of cable at stake)"
        elif total:
            text = "All places have been looked at."
        else:
            text = "Press Find to list the places worth a look."
        self.sentence.setText(text)
        for name in ("previous_item", "next_item", "done_item"):
            self.buttons[name].setEnabled(item is not None)
