"""The Unit panel: what was clicked, what it is selective for, how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate_cortex.panels.clicking import CortexClicks, CortexKeys
from striate_cortex.panels.section import Section
from striate_cortex.panels.thumbnails import Thumbnails
from striate_cortex.panels.unit_answer import AnswerParts
from striate_cortex.panels.unit_compare import Compare, gather
from striate_cortex.panels.unit_facts import facts_of
from striate_cortex.panels.unit_images import MadeImages
from striate_cortex.panels.unit_place import PlaceForm, doubt_of
from striate_cortex.panels.unit_sharing import CardMenu
from striate_cortex.panels.view_menu import ViewMenu

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_facts import UnitFacts

__all__ = ["UnitPanel"]

_HINT = (
    "Click the cortex. The arrow keys walk on from there, with Shift 6 mm at a time; "
    "a click with Shift pins the place."
)


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
        self._thumbnails = Thumbnails(self)
        self._view: CortexView | None = None
        self._generation = 0
        self.facts: UnitFacts | None = None
        self.menu = ViewMenu(viewer, self._links)
        self.title = QLabel(_HINT)
        self.pin_button = QPushButton("Pin")
        self.card = CardMenu(self)
        self.trust = Message()
        self.answer = AnswerParts(self._thumbnails)
        self.place = PlaceForm()
        self.images = MadeImages(services, self._links, self._thumbnails)
        self.compare = Compare()
        self._parts, self.area = QWidget(), QScrollArea()
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
        self.answer.close_parts()
        self._thumbnails.close()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.title.setWordWrap(True)
        self.pin_button.setToolTip("Keep this place in sight and compare it.")
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.pin_button, alignment=Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.card, alignment=Qt.AlignmentFlag.AlignTop)
        where, beside = Section("Place and quality"), Section("Compare")
        where.add(self.place)
        beside.add(self.compare)
        inner = QVBoxLayout(self._parts)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.setSpacing(6)
        for part in (
            self.answer.caption, self.trust, where, self.answer.keywords,
            self.answer.top, self.answer.facets, self.answer.trust, self.images,
            self.answer.predict, beside,
        ):  # fmt: skip
            inner.addWidget(part)
        inner.addStretch(1)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._parts)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.menu)
        column.addLayout(top)
        column.addWidget(self.area, 1)
        column.addStretch(0)

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.pin_button.clicked.connect(self._on_pin_clicked)
        self.compare.entered.connect(self._on_similar_entered)
        self.compare.pins.go_to.connect(self._go_to)
        self.compare.pins.let_go.connect(self._on_let_go)
        self.answer.told.connect(self._on_told)
        self.images.picture_chosen.connect(self.answer.look_at)
        clicks = CortexClicks(self._viewer, self.view, self._on_clicked)
        keys = CortexKeys(self._viewer, self.view)
        self._links.at_end(clicks.close)
        self._links.at_end(keys.close)

    # ---- The unit

    def _on_view_changed(self, view: CortexView | None) -> None:
        self._links.follow(self._signals, self._view, view)
        self._view = view
        self._on_picked(view.vertex if view is not None else None)
        self._show_pins()

    def _signals(self, view: CortexView) -> list[tuple[Any, Any]]:
        return [
            (view.picked, self._on_picked),
            (view.pinned, self._on_pinned),
            (view.painted, self._on_painted),
            (view.models_changed, self._on_models_changed),
            (view.model_chosen, self._on_models_changed),
            (view.answering.chosen, self._on_models_changed),
            (view.answering.captioned, self._on_models_changed),
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
        self.area.setVisible(known)
        self.card.setVisible(known)
        self.trust.clear()
        self.compare.clear_unit()
        if view is None or vertex is None:
            self.facts = None
            self.title.setText(_HINT)
            self.answer.set_unit(None, None)
            self.images.set_unit(None, None)
            return
        model = self._model()
        facts = self.facts = facts_of(view, vertex, model)
        self.title.setText(title_of(view, facts))
        self.place.show_facts(view, facts)
        doubt = doubt_of(facts)
        if doubt is not None:
            self.trust.say(*doubt)
        self._show_pins()
        self.answer.set_unit(view, facts)
        self.images.set_unit(view, facts)
        self._ask_for_more(view, facts, model)

    def _ask_for_more(
        self, view: CortexView, facts: UnitFacts, model: EncodingModel | None
    ) -> None:
        unit, generation = facts.unit, self._generation
        if unit is None:
            return

        def show(found: Any) -> None:
            # Of several clicks only the newest is answered.
            if generation == self._generation:
                self.compare.show_gathered(view, found)

        def failed(error: BaseException) -> None:
            if generation == self._generation:
                self.trust.error(str(error))

        self._background.run(lambda: gather(view, model, unit), show, failed)

    def _on_painted(self, *_: Any) -> None:
        if self._view is not None and self.facts is not None:
            self.place.show_value(self._view, self.facts)

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
            self.compare.show_pins_tab()

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
        self.images.choices.set_unit(self._view, self.facts)

    def _on_models_changed(self) -> None:
        view = self._view
        self._on_picked(view.vertex if view is not None else None)

    def _on_told(self, level: str, text: str) -> None:
        self.trust.say(level, text)

    def _show_pins(self) -> None:
        self.compare.pins.show_pins(self._view, self._model(), self.facts)


def title_of(view: CortexView, facts: UnitFacts) -> str:
    """Name a unit; what is simulated is called so."""
    kind = view.units.kind.capitalize()
    what = f"{kind} {facts.unit:,}" if facts.unit is not None else "No unit here"
    if view.units.kind == "vertex":
        what = f"Vertex {facts.index:,}"
    simulated = " (simulated)" if view.subject.simulated else ""
    return f"<b>{what}</b>, {facts.side} hemisphere{simulated}"
