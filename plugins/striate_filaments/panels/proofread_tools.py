"""What a click or a drag does while a proofreading tool is chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_filaments.panels.picking import neurons_under, voxel_under
from striate_filaments.panels.proofread_keys import DRAGS, TOOLS
from striate_filaments.panels.screen import Screen
from striate_filaments.panels.sources import volume_choices
from striate_filaments.panels.tracer import Tracer
from striate_filaments.proofreading import commands
from striate_filaments.proofreading.brushes import lasso, stroke
from striate_filaments.proofreading.growing import bridge, gap_between, grow
from striate_filaments.proofreading.retracing import retraced
from striate_filaments.proofreading.splitting import split_at, split_by_seeds
from striate_filaments.proofreading.voxels import points, voxels_of
from striate_filaments.tracing import window_around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from striate.data import Volume
    from striate.widgets.services import ViewerLike
    from striate_filaments.panels.neurons_view import NeuronsView
    from striate_filaments.proofreading import Delta
    from striate_filaments.skeletons import Skeleton

__all__ = ["Tools"]

Voxel = tuple[int, int, int]

_NEEDS_CHOICE = (*DRAGS, "grow")


class Tools:
    """Turns clicks in the viewer into changes.

    Parameters
    ----------
    viewer
        Whose mouse is listened to.
    view
        Gives the neurons that are worked on.
    make
        Makes a change, and says so.
    tell
        Says what went wrong.
    updated
        Called when seeds, preview or trace changed.
    """

    def __init__(
        self,
        viewer: ViewerLike,
        view: Callable[[], NeuronsView | None],
        make: Callable[[Delta], None],
        tell: Callable[[Exception], None],
        updated: Callable[[], None],
    ) -> None:
        self._viewer, self._view = viewer, view
        self._make, self._tell, self._updated = make, tell, updated
        self.tool = "look"
        self.radius = 2.0
        self.seeds: tuple[list[Voxel], list[Voxel]] = ([], [])
        self.preview: Delta | None = None
        self.tracer = Tracer()
        viewer.mouse_drag_callbacks.append(self._on_drag)

    def close(self) -> None:
        """Listen no more."""
        self.choose("look")
        if self._on_drag in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_drag)

    # ---- Which tool

    def choose(self, tool: str) -> None:
        """Use another tool; what the last one had begun is dropped."""
        self.tool = tool
        self.drop()
        self.claim()
        self._viewer.scene.camera.mouse_pan = tool not in DRAGS

    def claim(self) -> None:
        """Have the view's clicks for the tool."""
        view = self._view()
        if view is not None:
            view.claimed = self.tool != "look"

    def drop(self) -> None:
        """Forget seeds, preview and trace."""
        self.seeds, self.preview = ([], []), None
        self.tracer.clear()
        self._updated()

    @property
    def trace(self) -> Skeleton | None:
        """The trace that is gone on with."""
        return self.tracer.tree

    def hint(self) -> str:
        """Say what the next click will do."""
        if self.tool == "trace":
            return self.tracer.hint()
        chosen = self._chosen()
        if chosen is None:
            if self.tool in _NEEDS_CHOICE:
                return "Choose a neuron first: click one with Look, or in the table."
            if self.tool in ("merge", "bridge"):
                return "Click the neuron that should stay."
        text = TOOLS[self.tool][2]
        return text.format(chosen=f"neuron {chosen}" if chosen else "a neuron")

    # ---- Enter

    def commit(self) -> None:
        """Make what is previewed or traced."""
        view = self._view()
        if view is None:
            return
        if self.preview is not None:
            delta, self.preview = self.preview, None
            self.seeds = ([], [])
            self._make(delta)
        else:
            traces = self.tracer.traces
            self.tracer.clear()
            for traced in traces:
                self._make(retraced(view.neurons, traced))
        self._updated()

    # ---- Tracing

    def trace_step(self, step: str) -> None:
        """Say what the next click does to the traces."""
        if self.tool != "trace":
            self.choose("trace")
        if not self.tracer.traces:
            raise InputError("There is no trace yet: click along a neuron first.")
        self.tracer.step = step
        self._updated()

    def take_skeleton(self, id: int, skeleton: Skeleton) -> None:
        """Trace on from a neuron's skeleton."""
        if self.tool != "trace":
            self.choose("trace")
        self.tracer.take(id, skeleton)
        self._updated()

    def step_back(self) -> bool:
        """Take back the last step of a trace; False when there is none."""
        if not self.tracer.can_undo:
            return False
        self.tracer.undo()
        self._updated()
        return True

    def step_again(self) -> bool:
        """Make again the step of a trace last taken back; False when there is none."""
        if not self.tracer.can_redo:
            return False
        self.tracer.redo()
        self._updated()
        return True

    # ---- The mouse

    def _on_drag(self, viewer: Any, event: Any) -> Iterator[None]:
        view = self._view()
        if view is None or self.tool == "look" or event.button != 1:
            return
        way = [self._voxel(view, event)]
        corners = [event.position]
        moved = False
        yield
        while event.type == "mouse_move":
            moved = True
            corners.append(event.position)
            if self.tool in DRAGS:
                way.append(self._voxel(view, event))
            yield
        found = [voxel for voxel in way if voxel is not None]
        if self.tool == "lasso":
            self._try(lambda: self._circled(view, corners, event))
        elif self.tool in DRAGS:
            self._try(lambda: self._drawn(view, found))
        elif not moved:
            shift = any(str(m) == "Shift" for m in event.modifiers)
            under = neurons_under(
                view, event.position, event.view_direction, event.dims_displayed
            )
            first = found[0] if found else None
            self._try(lambda: self.click(first, under, second=shift))

    def click(
        self, voxel: Voxel | None, under: list[int], *, second: bool = False
    ) -> None:
        """Do what a click on a voxel does, with the neurons under it.

        `second` is a click with Shift: in a split it belongs to the other part.
        """
        view = self._view()
        if view is None:
            return
        if self.tool in ("merge", "bridge"):
            self._click_join(view, under)
        elif voxel is not None:
            {
                "split": lambda: self._click_split(view, voxel, under, second),
                "cut": lambda: self._click_cut(view, voxel, under),
                "grow": lambda: self._click_grow(view, voxel),
                "trace": lambda: self._click_trace(voxel),
            }[self.tool]()
        self._updated()

    def _click_join(self, view: NeuronsView, under: list[int]) -> None:
        chosen = self._chosen()
        others = [id for id in under if id != chosen]
        if not others:
            return
        if chosen is None:
            view.select([others[0]])
        elif self.tool == "merge":
            self._make(commands.merge(view.neurons, [chosen, others[0]]))
        else:
            pair = gap_between(view.neurons, chosen, others[0])
            volume = self.image(view)
            window = window_around(volume, list(pair)) if volume else None
            self._make(bridge(view.neurons, chosen, others[0], window))

    def _click_split(
        self, view: NeuronsView, voxel: Voxel, under: list[int], second: bool
    ) -> None:
        chosen = self._choose_under(view, under)
        if chosen is None:
            return
        self.seeds[int(second)].append(voxel)
        if all(self.seeds):
            neuron = view.neurons[chosen]
            volume = self.image(view)
            colours = None
            if volume is not None and volume.n_channels > 1:
                box = zip(neuron.start, neuron.stop, strict=True)
                part = volume.czyx()[(slice(None), *(slice(a, b) for a, b in box))]
                local = neuron.coordinates() - np.asarray(neuron.start)
                colours = np.asarray(part)[(slice(None), *local.T)].T.astype(float)
            self.preview = split_by_seeds(view.neurons, chosen, self.seeds, colours)

    def _click_cut(self, view: NeuronsView, voxel: Voxel, under: list[int]) -> None:
        chosen = self._choose_under(view, under)
        if chosen is not None:
            self._make(split_at(view.neurons, chosen, voxel))

    def _click_grow(self, view: NeuronsView, voxel: Voxel) -> None:
        chosen, volume = self._chosen(), self.image(view)
        if chosen is None or volume is None:
            raise InputError("Choose a neuron, and open the image it is in.")
        points = view.neurons[chosen].coordinates()
        size = np.asarray(view.neurons.voxel_size)
        apart = (((points - np.asarray(voxel)) * size) ** 2).sum(1)
        start = points[int(np.argmin(apart))]
        window = window_around(volume, [start, voxel])
        self._make(grow(view.neurons, chosen, window, voxel))

    def _click_trace(self, voxel: Voxel) -> None:
        view = self._view()
        if view is None:
            return
        volume = self.image(view)
        look = None if volume is None else partial(window_around, volume)
        self.tracer.click(voxel, view.neurons.voxel_size, look)

    # ---- Private methods

    def _drawn(self, view: NeuronsView, way: list[Voxel]) -> None:
        chosen, neurons = self._chosen(), view.neurons
        if chosen is None or not way:
            return
        voxels = stroke(way, self.radius, neurons.shape, neurons.voxel_size)
        if self.tool == "paint":
            self._make(commands.paint(neurons, chosen, voxels))
        else:
            self._make(commands.erase(neurons, [chosen], voxels))

    def _circled(self, view: NeuronsView, corners: list[Any], event: Any) -> None:
        """Erase what lies inside a line drawn on the screen.

        In 3-D through the whole neuron; in a slice as deep as the brush is.
        """
        chosen, neurons = self._chosen(), view.neurons
        if chosen is None:
            return
        screen = Screen(
            view.layer,
            event.view_direction,
            event.dims_displayed,
            len(event.position),
        )
        voxels = voxels_of(neurons[chosen], neurons.shape)
        if not screen.deep:
            where = points(voxels, neurons.shape)
            apart = screen.depth(where) - screen.depth_of(event.position)
            voxels = voxels[np.abs(apart) <= self.radius]
        polygon = [screen.place(corner) for corner in corners]
        inside = lasso(voxels, polygon, screen.places, neurons.shape)
        self._make(commands.erase(neurons, [chosen], inside))

    def _voxel(self, view: NeuronsView, event: Any) -> Voxel | None:
        return voxel_under(
            view, event.position, event.view_direction, event.dims_displayed
        )

    def _chosen(self) -> int | None:
        view = self._view()
        return view.selection[0] if view and len(view.selection) == 1 else None

    def _choose_under(self, view: NeuronsView, under: list[int]) -> int | None:
        if self._chosen() is None and under:
            view.select([under[0]])
        return self._chosen()

    def image(self, view: NeuronsView) -> Volume | None:
        """The viewer's image of the neurons' size, the one they came from first."""
        facts = view.layer.metadata.get("striate") or {}
        fitting = []
        for choice in volume_choices(self._viewer):
            volume = choice.volume()
            if volume.czyx().shape[1:] == view.neurons.shape:
                ours = choice.reference.metadata.get("striate") or {}
                same = ours.get("volume_id") == facts.get("volume_id")
                fitting.append((not same, volume))
        return min(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except InputError as error:
            self._tell(error)
