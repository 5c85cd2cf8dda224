"""Units: anything that answers to images, and where on the cortex it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from striate.errors import InputError
from striate_cortex.tensors import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["UnitKind", "UnitTable"]

UnitKind = Literal["vertex", "voxel", "neuron", "network unit"]
FORMAT = "striate-units-1"


@dataclass(frozen=True)
class UnitTable:
    """The units of a subject: their place, region and reliability, u of them.

    Vertices are numbered through both hemispheres, left first: vertex v of the right
    hemisphere is ``n_vertices[0] + v``.

    Parameters
    ----------
    kind
        What one unit is.
    n_vertices
        Vertices of the left and of the right hemisphere; (0, 0) without a surface.
    vertex
        (u,) int32, the vertex nearest to each unit; -1: none.
    shown
        (n_left + n_right,) int32, the unit that a vertex shows; -1: none. Left out,
        every unit is shown at its own vertex.
    xyz, mni
        (u, 3) float32 millimetres, RAS, in the subject's own space and in MNI152;
        NaN where unknown.
    rois
        Name of a region to (u,) bool. Regions may overlap.
    ceiling
        (u,) float32 noise ceiling in percent of variance; NaN where unknown.
    labels
        (u,) other facts by name, such as the person a unit is from.

    Raises
    ------
    InputError
        When sizes differ, or a vertex or unit is named that is not there.
    """

    kind: UnitKind
    n_vertices: tuple[int, int]
    vertex: NDArray[np.int32]
    shown: NDArray[np.int32] | None = None
    xyz: NDArray[np.float32] | None = None
    mni: NDArray[np.float32] | None = None
    rois: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    ceiling: NDArray[np.float32] | None = None
    labels: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in get_args(UnitKind):
            raise InputError(
                f"Units of kind {self.kind!r} are not known: use one of "
                f"{', '.join(get_args(UnitKind))}."
            )
        vertex = np.asarray(self.vertex, np.int32)
        object.__setattr__(self, "vertex", vertex)
        named: dict[str, Any] = {
            "xyz": self.xyz,
            "mni": self.mni,
            "ceiling": self.ceiling,
        }
        named |= {f"region {k}": v for k, v in self.rois.items()}
        named |= dict(self.labels)
        for name, values in named.items():
            if values is not None and len(values) != len(vertex):
                raise InputError(
                    f"There are {len(vertex):,} units and {len(values):,} values of "
                    f"{name}: give one for each unit."
                )
        _check_range(vertex, sum(self.n_vertices), "vertex")
        if self.shown is not None:
            shown = np.asarray(self.shown, np.int32)
            object.__setattr__(self, "shown", shown)
            if len(shown) != sum(self.n_vertices):
                raise InputError(
                    f"The surface has {sum(self.n_vertices):,} vertices and "
                    f"{len(shown):,} of them say which unit they show: they must all."
                )
            _check_range(shown, len(vertex), "unit")

    @classmethod
    def of_vertices(cls, n_left: int, n_right: int, **facts: Any) -> UnitTable:
        """Make a table with one unit for each vertex of both hemispheres."""
        vertex = np.arange(n_left + n_right, dtype=np.int32)
        return cls("vertex", (n_left, n_right), vertex, **facts)

    def __len__(self) -> int:
        return len(self.vertex)

    # ---- Between vertices and units

    @cached_property
    def unit_of_vertex(self) -> NDArray[np.int32]:
        """(n_left + n_right,) the unit that each vertex shows; -1: none."""
        if self.shown is not None:
            return self.shown
        found = np.full(sum(self.n_vertices), -1, np.int32)
        placed = np.flatnonzero(self.vertex >= 0)
        # Backwards: of several units at one vertex the first is shown.
        found[self.vertex[placed[::-1]]] = placed[::-1]
        return found

    def at(self, vertex: int) -> NDArray[np.int64]:
        """Return the units at a vertex, the one that is shown there first.

        Raises
        ------
        InputError
            When there is no such vertex.
        """
        if not 0 <= vertex < sum(self.n_vertices):
            raise InputError(
                f"There is no vertex {vertex}: they go from 0 to "
                f"{sum(self.n_vertices) - 1}."
            )
        shown = int(self.unit_of_vertex[vertex])
        own = np.flatnonzero(self.vertex == vertex)
        if shown < 0:
            return own
        return np.concatenate([[shown], own[own != shown]]).astype(np.int64)

    def paint(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Bring a value per unit to the vertices.

        Parameters
        ----------
        values
            (u,) or (u, c).

        Returns
        -------
        ndarray
            (n_left + n_right,) or (…, c) float32; NaN where no unit is shown.
        """
        array = np.asarray(values, np.float32)
        if len(array) != len(self):
            raise InputError(
                f"There are {len(self):,} units and {len(array):,} values to paint."
            )
        unit = self.unit_of_vertex
        painted = np.full((len(unit), *array.shape[1:]), np.nan, np.float32)
        painted[unit >= 0] = array[unit[unit >= 0]]
        return painted

    @cached_property
    def on_left(self) -> NDArray[np.bool_]:
        """(u,) whether a unit is in the left hemisphere, by its vertex or else by x."""
        left = (self.vertex >= 0) & (self.vertex < self.n_vertices[0])
        place = self.xyz if self.xyz is not None else self.mni
        if place is None:
            return left
        return np.where(self.vertex >= 0, left, np.nan_to_num(place[:, 0]) < 0)

    def regions_of(self, unit: int) -> list[str]:
        """Return the names of the regions that a unit is in."""
        return [name for name, inside in self.rois.items() if inside[unit]]

    # ---- Files

    def write(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the table as safetensors."""
        arrays: dict[str, NDArray[Any]] = {"vertex": self.vertex}
        for name in ("shown", "xyz", "mni", "ceiling"):
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        if self.rois:
            arrays["rois"] = np.stack([np.asarray(v, bool) for v in self.rois.values()])
        words: dict[str, list[str]] = {}
        for name, values in self.labels.items():
            names, codes = np.unique(
                np.asarray(values).astype(str), return_inverse=True
            )
            words[name] = [str(n) for n in names]
            arrays[f"label.{name}"] = codes.astype(np.int32)
        facts = {
            "format": FORMAT, "kind": self.kind, "n_vertices": list(self.n_vertices),
            "rois": list(self.rois), "labels": words,
        }  # fmt: skip
        return write_arrays(path, arrays, facts, overwrite=overwrite)

    @classmethod
    def read(cls, path: str | Path) -> UnitTable:
        """Read what :meth:`write` wrote.

        Raises
        ------
        InputError
            When it is no table of units, or damaged.
        """
        arrays, facts = read_arrays(path, FORMAT)
        rois = dict(zip(facts["rois"], arrays.pop("rois", ()), strict=True))
        labels = {
            name: np.array(words)[arrays.pop(f"label.{name}")]
            for name, words in facts["labels"].items()
        }
        left, right = facts["n_vertices"]
        return cls(facts["kind"], (left, right), rois=rois, labels=labels, **arrays)


def _check_range(values: NDArray[np.int32], count: int, what: str) -> None:
    if values.size and (values.min() < -1 or values.max() >= count):
        raise InputError(
            f"There are {count:,} of a kind and {what} {int(values.max())} is named: "
            "the table belongs to another surface."
        )
