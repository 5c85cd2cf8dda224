"""The Regions panel: paint regions on the cortex by geodesic distance, save them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import InputError, StriateError
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.panels.clicking import CortexClicks
from striate_cortex.panels.cortex_layers import layers_of, surface_of
from striate_cortex.panels.view_menu import ViewMenu
from striate_cortex.surfaces import (
    GeodesicBrush,
    RoiPainting,
    write_annot,
    write_label,
)

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["RegionsPanel", "save_regions"]

_COLUMNS = (
    Column("name", "Region"),
    Column("left", "Left", help="Vertices of the left hemisphere."),
    Column("right", "Right", help="Vertices of the right hemisphere."),
)


class RegionsPanel(QWidget):
    """Paints regions with clicks; distances are along the folded surface.

    Parameters
    ----------
    viewer
        Whose clicks paint while painting is switched on.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._view: CortexView | None = None
        self._brush: GeodesicBrush | None = None
        self.painting: RoiPainting | None = None
        self.menu = ViewMenu(viewer, self._links)
        self.name = QComboBox(editable=True)
        self.name.setAccessibleName("Region to paint")
        self.radius = QDoubleSpinBox(minimum=0.5, maximum=60, value=6, suffix=" mm")
        self.radius.setDecimals(1)
        self.radius.setAccessibleName("Radius of the brush")
        self.paint = QCheckBox("Paint with clicks")
        self.paint.setToolTip("A click paints; with Shift it erases.")
        self.undo_button = QPushButton("Undo")
        self.label_button = QPushButton("Save as .label…")
        self.annot_button = QPushButton("Save as .annot…")
        self.message = Message()
        self.table = RecordTable(_COLUMNS, empty="Name a region and paint it.")
        self._lay_out()
        self._connect()
        self._on_view_changed(self.menu.view())

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view that is painted on."""
        return self._view

    def paint_at(self, vertex: int, *, erase: bool = False) -> None:
        """Paint, or erase, what is within the radius of a vertex."""
        view, painting = self._view, self.painting
        if view is None or painting is None:
            return
        try:
            region = 0 if erase else painting.region(self.name.currentText())
            if self._brush is None:
                folded = view.brain.kinds[0]
                self._brush = GeodesicBrush(
                    view.brain.vertices(folded), view.brain.faces()
                )
            painting.paint(self._brush.within(vertex, self.radius.value()), region)
        except StriateError as error:
            self.message.error(str(error))
            return
        self.message.clear()
        self._show()

    def undo(self) -> None:
        """Take the last stroke back."""
        if self.painting is not None and self.painting.undo():
            self._show()

    def closeEvent(self, event: Any) -> None:
        """Let go of the viewer."""
        self._links.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Region", self.name)
        form.addRow("Radius", self.radius)
        row = QHBoxLayout()
        row.addWidget(self.paint, 1)
        row.addWidget(self.undo_button)
        save = QHBoxLayout()
        save.addWidget(self.label_button)
        save.addWidget(self.annot_button)
        hint = QLabel("Distances are along the folded cortex, not across a sulcus.")
        hint.setObjectName("Muted")
        hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.menu)
        column.addLayout(form)
        column.addWidget(hint)
        column.addLayout(row)
        column.addWidget(self.message)
        column.addWidget(self.table, 1)
        column.addLayout(save)

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.undo_button.clicked.connect(self.undo)
        self.label_button.setToolTip("One file for each hemisphere of the region.")
        self.annot_button.setToolTip("One file for each hemisphere, all regions.")
        self.label_button.clicked.connect(lambda: self._ask(".label"))
        self.annot_button.clicked.connect(lambda: self._ask(".annot"))
        self.table.selection_changed.connect(self._on_row_chosen)
        clicks = CortexClicks(self._viewer, self._painted_view, self._on_clicked)
        self._links.at_end(clicks.close)

    # ---- Private methods

    def _painted_view(self) -> CortexView | None:
        return self._view if self.paint.isChecked() else None

    def _on_view_changed(self, view: CortexView | None) -> None:
        self._view, self._brush = view, None
        self.painting = None if view is None else _painting_of(view)
        for widget in (self.name, self.paint, self.undo_button, self.label_button,
                       self.annot_button):  # fmt: skip
            widget.setEnabled(view is not None)
        self._list()

    def _on_clicked(self, vertex: int | None, add: bool) -> None:
        if vertex is not None:
            self.paint_at(vertex, erase=add)

    def _on_row_chosen(self, names: list[str]) -> None:
        if names:
            self.name.setEditText(names[0])

    def _show(self) -> None:
        view, painting = self._view, self.painting
        if view is None or painting is None:
            return
        view.units = dataclasses.replace(view.units, rois=_rois_of(view, painting))
        drawn = layers_of(surface_of(self._viewer, view))
        if drawn is not None:
            drawn.renew_outlines()
        view.regions_changed.emit()
        self._list()

    def _list(self) -> None:
        painting, view = self.painting, self._view
        text = self.name.currentText()
        self.name.clear()
        if painting is None or view is None:
            self.table.set_records([])
            return
        self.name.addItems(painting.names)
        self.name.setEditText(text)
        rows = []
        for name in painting.names:
            vertices = painting.vertices(name)
            left = int((vertices < view.brain.n_left).sum())
            rows.append(
                {"id": name, "name": name, "left": left, "right": len(vertices) - left}
            )
        self.table.set_records(rows)

    def _ask(self, suffix: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder to save regions in")
        if folder:
            self.save(Path(folder), suffix)

    def save(self, folder: Path, suffix: str) -> None:
        """Save ``lh.NAME.label`` and the like, or ``lh.striate.annot``, in a folder."""
        view, painting = self._view, self.painting
        if view is None or painting is None:
            return
        name = self.name.currentText().strip() if suffix == ".label" else ""
        try:
            files = save_regions(folder, view, painting, name)
        except StriateError as error:
            self.message.error(str(error))
            return
        self.message.info(f"Saved {', '.join(f.name for f in files)} in {folder}.")


def save_regions(
    folder: Path, view: CortexView, painting: RoiPainting, name: str = ""
) -> list[Path]:
    """Write one region as labels, or all as annotations, by hemisphere.

    Raises
    ------
    InputError
        When there is nothing to save.
    OutputError
        When a file is there already or cannot be written.
    """
    if not painting.names:
        raise InputError("There is no region yet: paint one first.")
    points = view.brain.vertices(view.brain.kinds[0])
    written = []
    for half, short in zip(view.brain.halves, _short(view), strict=True):
        start = view.brain.start(half.side)
        part = slice(start, start + half.n_vertices)
        if name:
            vertices = np.flatnonzero(painting.labels[part] == _number(painting, name))
            if len(vertices):
                path = folder / f"{short}.{name}.label"
                subject = view.subject.name
                written.append(
                    write_label(path, vertices, points[part], subject=subject)
                )
        else:
            path = folder / f"{short}.striate.annot"
            written.append(write_annot(path, painting.labels[part], painting.names))
    return written


def _number(painting: RoiPainting, name: str) -> int:
    if name not in painting.names:
        raise InputError(f"There is no region {name!r}: choose one of the table.")
    return painting.names.index(name) + 1


def _short(view: CortexView) -> list[str]:
    return ["lh" if half.side == "left" else "rh" for half in view.brain.halves]


def _painting_of(view: CortexView) -> RoiPainting:
    """Start from the subject's regions; where they overlap the later one is kept."""
    labels = np.zeros(view.brain.n_vertices, np.int32)
    unit = view.units.unit_of_vertex
    for number, inside in enumerate(view.units.rois.values(), 1):
        labels[(unit >= 0) & np.asarray(inside)[unit]] = number
    return RoiPainting(len(labels), labels, list(view.units.rois))


def _rois_of(view: CortexView, painting: RoiPainting) -> dict[str, Any]:
    """Say of each unit whether its vertex is in a region."""
    vertex = view.units.vertex
    label = np.where(vertex >= 0, painting.labels[np.maximum(vertex, 0)], 0)
    return {name: label == i for i, name in enumerate(painting.names, 1)}
