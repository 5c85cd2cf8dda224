"""From white matter to flat map in one movement, both hemispheres side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_cortex.surfaces.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.surfaces.brain import Brain, Hemisphere, Side

__all__ = ["GAP", "Morph"]

GAP = 12.0
"""Millimetres between hemispheres that are inflated or flat."""


class Morph:
    """Positions of all vertices between one surface and the next.

    White and pial surfaces stay where they are in the head. Inflated ones are moved
    apart. While they unfold they swing open like a book, so that the flat maps lie in
    one plane, seen from behind: left on the left, superior up.

    Parameters
    ----------
    brain
        Whose surfaces are morphed, in the order of ``brain.kinds``.
    """

    def __init__(self, brain: Brain) -> None:
        self.brain = brain
        self.stops = brain.kinds
        self._apart = {(half.side, kind): _apart(half, kind)
                       for half in brain.halves for kind in self.stops}  # fmt: skip
        self._middle = {
            half.side: _middle(half.surfaces[self.stops[max(0, len(self.stops) - 2)]])
            for half in brain.halves
        }

    @property
    def last(self) -> float:
        """Position of the last surface; the first one is at 0."""
        return float(len(self.stops) - 1)

    def stop(self, kind: str) -> float:
        """Position of a surface, such as ``"inflated"``."""
        return float(self.stops.index(kind))

    def is_flat(self, position: float) -> bool:
        """Whether the surface is cut open: at the flat map and on the way to it."""
        return "flat" in self.stops and position > self.stop("flat") - 1.0

    def at(self, position: float) -> NDArray[np.float32]:
        """Return (n, 3) RAS positions in millimetres; 0.25 is a quarter of the way."""
        place = min(max(float(position), 0.0), self.last)
        first = min(int(place), max(0, len(self.stops) - 2))
        second = min(first + 1, len(self.stops) - 1)
        moved = np.empty((self.brain.n_vertices, 3), np.float32)
        for half in self.brain.halves:
            start = self.brain.start(half.side)
            part = moved[start : start + half.n_vertices]
            self._move(part, half, (self.stops[first], self.stops[second]),
                       place - first)  # fmt: skip
        return moved

    def _move(
        self,
        out: NDArray[np.float32],
        half: Hemisphere,
        kinds: tuple[str, str],
        share: float,
    ) -> None:
        first, second = (half.surfaces[kind] for kind in kinds)
        if kinds[1] == "flat":
            sign = -1.0 if half.side == "left" else 1.0
            _unfold(out, first, second, self._middle[half.side], sign, share)
            out[:, 0] += _aside(out, half.side)
            return
        _blend(out, first, second, share)
        start, end = (self._apart[half.side, kind] for kind in kinds)
        move = (1 - share) * start + share * end
        if move:
            out[:, 0] += np.float32(move)


def _apart(half: Hemisphere, kind: str) -> float:
    """How far in x a surface is moved to lie beside the other."""
    if kind in ("white", "pial"):
        return 0.0
    return float(_aside(half.surfaces[kind], half.side))


def _middle(points: NDArray[np.float32]) -> NDArray[np.float32]:
    return (points.max(0) + points.min(0)) / np.float32(2)


def _aside(points: NDArray[np.float32], side: Side) -> np.float32:
    if side == "left":
        return np.float32(-GAP / 2 - points[:, 0].max())
    return np.float32(GAP / 2 - points[:, 0].min())


@compiled
def _blend(
    out: NDArray[np.float32],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    share: float,
) -> None:
    rest = 1.0 - share
    for i in range(len(out)):
        for k in range(3):
            out[i, k] = rest * first[i, k] + share * second[i, k]


@compiled
def _unfold(
    out: NDArray[np.float32],
    folded: NDArray[np.float32],
    flat: NDArray[np.float32],
    middle: NDArray[np.float32],
    sign: float,
    share: float,
) -> None:
    """Unfold to the lateral plane while that plane turns to face backwards.

    `sign` is -1 for a left hemisphere: its front is at the left of its flat map.
    """
    rest = 1.0 - share
    angle = -sign * share * np.pi / 2
    cos, sin = np.cos(angle), np.sin(angle)
    for i in range(len(out)):
        x = rest * (folded[i, 0] - middle[0])
        y = rest * (folded[i, 1] - middle[1]) + share * sign * flat[i, 0]
        out[i, 0] = cos * x - sin * y
        out[i, 1] = sin * x + cos * y + rest * middle[1]
        out[i, 2] = rest * folded[i, 2] + share * (flat[i, 1] + middle[2])
