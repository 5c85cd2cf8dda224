"""Which neuron grows where: free, through another, beside one, in a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_filaments.simulation.arbors import STEP, Arbor, Branch, grow
from striate_filaments.simulation.meeting import cross_shallow, run_alongside
from striate_filaments.simulation.morphologies import load_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.params import SimulateParams

__all__ = ["next_arbor"]

_SOMA = (1.4, 3.0)  # µm, radius of a cell body
_APART = (0.9, 2.2)  # µm between neurons side by side


def next_arbor(grown: Sequence[Arbor], params: SimulateParams, rng: Generator) -> Arbor:
    """Grow one more neuron, often through or beside one that is there.

    Raises
    ------
    InputError
        When the volume is too small to hold a neuron.
    """
    extent = np.asarray(params.shape) * np.asarray(params.voxel_size)
    low, high = np.log(params.cable_length)
    length = float(np.exp(rng.uniform(low, high)))
    # What was added later draws from its own stream, so that old seeds stay true.
    later = np.random.default_rng((params.seed, 5, len(grown)))
    arbor = grow(
        load_shapes(params.morphologies),
        extent,
        length,
        params.radius,
        rng,
        start=_start(grown, params, extent, rng, later),
        variation=params.variation,
    )
    if not arbor.branches:
        raise InputError(
            f"A volume of {params.shape} voxels is too small for a neuron: make it "
            "at least 32 voxels along each axis."
        )
    return _with_soma(arbor, params, later)


def _start(
    grown: Sequence[Arbor],
    params: SimulateParams,
    extent: NDArray[np.float64],
    rng: Generator,
    later: Generator,
) -> NDArray[np.float64] | Branch | None:
    beside, across = rng.random(2)
    bundled, shallow = later.random(2)
    if grown and beside < params.alongside_fraction:
        other = grown[int(rng.integers(len(grown)))]
        apart = float(rng.uniform(*_APART))
        if bundled < params.bundle_fraction:
            other = _bundle(grown)
        return run_alongside(
            other, apart, extent, params.radius, rng, length=params.alongside_length
        )
    if grown and across < params.crossing_fraction:
        other = grown[int(rng.integers(len(grown)))]
        if shallow < params.shallow_fraction:
            return cross_shallow(other, extent, params.radius, rng)
        return other.random_point(rng)
    return None


def _bundle(grown: Sequence[Arbor]) -> Arbor:
    """The longest run of cable there is: what many follow becomes a bundle."""
    longest = max((b for a in grown for b in a.branches), key=lambda b: b.length)
    return Arbor((longest,))


def _with_soma(arbor: Arbor, params: SimulateParams, rng: Generator) -> Arbor:
    if not rng.random() < params.soma_fraction:
        return arbor
    at = arbor.branches[int(rng.integers(len(arbor.branches)))].points[-1]
    points = at + STEP * np.arange(3)[:, None] * np.array([0.0, 0.6, 0.8])
    body = Branch(points, np.full(3, rng.uniform(*_SOMA)))
    return Arbor((*arbor.branches, body))
