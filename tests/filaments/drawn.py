"""Small volumes drawn by hand: tubes of light along given lines, with noise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree


def tube(shape, *stops, width=1.3, gaps=()):
    """Light of 1 on the way through `stops` (z, y, x); `gaps` are shares of it."""
    stops = np.asarray(stops, float)
    way = np.concatenate(
        [a + np.linspace(0, 1, 400)[:, None] * (b - a) for a, b in pairwise(stops)]
    )
    share = np.linspace(0, 1, len(way))
    for first, last in gaps:
        way, share = (v[(share < first) | (share > last)] for v in (way, share))
    voxels = np.indices(shape).reshape(len(shape), -1).T
    apart, _ = cKDTree(way).query(voxels, distance_upper_bound=6.0)
    return np.exp(-0.5 * (apart.reshape(shape) / width) ** 2)


def picture(*lights, seed=0, background=20.0, noise=3.0):
    """(C, ...) float32 of (tube, colour) pairs over a noisy background."""
    channels = len(lights[0][1])
    raw = np.random.default_rng(seed).normal(
        background, noise, (channels, *lights[0][0].shape)
    )
    for light, colour in lights:
        raw += np.multiply.outer(np.asarray(colour, float), light)
    return raw.astype(np.float32)
