"""MCFO colours: a random mixture of the channels for each neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.params import SimulateParams

__all__ = ["bleed_matrix", "draw_colours"]

_THROWS = 60
_SATURATED = 0.4  # share of neurons that show one tag only


def draw_colours(params: SimulateParams, rng: Generator) -> NDArray[np.float64]:
    """(neurons, channels) colours of unit length, none negative.

    The first neuron and every one not drawn as "alike" keep `hue_separation`
    degrees from all before them, or as much as can be had.
    """
    colours: list[NDArray[np.float64]] = []
    alike = rng.random(params.n_neurons) < params.alike_fraction
    for like in alike:
        if like and colours:
            base = colours[int(rng.integers(len(colours)))]
            colours.append(_unit(base + np.abs(rng.normal(0, 0.08, params.n_channels))))
        else:
            colours.append(_apart(colours, params, rng))
    return np.array(colours)


def bleed_matrix(n_channels: int, share: float) -> NDArray[np.float64]:
    """(channels, channels): light of column c seen in row r; neighbours get `share`."""
    near = np.abs(np.subtract.outer(np.arange(n_channels), np.arange(n_channels)))
    return np.where(near == 0, 1.0, np.where(near == 1, share, share / 2))


def _apart(
    taken: list[NDArray[np.float64]], params: SimulateParams, rng: Generator
) -> NDArray[np.float64]:
    best, widest = _throw(params.n_channels, rng), -1.0
    for _ in range(_THROWS):
        colour = _throw(params.n_channels, rng)
        angle = min((_angle(colour, t) for t in taken), default=180.0)
        if angle > widest:
            best, widest = colour, angle
        if angle >= params.hue_separation:
            return colour
    return best


def _throw(n_channels: int, rng: Generator) -> NDArray[np.float64]:
    if rng.random() < _SATURATED:
        pure = np.zeros(n_channels)
        pure[int(rng.integers(n_channels))] = 1.0
        return _unit(pure + rng.uniform(0, 0.1, n_channels))
    return _unit(rng.dirichlet(np.full(n_channels, 0.8)))


def _unit(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(colour / np.linalg.norm(colour))


def _angle(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1.0, 1.0))))
