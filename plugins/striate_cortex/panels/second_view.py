"""A second window on the same cortex: its own surface and side, the same map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from striate.widgets.links import Links
from striate_cortex.panels.clicking import CortexClicks, CortexKeys
from striate_cortex.panels.cortex_layers import CortexLayers
from striate_cortex.panels.standard_views import VIEWS, fit, look_from

if TYPE_CHECKING:
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["SecondView"]


class SecondView(QWidget):
    """A window linked with a view: colours, places and pins are the same.

    Parameters
    ----------
    view
        What the first window shows.
    """

    def __init__(self, view: CortexView, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        from napari.components import ViewerModel
        from napari.qt import QtViewer

        self.setWindowTitle(f"{view.subject.title}: second view")
        self._first = view
        self.view = view.sibling()
        self._links = Links(self)
        self.viewer = ViewerModel()
        self._qt_viewer = QtViewer(self.viewer)
        self.surface = QComboBox()
        self.surface.setAccessibleName("Surface")
        self.surface.addItems([s.capitalize() for s in self.view.morph.stops])
        self.side = QComboBox()
        self.side.setAccessibleName("Look from")
        self.side.addItems([name.capitalize() for name in VIEWS])
        self._lay_out()
        self._layers = CortexLayers(self.view, self.viewer)
        self._connect()
        self.resize(720, 560)
        flat = "flat" in self.view.morph.stops
        self.surface.setCurrentText("Flat" if flat else self.surface.itemText(0))
        self.side.setCurrentText("Back" if flat else "Left")
        self._on_chosen()

    def closeEvent(self, event: Any) -> None:
        """Let go of the first window."""
        self._links.close()
        self._layers.close()
        self.viewer.layers.clear()
        self._qt_viewer.close()
        super().closeEvent(event)

    def showEvent(self, event: Any) -> None:
        """Fit the cortex into the window once that has its size."""
        super().showEvent(event)
        fit(self.viewer, self.view.shown_vertices)

    # ---- Private methods

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel("Surface"))
        row.addWidget(self.surface)
        row.addWidget(QLabel("Look from"))
        row.addWidget(self.side)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self._qt_viewer, 1)

    def _connect(self) -> None:
        self.surface.activated.connect(self._on_chosen)
        self.side.activated.connect(self._on_chosen)
        first = self._first
        self._links.add(first.painted, self._follow_colours)
        self._links.add(first.picked, self.view.pick)
        self._links.add(first.pinned, self._follow_pins)
        self._links.add(self.view.picked, first.pick)
        clicks = CortexClicks(self.viewer, lambda: self.view, self._on_clicked)
        keys = CortexKeys(self.viewer, lambda: self.view)
        self._links.at_end(clicks.close)
        self._links.at_end(keys.close)

    def _on_clicked(self, vertex: int | None, add: bool) -> None:
        if vertex is not None:
            self.view.pick(vertex)
            if add:
                self._first.pin(vertex)

    def _on_chosen(self, *_: Any) -> None:
        stop = self.surface.currentText().lower()
        self.view.morph_to(self.view.morph.stop(stop))
        look_from(self.viewer, self.side.currentText().lower())
        fit(self.viewer, self.view.shown_vertices)

    def _follow_colours(self) -> None:
        self.view.show_as(self._first)

    def _follow_pins(self, *_: Any) -> None:
        self.view.show_pins(self._first.pins)
