"""How brightly each point of an arbor shines: grain, beads and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from striate_filaments.simulation.arbors import Arbor, Branch
    from striate_filaments.simulation.params import SimulateParams

__all__ = ["Beads", "express"]

_BEAD_PERIOD = 3.5  # µm from one varicosity to the next
_VARIATION = 0.3  # log sd of brightness along a branch
_VARIATION_LENGTH = 6.0  # µm


@dataclass(frozen=True)
class Beads:
    """Points along the cable, each to be painted as a ball.

    Parameters
    ----------
    points
        (n, 3) µm (z, y, x).
    radius
        (n,) µm.
    intact
        (n,) brightness with expression everywhere.
    expressed
        (n,) the same with the gaps in it.
    """

    points: NDArray[np.float64]
    radius: NDArray[np.float64]
    intact: NDArray[np.float64]
    expressed: NDArray[np.float64]


def express(arbor: Arbor, params: SimulateParams, rng: Generator) -> Beads:
    """Give every point of `arbor` its radius and its brightness (1 is typical)."""
    parts = [_branch(b, params, rng) for b in arbor.branches]
    return Beads(
        np.concatenate([b.points for b in arbor.branches]),
        *(np.concatenate(column) for column in zip(*parts, strict=True)),
    )


def _branch(
    branch: Branch, params: SimulateParams, rng: Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    n, step = len(branch.points), branch.length / max(1, len(branch.points) - 1)
    along: NDArray[np.float64] = np.arange(n) * np.float64(step)
    wave = np.sin(2 * np.pi * along / _BEAD_PERIOD + rng.uniform(0, 2 * np.pi))
    swell = 1 + params.beading * wave * rng.uniform(0.3, 1.0)
    level = _smooth_noise(n, _VARIATION_LENGTH / step, rng)
    intact = np.exp(_VARIATION * level)
    return branch.radius * swell, intact, intact * _gaps(along, params, rng)


def _smooth_noise(n: int, sigma: float, rng: Generator) -> NDArray[np.float64]:
    noise = gaussian_filter1d(rng.normal(size=n), sigma, mode="reflect")
    return noise * np.sqrt(2 * np.sqrt(np.pi) * sigma)


def _gaps(
    along: NDArray[np.float64], params: SimulateParams, rng: Generator
) -> NDArray[np.float64]:
    """1 where the cable is labelled, falling to nearly 0 in the gaps."""
    shine = np.ones(len(along))
    if not params.gap_spacing or not params.gap_length:
        return shine
    for _ in range(rng.poisson(along[-1] / params.gap_spacing)):
        middle = rng.uniform(0, along[-1])
        half = rng.exponential(params.gap_length) / 2 + 0.4
        left = np.clip((np.abs(along - middle) - half) / 0.6, 0.0, 1.0)
        shine *= rng.uniform(0.0, 0.05) + (1 - 0.05) * left
    return shine
