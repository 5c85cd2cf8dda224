"""The unit beside others: those alike, its strongest stimuli, responses, pins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.panels.pins import PinTable
from striate_cortex.panels.trace import Trace
from striate_cortex.panels.unit_facts import (
    responses_of,
    similar_units,
    strongest_items,
)

if TYPE_CHECKING:
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["Compare", "gather"]

_SIMILAR = (
    Column("cosine", "Alike", decimals=3, help="Cosine between the weights."),
    Column("side", "Side"),
    Column("vertex", "Vertex"),
    Column("regions", "Region"),
)
_STRONGEST = (
    Column("predicted", "Predicted", decimals=3, help="Predicted response."),
    Column("name", "Stimulus"),
)


class Compare(QTabWidget):
    """Tabs of what is compared.

    Attributes
    ----------
    entered
        Emitted with a unit that was double-clicked.
    """

    entered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.similar = RecordTable(_SIMILAR, empty="Needs an encoding model.")
        self.strongest = RecordTable(
            _STRONGEST, empty="Needs the stimuli's features in the model's space."
        )
        self.trace = Trace()
        self.pins = PinTable()
        self.similar.setToolTip("Double-click to go there.")
        self.similar.activated_record.connect(self.entered)
        self.addTab(self.similar, "Alike")
        self.addTab(self.strongest, "Strongest")
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.addWidget(self.trace)
        inner.addStretch(1)
        self.addTab(holder, "Responses")
        self.addTab(self.pins, "Pins")
        self.setMinimumHeight(230)

    def clear_unit(self) -> None:
        """Show nothing of a unit; pins stay."""
        self.show_gathered(None, ([], [], None))

    def show_gathered(self, view: CortexView | None, found: Any) -> None:
        """Show what :func:`gather` found."""
        alike, items, responses = found
        self.similar.set_records(
            _similar_row(view, *pair) for pair in alike if view is not None
        )
        self.strongest.set_records(
            {"id": i, "name": n, "predicted": p} for i, (n, p) in enumerate(items)
        )
        place = self.indexOf(self.trace.parentWidget())
        self.setTabVisible(place, responses is not None)
        if responses is not None:
            self.trace.show_values(f"{len(responses):,} trials", responses)

    def show_pins_tab(self) -> None:
        """Bring the pins to the front."""
        self.setCurrentWidget(self.pins)


def gather(view: CortexView, model: EncodingModel | None, unit: int) -> Any:
    """Find what takes a moment, in a thread: units alike, stimuli, responses."""
    alike = similar_units(model, unit) if model is not None else []
    items = strongest_items(view.subject, model, unit) if model is not None else []
    return alike, items, responses_of(view.subject, unit)


def _similar_row(view: CortexView, unit: int, cosine: float) -> dict[str, Any]:
    vertex = view.vertex_of(unit)
    side, index = view.brain.side_of(vertex) if vertex is not None else ("", None)
    regions = ", ".join(view.units.regions_of(unit))
    return {
        "id": unit, "cosine": cosine, "regions": regions, "side": side,
        "vertex": index,
    }  # fmt: skip
