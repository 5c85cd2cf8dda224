"""Traces in the making: what a click adds, joins, roots or trims, with undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from striate.errors import InputError
from striate_filaments.proofreading.retracing import Traced
from striate_filaments.tracing import find_path
from striate_filaments.tracing.trees import begin, cut, extend, join, nearest, reroot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from striate_filaments.skeletons import Skeleton
    from striate_filaments.tracing import Window

    Voxel = tuple[int, int, int]
    Look = Callable[[Sequence[Voxel]], Window]

__all__ = ["STEPS", "Tracer"]

STEPS = {
    "extend": "Click along a neuron; Enter makes it a neuron.",
    "branch": "Click the trace where to go on, or elsewhere to begin another.",
    "join": "Click the other trace, where it joins the marked node.",
    "root": "Click the node that becomes the root.",
    "trim": "Click a node: it and all beyond it come off.",
}
"""What the next click does while tracing."""

_NEAR = 6.0
"""Voxels (smallest side) that a click may be from the node it means."""


class _At(NamedTuple):
    """A node of one of the traces."""

    trace: int
    node: int


@dataclass(frozen=True)
class _State:
    traces: tuple[Traced, ...] = ()
    at: _At | None = None
    start: Voxel | None = None


class Tracer:
    """Holds the traces that are not neurons yet.

    Attributes
    ----------
    step
        What the next click does, a key of :data:`STEPS`.
    """

    def __init__(self) -> None:
        self.step = "extend"
        self._state = _State()
        self._done: list[_State] = []
        self._undone: list[_State] = []

    @property
    def traces(self) -> tuple[Traced, ...]:
        """All of them."""
        return self._state.traces

    @property
    def tree(self) -> Skeleton | None:
        """The tree that is gone on with, or the last."""
        if not self.traces:
            return None
        at = self._state.at
        return self.traces[at.trace if at else -1].tree

    @property
    def mark(self) -> tuple[float, float, float] | None:
        """Where the next click goes on from, in the tree's unit."""
        at = self._state.at
        if at is None:
            return None
        z, y, x = self.traces[at.trace].tree.points[at.node].tolist()
        return z, y, x

    def hint(self) -> str:
        """Say what the next click does."""
        return STEPS[self.step]

    # ---- Undo

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to make again."""
        return bool(self._undone)

    def undo(self) -> None:
        """Take the last step back."""
        self._undone.append(self._state)
        self._state = self._done.pop()

    def redo(self) -> None:
        """Make again what was taken back."""
        self._done.append(self._state)
        self._state = self._undone.pop()

    def clear(self) -> None:
        """Forget everything, history too."""
        self.__init__()  # type: ignore[misc]

    # ---- Steps

    def take(self, id: int, skeleton: Skeleton) -> None:
        """Work on the skeleton of a neuron.

        Raises
        ------
        InputError
            When it is being worked on already.
        """
        if any(id == known for t in self.traces for known, _ in t.sources):
            raise InputError(f"Neuron {id} is being traced already.")
        traces = (*self.traces, Traced(skeleton, ((id, skeleton),)))
        tip = int(skeleton.tips[-1]) if len(skeleton.tips) else 0
        self._go(_State(traces, _At(len(traces) - 1, tip)))
        self.step = "branch"

    def click(self, voxel: Voxel, size: Sequence[float], look: Look | None) -> None:
        """Do what a click on a voxel does.

        Parameters
        ----------
        size
            (z, y, x) of a voxel.
        look
            Reads the image around voxels; None where there is none.

        Raises
        ------
        InputError
            When there is no image, no way, or no trace where one is needed.
        """
        point = np.asarray(voxel) * np.asarray(size)
        if self.step == "extend":
            self._extend(voxel, np.asarray(size), look)
        elif self.step == "branch":
            at = self._near(point, size)
            self._go(_State(self.traces, at, None if at else voxel))
        else:
            at = self._near(point, size)
            if at is None:
                raise InputError("There is no trace: click closer to a node of one.")
            {"join": self._join, "root": self._root, "trim": self._trim}[self.step](at)
        self.step = "extend"

    # ---- Private methods

    def _go(self, state: _State) -> None:
        self._done.append(self._state)
        self._undone.clear()
        self._state = state

    def _near(self, point: np.ndarray, size: Sequence[float]) -> _At | None:
        """Find the node that a click means."""
        found = [nearest(traced.tree, point) for traced in self.traces]
        if not found:
            return None
        trace = int(np.argmin([apart for _, apart in found]))
        node, apart = found[trace]
        return _At(trace, node) if apart <= _NEAR * min(size) else None

    def _with(self, trace: int, tree: Skeleton) -> tuple[Traced, ...]:
        traces = list(self.traces)
        traces[trace] = Traced(tree, traces[trace].sources)
        return tuple(traces)

    def _extend(self, voxel: Voxel, size: np.ndarray, look: Look | None) -> None:
        if look is None:
            raise InputError("Open the image to trace in it.")
        at, start = self._state.at, self._state.start
        if at is None and start is None:
            self._go(_State(self.traces, None, voxel))
            return
        if at is not None:
            z, y, x = np.rint(np.asarray(self.mark) / size).astype(int).tolist()
            start = (z, y, x)
        assert start is not None
        window = look([start, voxel])
        path = find_path(window, start, voxel)
        if at is None:
            tree, trace = begin(window, path), len(self.traces)
            traces = (*self.traces, Traced(tree))
        else:
            trace = at.trace
            tree = extend(self.traces[trace].tree, window, path, at.node)
            traces = self._with(trace, tree)
        end, _ = nearest(tree, path[-1] * size)
        self._go(_State(traces, _At(trace, end)))

    def _join(self, other: _At) -> None:
        at = self._state.at
        if at is None or at.trace == other.trace:
            raise InputError(
                "Mark a node of one trace with Branch, then click the other trace."
            )
        one, two = self.traces[at.trace], self.traces[other.trace]
        tree = join(one.tree, at.node, two.tree, other.node)
        place = two.tree.points[other.node]
        traces = [t for t in self.traces if t is not one and t is not two]
        traces.append(Traced(tree, one.sources + two.sources))
        self._go(_State(tuple(traces), _At(len(traces) - 1, nearest(tree, place)[0])))

    def _root(self, at: _At) -> None:
        old = self.traces[at.trace].tree
        tree = reroot(old, at.node)
        node, _ = nearest(tree, old.points[at.node])
        self._go(_State(self._with(at.trace, tree), _At(at.trace, node)))

    def _trim(self, at: _At) -> None:
        """Cut above a node; at its root a trace goes as a whole."""
        old = self.traces[at.trace].tree
        rest, _ = cut(old, at.node)
        if rest is None:
            traces = tuple(t for i, t in enumerate(self.traces) if i != at.trace)
            self._go(_State(traces))
            return
        above = old.points[old.parents[at.node]]
        node, _ = nearest(rest, above)
        self._go(_State(self._with(at.trace, rest), _At(at.trace, node)))
