"""The Neurons panel: every neuron in a table, linked both ways with the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.widgets.links import Links
from striate.widgets.tables import RecordTable
from striate_filaments.colours import PALETTES
from striate_filaments.panels.camera import look_at
from striate_filaments.panels.layer_menu import LayerMenu, neurons_of_labels
from striate_filaments.panels.neuron_details import NeuronDetails
from striate_filaments.panels.neuron_keeping import NeuronKeeping
from striate_filaments.panels.neuron_layers import view_of
from striate_filaments.panels.neuron_table import WIDTHS, columns, record, records
from striate_filaments.panels.picking import ClickPicker

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["NeuronsPanel"]

_EMPTY = "Segment an image, or open a .neurons.zarr, to see its neurons here."


class NeuronsPanel(QWidget):
    """Shows, hides, colours, names, saves and exports neurons.

    Parameters
    ----------
    viewer
        Whose neuron layers are listed; a click on a neuron in it selects its row.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._view: NeuronsView | None = None
        self.layers = LayerMenu(viewer, self._links, takes_labels=True)
        self.summary = QLabel()
        self.summary.setObjectName("Muted")
        self.summary.setWordWrap(True)
        self.filter = QLineEdit(placeholderText="Filter by name, id or state")
        self.filter.setClearButtonEnabled(True)
        self.palette_menu = QComboBox()
        self.palette_menu.setAccessibleName("Colours")
        self.table = RecordTable(columns(None), empty=_EMPTY)
        self.table.horizontalHeader().setMinimumSectionSize(24)
        self.details = NeuronDetails()
        self.keeping = NeuronKeeping(services, self._links)
        self.buttons: dict[str, QPushButton] = {}
        self._lay_out()
        self._connect()
        self._on_view_changed(self.layers.view())

    # ---- Public methods

    def view(self) -> NeuronsView | None:
        """Return the neurons the table lists."""
        return self._view

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self._links.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        for palette, title in PALETTES.items():
            self.palette_menu.addItem(title, palette)
        top = QHBoxLayout()
        top.addWidget(self.filter, 1)
        top.addWidget(self.palette_menu)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.layers)
        column.addWidget(self.summary)
        column.addLayout(top)
        column.addLayout(self._button_row())
        column.addWidget(self.table, 1)
        column.addWidget(self.details)
        column.addWidget(self.keeping)

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for name, (label, text) in _SHOWING.items():
            button = QPushButton(label)
            button.setToolTip(text)
            button.clicked.connect(getattr(self, f"_on_{name}_clicked"))
            row.addWidget(button)
            self.buttons[name] = button
        return row

    def _connect(self) -> None:
        self.layers.changed.connect(self._on_view_changed)
        self.layers.labels_wanted.connect(self._take_labels)
        self.filter.textChanged.connect(self.table.set_filter)
        self.palette_menu.activated.connect(self._on_palette_chosen)
        self.table.selection_changed.connect(self._on_rows_selected)
        self.table.activated_record.connect(lambda _: self._centre())
        self.table.checked.connect(self._on_row_checked)
        self.details.centre_wanted.connect(self._centre)
        picker = ClickPicker(self._viewer, self.view, self._on_picked)
        self._links.at_end(picker.close)

    # ---- The neurons

    def _on_view_changed(self, view: NeuronsView | None) -> None:
        if self._view is not None:
            self._links.remove(self._view.selected, self._on_selected)
            self._links.remove(self._view.appearance, self._on_appearance)
            self._links.remove(self._view.edited, self._on_edited)
        self._view = view
        self.keeping.set_view(view)
        if view is not None:
            self._links.add(view.selected, self._on_selected)
            self._links.add(view.appearance, self._on_appearance)
            self._links.add(view.edited, self._on_edited)
            self.palette_menu.setCurrentIndex(list(PALETTES).index(view.palette))
        self._fill()

    def _fill(self) -> None:
        view = self._view
        self._fill_table(view)
        self._on_selected(view.selection if view else ())
        self._summarise()
        for button in self.buttons.values():
            button.setEnabled(view is not None)

    def _fill_table(self, view: NeuronsView | None) -> None:
        shown = columns(view)
        if shown != self.table.record_model.columns:
            self.table.record_model.set_columns(shown)
        self.table.set_records(records(view) if view else [])
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(len(shown) - 1, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(WIDTHS):
            self.table.setColumnWidth(column, width)

    def _summarise(self) -> None:
        view = self._view
        self.summary.setVisible(view is not None)
        if view is None:
            return
        count, overlap = len(view.neurons), view.overlap
        parts = [f"{count:,} neuron{'s' * (count != 1)}"]
        if view.hidden:
            parts.append(f"{len(view.hidden):,} hidden")
        if overlap:
            parts.append(
                f"{overlap:,} shared voxel{'s' * (overlap != 1)}, drawn as the "
                "smaller neuron"
            )
        if view.unsaved:
            parts.append("not saved")
        self.summary.setText("; ".join(parts) + ".")

    def _on_selected(self, ids: tuple[int, ...]) -> None:
        if list(ids) != self.table.selected():
            self.table.select(ids)
        self.details.show_neurons(self._view, tuple(ids))

    def _on_appearance(self) -> None:
        view = self._view
        if view is None:
            return
        for row in self.table.record_model.records:
            id, shown = row["id"], view.is_shown(row["id"])
            if row["shown"] != shown or row["colour"] != view.colour(id):
                self.table.update_record(id, shown=shown, colour=view.colour(id))
        self._summarise()

    def _on_edited(self, ids: tuple[int, ...]) -> None:
        view = self._view
        if view is None:
            return
        for id in ids:
            facts = record(view, id)
            self.table.update_record(
                id, **{k: v for k, v in facts.items() if k not in ("id", "length")}
            )
        if not ids:
            self._fill_table(view)
        self._summarise()

    # ---- The person

    def _on_rows_selected(self, ids: list[int]) -> None:
        if self._view is None:
            return
        self._view.select(ids)
        self.details.show_neurons(self._view, tuple(ids))
        if len(ids) == 1:
            self._centre()

    def _on_row_checked(self, id: int, key: str, on: bool) -> None:
        if self._view is not None:
            self._view.show([id]) if on else self._view.hide([id])

    def _on_picked(self, id: int | None, add: bool) -> None:
        if self._view is None:
            return
        chosen = list(self._view.selection) if add else []
        if id is not None:
            chosen = [i for i in chosen if i != id] if id in chosen else [*chosen, id]
        if id is not None or not add:
            self._view.select(chosen)

    def _on_palette_chosen(self, *_: Any) -> None:
        if self._view is not None:
            self._view.use_palette(self.palette_menu.currentData())

    def _on_hide_clicked(self) -> None:
        if self._view is not None:
            self._view.hide(self.table.selected())

    def _on_isolate_clicked(self) -> None:
        if self._view is not None and self.table.selected():
            self._view.isolate(self.table.selected())

    def _on_show_all_clicked(self) -> None:
        if self._view is not None:
            self._view.show_all()

    def _centre(self) -> None:
        view = self._view
        if view is not None and len(view.selection) == 1 and view.layer is not None:
            look_at(self._viewer, view.world_point(view.selection[0]))

    def _take_labels(self, layer: Any) -> None:
        def adopt(neurons: Any) -> None:
            layer.metadata["striate"] = {"neurons": neurons}
            view = view_of(layer)
            self.layers.refresh()
            if view is not None:
                self.layers.choose(view)

        self.keeping.background.run(
            lambda: neurons_of_labels(layer), adopt, self.keeping.tell
        )


_SHOWING = {
    "hide": ("Hide", "Draw the selected neurons no more."),
    "isolate": ("Isolate", "Draw the selected neurons only."),
    "show_all": ("Show all", "Draw all neurons again."),
}
