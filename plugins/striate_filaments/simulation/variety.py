"""Volumes to train on: every draw another tissue, another microscope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.simulation.fitted import FITTED
from striate_filaments.simulation.params import SimulateParams

if TYPE_CHECKING:
    from typing import Any

    from numpy.random import Generator

__all__ = ["training_params"]

_CHANNELS = {1: 0.05, 2: 0.15, 3: 0.6, 4: 0.12, 5: 0.08}
_PER_NEURON = 4e5  # voxels of volume to a neuron, typically
_CABLE = 20.0  # µm; no neuron is shorter


def training_params(
    rng: Generator,
    shape: tuple[int, int, int],
    like: SimulateParams | None = None,
) -> SimulateParams:
    """Draw the settings of one volume to train on; held-back shapes are left out.

    Parameters
    ----------
    rng
        Of two with the same state both draw the same settings.
    shape
        Of the volume, (z, y, x) voxels.
    like
        A picture to stay close to, such as :func:`.estimating.estimate_params` gives:
        channels, voxel size, light and optics vary little about it, the neurons as
        ever. None: pictures of many kinds, mostly with three channels.
    """
    values = {**_neurons(rng, shape), **_crowd(rng)}
    values |= _any_picture(rng) if like is None else _near(like, rng)
    seed = int(rng.integers(10_000, 2**31))
    if like is None:
        values |= _thick(rng, values["n_neurons"])
    return SimulateParams(shape=shape, seed=seed, morphologies="training", **values)


def _neurons(rng: Generator, shape: tuple[int, int, int]) -> dict[str, Any]:
    typical = float(np.prod(shape)) / _PER_NEURON
    longest = float(rng.uniform(120, 500))
    return {
        "n_neurons": int(np.clip(round(typical * rng.lognormal(0.2, 0.5)), 2, 60)),
        "cable_length": (max(_CABLE, 0.25 * longest), longest),
        "radius": (float(rng.uniform(0.22, 0.38)), float(rng.uniform(0.7, 1.4))),
        "variation": float(rng.uniform(0.3, 1.0)),
        "soma_fraction": float(rng.choice((0.0, 0.3))),
        "beading": float(rng.uniform(0.05, 0.6)),
        "gap_spacing": float(rng.choice((0.0, rng.uniform(30, 200)), p=(0.15, 0.85))),
        "gap_length": float(rng.uniform(0.8, 4.0)),
    }


def _crowd(rng: Generator) -> dict[str, Any]:
    """How neurons lie and what colours they have."""
    return {
        "crossing_fraction": float(rng.uniform(0.4, 1.0)),
        "shallow_fraction": float(rng.uniform(0.0, 0.8)),
        "alongside_fraction": float(rng.uniform(0.1, 0.6)),
        "alongside_length": (15.0, float(rng.uniform(30, 120))),
        "bundle_fraction": float(rng.uniform(0.0, 0.8)),
        "dim_fraction": float(rng.uniform(0.0, 0.5)),
        "dim_range": (float(rng.uniform(0.04, 0.08)), float(rng.uniform(0.12, 0.35))),
        "alike_fraction": float(rng.uniform(0.0, 0.5)),
        "hue_separation": float(rng.uniform(5, 25)),
    }


def _any_picture(rng: Generator) -> dict[str, Any]:
    n = int(rng.choice(list(_CHANNELS), p=list(_CHANNELS.values())))
    offset = rng.choice((0.0, rng.uniform(0, 200)), p=(0.6, 0.4))
    blur = np.asarray(FITTED.psf_sigma) * rng.uniform(0.7, 1.5)
    return {
        "n_channels": n,
        "brightness": float(rng.lognormal(0.0, 0.4)),
        "noise": float(rng.uniform(0.6, 2.5)),
        "background": float(rng.lognormal(0.0, 0.6)),
        "background_level": tuple(map(float, rng.uniform(2, 12, n))),
        "background_contrast": tuple(map(float, rng.uniform(0.3, 1.5, n))),
        "autofluorescence": float(rng.choice((0.0, rng.uniform(0.01, 0.25)))),
        "bleed_through": float(rng.uniform(0.0, 0.12)),
        "psf_sigma": (float(blur[0] * rng.uniform(1, 1.6)), *map(float, blur[1:])),
        "depth_attenuation": float(rng.choice((0.0, rng.uniform(60, 400)))),
        "offset": float(offset),
    }


def _thick(rng: Generator, count: int) -> dict[str, Any]:
    """Halos around bright neurites, and volumes packed with them, as tissue has."""
    packed = rng.random() < 0.3
    return {
        "n_neurons": min(60, round(count * rng.uniform(1.5, 4))) if packed else count,
        "halo": float(rng.choice((0.0, rng.uniform(0.05, 0.5)))),
        "halo_sigma": float(rng.uniform(0.6, 1.6)),
    }


_PICTURE = (
    "background_contrast", "background_level", "bleed_through", "halo", "halo_sigma",
    "n_channels", "noise_gain", "offset", "read_noise", "saturation", "voxel_size",
)  # fmt: skip
_SCALED = ("autofluorescence", "background", "brightness", "depth_attenuation", "noise")


def _near(like: SimulateParams, rng: Generator) -> dict[str, Any]:
    values = {name: getattr(like, name) for name in _PICTURE}
    for name in _SCALED:
        values[name] = getattr(like, name) * float(rng.lognormal(0.0, 0.2))
    blur = float(rng.lognormal(0.0, 0.12))
    values["psf_sigma"] = tuple(s * blur for s in like.psf_sigma)
    size = float(rng.lognormal(0.0, 0.15))
    values["radius"] = tuple(r * size for r in like.radius)
    return values
