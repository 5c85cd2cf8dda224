"""The Unit panel: what was clicked, how far to trust it, and what it is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.panels.clicking import CortexClicks, CortexKeys
from striate_cortex.panels.pins import PinTable
from striate_cortex.panels.trace import Trace
from striate_cortex.panels.unit_facts import (
    facts_of,
    responses_of,
    similar_units,
    strongest_items,
)
from striate_cortex.panels.view_menu import ViewMenu

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["UnitPanel"]

_FLOOR = 5.0
"""Ceiling in percent below which the panel warns of noise."""
_HINT = (
    "Click the cortex. The arrow keys walk on from there, with Shift 6 mm at a time; "
    "a click with Shift pins the place."
)
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
_NAMES = {"r2": "R²", "r2_gcv": "R² (cross-validated)", "r": "r", "p": "p"}


class UnitPanel(QWidget):
    """Shows the unit under the last click.

    Parameters
    ----------
    viewer
        Whose clicks and arrow keys are listened to.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._background = Background(self)
        self._view: CortexView | None = None
        self._generation = 0
        self.facts: UnitFacts | None = None
        self.menu = ViewMenu(viewer, self._links)
        self.title = QLabel(_HINT)
        self.title.setWordWrap(True)
        self.lines: dict[str, QLabel] = {}
        self.trust = Message()
        self.pin_button = QPushButton("Pin")
        self.similar = RecordTable(_SIMILAR, empty="Needs an encoding model.")
        self.strongest = RecordTable(
            _STRONGEST, empty="Needs the stimuli's features in the model's space."
        )
        self.trace = Trace()
        self.pins = PinTable()
        self.tabs = QTabWidget()
        self._form = QFormLayout()
        self._lay_out()
        self._connect()
        self._on_view_changed(self.menu.view())

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view whose units are shown."""
        return self._view

    def closeEvent(self, event: Any) -> None:
        """Let go of the viewer's clicks and keys."""
        self._generation += 1
        self._links.close()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self._form.setContentsMargins(0, 0, 0, 0)
        for name in _LINES:
            value = QLabel()
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setWordWrap(True)
            self._form.addRow(name, value)
            self.lines[name] = value
        self.pin_button.setToolTip("Keep this place in sight and compare it.")
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.pin_button)
        self.tabs.addTab(self.similar, "Alike")
        self.tabs.addTab(self.strongest, "Strongest")
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.addWidget(self.trace)
        inner.addStretch(1)
        self.tabs.addTab(holder, "Responses")
        self.tabs.addTab(self.pins, "Pins")
        self.tabs.setMinimumHeight(220)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.menu)
        column.addLayout(top)
        column.addLayout(self._form)
        column.addWidget(self.trust)
        column.addWidget(self.tabs, 1)

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.pin_button.clicked.connect(self._on_pin_clicked)
        self.similar.activated_record.connect(self._on_similar_entered)
        self.similar.setToolTip("Double-click to go there.")
        self.pins.go_to.connect(self._go_to)
        self.pins.let_go.connect(self._on_let_go)
        clicks = CortexClicks(self._viewer, self.view, self._on_clicked)
        keys = CortexKeys(self._viewer, self.view)
        self._links.at_end(clicks.close)
        self._links.at_end(keys.close)

    # ---- The unit

    def _on_view_changed(self, view: CortexView | None) -> None:
        old = self._view
        if old is not None:
            for signal, slot in self._signals(old):
                self._links.remove(signal, slot)
        self._view = view
        if view is not None:
            for signal, slot in self._signals(view):
                self._links.add(signal, slot)
        self._on_picked(view.vertex if view is not None else None)
        self._on_pinned()

    def _signals(self, view: CortexView) -> list[tuple[Any, Any]]:
        return [
            (view.picked, self._on_picked),
            (view.pinned, self._on_pinned),
            (view.painted, self._show_value),
            (view.models_changed, self._on_models_changed),
            (view.model_chosen, self._on_models_changed),
        ]

    def _model(self) -> EncodingModel | None:
        view = self._view
        if view is None or not view.model_names:
            return None
        try:
            return view.model(view.model_in_use)
        except StriateError as error:
            self.trust.error(str(error))
            return None

    def _on_picked(self, vertex: int | None) -> None:
        view = self._view
        self._generation += 1
        known = view is not None and vertex is not None
        self.pin_button.setEnabled(known)
        for name in _LINES:
            self._form.setRowVisible(self.lines[name], False)
        self.trust.clear()
        if not known:
            self.facts = None
            self.title.setText(_HINT)
            self._show_lists([], [])
            return
        model = self._model()
        facts = self.facts = facts_of(view, vertex, model)
        self._show_facts(view, facts)
        self._show_pins()
        self._ask_for_more(view, facts, model)

    def _show_facts(self, view: CortexView, facts: UnitFacts) -> None:
        kind = view.units.kind.capitalize()
        what = f"{kind} {facts.unit:,}" if facts.unit is not None else "No unit here"
        if view.units.kind == "vertex":
            what = f"Vertex {facts.index:,}"
        simulated = " (simulated)" if view.subject.simulated else ""
        self.title.setText(f"<b>{what}</b>, {facts.side} hemisphere{simulated}")
        self._say("Vertex", f"{facts.index:,} of the {facts.side}",
                  view.units.kind != "vertex")  # fmt: skip
        self._say("Region", ", ".join(facts.regions), bool(facts.regions))
        self._say("Place (mm)", _place(facts.xyz), facts.xyz is not None)
        self._say("MNI152 (mm)", _place(facts.mni), facts.mni is not None)
        scores = [f"{_NAMES.get(k, k)} {v:.3f}" for k, v in facts.scores.items()]
        self._say("Model", f"{view.model_in_use}: {'; '.join(scores)}", bool(scores))
        ceiling = facts.ceiling
        self._say("Noise ceiling", _percent(ceiling), ceiling is not None)
        others = "; ".join(f"{k} {v}" for k, v in facts.labels.items())
        self._say("Also", others, bool(others))
        self._show_value()
        if facts.unit is None:
            self.trust.info("Nothing was measured here: the nearest unit is too far.")
        elif ceiling is not None and ceiling < _FLOOR:
            self.trust.warning(
                f"Below the noise floor: at most {ceiling:.1f} % of what this unit did "
                "could be explained. Do not read tuning into it."
            )

    def _show_value(self, *_: Any) -> None:
        view, facts = self._view, self.facts
        if view is None or facts is None:
            return
        value = view.value_at(facts.vertex)
        shown = view.map is not None and value is not None
        text = f"{view.map.title}: {value:.4g} {view.map.unit}" if shown else ""
        self._say("Map", text, shown)

    def _say(self, name: str, text: str, shown: bool) -> None:
        self.lines[name].setText(text)
        self._form.setRowVisible(self.lines[name], shown)

    # ---- What takes a moment

    def _ask_for_more(
        self, view: CortexView, facts: UnitFacts, model: EncodingModel | None
    ) -> None:
        self._show_lists([], [])
        unit, generation = facts.unit, self._generation
        if unit is None:
            return

        def work() -> Any:
            alike = similar_units(model, unit) if model is not None else []
            items = strongest_items(view.subject, model, unit) if model else []
            return alike, items, responses_of(view.subject, unit)

        def show(answer: Any) -> None:
            # Of several clicks only the newest is answered.
            if generation == self._generation:
                alike, items, responses = answer
                self._show_lists([_similar_row(view, *a) for a in alike], items)
                self._show_trace(responses)

        def failed(error: BaseException) -> None:
            if generation == self._generation:
                self.trust.error(str(error))

        self._background.run(work, show, failed)

    def _show_lists(self, alike: list[dict[str, Any]], items: list[Any]) -> None:
        self.similar.set_records(alike)
        self.strongest.set_records(
            {"id": i, "name": n, "predicted": p} for i, (n, p) in enumerate(items)
        )
        if not alike and not items:
            self._show_trace(None)

    def _show_trace(self, responses: Any) -> None:
        place = self.tabs.indexOf(self.trace.parentWidget())
        self.tabs.setTabVisible(place, responses is not None)
        if responses is not None:
            self.trace.show_values(f"{len(responses):,} trials", responses)

    # ---- The person

    def _on_clicked(self, vertex: int | None, add: bool) -> None:
        view = self._view
        if view is None or vertex is None:
            return
        view.pick(vertex)
        if add:
            view.pin(vertex)

    def _on_pin_clicked(self) -> None:
        view = self._view
        if view is not None and view.vertex is not None:
            view.pin(view.vertex)
            self.tabs.setCurrentWidget(self.pins)

    def _on_similar_entered(self, unit: int) -> None:
        if self._view is not None:
            self._go_to(self._view.vertex_of(unit))

    def _go_to(self, vertex: int | None) -> None:
        if self._view is not None and vertex is not None:
            self._view.pick(vertex)

    def _on_let_go(self, vertex: int) -> None:
        if self._view is not None:
            self._view.unpin(vertex)

    def _on_pinned(self, *_: Any) -> None:
        self._show_pins()

    def _on_models_changed(self) -> None:
        view = self._view
        self._on_picked(view.vertex if view is not None else None)

    def _show_pins(self) -> None:
        self.pins.show_pins(self._view, self._model(), self.facts)


def _similar_row(view: CortexView, unit: int, cosine: float) -> dict[str, Any]:
    vertex = view.vertex_of(unit)
    side, index = view.brain.side_of(vertex) if vertex is not None else ("", None)
    regions = ", ".join(view.units.regions_of(unit))
    return {
        "id": unit, "cosine": cosine, "regions": regions, "side": side,
        "vertex": index,
    }  # fmt: skip


def _place(xyz: Any) -> str:
    return "" if xyz is None else ", ".join(f"{v:.1f}" for v in xyz)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} % of variance"


_LINES = (
    "Vertex", "Region", "Place (mm)", "MNI152 (mm)", "Model", "Noise ceiling", "Map",
    "Also",
)  # fmt: skip
