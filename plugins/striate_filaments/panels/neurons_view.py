"""Neurons in the viewer: a Labels layer, and who is shown, chosen and coloured how.

The view lives in its layer's metadata, so every panel that meets the layer meets
the same view, in the shell and in plain napari.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from striate_filaments.colours import (
    Palette,
    display_colours,
    from_hex,
    to_hex,
)
from striate_filaments.proofreading import commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron, NeuronSet
    from striate_filaments.panels.editor import Editor

__all__ = ["NeuronsView"]

_FADED = 0.18
"""Opacity of the neurons that are not chosen while others are."""
_MOST_TABLED = 2**16
"""Ids below this are coloured by a table, which is five hundred times faster."""


class NeuronsView:
    """The neurons that one Labels layer shows.

    Parameters
    ----------
    neurons
        What is shown. Changes go through this view, so that everyone hears.
    path
        The ``.neurons.zarr`` they were read from, if any.
    overlap
        How many voxels belong to more than one neuron.

    Attributes
    ----------
    claimed
        Whether a tool uses the clicks on neurons, so that they select nothing.
    editor
        Makes changes that can be undone, once somebody proofreads these neurons.
    selected
        Emitted with the ids that are chosen.
    appearance
        Emitted when colours or visibility changed.
    edited
        Emitted with the ids whose name, state or colour a person changed.
    """

    selected = Signal(tuple)
    appearance = Signal()
    edited = Signal(tuple)

    def __init__(
        self,
        neurons: NeuronSet,
        *,
        path: Path | None = None,
        overlap: int = 0,
        channel_colours: Sequence[str] = (),
    ) -> None:
        self.neurons = neurons
        self.path = path
        self.overlap = overlap
        self.unsaved = path is None
        self.palette: Palette = "own"
        self.measurements: list[dict[str, Any]] = []
        self.claimed = False
        self.editor: Editor | None = None
        self._channel_colours = tuple(channel_colours)
        self._hidden: set[int] = set()
        self._selection: tuple[int, ...] = ()
        self._layer: Any = None
        self._label = 0
        self._colours = display_colours(neurons, self._channel_colours)

    def __deepcopy__(self, memo: Any) -> None:
        """Stay behind when napari duplicates a layer: the copy gets its own view."""

    # ---- The layer

    @property
    def layer(self) -> Any:
        """The Labels layer, once there is one."""
        return self._layer

    def attach(self, layer: Any) -> None:
        """Colour a layer and follow the label a person picks in it."""
        self._layer = layer
        self._label = int(layer.selected_label)
        self._show()
        layer.events.selected_label.connect(self._on_label_picked)

    def detach(self) -> None:
        """Let the layer go."""
        if self._layer is not None:
            self._layer.events.selected_label.disconnect(self._on_label_picked)
            self._layer = None

    def colormap(self) -> Any:
        """Return napari's colormap of what is shown, chosen and coloured how."""
        from napari.utils.colormaps import CyclicLabelColormap, DirectLabelColormap

        largest = max(self._colours, default=0)
        if largest < _MOST_TABLED:
            table = np.zeros((max(2, largest + 1), 4), np.float32)
            for id in self._colours:
                table[id] = self._shown_colour(id)
            return CyclicLabelColormap(colors=table)
        chosen = {id: self._shown_colour(id) for id in self._colours}
        return DirectLabelColormap(color_dict={None: np.zeros(4), **chosen})

    # ---- Choosing

    @property
    def selection(self) -> tuple[int, ...]:
        """The chosen ids."""
        return self._selection

    def select(self, ids: Iterable[int]) -> None:
        """Choose neurons: the others fade."""
        chosen = tuple(id for id in dict.fromkeys(ids) if id in self.neurons)
        if chosen == self._selection:
            return
        self._selection = chosen
        if len(chosen) == 1 and self._layer is not None:
            self._label = chosen[0]
            self._layer.selected_label = chosen[0]
        self._show()
        self.selected.emit(chosen)

    # ---- Showing and hiding

    @property
    def hidden(self) -> frozenset[int]:
        """The ids that are not drawn."""
        return frozenset(self._hidden)

    def is_shown(self, id: int) -> bool:
        """Whether a neuron is drawn."""
        return id in self.neurons and id not in self._hidden

    def hide(self, ids: Iterable[int]) -> None:
        """Draw these no more."""
        self._set_hidden(self._hidden | set(ids))

    def show(self, ids: Iterable[int]) -> None:
        """Draw these again."""
        self._set_hidden(self._hidden - set(ids))

    def isolate(self, ids: Iterable[int]) -> None:
        """Draw only these."""
        self._set_hidden(set(self.neurons.ids) - set(ids))

    def show_all(self) -> None:
        """Draw all."""
        self._set_hidden(set())

    # ---- Colours, names, states

    def colour(self, id: int) -> str:
        """Return the colour a neuron is drawn in, as ``"#RRGGBB"``."""
        return to_hex(self._colours[id])

    def use_palette(self, palette: Palette) -> None:
        """Colour anew: ``"own"`` or ``"safe"``; colours a person gave stay."""
        self.palette = palette
        self._colours = display_colours(self.neurons, self._channel_colours, palette)
        self._show()

    def recolour(self, ids: Iterable[int], colour: str) -> None:
        """Draw neurons in a colour, ``"#RRGGBB"``, that is saved with them."""
        wanted = tuple(ids)
        if self.editor is not None:
            self.editor.do(commands.recolour(self.neurons, wanted, colour))
            return
        for id in wanted:
            neuron = self.neurons[id]
            facts = {**neuron.metadata, "display_colour": colour.upper()}
            self.neurons.replace(neuron.changed(metadata=facts))
            self._colours[id] = from_hex(colour)
        self._edit(wanted)
        self._show()

    def rename(self, id: int, name: str) -> None:
        """Give a neuron a name; an empty one takes it away."""
        if self.editor is not None:
            self.editor.do(commands.rename(self.neurons, id, name))
            return
        self.neurons.replace(self.neurons[id].changed(name=name.strip()))
        self._edit((id,))

    def set_state(self, ids: Iterable[int], state: Any) -> None:
        """Mark neurons as ``"auto"``, ``"edited"`` or ``"accepted"``."""
        wanted = tuple(ids)
        if self.editor is not None:
            self.editor.do(commands.set_state(self.neurons, wanted, state))
            return
        for id in wanted:
            self.neurons.replace(self.neurons[id].changed(state=state))
        self._edit(wanted)

    def saved(self, path: Path) -> None:
        """Note that the neurons are in a file now, as they are."""
        self.path, self.unsaved = path, False
        if self.editor is not None:
            self.editor.saved()
        self.edited.emit(())

    def changed_under(self) -> None:
        """Take in that neurons came, went or changed: colours, choice, tables."""
        ids = set(self.neurons.ids)
        self._colours = display_colours(
            self.neurons, self._channel_colours, self.palette
        )
        self._hidden &= ids
        self._selection = tuple(id for id in self._selection if id in ids)
        self.measurements = []
        # Tables learn first who is there: the others ask for their colours.
        self._edit(())
        self._show()
        self.selected.emit(self._selection)

    def measured(self, rows: list[dict[str, Any]]) -> None:
        """Keep measurements, one dict per neuron with its ``id``."""
        self.measurements = rows
        self.edited.emit(())

    # ---- Places

    def world_point(self, id: int) -> tuple[float, ...]:
        """Return a point on the neuron, near its middle, in world coordinates."""
        point = _middle(self.neurons[id])
        return tuple(float(v) for v in self._layer.data_to_world(
            point[-self._layer.ndim:]))  # fmt: skip

    # ---- Private methods

    def _shown_colour(self, id: int) -> NDArray[np.float32]:
        colour = self._colours[id]
        if not self.is_shown(id):
            return np.zeros(4, np.float32)
        faded = bool(self._selection) and id not in self._selection
        return np.array([*colour, _FADED if faded else 1.0], np.float32)

    def _show(self) -> None:
        if self._layer is not None:
            self._layer.colormap = self.colormap()
        self.appearance.emit()

    def _set_hidden(self, hidden: set[int]) -> None:
        if hidden != self._hidden:
            self._hidden = hidden
            self._show()

    def _edit(self, ids: tuple[int, ...]) -> None:
        self.unsaved = True
        self.edited.emit(ids)

    def _on_label_picked(self, event: Any = None) -> None:
        label = int(self._layer.selected_label)
        # napari says "selected label" after every change of colours, too.
        if label == self._label:
            return
        self._label = label
        if label in self.neurons and label not in self._selection:
            self.select([label])


def _middle(neuron: Neuron) -> NDArray[np.float64]:
    """The neuron's own voxel nearest to its centre of mass: inside, never beside."""
    points = neuron.coordinates()
    apart = ((points - points.mean(0)) ** 2).sum(1)
    return points[int(np.argmin(apart))].astype(float)
