"""Pinned places side by side, and how alike each is to the one chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.panels.unit_facts import cosine, facts_of

if TYPE_CHECKING:
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["PinTable"]

_COLUMNS = (
    Column("place", "Place"),
    Column("regions", "Region"),
    Column("score", "R²", decimals=3),
    Column("ceiling", "Ceiling", "%", decimals=1),
    Column("value", "Map", decimals=3),
    Column("alike", "Alike", decimals=3, help="Cosine with the unit chosen now."),
)


class PinTable(QWidget):
    """A table of pins, and a button to let them go.

    Attributes
    ----------
    go_to
        Emitted with the vertex of a pin that was double-clicked.
    let_go
        Emitted with the vertex of a pin that is to go.
    """

    go_to = Signal(object)
    let_go = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = RecordTable(
            _COLUMNS, empty="Pin places, or click with Shift, to compare them here."
        )
        self.remove = QPushButton("Let go")
        self.remove.setToolTip("Take the selected pins away.")
        self.remove.clicked.connect(self._on_remove_clicked)
        self.table.activated_record.connect(self.go_to)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addLayout(row)

    def show_pins(
        self,
        view: CortexView | None,
        model: EncodingModel | None,
        chosen: UnitFacts | None,
    ) -> None:
        """List the pins of a view."""
        pins = view.pins if view is not None else ()
        self.table.set_records(_row(view, pin, model, chosen) for pin in pins)
        self.remove.setEnabled(bool(pins))

    def _on_remove_clicked(self) -> None:
        for vertex in self.table.selected():
            self.let_go.emit(vertex)


def _row(
    view: Any, pin: int, model: EncodingModel | None, chosen: UnitFacts | None
) -> dict[str, Any]:
    facts = facts_of(view, pin, model)
    alike = None
    both = chosen is not None and chosen.unit is not None and facts.unit is not None
    if model is not None and both:
        alike = cosine(model, facts.unit, chosen.unit)
    return {
        "id": pin,
        "place": f"{facts.side} {facts.index:,}",
        "regions": ", ".join(facts.regions),
        "score": facts.scores.get("r2", facts.scores.get("r2_gcv")),
        "ceiling": facts.ceiling,
        "value": facts.value,
        "alike": alike,
    }
