"""The Captions panel: all units told in words, laid out, searched, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from striate.errors import StriateError
from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate_cortex.maps import Colouring
from striate_cortex.panels.atlas import AtlasTable, read_tables, topic_map
from striate_cortex.panels.atlas_view import AtlasView
from striate_cortex.panels.captioning import Captioning
from striate_cortex.panels.region_nouns import RegionNouns
from striate_cortex.panels.section import Section
from striate_cortex.panels.view_menu import ViewMenu

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["CaptionsPanel"]

_MOST_PINS = 12


class CaptionsPanel(QWidget):
    """Captions all units by a job, and shows them as an atlas.

    Parameters
    ----------
    viewer
        Whose cortex is clicked and painted.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._links = Links(self)
        self._background = Background(self)
        self._view: CortexView | None = None
        self._generation = 0
        self.menu = ViewMenu(viewer, self._links)
        self.message = Message()
        self.captioning = Captioning(services, self._links)
        self.atlas = AtlasView()
        self.paint_button = QPushButton("Paint topics")
        self.pin_button = QPushButton("Pin selected")
        self.nouns = RegionNouns()
        self._lay_out()
        self._connect()
        self._on_view_changed(self.menu.view())

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view of the subject that is told of."""
        return self._view

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self._generation += 1
        self._links.close()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.paint_button.setToolTip("Colour units on the cortex as in the atlas.")
        self.pin_button.setToolTip("Pins on the cortex where the selected units are.")
        nouns = Section("Nouns by region")
        nouns.add(self.nouns)
        row = QHBoxLayout()
        row.addWidget(self.paint_button)
        row.addWidget(self.pin_button)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for part in (self.menu, self.captioning, self.message, self.atlas):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(nouns)
        column.addStretch(1)

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.captioning.told.connect(self.message.say)
        self.captioning.done.connect(self._on_captioned)
        self.atlas.unit_chosen.connect(self._on_unit_chosen)
        self.atlas.found.connect(self._on_found)
        self.paint_button.clicked.connect(self.paint_topics)
        self.pin_button.clicked.connect(self._on_pin)

    # ---- The subject

    def _on_view_changed(self, view: CortexView | None) -> None:
        self._links.follow(self._signals, self._view, view)
        self._view = view
        self._on_model_changed()

    def _signals(self, view: CortexView) -> list[tuple[Any, Any]]:
        return [
            (view.picked, self._on_picked),
            (view.models_changed, self._on_model_changed),
            (view.model_chosen, self._on_model_changed),
        ]

    def _on_model_changed(self) -> None:
        self.message.clear()
        self.captioning.set_view(self._view)
        self._read()

    def _read(self) -> None:
        """Read the atlas of the model in use, in a thread."""
        self._generation += 1
        view, generation = self._view, self._generation
        self._show(None)
        if view is None or not view.model_in_use:
            self.message.info("Open a subject with an encoding model, or fit one.")
            return
        name = view.model_in_use

        def then(table: AtlasTable | None) -> None:
            if generation == self._generation:
                self._show(table)

        def failed(error: BaseException) -> None:
            if generation == self._generation:
                self.message.error(str(error))

        self._background.run(lambda: read_tables(view, name), then, failed)

    def _show(self, table: AtlasTable | None) -> None:
        self.atlas.show_table(table)
        self.nouns.show_regions(table.nouns if table is not None else {})
        self.paint_button.setEnabled(table is not None)
        self.pin_button.setEnabled(False)
        if self._view is not None:
            made = topic_map(table, len(self._view.units)) if table else None
            self._view.answering.set_topics(made)
            self._on_picked(self._view.vertex)

    # ---- Linked with the cortex

    def _on_picked(self, vertex: int | None) -> None:
        view = self._view
        if view is None or vertex is None:
            return
        unit = view.unit_at(vertex)
        self.atlas.show_unit(unit)
        if unit is not None:
            for region in view.units.regions_of(unit):
                self.nouns.choose(region)

    def _on_unit_chosen(self, unit: int) -> None:
        view = self._view
        vertex = view.vertex_of(unit) if view is not None else None
        if view is not None and vertex is not None:
            view.pick(vertex)

    def _on_found(self, units: NDArray[np.int64]) -> None:
        self.pin_button.setEnabled(len(units) > 0)

    def _on_pin(self) -> None:
        view, table = self._view, self.atlas.table
        if view is None or table is None:
            return
        units = table.units[self.atlas.scatter.selection()]
        places = [view.vertex_of(int(u)) for u in units[:_MOST_PINS]]
        view.show_pins([p for p in places if p is not None])

    def paint_topics(self) -> None:
        """Colour the cortex by topic."""
        view = self._view
        topics = view.answering.topics if view is not None else None
        if view is not None and topics is not None:
            view.show_map(topics, Colouring())
            view.answering.paint_wanted.emit(topics.name)

    def _on_captioned(self) -> None:
        if self._view is not None:
            self._view.answering.captioned.emit()
        try:
            self._read()
        except StriateError as error:
            self.message.error(str(error))
