"""Arbors of FISBe's size: real pieces turned, scaled, bent and joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from striate_filaments.simulation.morphologies import path_length, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.morphologies import Shape

__all__ = ["STEP", "Arbor", "Branch", "grow", "tapered"]

_UNIT = 0.44  # µm that one unit of a tracing becomes before random scaling
STEP = 0.25
"""µm between points of an arbor."""
_SHORTEST = 6.0  # µm; shorter stubs are not worth joining
_TRIES = 400
_PRUNED = 0.3  # share of sections cut short at the greatest variation


@dataclass(frozen=True)
class Branch:
    """A run of cable: (n, 3) points in µm (z, y, x) and the radius at each."""

    points: NDArray[np.float64]
    radius: NDArray[np.float64]

    @property
    def length(self) -> float:
        return path_length(self.points)


@dataclass(frozen=True)
class Arbor:
    """One neuron's cable; each branch begins on an earlier one."""

    branches: tuple[Branch, ...]

    @property
    def length(self) -> float:
        """Total cable in µm."""
        return sum(b.length for b in self.branches)

    def random_point(self, rng: Generator) -> NDArray[np.float64]:
        """A point chosen evenly over the cable."""
        branch, at = _random_place(self.branches, rng)
        return branch.points[at]


def grow(
    shapes: Sequence[Shape],
    extent: NDArray[np.float64],
    length: float,
    radius: tuple[float, float],
    rng: Generator,
    *,
    start: NDArray[np.float64] | Branch | None = None,
    variation: float = 0.0,
) -> Arbor:
    """Join pieces at branch points until the cable is `length` µm long.

    Parameters
    ----------
    shapes
        Pieces to join.
    extent
        Size of the volume in µm (z, y, x); what would leave it ends at its face.
    length
        Cable to reach; a small volume may end it sooner.
    radius
        Of the thinnest twig and the thickest trunk, µm.
    start
        A point the arbor passes through, or a branch to begin with; None for a
        random point of the middle of the volume.
    variation
        0 to 1: how far the pieces may be from the tracings they come from.
    """
    soil = _Soil(shapes, extent, radius[0], variation)
    trunk = float(rng.uniform(0.6, 1.0)) * radius[1]
    if isinstance(start, Branch):
        branches = [start]
    else:
        middle = rng.uniform(0.2, 0.8, 3) * extent
        branches = _two_arms(soil, trunk, rng, start, middle)
    total = sum(b.length for b in branches)
    for _ in range(_TRIES):
        if total >= length:
            break
        onto, at = _random_place(branches, rng)
        thick = max(radius[0], float(onto.radius[at] * rng.uniform(0.5, 0.85)))
        new = _piece(soil, onto.points[at], thick, rng)
        new = _shortened(new, length - total)
        if sum(b.length for b in new) >= _SHORTEST:
            branches += new
            total += sum(b.length for b in new)
    return Arbor(tuple(branches))


@dataclass(frozen=True)
class _Soil:
    """What every piece of an arbor has in common."""

    shapes: Sequence[Shape]
    extent: NDArray[np.float64]
    thinnest: float
    variation: float


def _two_arms(
    soil: _Soil,
    trunk: float,
    rng: Generator,
    start: NDArray[np.float64] | None,
    middle: NDArray[np.float64],
) -> list[Branch]:
    """Two pieces that leave one point, each the best of several throws."""
    point = middle if start is None else start
    arms: list[Branch] = []
    for _ in range(2):
        throws = [_piece(soil, point, trunk, rng) for _ in range(4)]
        arms += max(throws, key=lambda t: sum(b.length for b in t))
    return arms


def _piece(
    soil: _Soil, at: NDArray[np.float64], thick: float, rng: Generator
) -> list[Branch]:
    """One shape, varied, with its root at `at`, as far as it stays inside."""
    shape = soil.shapes[int(rng.integers(len(soil.shapes)))]
    turn = Rotation.from_quat(rng.normal(size=4)).as_matrix()
    scale = _UNIT * rng.uniform(0.4, 1.1) * rng.uniform(0.8, 1.25, 3)
    bends = [_Bend(rng)]
    if soil.variation:
        scale = scale * _stretched(soil.variation, rng)
        bends.append(_Bend(rng, (10.0, 40.0), soil.variation))
    whole: dict[int, float] = {-1: thick}
    found: list[Branch] = []
    for i, section in enumerate(shape.sections):
        if section.parent not in whole:
            continue
        placed = (section.points * scale) @ turn.T
        for bend in bends:
            placed = bend(placed)
        points = resample(placed + at, STEP)
        inside = ((points >= 0) & (points < soil.extent)).all(axis=1)
        n = len(points) if inside.all() else int(np.argmin(inside))
        if soil.variation and rng.random() < _PRUNED * soil.variation:
            n = min(n, int(rng.uniform(0.2, 0.9) * len(points)))
        if n < 2:
            continue
        radius = tapered(len(points), whole[section.parent], soil.thinnest)[:n]
        found.append(Branch(points[:n], radius))
        if n == len(points):
            whole[i] = float(radius[-1])
    return found


def _stretched(variation: float, rng: Generator) -> NDArray[np.float64]:
    """Mirror along random axes, stretch along others."""
    mirror = rng.choice((-1.0, 1.0), 3)
    return np.asarray(mirror * np.exp(0.3 * variation * rng.normal(size=3)))


class _Bend:
    """A smooth elastic displacement that leaves the origin where it is."""

    def __init__(
        self,
        rng: Generator,
        period: tuple[float, float] = (40, 120),
        push: float = 3.0,
    ) -> None:
        self._wave = rng.normal(size=(4, 3)) * 2 * np.pi / rng.uniform(*period, (4, 1))
        self._push = rng.normal(size=(4, 3)) * push
        self._phase = rng.uniform(0, 2 * np.pi, 4)

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        phase = points @ self._wave.T + self._phase
        moved = (np.sin(phase) - np.sin(self._phase)) @ self._push
        return np.asarray(points + moved, dtype=np.float64)


def tapered(n: int, thick: float, thinnest: float) -> NDArray[np.float64]:
    """Radii of a branch of `n` points that begins `thick`, in µm."""
    return np.linspace(thick, max(thinnest, 0.65 * thick), n)


def _shortened(branches: list[Branch], length: float) -> list[Branch]:
    """Cut the piece so that it adds little more than the cable still wanted."""
    kept: list[Branch] = []
    for branch in branches:
        if length <= 0:
            break
        n = max(2, round(min(length, branch.length) / STEP))
        kept.append(Branch(branch.points[:n], branch.radius[:n]))
        length -= branch.length
    return kept


def _random_place(branches: Sequence[Branch], rng: Generator) -> tuple[Branch, int]:
    sizes = np.array([len(b.points) for b in branches])
    which = int(rng.choice(len(branches), p=sizes / sizes.sum()))
    return branches[which], int(rng.integers(sizes[which]))
