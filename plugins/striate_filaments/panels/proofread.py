"""The Proofread panel: what to look at next, tools to put it right, undo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate_filaments.metrics import Preset, Score, score
from striate_filaments.panels.editors import Editors
from striate_filaments.panels.layer_menu import LayerMenu
from striate_filaments.panels.neuron_layers import neuron_layers, view_of
from striate_filaments.panels.places_box import PlacesBox
from striate_filaments.panels.proofread_keys import KEYS, cheat_sheet, tool_keys
from striate_filaments.panels.proofread_overlay import Overlay
from striate_filaments.panels.proofread_toolbox import NUMBER, ROWS, ToolBox, button_row
from striate_filaments.panels.proofread_tools import Tools
from striate_filaments.panels.tracer import STEPS
from striate_filaments.proofreading import Delta, commands
from striate_filaments.proofreading.queue import items_of
from striate_filaments.proofreading.splitting import split_apart
from striate_filaments.proofreading.suspicion import suspicions
from striate_filaments.skeletons import skeletonise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from striate.widgets.services import Services, ViewerLike
    from striate_filaments.panels.editor import Editor
    from striate_filaments.panels.neurons_view import NeuronsView
    from striate_filaments.proofreading.items import Item
    from striate_filaments.skeletons import Skeleton

__all__ = ["ProofreadPanel"]

_EVERY = Preset("every neuron", remove_small=0)


class ProofreadPanel(QWidget):
    """Corrects neurons; every change is on disk before it is made and can be undone.

    Parameters
    ----------
    viewer
        Whose neuron layers are corrected, by mouse and keyboard.
    services
        The project keeps the edit log.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._viewer, self._services = viewer, services
        self._links = Links(self)
        self._view: NeuronsView | None = None
        self._editors = Editors(services, self._links, self)
        self._keys: dict[str, Callable[..., None]] = {}
        self.background = Background(self)
        self.layers = LayerMenu(viewer, self._links)
        self.message = Message()
        self.buttons: dict[str, QPushButton] = {}
        self.tool_box = ToolBox(self._action)
        self.hint, self.radius = self.tool_box.hint, self.tool_box.radius
        self.number = QSpinBox(minimum=1, maximum=2**31 - 1)
        self.number.setAccessibleName("Id")
        self.number.setToolTip("The id that the chosen neuron gets.")
        self.overlay = Overlay(viewer)
        self.places = PlacesBox(viewer, self.view, self.overlay)
        self.queue = self.places.queue
        self.tools = Tools(
            viewer, self.view, self.make, self.tell, self._on_tools_updated
        )
        self._lay_out()
        self._connect()
        self._on_view_changed(self.layers.view())

    # ---- Public methods

    def view(self) -> NeuronsView | None:
        """Return the neurons that are corrected."""
        return self._view

    def editor(self) -> Editor | None:
        """Return what changes them; begun by the first change or by the queue."""
        view = self._view
        if view is None:
            return None
        if view.editor is None:
            editor = self._editors.begin(view)
            if editor.recovered:
                self.message.info("Edits of an earlier session were made again.")
        return view.editor

    def make(self, delta: Delta) -> None:
        """Make a change and say so."""
        editor = self.editor()
        if editor is None or not delta.changes:
            return
        editor.do(delta)
        self.message.info(f"{delta.text}.")

    def tell(self, error: BaseException) -> None:
        """Say in a sentence why something did not work."""
        if isinstance(error, StriateError):
            self.message.error(str(error))
        else:
            self.message.error(f"Something went wrong inside the program ({error}).")

    def fill_queue(self, items: Iterable[Item]) -> None:
        """Take places to look at, for instance errors against ground truth."""
        self.places.fill(items)

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and logs."""
        self._on_view_changed(None)
        self._links.close()
        super().closeEvent(event)

    # ---- What buttons and keys do

    def undo(self, *_: Any) -> None:
        """Take the last change back; while tracing, the last step."""
        if not self.tools.step_back():
            self._step("Undone", lambda editor: editor.undo())

    def redo(self, *_: Any) -> None:
        """Make the change again that was last taken back."""
        if not self.tools.step_again():
            self._step("Done again", lambda editor: editor.redo())

    def commit(self, *_: Any) -> None:
        """Make what is previewed or traced."""
        self._guarded(self.tools.commit)

    def drop(self, *_: Any) -> None:
        """Forget seeds, preview and traces."""
        self.tools.drop()

    def trace_neuron(self, *_: Any) -> None:
        """Trace on from the chosen neuron's skeleton."""
        view = self._view
        if view is None or len(view.selection) != 1:
            self.message.error("Choose one neuron to trace on from.")
            return
        (id,), neurons = view.selection, view.neurons

        def take(skeleton: Skeleton) -> None:
            if self._view is view and id in view.neurons:
                self.choose_tool("trace", keep=True)
                self._guarded(lambda: self.tools.take_skeleton(id, skeleton))

        self.background.run(
            lambda: skeletonise(neurons[id], neurons.voxel_size, neurons.unit),
            take,
            self.tell,
        )

    def renumber(self, *_: Any) -> None:
        """Give the chosen neuron the id in the box."""
        view, number = self._view, self.number.value()
        if view is None or len(view.selection) != 1:
            self.message.error("Choose one neuron to give another id.")
            return
        (id,) = view.selection

        def work() -> None:
            self.make(commands.renumber(view.neurons, id, number))
            view.select([number])

        self._guarded(work)

    def accept(self, *_: Any) -> None:
        """Mark the chosen neurons as right."""
        self._on_chosen(commands.accept)

    def delete(self, *_: Any) -> None:
        """Take the chosen neurons out."""
        self._on_chosen(commands.delete)

    def un_overlap(self, *_: Any) -> None:
        """Leave shared voxels of the chosen neurons to the smaller one."""
        self._on_chosen(commands.un_overlap)

    def take_apart(self, *_: Any) -> None:
        """Make parts that do not touch neurons of their own."""
        self._on_chosen(lambda neurons, ids: split_apart(neurons, ids[0]))

    def find_items(self, *_: Any) -> None:
        """Look for errors against the truth, or for suspicious places."""
        view = self._view
        if view is None:
            return
        truth = view_of(self.places.truth.currentData())
        volume = self.tools.image(view)
        self.places.sentence.setText("Looking at every neuron…")
        if truth is not None:
            self.background.run(
                lambda: score(view.neurons, truth.neurons, preset=_EVERY),
                self._on_scored,
                self.tell,
            )
            return
        self.background.run(
            lambda: suspicions(view.neurons, volume), self.fill_queue, self.tell
        )

    def show_keys(self, *_: Any) -> None:
        """Show the cheat sheet."""
        self.message.info(cheat_sheet())

    # ---- Making

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for widget in (self.layers, self.places, self.tool_box):
            column.addWidget(widget)
        self.buttons |= self.places.buttons | self.tool_box.buttons
        for named in ROWS:
            column.addLayout(button_row(named, self._action, self.buttons))
        number = QHBoxLayout()
        number.addWidget(QLabel("Id"))
        number.addWidget(self.number, 1)
        number.addLayout(button_row(NUMBER, self._action, self.buttons))
        column.addLayout(number)
        column.addWidget(self.message)
        column.addStretch(1)

    def _action(self, name: str) -> Callable[..., None]:
        """Return what a named button or key calls."""
        if name in STEPS:
            return lambda *_: self._guarded(lambda: self.tools.trace_step(name))
        found: Callable[..., None]
        found = getattr(self, name, None) or getattr(self.places, name)
        return found

    def _connect(self) -> None:
        self.layers.changed.connect(self._on_view_changed)
        self.places.find_wanted.connect(self.find_items)
        self.tool_box.chosen.connect(self.choose_tool)
        for name in ("inserted", "removed"):
            events = self._viewer.layers.events
            self._links.add(getattr(events, name), self._on_layers_changed)
        self.radius.valueChanged.connect(self._on_radius_changed)
        for key, (name, _) in KEYS.items():
            self._keys[key] = self._action(name)
        for tool, key in tool_keys():
            self._keys[key] = partial(self.choose_tool, tool)
        self._bind(self._viewer)
        self._links.at_end(lambda: self._unbind(self._viewer))
        for cleaner in (self.tools.close, self.overlay.close, self.background.close):
            self._links.at_end(cleaner)
        self._links.at_end(self._editors.close)
        self._editors.edited.connect(self._after)

    def _bind(self, target: Any) -> None:
        """Bind our keys to the viewer, or to a layer whose own keys they replace."""
        for key, function in self._keys.items():

            def pressed(_: Any, call: Callable[..., None] = function) -> None:
                call()

            target.bind_key(key, pressed, overwrite=True)

    def _unbind(self, target: Any) -> None:
        for key in self._keys:
            target.bind_key(key, None, overwrite=True)

    # ---- Following

    def choose_tool(self, tool: str, *, keep: bool = False) -> None:
        """Use another tool; `keep` leaves the one in hand as it is."""
        self.tool_box.show_tool(tool)
        if not (keep and self.tools.tool == tool):
            self.tools.choose(tool)

    def _on_view_changed(self, view: NeuronsView | None) -> None:
        if self._view is not None:
            self._view.claimed = False
            if self._view.layer is not None:
                self._unbind(self._view.layer)
            self._links.remove(self._view.selected, self._on_selected)
        self._view = view
        if view is not None:
            self._links.add(view.selected, self._on_selected)
            self._bind(view.layer)
            unit = " µm" if view.neurons.unit == "µm" else " px"
            self.radius.setSuffix(unit)
        self.places.fill([])
        self._on_layers_changed()
        self.tools.claim()
        self.tools.drop()
        self._after()

    def _on_scored(self, found: Score) -> None:
        view = self._view
        if view is not None:
            self.fill_queue(items_of(found, view.neurons.voxel_size))
            self.message.info(
                f"S = {found['S']:.3f}, counting every neuron; avF1 "
                f"{found['avF1']:.3f}, coverage {found['C']:.3f}, {found['FS']} false "
                f"splits, {found['FM']} false merges."
            )

    def _on_layers_changed(self, *_: Any) -> None:
        layers = neuron_layers(self._viewer)
        self.places.offer_truths(la for la in layers if view_of(la) is not self._view)

    def _on_selected(self, ids: tuple[int, ...]) -> None:
        if len(ids) == 1:
            self.number.setValue(ids[0])
        self._show_hint()

    def _on_radius_changed(self, radius: float) -> None:
        self.tools.radius = radius

    def _on_tools_updated(self) -> None:
        self.overlay.show(self._view, self.tools)
        self._show_hint()
        self._show_undo()

    def _show_hint(self) -> None:
        self.hint.setText(self.tools.hint())
        self._viewer.status = self.tools.hint()
        tracing = bool(self.tools.tracer.traces)
        busy = self.tools.preview is not None or tracing
        for name in ("branch", "join", "root", "trim"):
            self.buttons[name].setEnabled(tracing)
        for name in ("commit", "drop"):
            self.buttons[name].setEnabled(busy or any(self.tools.seeds))
        self.buttons["commit"].setEnabled(busy)

    def _after(self) -> None:
        """Show where the queue is, and what there is to undo."""
        self.places.after_edit()
        self._on_tools_updated()

    def _show_undo(self) -> None:
        view = self._view
        editor = view.editor if view is not None else None
        undo = editor.session.undo_text if editor else ""
        redo = editor.session.redo_text if editor else ""
        tracer = self.tools.tracer
        undo = "the last step of the trace" if tracer.can_undo else undo
        redo = "the step of the trace" if tracer.can_redo else redo
        self.buttons["undo"].setEnabled(bool(undo))
        self.buttons["redo"].setEnabled(bool(redo))
        self.buttons["undo"].setToolTip(f"Undo “{undo}” (Ctrl+Z)." if undo else "")
        self.buttons["redo"].setToolTip(f"Redo “{redo}”." if redo else "")

    # ---- Private methods

    def _on_chosen(self, command: Callable[..., Delta]) -> None:
        view = self._view
        if view is not None:
            chosen = list(view.selection)
            self._guarded(lambda: self.make(command(view.neurons, chosen)))

    def _step(self, word: str, work: Callable[[Editor], Delta | None]) -> None:
        editor = self.editor()
        if editor is None:
            return
        delta = work(editor)
        if delta is not None:
            self.message.info(f"{word}: {delta.text}.")

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StriateError as error:
            self.tell(error)
