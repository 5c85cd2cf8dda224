"""Choose among the layers that show neurons; any label image may become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from striate_filaments.panels.neuron_layers import neuron_layers, view_of

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.services import ViewerLike
    from striate_filaments.neurons import NeuronSet
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["LayerMenu", "neurons_of_labels"]

_NOTHING = "No neurons yet"


class LayerMenu(QWidget):
    """A menu of the viewer's neuron layers; follows the layer that is active.

    Attributes
    ----------
    changed
        Emitted with the :class:`NeuronsView` chosen, or None.
    labels_wanted
        Emitted with a Labels layer whose labels should become neurons.
    """

    changed = Signal(object)
    labels_wanted = Signal(object)

    def __init__(
        self,
        viewer: ViewerLike,
        links: Links,
        *,
        takes_labels: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._takes_labels = takes_labels
        self._layers: list[Any] = []
        self._view: NeuronsView | None = None
        self.menu = QComboBox()
        self.menu.setAccessibleName("Neurons layer")
        self.menu.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.menu.setMinimumContentsLength(12)
        self.menu.currentIndexChanged.connect(self._on_chosen)
        self.take = QPushButton("Use labels")
        self.take.setToolTip("Take each label of the active Labels layer for a neuron.")
        self.take.clicked.connect(self._on_take_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.menu, 1)
        row.addWidget(self.take)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        for name in ("inserted", "removed", "reordered"):
            links.add(getattr(viewer.layers.events, name), self._on_layers_changed)
        links.add(viewer.layers.selection.events.active, self._on_active_changed)
        self.refresh()

    # ---- Public methods

    def view(self) -> NeuronsView | None:
        """Return the neurons chosen."""
        return self._view

    def choose(self, view: NeuronsView) -> None:
        """Choose neurons by their view."""
        for i, layer in enumerate(self._layers):
            if view_of(layer) is view:
                self.menu.setCurrentIndex(i)

    def refresh(self) -> None:
        """Read the viewer's layers again."""
        chosen = self._view
        self._layers = neuron_layers(self._viewer)
        views = [view_of(layer) for layer in self._layers]
        blocked = self.menu.blockSignals(True)
        self.menu.clear()
        self.menu.addItems([str(layer.name) for layer in self._layers] or [_NOTHING])
        self.menu.setEnabled(bool(views))
        active = view_of(self._viewer.layers.selection.active)
        for wanted in (active, chosen):
            if wanted is not None and wanted in views:
                self.menu.setCurrentIndex(views.index(wanted))
                break
        self.menu.blockSignals(blocked)
        self._on_chosen()

    # ---- Private methods

    def _on_layers_changed(self, event: Any = None) -> None:
        self._soon.start()

    def _on_active_changed(self, event: Any = None) -> None:
        view = view_of(self._viewer.layers.selection.active)
        self._show_take()
        if view is not None and view is not self._view:
            self.refresh()

    def _on_chosen(self, *_: Any) -> None:
        index = self.menu.currentIndex()
        found = self._layers[index] if 0 <= index < len(self._layers) else None
        view = view_of(found)
        self._show_take()
        if view is not self._view:
            self._view = view
            self.changed.emit(view)

    def _show_take(self) -> None:
        active = self._viewer.layers.selection.active
        foreign = _is_labels(active) and view_of(active) is None
        self.take.setVisible(self._takes_labels and foreign)

    def _on_take_clicked(self) -> None:
        self.labels_wanted.emit(self._viewer.layers.selection.active)


def neurons_of_labels(layer: Any) -> NeuronSet:
    """Return a neuron per label of a Labels layer; slow for a large one.

    Raises
    ------
    InputError
        When the layer has more than three dimensions.
    """
    from striate_filaments.exchange.labels import from_labels

    data = layer.data[0] if layer.multiscale else layer.data
    size = np.ones(3)
    size[-min(3, layer.ndim) :] = np.asarray(layer.scale, float)[-3:]
    unit = str(layer.units[-1])
    known = unit in ("micrometer", "micron", "µm", "um")
    z, y, x = (float(s) for s in size)
    return from_labels(data, (z, y, x), "µm" if known else "px")


def _is_labels(layer: Any) -> bool:
    if layer is None or layer.__class__.__name__ != "Labels":
        return False
    return layer.name != "Region" and layer.ndim in (2, 3)
