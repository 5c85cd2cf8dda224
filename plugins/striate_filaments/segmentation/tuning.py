"""The numbers behind the method, in one place: found on tuning volumes, then fixed.

Lengths are in half thicknesses of a neurite, which is one voxel by default.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TUNED", "Tuning"]


@dataclass(frozen=True)
class Tuning:
    """Constants of the ``colour`` method; tests/bench names the tuning volumes.

    Parameters
    ----------
    low, high
        Ridge scores: a component counts that reaches `high`, down to `low`.
    speckle
        Voxels a component must have.
    piece
        Farthest a voxel lies from the seed of its supervoxel.
    piece_hue
        Hue angle in degrees a supervoxel takes in on top of noise.
    grain, grain_factor, drift
        How much the pieces of one neuron, and even its long stretches, differ in
        hue: the first in degrees when the data cannot tell, and as a multiple of
        the angle from one piece to the next; the second as a share of the first.
    touch_limit, gap_limit
        Most that joining two regions may cost when they touch, and over a gap.
    saddle, emptiness, turn
        What joining costs besides hue: at a deep saddle between the two crests,
        over a gap of full width without any light, and at a turn of 90 degrees.
    gap
        Widest gap.
    straight, straight_in_colour
        Least cosine of a neurite's turn at a crossing, with one channel and more.
    shortest
        Cable of the shortest neuron.
    """

    low: float = 5.0
    high: float = 10.0
    speckle: int = 30
    piece: float = 6.0
    piece_hue: float = 8.0
    grain: float = 9.0
    grain_factor: float = 7.5
    drift: float = 0.078
    touch_limit: float = 4.0
    gap_limit: float = 6.0
    saddle: float = 1.0
    emptiness: float = 3.0
    turn: float = 1.5
    gap: float = 20.0
    straight: float = 0.85
    straight_in_colour: float = 0.95
    shortest: float = 100.0


TUNED = Tuning()
