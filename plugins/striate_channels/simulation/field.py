"""One simulated field: painted, mixed into channels, blurred, and made noisy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from striate_channels.simulation.painters import PAINTERS, place_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SIMULATED", "Field", "simulate_field"]

SIMULATED = (
    "Simulated: ellipses, meshes, spots and lines painted by a program, with blur and "
    "noise. No microscope has seen them."
)
"""The sentence that goes with everything made here."""


@dataclass(frozen=True)
class Field:
    """A simulated field.

    Parameters
    ----------
    pixels
        (C, size, size) float32 counts.
    stains
        What each channel shows above all else.
    """

    pixels: NDArray[np.float32]
    stains: tuple[str, ...]


def simulate_field(
    rng: np.random.Generator,
    n_channels: int,
    *,
    size: int = 96,
    stains: Sequence[str] = (),
) -> Field:
    """Simulate one field of view.

    Parameters
    ----------
    n_channels
        1 or more; different stains as long as there are enough.
    stains
        Which; chosen at random unless given.
    """
    cells = place_cells(rng, size)
    names = list(stains) or _chosen(rng, n_channels)
    maps = [PAINTERS[name](rng, cells) for name in names]
    pixels = np.stack([_exposed(rng, own, maps) for own in maps])
    return Field(pixels.astype(np.float32), tuple(names))


def _chosen(rng: np.random.Generator, n: int) -> list[str]:
    names = list(PAINTERS)
    picked = rng.permutation(names).tolist()
    while len(picked) < n:
        picked += rng.permutation(names).tolist()
    return picked[:n]


def _exposed(
    rng: np.random.Generator,
    own: NDArray[np.float32],
    all_maps: list[NDArray[np.float32]],
) -> NDArray[np.float64]:
    """Bleed-through, blur, photon noise, gain and offset of one channel."""
    other = all_maps[rng.integers(len(all_maps))]
    light = own + rng.uniform(0, 0.25) * (rng.random() < 0.3) * other
    light = ndimage.gaussian_filter(light, rng.uniform(0.3, 1.3))
    photons = light * rng.uniform(20, 300) + rng.uniform(1, 30)
    counts = rng.poisson(np.maximum(photons, 0)) + rng.normal(0, 2, light.shape)
    return counts * rng.uniform(1, 20) + rng.uniform(50, 500)
