"""How neurons meet: side by side for a while, or across at a shallow angle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.simulation.arbors import STEP, Branch, tapered

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.arbors import Arbor

__all__ = ["cross_shallow", "run_alongside"]

_ANGLE = (8.0, 25.0)  # degrees between two neurons that cross at a shallow angle
_CROSSING = (16.0, 48.0)  # µm of cable that such a crossing takes


def run_alongside(
    other: Arbor,
    distance: float,
    extent: NDArray[np.float64],
    radius: tuple[float, float],
    rng: Generator,
    *,
    length: tuple[float, float] = (20.0, 60.0),
) -> Branch:
    """Make a branch that keeps about `distance` µm from a long one of `other`."""
    path = _stretch(other, rng.uniform(*length), rng)
    size = len(path)
    turn = rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.uniform(-2, 2), size)
    aside = np.stack([0.6 * np.sin(turn), np.cos(turn), np.sin(turn)], axis=1)
    points = np.clip(path + distance * aside, 0.0, extent)
    thick = float(rng.uniform(0.6, 1.0)) * radius[1]
    return Branch(points, tapered(size, thick, radius[0]))


def cross_shallow(
    other: Arbor,
    extent: NDArray[np.float64],
    radius: tuple[float, float],
    rng: Generator,
) -> Branch:
    """Make a branch that slants through one of `other`, 8 to 25° from its way."""
    path = _stretch(other, rng.uniform(*_CROSSING), rng)
    along = STEP * (np.arange(len(path)) - len(path) / 2)
    way = path[-1] - path[0]
    aside = np.cross(way, rng.normal(size=3))
    aside /= max(float(np.linalg.norm(aside)), 1e-9)
    slope = np.tan(np.radians(rng.uniform(*_ANGLE)))
    points = np.clip(path + slope * along[:, None] * aside, 0.0, extent)
    thick = float(rng.uniform(0.6, 1.0)) * radius[1]
    return Branch(points, tapered(len(path), thick, radius[0]))


def _stretch(other: Arbor, length: float, rng: Generator) -> NDArray[np.float64]:
    """A part of the longest branch, no longer than that is."""
    longest = max(other.branches, key=lambda b: b.length)
    n = len(longest.points)
    size = min(n, round(length / STEP))
    first = int(rng.integers(0, n - size + 1))
    return longest.points[first : first + size]
