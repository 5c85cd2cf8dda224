"""What to look at next, ordered by how much it would gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from striate_filaments.metrics import Preset, Score, places, score
from striate_filaments.metrics.presets import FLYLIGHT
from striate_filaments.proofreading.items import Item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate.jobs.context import JobContext
    from striate_filaments.metrics.instances import Source
    from striate_filaments.neurons import NeuronSet

__all__ = ["Queue", "errors_against", "items_of"]

_SAME_PLACE = 6.0


class Queue:
    """Items in order, a current one, and how far one has come.

    An item leaves when it is done, when one of its neurons is accepted, or when one
    of them is gone.

    Attributes
    ----------
    changed
        Emitted when the items or the current one changed.
    """

    changed = Signal()

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items: list[Item] = []
        self._done: list[Item] = []
        self._place = 0
        self.fill(items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def items(self) -> list[Item]:
        """What is left to look at, the most worth first."""
        return list(self._items)

    @property
    def current(self) -> Item | None:
        """The one being looked at."""
        return self._items[self._place] if self._items else None

    @property
    def progress(self) -> tuple[int, int]:
        """How many are done, and of how many."""
        return len(self._done), len(self._done) + len(self._items)

    def fill(self, items: Iterable[Item]) -> None:
        """Take new items; places that were done before do not come again."""
        fresh = [i for i in items if not any(_same(i, done) for done in self._done)]
        self._items = sorted(fresh, key=lambda item: -item.worth)
        self._place = 0
        self.changed.emit()

    def next(self) -> Item | None:
        """Go to the next; from the last to the first."""
        return self._step(1)

    def previous(self) -> Item | None:
        """Go back; from the first to the last."""
        return self._step(-1)

    def go(self, place: int) -> Item | None:
        """Go to one by its place in the list."""
        if 0 <= place < len(self._items) and place != self._place:
            self._place = place
            self.changed.emit()
        return self.current

    def done(self) -> Item | None:
        """Leave the current one behind and return the next."""
        if self._items:
            self._done.append(self._items.pop(self._place))
            self._place = min(self._place, max(0, len(self._items) - 1))
            self.changed.emit()
        return self.current

    def after_edit(self, neurons: NeuronSet) -> None:
        """Let items go whose neurons are gone or accepted."""
        now = self.current
        kept = [item for item in self._items if not _settled(item, neurons)]
        if len(kept) == len(self._items):
            return
        self._done += [item for item in self._items if item not in kept]
        self._items = kept
        self._place = kept.index(now) if now in kept else 0
        self.changed.emit()

    # ---- Private methods

    def _step(self, by: int) -> Item | None:
        if self._items:
            self._place = (self._place + by) % len(self._items)
            self.changed.emit()
        return self.current


def errors_against(
    neurons: NeuronSet,
    gt: Source,
    *,
    partly: bool = False,
    preset: Preset = FLYLIGHT,
    ctx: JobContext | None = None,
) -> list[Item]:
    """List the errors against ground truth, the most costly first."""
    found = score(neurons, gt, partly=partly, preset=preset, ctx=ctx)
    return items_of(found, neurons.voxel_size)


def items_of(found: Score, voxel_size: tuple[float, float, float]) -> list[Item]:
    """Turn the errors behind a score into places to look at."""
    step = float(np.mean(voxel_size))
    return [
        Item(p.kind, p.pred, p.voxel, p.cost * step, p.sentence())
        for p in places(found)
    ]


def _settled(item: Item, neurons: NeuronSet) -> bool:
    return any(id not in neurons or neurons[id].state == "accepted" for id in item.ids)


def _same(a: Item, b: Item) -> bool:
    near = np.linalg.norm(np.subtract(a.voxel, b.voxel)) <= _SAME_PLACE
    return a.kind == b.kind and a.ids == b.ids and bool(near)
