"""What microscopes show, painted as (size, size) float32 maps from 0 to about 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["PAINTERS", "Cells", "place_cells"]

Map = "NDArray[np.float32]"


@dataclass(frozen=True)
class Cells:
    """Where cells are: the radius coordinate of each pixel in each cell (1 = rim).

    `radius` is (n, size, size); the nucleus lies where it is below `nucleus`.
    """

    radius: NDArray[np.float32]
    nucleus: float


def place_cells(rng: np.random.Generator, size: int) -> Cells:
    """Place one to a dozen elliptic cells with wavy rims."""
    n = int(rng.integers(1, 12))
    y, x = np.mgrid[:size, :size].astype(np.float32)
    scale = size * rng.uniform(0.08, 0.28)
    radius = np.empty((n, size, size), np.float32)
    for i in range(n):
        cy, cx = rng.uniform(-0.05, 1.05, 2) * size
        long, short = scale * rng.uniform(0.8, 1.3), scale * rng.uniform(0.5, 1.0)
        angle = rng.uniform(0, np.pi)
        u = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        v = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        around = np.arctan2(v, u)
        wave = 1 + rng.uniform(0, 0.12) * np.sin(
            rng.integers(2, 6) * around + rng.uniform(0, 6.3)
        )
        radius[i] = np.hypot(u / long, v / short) * wave
    return Cells(radius, float(rng.uniform(0.35, 0.75)))


# ---- Painters


def nuclei(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Filled, textured nuclei; a few much brighter, as in mitosis."""
    bright = rng.uniform(0.5, 1.0, len(cells.radius)).astype(np.float32)
    bright[rng.random(len(bright)) < 0.1] *= 2
    inside = _soft(cells.nucleus - cells.radius, 0.06) * bright[:, None, None]
    return inside.max(0) * _texture(rng, inside.shape[1], rng.uniform(0.6, 3), 0.5)


def bodies(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Cytoplasm that falls off towards the rim and spares the nucleus."""
    fill = np.clip(1.1 - cells.radius, 0, 1) ** rng.uniform(0.4, 1.2)
    spared = 1 - rng.uniform(0.2, 1) * _soft(cells.nucleus - cells.radius, 0.08)
    return (fill * spared).max(0) * _texture(rng, fill.shape[1], 2.5, 0.4)


def membranes(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Rims of the cells."""
    width = rng.uniform(0.03, 0.12)
    return np.exp(-(((cells.radius - 1) / width) ** 2)).max(0).astype(np.float32)


def mosaic(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Walls between tightly packed cells, as in a tissue."""
    from scipy.spatial import cKDTree

    size = cells.radius.shape[1]
    seeds = rng.uniform(-0.1, 1.1, (int(rng.integers(8, 60)), 2)) * size
    pixels = np.mgrid[:size, :size].reshape(2, -1).T
    near = cKDTree(seeds).query(pixels, k=2)[0]
    gap = (near[:, 1] - near[:, 0]).reshape(size, size)
    return np.exp(-((gap / rng.uniform(1.0, 3.0)) ** 2)).astype(np.float32)


def spots(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Puncta, in cells or anywhere."""
    size = cells.radius.shape[1]
    inside = (cells.radius < 1).any(0)
    free = rng.random() < 0.3 or inside.sum() < 20
    where = np.argwhere(inside | free)
    chosen = where[rng.integers(0, len(where), int(rng.integers(10, 150)))]
    points = np.zeros((size, size), np.float32)
    np.add.at(points, tuple(chosen.T), rng.lognormal(0, 0.5, len(chosen)))
    blurred = ndimage.gaussian_filter(points, rng.uniform(0.6, 1.8))
    return blurred / max(float(blurred.max()), 1e-6)


def fibres(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Straight to wavy filaments with one main direction, as actin or tubulin."""
    size = cells.radius.shape[1]
    main, spread = rng.uniform(0, np.pi), rng.uniform(0.05, 1.5)
    count = int(rng.integers(10, 60))
    start = rng.uniform(0, size, (count, 2))
    angle = rng.normal(main, spread, count)
    lines = _walk(rng, size, start, angle, size, rng.uniform(0.0, 0.08))
    if rng.random() < 0.6:
        lines *= (cells.radius < 1.05).any(0)
    return lines


def neurites(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """A few long, winding, branching processes and perhaps a cell body."""
    size = cells.radius.shape[1]
    count = int(rng.integers(2, 10))
    start = rng.uniform(0, size, (max(1, count // 3), 2))
    start = start[rng.integers(0, len(start), count)]
    angle = rng.uniform(0, 2 * np.pi, count)
    lines = _walk(rng, size, start, angle, size, rng.uniform(0.08, 0.25))
    if rng.random() < 0.4:
        lines = np.maximum(lines, _soft(0.5 - cells.radius[0], 0.08))
    return lines


def haze(rng: np.random.Generator, cells: Cells) -> NDArray[np.float32]:
    """Out-of-focus light: nothing but smooth clouds."""
    size = cells.radius.shape[1]
    return _texture(rng, size, size * rng.uniform(0.08, 0.3), 1.0)


PAINTERS: dict[
    str, Callable[[np.random.Generator, Cells], NDArray[np.float32]]
] = {
    "nuclei": nuclei,
    "bodies": bodies,
    "membranes": membranes,
    "mosaic": mosaic,
    "spots": spots,
    "fibres": fibres,
    "neurites": neurites,
    "haze": haze,
}  # fmt: skip


# ---- Strokes


def _soft(distance: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    return np.clip(distance / width + 0.5, 0, 1).astype(np.float32)


def _texture(
    rng: np.random.Generator, size: int, scale: float, strength: float
) -> NDArray[np.float32]:
    noise = ndimage.gaussian_filter(rng.normal(size=(size, size)), scale, mode="wrap")
    noise = (noise - noise.min()) / max(float(np.ptp(noise)), 1e-9)
    return (1 - strength + strength * noise).astype(np.float32)


def _walk(
    rng: np.random.Generator,
    size: int,
    start: NDArray[np.float64],
    angle: NDArray[np.float64],
    steps: int,
    turn: float,
) -> NDArray[np.float32]:
    """Draw random walks whose direction drifts by `turn` radians per pixel."""
    drift = np.cumsum(rng.normal(0, turn, (len(angle), steps)), axis=1)
    length = rng.integers(max(2, steps // 4), steps + 1, len(angle))
    heading = angle[:, None] + drift
    path = np.cumsum(np.stack([np.sin(heading), np.cos(heading)], -1), axis=1)
    points = np.rint(path + start[:, None]).astype(int)
    kept = (np.arange(steps) < length[:, None]) & ((points >= 0) & (points < size)).all(
        -1
    )
    image = np.zeros((size, size), np.float32)
    image[tuple(points[kept].T)] = 1
    image = ndimage.gaussian_filter(image, rng.uniform(0.5, 1.2))
    return image / max(float(image.max()), 1e-6)
