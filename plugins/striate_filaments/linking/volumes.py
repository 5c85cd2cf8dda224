"""Volumes to learn linking from: small, simulated, of training shapes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.jobs.context import JobContext
from striate_filaments.learned.opening import block_edge, make_finder
from striate_filaments.linking.lessons import Example
from striate_filaments.segmentation.blocks import collect, make_detector
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.segmentation.resolving import resolve
from striate_filaments.simulation import SimulateParams, simulate
from striate_filaments.simulation.variety import training_params

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["FIRST_SEED", "paint_example", "volume_params"]

FIRST_SEED = 1_100_000
"""Benches have seeds far below."""
_SHAPE = (88, 176, 176)
_EVERY = 3


def volume_params(seed: int) -> SimulateParams:
    """Draw a volume: every third of any kind, the others crowded, of three channels."""
    rng = np.random.default_rng(seed)
    if seed % _EVERY == 0:
        return training_params(rng, _SHAPE)
    kind = int(rng.integers(5))
    drawn = {**_shapes(rng, kind), **_light(rng, kind), **_picture(rng, kind)}
    count = int(rng.integers(3, 11))
    return SimulateParams(
        shape=_SHAPE, seed=seed, n_neurons=count, morphologies="training", **drawn
    )


def paint_example(seed: int, model: str, low: float) -> Example:
    """Paint a volume and find its voxels, down to a score of `low`.

    `model` names the network that finds them.
    """
    ctx = JobContext()
    made = simulate(volume_params(seed))
    request = resolve(made.volume, SegmentParams())
    detector = make_detector(request.array, request.optics, low, ctx)
    edge = request.params.block
    finder = make_finder(detector, request.array.shape[1:], model, ctx)
    voxels = collect(request.array, finder, block_edge(finder, edge), ctx)
    return Example(request, detector, voxels, made.neurons, tuple(made.dim_ids))


def _shapes(rng: Generator, kind: int) -> dict[str, Any]:
    bundled = kind == 1
    return {
        "variation": _between(rng, 0.2, 0.8),
        "cable_length": (_between(rng, 60, 120), _between(rng, 250, 450)),
        "crossing_fraction": _between(rng, 0.6, 1.0),
        "shallow_fraction": _between(rng, 0.0, 0.7),
        "alongside_fraction": _between(rng, 0.2, 0.8 if bundled else 0.5),
        "alongside_length": (25.0, _between(rng, 60, 110)),
        "bundle_fraction": _between(rng, 0.0, 0.8 if bundled else 0.4),
    }


def _light(rng: Generator, kind: int) -> dict[str, Any]:
    return {
        "dim_fraction": _between(rng, 0.1, 0.45),
        "dim_range": (_between(rng, 0.05, 0.08), _between(rng, 0.12, 0.2)),
        "alike_fraction": _between(rng, 0.1, 0.6 if kind == 4 else 0.35),
        "hue_separation": _between(rng, 10, 20),
        "beading": _between(rng, 0.2, 0.6),
        "gap_spacing": _between(rng, 30, 120),
        "gap_length": _between(rng, 1.5, 3.2),
    }


def _picture(rng: Generator, kind: int) -> dict[str, Any]:
    patchy = kind == 2
    values: dict[str, Any] = {
        "autofluorescence": _between(rng, 0.0, 0.22 if patchy else 0.1),
        "soma_fraction": 0.4 if patchy else 0.0,
        "background": _between(rng, 0.7, 2.0),
        "bleed_through": _between(rng, 0.02, 0.12),
        "noise": _between(rng, 0.8, 2.0),
        "depth_attenuation": _between(rng, 60, 400),
    }
    along, across = _between(rng, 0.55, 0.8), _between(rng, 0.28, 0.4)
    return {**values, "psf_sigma": (along, across, across)}


def _between(rng: Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))
