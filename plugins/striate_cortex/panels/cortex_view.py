"""How one subject's cortex is looked at: surface, map, chosen place, pins."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from striate_cortex.maps import Colouring, CortexMap
from striate_cortex.picking import SurfacePicker, walk
from striate_cortex.surfaces import Morph, Neighbours, curvature_greys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.answering import Answering
    from striate_cortex.subjects import Subject
    from striate_cortex.surfaces import Side

__all__ = ["CortexView"]

_BARE = 0.6
"""Grey of the surface where no folding is shown."""


class CortexView:
    """What every panel and every canvas of one subject shares; no Qt, no napari.

    Parameters
    ----------
    subject
        With surfaces.

    Attributes
    ----------
    moved
        Emitted when vertices are elsewhere, or others are shown.
    painted
        Emitted when vertices have other colours.
    picked
        Emitted with the vertex chosen, or None.
    pinned
        Emitted with the pinned vertices.
    models_changed
        Emitted when an encoding model was added.
    model_chosen
        Emitted when clicks are answered from another model.
    regions_changed
        Emitted when regions were painted.

    Raises
    ------
    InputError
        When the subject's files do not fit one another.
    """

    moved = Signal()
    painted = Signal()
    picked = Signal(object)
    pinned = Signal(object)
    models_changed = Signal()
    model_chosen = Signal()
    regions_changed = Signal()

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.brain = subject.brain
        self.units = subject.units
        self.morph = Morph(self.brain)
        self.sides: tuple[Side, ...] = self.brain.sides
        stops = self.morph.stops
        self.position = self.morph.stop("inflated" if "inflated" in stops else stops[0])
        self.points = self.morph.at(self.position)
        self._picker: SurfacePicker | None = None
        self.show_folding = True
        self.map: CortexMap | None = None
        self.colouring = Colouring()
        self._values: NDArray[np.float32] | None = None
        self.colours = self._painted()
        self.vertex: int | None = None
        self.pins: tuple[int, ...] = ()
        self._models: dict[str, EncodingModel] = {}
        self._model_files: dict[str, Path] = {}
        self._in_use = ""

    def __deepcopy__(self, memo: dict[int, object]) -> None:
        """Leave a duplicated layer without a view: what it shows stays as it is."""

    # ---- The surface

    @property
    def is_flat(self) -> bool:
        """Whether the surface is cut open."""
        return self.morph.is_flat(self.position)

    @property
    def faces(self) -> NDArray[np.int32]:
        """Triangles that are shown."""
        return self.brain.faces(flat=self.is_flat, sides=self.sides)

    @property
    def shown_vertices(self) -> NDArray[np.float32]:
        """Positions of the vertices of the hemispheres that are shown."""
        parts = [
            self.points[self.brain.start(half.side) :][: half.n_vertices]
            for half in self.brain.halves
            if half.side in self.sides
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 3), np.float32)

    def morph_to(self, position: float) -> None:
        """Show the surface at a place between the stops of ``morph``."""
        cut = self.is_flat
        self.position = min(max(float(position), 0.0), self.morph.last)
        self.points = self.morph.at(self.position)
        if self._picker is not None:
            self._picker.move(self.points)
        if cut != self.is_flat:
            self._picker = None
        self.moved.emit()

    def show_sides(self, sides: Sequence[Side]) -> None:
        """Show both hemispheres, one, or none."""
        self.sides = tuple(side for side in self.brain.sides if side in sides)
        self._picker = None
        self.moved.emit()

    @cached_property
    def neighbours(self) -> Neighbours:
        """Who is beside whom on the uncut surface."""
        return Neighbours(self.brain.faces(), self.brain.n_vertices)

    # ---- Colours

    @cached_property
    def folding(self) -> NDArray[np.float32]:
        """(n, 3) greys of gyri and sulci."""
        return curvature_greys(self.brain.curvature)

    @cached_property
    def ceiling(self) -> NDArray[np.float32]:
        """(n,) noise ceiling in percent at each vertex, NaN where unknown."""
        return self.units.paint(self.subject.ceiling)

    def set_folding(self, on: bool) -> None:
        """Draw gyri and sulci under the map, or one grey."""
        self.show_folding = on
        self._repaint()

    def show_map(self, shown: CortexMap | None, colouring: Colouring) -> None:
        """Paint a map; None shows the folding only."""
        if shown is not self.map:
            self.map = shown
            self._values = None if shown is None else self.units.paint(shown.values)
        self.colouring = colouring
        self._repaint()

    def value_at(self, vertex: int) -> float | None:
        """Return the value of the map at a vertex; None for colours and no value."""
        if self._values is None or self._values.ndim > 1:
            return None
        value = float(self._values[vertex])
        return value if np.isfinite(value) else None

    def show_as(self, other: CortexView) -> None:
        """Paint what another view of the same subject paints."""
        self.map, self._values = other.map, other._values
        self.colouring, self.colours = other.colouring, other.colours
        self.show_folding = other.show_folding
        self.painted.emit()

    def sibling(self) -> CortexView:
        """Make a second view of the subject: same map and places, own surface."""
        twin = CortexView(self.subject)
        twin.vertex, twin.pins = self.vertex, self.pins
        twin.show_as(self)
        return twin

    # ---- Places

    def hit(self, origin: Sequence[float], direction: Sequence[float]) -> int | None:
        """Return the vertex that a ray, (x, y, z), meets first on what is shown."""
        if self._picker is None:
            self._picker = SurfacePicker(self.points, self.faces)
        found = self._picker.hit(origin, direction)
        return None if found is None else found.vertex

    def pick(self, vertex: int | None) -> None:
        """Choose a vertex, or none."""
        if vertex != self.vertex:
            self.vertex = vertex
            self.picked.emit(vertex)

    def step(self, direction: Sequence[float], distance: float = 0.0) -> None:
        """Choose the vertex next to the chosen one in a direction, (x, y, z)."""
        if self.vertex is not None:
            self.pick(
                walk(
                    self.vertex,
                    direction,
                    self.neighbours,
                    self.points,
                    distance=distance,
                )
            )

    def pin(self, vertex: int) -> None:
        """Keep a vertex in sight to be compared; one that is pinned already stays."""
        if vertex not in self.pins:
            self.pins = (*self.pins, vertex)
            self.pinned.emit(self.pins)

    def unpin(self, vertex: int) -> None:
        """Let a pin go."""
        self.pins = tuple(pin for pin in self.pins if pin != vertex)
        self.pinned.emit(self.pins)

    def show_pins(self, pins: Sequence[int]) -> None:
        """Pin exactly these."""
        self.pins = tuple(pins)
        self.pinned.emit(self.pins)

    def unit_at(self, vertex: int) -> int | None:
        """Return the unit that a vertex shows, or None."""
        unit = int(self.units.unit_of_vertex[vertex])
        return unit if unit >= 0 else None

    def vertex_of(self, unit: int) -> int | None:
        """Return the vertex that shows a unit, or None."""
        own = int(self.units.vertex[unit])
        if own >= 0 and self.units.unit_of_vertex[own] == unit:
            return own
        shown = np.flatnonzero(self.units.unit_of_vertex == unit)
        return int(shown[0]) if len(shown) else (own if own >= 0 else None)

    # ---- Models

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of its encoding models: the subject's own and those fitted since."""
        return tuple(dict.fromkeys((*self.subject.model_names, *self._models)))

    @property
    def model_in_use(self) -> str:
        """Name of the model that a click is answered from; empty without any."""
        names = self.model_names
        return self._in_use if self._in_use in names else next(iter(names), "")

    def use_model(self, name: str) -> None:
        """Answer clicks from this model."""
        other = name != self.model_in_use
        self._in_use = name
        if other:
            self.model_chosen.emit()

    def model(self, name: str) -> EncodingModel:
        """Return an encoding model, read when first asked for.

        Raises
        ------
        InputError
            When there is none of that name, or it belongs to another subject.
        """
        if name not in self._models:
            self._models[name] = self.subject.model(name)
        return self._models[name]

    def model_file(self, name: str) -> Path | None:
        """Return where a model's file is, for a job to read; None: nowhere yet."""
        if name in self._model_files:
            return self._model_files[name]
        files = self.subject.manifest.models
        return self.subject.path(files[name]) if name in files else None

    @cached_property
    def answering(self) -> Answering:
        """What clicks are answered with, which all panels of the subject share."""
        from striate_cortex.panels.answering import Answering

        return Answering(self)

    def add_model(
        self, name: str, model: EncodingModel, file: Path | None = None
    ) -> None:
        """Add a model that was fitted or opened.

        Parameters
        ----------
        file
            Where it lies, so that jobs can read it.

        Raises
        ------
        InputError
            When it is of other units.
        """
        from striate.errors import InputError

        if len(model) != len(self.units):
            raise InputError(
                f"{name} is a model of {len(model):,} units and {self.subject.title} "
                f"has {len(self.units):,}: it belongs to another subject."
            )
        self._models[name] = model
        if file is not None:
            self._model_files[name] = file
        self.models_changed.emit()

    # ---- Private methods

    def _repaint(self) -> None:
        self.colours = self._painted()
        self.painted.emit()

    def _painted(self) -> NDArray[np.float32]:
        n = self.brain.n_vertices
        under = self.folding if self.show_folding else np.full((n, 3), _BARE, "f4")
        values = self._values
        if values is None:
            values = np.full(n, np.nan, np.float32)
        needs = self.colouring.reliability or self.colouring.floor
        return self.colouring.paint(
            values, under, None if needs is None else self.ceiling
        )
