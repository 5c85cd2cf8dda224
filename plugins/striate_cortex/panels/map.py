"""The Map panel: what the cortex shows, how it is coloured, and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.widgets.histogram import Histogram
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.maps import region_rows
from striate_cortex.panels.colourbar import Colourbar
from striate_cortex.panels.map_choice import MapChoice
from striate_cortex.panels.map_colours import MapColours
from striate_cortex.panels.view_menu import ViewMenu

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.maps import Colouring, CortexMap
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["MapPanel"]

_COLUMNS = (
    Column("region", "Region"),
    Column("n", "Units", help="Units with a value."),
    Column("median", "Median", decimals=3),
    Column("low", "Quarter", decimals=3, help="A quarter of the units is below."),
    Column("high", "Three quarters", decimals=3),
    Column("left", "Left", decimals=3, help="Median of the left hemisphere."),
    Column("right", "Right", decimals=3, help="Median of the right hemisphere."),
)
_NUMBERS_AFTER_MS = 120


class MapPanel(QWidget):
    """Paints a map on the cortex.

    Parameters
    ----------
    viewer
        Where the cortex is drawn.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._view: CortexView | None = None
        self._map: CortexMap | None = None
        self.menu = ViewMenu(viewer, self._links)
        self.choice = MapChoice()
        self.colours = MapColours()
        self.bar = Colourbar()
        self.message = Message()
        self.table = RecordTable(
            _COLUMNS, empty="A map of numbers has its regions here."
        )
        self.histogram = Histogram()
        self.tabs = QTabWidget()
        self.second_button = QPushButton("Second view")
        self.figure_button = QPushButton("Export figure…")
        self._windows: list[Any] = []
        self._later = QTimer(self, singleShot=True, interval=_NUMBERS_AFTER_MS)
        self._later.timeout.connect(self._show_numbers)
        self._lay_out()
        self._connect()
        self._on_view_changed(self.menu.view())

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view of the subject that is painted."""
        return self._view

    def shown(self) -> CortexMap | None:
        """Return the map that is painted."""
        return self._map

    def show_map(self, name: str, phrase: str = "") -> None:
        """Paint a map by its name: ``"r2"``, ``"pc"``, or ``"text"`` with a phrase."""
        self.choice.choose(name, phrase)

    def open_second_view(self) -> Any:
        """Open a window with the same cortex, map and places from another side."""
        from striate_cortex.panels.second_view import SecondView

        if self._view is None:
            return None
        window = SecondView(self._view, self.window())
        window.show()
        self._windows.append(window)
        return window

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and encoders."""
        self._links.close()
        self._later.stop()
        self.choice.close_queries()
        for window in self._windows:
            window.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.tabs.addTab(self.table, "Regions")
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.addWidget(self.histogram)
        inner.addStretch(1)
        self.tabs.addTab(holder, "Histogram")
        self.tabs.setMinimumHeight(190)
        self.second_button.setToolTip("The same map and places, from another side.")
        self.figure_button.setToolTip("Standard views with a colourbar, as PNG or SVG.")
        buttons = QHBoxLayout()
        buttons.addWidget(self.second_button)
        buttons.addWidget(self.figure_button)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.menu)
        column.addWidget(self.choice)
        column.addWidget(self.message)
        column.addWidget(self.bar)
        column.addWidget(self.colours)
        column.addWidget(self.tabs, 10)
        column.addStretch(1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.choice.changed.connect(self._on_map_chosen)
        self.choice.told.connect(self._on_told)
        self.colours.changed.connect(self._on_coloured)
        self.second_button.clicked.connect(self.open_second_view)
        self.figure_button.clicked.connect(self._export)
        self.table.selection_changed.connect(self._on_region_chosen)

    # ---- The map

    def _on_view_changed(self, view: CortexView | None) -> None:
        self._links.follow(self._signals, self._view, view)
        self._view = view
        for widget in (self.choice, self.second_button, self.figure_button):
            widget.setVisible(view is not None)
        self.choice.set_view(view)
        if view is None:
            self.message.info("Open a subject in the Subject panel.")

    def _signals(self, view: CortexView) -> list[tuple[Any, Any]]:
        return [
            (view.models_changed, self.choice.renew_models),
            (view.regions_changed, self._on_regions_changed),
            (view.answering.captioned, self._on_captioned),
            (view.answering.paint_wanted, self._on_paint_wanted),
        ]

    def _on_captioned(self) -> None:
        self.choice.forget("caption accuracy")
        self.choice.renew_offers()

    def _on_paint_wanted(self, name: str) -> None:
        self.choice.forget(name)
        self.choice.renew_offers()
        self.choice.choose(name)

    def _on_map_chosen(self, shown: CortexMap | None) -> None:
        view = self._view
        self._map = shown
        knows = view is not None and bool(np.isfinite(view.ceiling).any())
        self.colours.set_map(shown, knows_ceiling=knows)
        self.tabs.setVisible(shown is not None and shown.kind != "colour")
        self._paint(self.colours.colouring())
        self._later.start()

    def _on_coloured(self, colouring: Colouring) -> None:
        self._paint(colouring)

    def _paint(self, colouring: Colouring) -> None:
        self.bar.show_map(self._map, colouring)
        if self._view is not None:
            self._view.show_map(self._map, colouring)

    def _on_told(self, level: str, text: str) -> None:
        self.message.say(level, text) if text else self.message.clear()

    def _on_regions_changed(self) -> None:
        self.choice.forget("roi")
        self._later.start()

    # ---- Numbers

    def _show_numbers(self) -> None:
        shown, view = self._map, self._view
        if shown is None or view is None or shown.values.ndim > 1:
            self.table.set_records([])
            self.histogram.show_values("", [])
            return
        rows = region_rows(shown.values, view.units.rois, view.units.on_left)
        self.table.set_records(rows)
        self._show_histogram(shown, np.ones(len(shown.values), bool), "all units")

    def _show_histogram(self, shown: CortexMap, inside: Any, where: str) -> None:
        self.histogram.show_values(f"{shown.label}, {where}", shown.values[inside])

    def _on_region_chosen(self, names: list[str]) -> None:
        view, shown = self._view, self._map
        if view is None or shown is None or shown.values.ndim > 1:
            return
        rois = view.units.rois
        wanted = [name for name in names if name in rois]
        inside = np.ones(len(shown.values), bool)
        if wanted:
            inside = np.any([rois[name] for name in wanted], axis=0)
        self._show_histogram(shown, inside, ", ".join(wanted) or "all units")

    # ---- Figures

    def _export(self) -> None:
        from striate_cortex.panels.figure import export_dialog

        if self._view is None:
            return
        try:
            path = export_dialog(self._view, self)
        except (StriateError, OSError) as error:
            self.message.error(str(error))
            return
        if path is not None:
            self.message.info(f"Saved as {path}.")
