"""The Subject panel: open a subject, choose its surface and side, fit a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate_cortex.panels.cortex_layers import add_view, layers_of, surface_of
from striate_cortex.panels.fitting import FitControls
from striate_cortex.panels.loading import SampleMenu, load_view
from striate_cortex.panels.model_files import ModelFiles
from striate_cortex.panels.standard_views import VIEWS, fit, look_from
from striate_cortex.panels.view_menu import ViewMenu

if TYPE_CHECKING:
    from pathlib import Path

    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["SubjectPanel"]

_STEPS = 100
"""Steps of the slider between one surface and the next."""
_EMPTY = "Open a subject's folder, or one of the samples, to see its cortex."


class SubjectPanel(QWidget):
    """Opens subjects and says how their cortex is shown.

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
        self._background = Background(self)
        self.menu = ViewMenu(viewer, self._links)
        self.open_button = QPushButton("Open…")
        self.samples = SampleMenu(services)
        self.about = QLabel(_EMPTY)
        self.about.setWordWrap(True)
        self.about.setObjectName("Muted")
        self.message = Message()
        self.morph = QSlider(Qt.Orientation.Horizontal)
        self.morph.setAccessibleName("Surface, from white matter to flat map")
        self.stops = QHBoxLayout()
        self.stop_buttons: dict[str, QPushButton] = {}
        self.sides = {s: QCheckBox(s.capitalize()) for s in ("left", "right")}
        self.folding = QCheckBox("Folding", checked=True)
        self.regions = QCheckBox("Regions", checked=True)
        self.names = QCheckBox("Names")
        self.fitting = FitControls(services, self._links, self.message)
        self.models = ModelFiles(self._links, self.message)
        self._controls = QWidget()
        self._lay_out()
        self._connect()
        self._on_view_changed(self.menu.view())

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view of the subject that is chosen."""
        return self._view

    def open(self, path: str | Path) -> None:
        """Open a subject in the background and show it."""
        self.message.info("Reading the subject …")
        self._background.run(lambda: load_view(path), self._show, self._tell)

    def go_to(self, kind: str) -> None:
        """Show one surface, all of it, from where it is best seen."""
        view = self._view
        if view is None or kind not in view.morph.stops:
            return
        view.morph_to(view.morph.stop(kind))
        if kind == "flat":
            look_from(self._viewer, "back")
        fit(self._viewer, view.shown_vertices)

    def look(self, name: str) -> None:
        """Look at the cortex from one side, such as ``"left"``."""
        if self._view is not None:
            look_from(self._viewer, name)
            fit(self._viewer, self._view.shown_vertices)

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self._links.close()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.menu, 1)
        top.addWidget(self.open_button)
        top.addWidget(self.samples)
        shown = QHBoxLayout()
        for box in self.sides.values():
            shown.addWidget(box)
        shown.addStretch(1)
        drawn = QHBoxLayout()
        for box in (self.folding, self.regions, self.names):
            drawn.addWidget(box)
        drawn.addStretch(1)
        inner = QVBoxLayout(self._controls)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(_heading("Surface"))
        inner.addLayout(self.stops)
        inner.addWidget(self.morph)
        inner.addLayout(shown)
        inner.addLayout(drawn)
        inner.addWidget(_heading("Look from"))
        inner.addLayout(self._view_buttons())
        inner.addWidget(self.fitting)
        inner.addWidget(self.models)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.about)
        column.addWidget(self.message)
        column.addWidget(self._controls)
        column.addStretch(1)

    def _view_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for number, name in enumerate(VIEWS):
            button = QPushButton(name.capitalize())
            button.setToolTip(f"Look at the cortex from the {name}.")
            button.clicked.connect(lambda _=False, n=name: self.look(n))
            grid.addWidget(button, number // 3, number % 3)
        return grid

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.open_button.setToolTip("Open a subject's folder.")
        self.open_button.clicked.connect(self._ask_folder)
        self.samples.chosen.connect(self.open)
        self.samples.failed.connect(self.message.error)
        self.morph.valueChanged.connect(self._on_slid)
        for box in self.sides.values():
            box.toggled.connect(self._on_sides_ticked)
        self.folding.toggled.connect(self._on_folding_ticked)
        self.regions.setToolTip("Draw the borders of regions.")
        self.regions.toggled.connect(self._on_regions_ticked)
        self.names.setToolTip("Write the names of regions on the surface.")
        self.names.toggled.connect(self._on_names_ticked)
        self._links.add(self._services.jobs.finished, self.samples.on_finished)
        self._links.add(self._services.jobs.failed, self.samples.on_failed)

    # ---- The subject

    def _ask_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a subject's folder")
        if path:
            self.open(path)

    def _show(self, view: CortexView) -> None:
        self.message.clear()
        add_view(self._viewer, view)
        self.menu.choose(view)

    def _tell(self, error: BaseException) -> None:
        self.message.error(str(error))

    def _on_view_changed(self, view: CortexView | None) -> None:
        self._links.follow(self._signals, self._view, view)
        self._view = view
        self._controls.setVisible(view is not None)
        self.fitting.set_view(view)
        self.models.set_view(view)
        if view is None:
            self.about.setText(_EMPTY)
            return
        self._say_about()
        self._make_stops(view)
        for side, box in self.sides.items():
            box.setVisible(side in view.brain.sides)
        self._show_boxes()
        self._on_moved()

    def _signals(self, view: CortexView) -> list[tuple[Any, Any]]:
        return [
            (view.moved, self._on_moved),
            (view.models_changed, self._say_about),
            (view.model_chosen, self.models.renew),
            (view.regions_changed, self._show_boxes),
        ]

    def _say_about(self) -> None:
        if self._view is not None:
            self.about.setText(_summary(self._view))
        self.models.renew()

    def _show_boxes(self) -> None:
        view = self._view
        if view is None:
            return
        drawn = layers_of(surface_of(self._viewer, view))
        for box, layer in (
            (self.regions, drawn.outlines if drawn is not None else None),
            (self.names, drawn.names.layer if drawn is not None else None),
        ):
            box.setVisible(bool(view.units.rois))
            blocked = box.blockSignals(True)
            box.setChecked(layer is not None and layer.visible)
            box.blockSignals(blocked)

    def _make_stops(self, view: CortexView) -> None:
        for button in self.stop_buttons.values():
            self.stops.removeWidget(button)
            button.deleteLater()
        self.stop_buttons = {}
        for kind in view.morph.stops:
            button = QPushButton(kind.capitalize())
            button.setCheckable(True)
            button.setToolTip(f"Show the {kind} surface.")
            button.clicked.connect(lambda _=False, k=kind: self.go_to(k))
            self.stops.addWidget(button, 1)
            self.stop_buttons[kind] = button
        blocked = self.morph.blockSignals(True)
        self.morph.setRange(0, round(_STEPS * view.morph.last))
        self.morph.blockSignals(blocked)
        self.morph.setVisible(view.morph.last > 0)

    def _on_moved(self) -> None:
        view = self._view
        if view is None:
            return
        for widget in (self.morph, *self.sides.values()):
            widget.blockSignals(True)
        self.morph.setValue(round(_STEPS * view.position))
        for side, box in self.sides.items():
            box.setChecked(side in view.sides)
        for widget in (self.morph, *self.sides.values()):
            widget.blockSignals(False)
        for kind, button in self.stop_buttons.items():
            button.setChecked(view.position == view.morph.stop(kind))

    # ---- The person

    def _on_slid(self, value: int) -> None:
        view = self._view
        if view is None:
            return
        was_flat = view.is_flat
        view.morph_to(value / _STEPS)
        if view.is_flat and not was_flat:
            # It unfolds towards the viewer behind.
            look_from(self._viewer, "back")
            fit(self._viewer, view.shown_vertices)

    def _on_sides_ticked(self, *_: Any) -> None:
        if self._view is not None:
            self._view.show_sides([s for s, b in self.sides.items() if b.isChecked()])

    def _on_folding_ticked(self, on: bool) -> None:
        if self._view is not None:
            self._view.set_folding(on)

    def _on_regions_ticked(self, on: bool) -> None:
        if self._view is not None:
            drawn = layers_of(surface_of(self._viewer, self._view))
            if drawn is not None:
                drawn.show_outlines(on)

    def _on_names_ticked(self, on: bool) -> None:
        if self._view is not None:
            drawn = layers_of(surface_of(self._viewer, self._view))
            if drawn is not None:
                drawn.names.show(on)


def _summary(view: CortexView) -> str:
    units, subject = view.units, view.subject
    kind = {"vertex": "vertices"}.get(units.kind, f"{units.kind}s")
    parts = [f"{view.brain.n_vertices:,} vertices"]
    if len(units) != view.brain.n_vertices or units.kind != "vertex":
        parts.append(f"{len(units):,} {kind}")
    if units.rois:
        parts.append(f"{len(units.rois)} regions")
    names = view.model_names
    parts.append(f"model{'s' * (len(names) > 1)}: {', '.join(names)}" if names
                 else "no encoding model yet")  # fmt: skip
    text = "; ".join(parts) + "."
    if subject.simulated:
        text = f"Simulated: nothing here was measured. {text}"
    return text


def _heading(text: str) -> QLabel:
    label = QLabel(f"<b>{text}</b>")
    label.setObjectName("Section")
    return label
