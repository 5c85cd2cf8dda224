"""Two hemispheres, each with the same vertices placed on several surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from striate.errors import InputError
from striate_cortex.surfaces.flat import upright

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["KINDS", "Brain", "Hemisphere", "Side"]

Side = Literal["left", "right"]

KINDS = ("white", "pial", "inflated", "flat")
"""Surfaces in the order in which one is morphed into the next."""


@dataclass(frozen=True, slots=True)
class Hemisphere:
    """One hemisphere: its triangles, and where its vertices are on each surface.

    Parameters
    ----------
    side
        ``"left"`` or ``"right"``.
    surfaces
        (n, 3) millimetres, RAS (x to the right, y to the front, z up), by kind; the
        kinds are those of `KINDS`, at least one but ``"flat"``. Of ``"flat"`` the
        first two columns are used; it is turned upright and unmirrored here.
    faces
        (m, 3) vertex indices, counter-clockwise seen from outside.
    flat_faces
        (k, 3) those left when the surface is cut open; needed with ``"flat"``.
    curvature
        (n,) positive in sulci, as FreeSurfer has it; None computes it when asked for.

    Raises
    ------
    InputError
        When numbers of vertices differ or a face names a vertex that is not there.
    """

    side: Side
    surfaces: Mapping[str, NDArray[np.float32]]
    faces: NDArray[np.int32]
    flat_faces: NDArray[np.int32] | None = None
    curvature: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        found = {k: _points(v, k, self.side) for k, v in self.surfaces.items()}
        _check_kinds(found, self.side)
        n = len(next(iter(found.values())))
        for kind, points in found.items():
            if len(points) != n:
                raise InputError(
                    f"The {self.side} {kind} surface has {len(points):,} vertices and "
                    f"the others have {n:,}: they are not of one subject."
                )
        faces = _triangles(self.faces, n, self.side)
        flat_faces = None
        if "flat" in found:
            if self.flat_faces is None:
                raise InputError(f"The {self.side} flat map comes without its faces.")
            flat_faces = _triangles(self.flat_faces, n, self.side)
            folded = next(found[k] for k in KINDS if k in found)
            found["flat"] = upright(found["flat"], flat_faces, folded)
        object.__setattr__(self, "surfaces", {k: found[k] for k in KINDS if k in found})
        object.__setattr__(self, "faces", faces)
        object.__setattr__(self, "flat_faces", flat_faces)
        if self.curvature is not None:
            object.__setattr__(self, "curvature", self._checked_curvature(n))

    @property
    def n_vertices(self) -> int:
        """How many vertices it has."""
        return len(next(iter(self.surfaces.values())))

    def folding(self) -> NDArray[np.float32]:
        """Return the curvature, computed from the innermost surface if not given."""
        if self.curvature is not None:
            return self.curvature
        from striate_cortex.surfaces.curvature import mean_curvature

        folded = next(p for k, p in self.surfaces.items() if k != "flat")
        return mean_curvature(folded, self.faces)

    def _checked_curvature(self, n: int) -> NDArray[np.float32]:
        given = np.asarray(self.curvature, np.float32).ravel()
        if len(given) != n:
            raise InputError(
                f"The {self.side} curvature has {len(given):,} values for {n:,} "
                "vertices: it is of another surface."
            )
        return given


class Brain:
    """Both hemispheres as one mesh: left vertices first, then the right ones.

    Parameters
    ----------
    left, right
        The hemispheres; one may be missing. They have the same kinds of surfaces;
        a kind that one lacks is left out.

    Raises
    ------
    InputError
        When both are missing, or a hemisphere is given for the other one.
    """

    def __init__(self, left: Hemisphere | None, right: Hemisphere | None) -> None:
        given = (("left", left), ("right", right))
        for side, half in given:
            if half is not None and half.side != side:
                raise InputError(f"The {half.side} hemisphere is given as the {side}.")
        self.halves = tuple(half for _, half in given if half is not None)
        if not self.halves:
            raise InputError("A brain needs at least one hemisphere.")
        self.n_left = left.n_vertices if left is not None else 0
        self.n_vertices = sum(half.n_vertices for half in self.halves)
        self.kinds = tuple(
            kind for kind in KINDS if all(kind in h.surfaces for h in self.halves)
        )
        _check_sides(self.halves)

    @cached_property
    def curvature(self) -> NDArray[np.float32]:
        """(n,) folding of all vertices, positive in sulci."""
        return np.concatenate([half.folding() for half in self.halves])

    @property
    def sides(self) -> tuple[Side, ...]:
        """Return the sides it has."""
        return tuple(half.side for half in self.halves)

    def start(self, side: Side) -> int:
        """Index of the first vertex of a side."""
        return 0 if side == "left" else self.n_left

    def side_of(self, vertex: int) -> tuple[Side, int]:
        """Return the side of a vertex, and its index within that hemisphere."""
        if vertex < self.n_left:
            return "left", vertex
        return "right", vertex - self.n_left

    def vertices(self, kind: str) -> NDArray[np.float32]:
        """Return (n, 3) positions as the files have them, both hemispheres.

        Raises
        ------
        InputError
            When there is no such surface.
        """
        if kind not in self.kinds:
            raise InputError(
                f"There is no {kind} surface here; there is {', '.join(self.kinds)}."
            )
        return np.concatenate([half.surfaces[kind] for half in self.halves])

    def faces(
        self, *, flat: bool = False, sides: tuple[Side, ...] = ("left", "right")
    ) -> NDArray[np.int32]:
        """Return (m, 3) triangles of some sides, cut open where `flat`."""
        found = [
            (half.flat_faces if flat and half.flat_faces is not None else half.faces)
            + self.start(half.side)
            for half in self.halves
            if half.side in sides
        ]
        empty = np.zeros((0, 3), np.int32)
        return np.concatenate([empty, *found]).astype(np.int32, copy=False)


# ---- Private functions


def _points(given: NDArray[np.float32], kind: str, side: str) -> NDArray[np.float32]:
    points = np.ascontiguousarray(given, dtype=np.float32)
    if points.ndim != 2 or points.shape[1] != 3 or not len(points):
        raise InputError(f"The {side} {kind} surface is not a list of 3-D points.")
    if not np.isfinite(points).all():
        raise InputError(f"The {side} {kind} surface has points that are no numbers.")
    return points


def _check_kinds(found: Mapping[str, NDArray[np.float32]], side: str) -> None:
    unknown = [kind for kind in found if kind not in KINDS]
    if unknown:
        raise InputError(
            f"{unknown[0]!r} is no kind of surface: name it {', '.join(KINDS)}."
        )
    if not set(found) - {"flat"}:
        raise InputError(f"The {side} hemisphere has no surface but a flat map.")


def _triangles(given: NDArray[np.int32], n: int, side: str) -> NDArray[np.int32]:
    faces = np.ascontiguousarray(given, dtype=np.int32)
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise InputError(f"The {side} faces are not triangles.")
    if len(faces) and (faces.min() < 0 or faces.max() >= n):
        raise InputError(
            f"A {side} face names vertex {int(faces.max()):,} of {n:,}: surface and "
            "faces are not of one file."
        )
    return faces


def _check_sides(halves: tuple[Hemisphere, ...]) -> None:
    """Refuse hemispheres that are swapped: the left one lies at smaller x."""
    if len(halves) < 2:
        return
    for kind in ("white", "pial"):
        if all(kind in half.surfaces for half in halves):
            left, right = (float(half.surfaces[kind][:, 0].mean()) for half in halves)
            if left >= right:
                raise InputError(
                    "The left hemisphere lies to the right of the right one: "
                    "the two are swapped, or x does not point to the right."
                )
            return
