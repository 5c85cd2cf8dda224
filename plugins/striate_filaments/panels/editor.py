"""Changing the neurons of a view: written down first, drawn at once, undone later."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_filaments.panels.painting import paint
from striate_filaments.proofreading import Delta, Proofreading
from striate_filaments.proofreading.session import digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.neurons import Box, NeuronSet
    from striate_filaments.panels.neurons_view import NeuronsView

__all__ = ["Editor", "log_path", "redraw"]


class Editor:
    """Proofreads the neurons of one view and keeps its layer up to date.

    Parameters
    ----------
    view
        Whose neurons; it knows its editor from now on.
    folder
        Where edit logs are kept: the project's own folder.

    Attributes
    ----------
    recovered
        Edits that an earlier session made after the neurons were last saved.
    """

    def __init__(self, view: NeuronsView, folder: Path) -> None:
        self.view = view
        path = log_path(view, folder)
        before = digest(view.neurons)
        try:
            self.session = Proofreading(view.neurons, path)
        except InputError:
            # The edits are of other neurons: keep them, and begin anew.
            path.replace(path.with_name(f"{path.name}.{before.hex()[:6]}.old"))
            self.session = Proofreading(view.neurons, path)
        self.recovered = digest(view.neurons) != before
        self.changed = self.session.changed
        view.editor = self
        if self.recovered:
            redraw(view, None)
            view.changed_under()

    def do(self, delta: Delta) -> Delta:
        """Make a change."""
        return self._drawn(self.session.do(delta))

    def undo(self) -> Delta | None:
        """Take the last change back."""
        delta = self.session.undo()
        return None if delta is None else self._drawn(delta)

    def redo(self) -> Delta | None:
        """Make the change again that was last taken back."""
        delta = self.session.redo()
        return None if delta is None else self._drawn(delta)

    def saved(self) -> None:
        """Note that the neurons are in their file as they are.

        The log takes the file's name, so that it is found when that is opened.
        """
        log = self.session.log
        self.session.saved()
        target = log_path(self.view, log.path.parent)
        if target != log.path:
            old = log.path
            shutil.copyfile(old, target)
            log.moved(target)
            old.unlink()

    def close(self) -> None:
        """Let the log go."""
        self.session.close()
        if self.view.editor is self:
            self.view.editor = None

    def _drawn(self, delta: Delta) -> Delta:
        if delta.changes:
            box = delta.dirty(self.view.neurons.shape)
            if box is not None:
                redraw(self.view, box)
            self.view.changed_under()
        return delta


def log_path(view: NeuronsView, folder: Path) -> Path:
    """Name the edit log of a view: by its file, or by what it holds."""
    if view.path is not None:
        key = hashlib.sha256(str(Path(view.path).absolute()).encode()).hexdigest()
        stem = Path(view.path).name.partition(".")[0]
    else:
        key, stem = digest(view.neurons).hex(), "neurons"
    return folder / f"{stem}-{key[:8]}.edits"


def redraw(view: NeuronsView, box: Box | None) -> None:
    """Paint a box of the view's layer anew; None paints all of it."""
    layer = view.layer
    if layer is None:
        return
    if layer.multiscale:
        layer.data = paint(view.neurons).levels
        return
    data: NDArray[Any] = np.asarray(layer.data)
    largest = max(view.neurons.ids, default=0)
    if largest > np.iinfo(data.dtype).max:
        data = data.astype(np.min_scalar_type(largest))
    whole = data[None] if data.ndim == 2 else data
    a, b = box or ((0, 0, 0), whole.shape)
    region = whole[tuple(slice(i, j) for i, j in zip(a, b, strict=True))]
    region[...] = 0
    _paint_region(view.neurons, region, np.asarray(a), np.asarray(b))
    if data is not layer.data:
        layer.data = data
    else:
        layer.refresh()


def _paint_region(
    neurons: NeuronSet,
    region: NDArray[Any],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> None:
    """Paint the neurons of a box; the smaller lies on top, as everywhere."""
    for neuron in sorted(neurons, key=lambda n: (-len(n), -n.id)):
        if np.any(neuron.start >= stop) or np.any(neuron.stop <= start):
            continue
        points = neuron.coordinates()
        inside = np.all((points >= start) & (points < stop), axis=1)
        region[tuple((points[inside] - start).T)] = neuron.id
