"""Background and noise of each channel, measured on tiles and varying in space.

Confocal stacks have uneven background: autofluorescence and haze whose values
have a long upper tail, and noise that grows with the signal (photon counting).
Nothing of this is assumed. Three quantiles of a tile's values give a shifted
log-normal law, with place, spread and skew, in which a Gaussian is the limit of
no skew; the photon gain is how the residual of a local parabola grows with
brightness (in the spirit of Immerkær 1996 and Foi et al. 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["NoiseModel", "TileStatistics", "fit_noise", "tile_statistics", "tiles"]

TILE = (24, 48, 48)
STEP = (48, 72, 72)
MOST_TILES = 700
_UPPER, _HIGH = 0.5244, 1.0364
_CLEAN = 0.001
_CROWDED = 1.4
_CROWDED_SKEW = 0.3
_SKEWS = np.linspace(0.1, 1.0, 37)


@dataclass(frozen=True)
class TileStatistics:
    """What one tile says: (C, S) background, spread, skew and brightest per scale."""

    background: NDArray[np.float64]
    spread: NDArray[np.float64]
    skew: NDArray[np.float64]
    top: NDArray[np.float64]
    gain: NDArray[np.float64]


@dataclass(frozen=True)
class NoiseModel:
    """Background and noise of a volume on a coarse grid.

    Parameters
    ----------
    centres
        Voxel positions of the grid along z, y and x.
    background
        (C, S, gz, gy, gx) median of the background after smoothing at each of S
        scales, raw counts.
    spread
        (C, S, gz, gy, gx) raw counts at its median that one standard deviation of
        the background covers.
    skew
        (C, S) how fast that grows with brightness; 0 is a Gaussian.
    gain
        (C,) raw counts of variance per raw count of signal.
    """

    centres: tuple[NDArray[np.float64], ...]
    background: NDArray[np.float64]
    spread: NDArray[np.float64]
    skew: NDArray[np.float64]
    gain: NDArray[np.float64]

    def at(
        self, grid: NDArray[np.float64], start: Sequence[int], stop: Sequence[int]
    ) -> Floats:
        """Interpolate a (gz, gy, gx) grid to the voxels of a box, linearly."""
        out = grid
        for axis in range(3):
            weights = _weights(self.centres[axis], start[axis], stop[axis])
            out = np.moveaxis(np.tensordot(weights, out, axes=(1, axis)), 0, axis)
        return np.ascontiguousarray(out, dtype=np.float32)


def tiles(shape: Sequence[int]) -> tuple[tuple[NDArray[np.int64], ...], list[Any]]:
    """Lay a sparse grid of tiles over (z, y, x); at most some hundreds.

    Returns
    -------
    (starts along each axis, list of (start, stop) boxes in C order)
    """
    widen = 1.0
    while True:
        starts = [
            _starts(n, t, s * widen) for n, t, s in zip(shape, TILE, STEP, strict=True)
        ]
        if np.prod([len(s) for s in starts]) <= MOST_TILES:
            break
        widen *= 1.2
    boxes = [
        (
            (int(z), int(y), int(x)),
            tuple(
                int(min(a + t, n))
                for a, t, n in zip((z, y, x), TILE, shape, strict=True)
            ),
        )
        for z in starts[0]
        for y in starts[1]
        for x in starts[2]
    ]
    return tuple(starts), boxes


def tile_statistics(raw: Floats, smoothed: Sequence[Floats]) -> TileStatistics:
    """Measure one tile.

    Parameters
    ----------
    raw
        (C, z, y, x) raw counts of the tile.
    smoothed
        The same, smoothed at each scale.
    """
    channels = len(raw)
    law = np.empty((3, channels, len(smoothed)))
    top = np.stack([image.max(axis=(1, 2, 3)) for image in smoothed], axis=1)
    for s, image in enumerate(smoothed):
        for c in range(channels):
            law[:, c, s] = _law(image[c])
    gain = np.array([_gain(raw[c], smoothed[0][c]) for c in range(channels)])
    return TileStatistics(law[0], law[1], law[2], top, gain)


def fit_noise(
    starts: Sequence[NDArray[np.int64]],
    shape: Sequence[int],
    statistics: Sequence[TileStatistics],
    step: float,
) -> NoiseModel:
    """Turn tile measurements into a smooth model.

    Parameters
    ----------
    step
        Least difference of two raw values: 1 for whole numbers, 0 for others.

    Notes
    -----
    A tile full of neurites reads too bright and too noisy, so each value is the
    median of its neighbourhood and never far above the volume's typical tile.
    """
    grid = tuple(len(s) for s in starts)
    background = np.stack([t.background for t in statistics], axis=-1)
    spread = np.stack([t.spread for t in statistics], axis=-1)
    size = [np.minimum(s + t, n) for s, t, n in zip(starts, TILE, shape, strict=True)]
    centres = tuple((a + b - 1) / 2.0 for a, b in zip(starts, size, strict=True))
    gains = np.stack([t.gain for t in statistics], axis=1)
    gain = np.array(
        [np.median(g[np.isfinite(g)]) if np.isfinite(g).any() else 0.0 for g in gains]
    )
    return NoiseModel(
        centres,
        _tame(background, background.shape[:2] + grid),
        np.maximum(
            _tame(spread, spread.shape[:2] + grid, floor=True),
            _least_spread(statistics, background, step)[..., None, None, None],
        ),
        np.median([t.skew for t in statistics], axis=0),
        gain,
    )


def _least_spread(
    statistics: Sequence[TileStatistics], background: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """(C, S) spread below which a background without noise is not believed.

    Counts come in steps, and the tails of bright neurites are no neurites.
    """
    top = np.stack([t.top for t in statistics], axis=-1) - background
    return np.maximum(0.3 * step, _CLEAN * np.percentile(top, 95, axis=-1))


def _starts(n: int, tile: int, step: float) -> NDArray[np.int64]:
    if n <= tile:
        return np.zeros(1, dtype=np.int64)
    count = max(2, int(np.ceil((n - tile) / step)) + 1)
    return np.unique(np.linspace(0, n - tile, count).astype(np.int64))


def _weights(
    centres: NDArray[np.float64], start: int, stop: int
) -> NDArray[np.float64]:
    """(voxels, centres) matrix of linear interpolation, flat beyond the ends."""
    if len(centres) == 1:
        return np.ones((stop - start, 1))
    place = np.clip(np.arange(start, stop), centres[0], centres[-1])
    right = np.clip(np.searchsorted(centres, place), 1, len(centres) - 1)
    share = (place - centres[right - 1]) / (centres[right] - centres[right - 1])
    weights = np.zeros((stop - start, len(centres)))
    rows = np.arange(stop - start)
    weights[rows, right] = share
    weights[rows, right - 1] += 1 - share
    return weights


def _tame(
    values: NDArray[np.float64], shape: tuple[int, ...], *, floor: bool = False
) -> NDArray[np.float64]:
    """Median over neighbouring tiles, kept near what most tiles say."""
    typical = np.median(values, axis=-1, keepdims=True)
    scatter = 1.4826 * np.median(np.abs(values - typical), axis=-1, keepdims=True)
    upper = typical + 4 * scatter
    lower = np.maximum(typical / 3, 1e-6) if floor else -np.inf
    grid = np.clip(values, lower, np.maximum(upper, lower)).reshape(shape)
    window = (1,) * (len(shape) - 3) + (3, 3, 3)
    return np.asarray(ndimage.median_filter(grid, size=window, mode="nearest"))


def _law(values: Floats) -> tuple[float, float, float]:
    """Median, spread and skew of the background from five quantiles.

    With u = log(1 + skew * (v - median) / spread) / skew normal, each quantile lies
    at a known place. Those at 50, 70 and 85 % give the law; when neurites fill much
    of the tile they read too high, and what 10 and 30 % say takes over.
    """
    lowest, low, middle, upper, high = (
        float(q) for q in np.percentile(values, (10, 30, 50, 70, 85))
    )
    near, far = upper - middle, high - middle
    if near <= 0 or far <= 0:
        return middle, max(far, 0.0), float(_SKEWS[0])
    ratios = np.expm1(_HIGH * _SKEWS) / np.expm1(_UPPER * _SKEWS)
    skew = float(np.interp(far / near, ratios, _SKEWS))
    spread = skew * far / float(np.expm1(_HIGH * skew))
    if 0 < _CROWDED * _dark_spread(lowest, low, skew) < spread:
        skew = _CROWDED_SKEW
        spread = _dark_spread(lowest, low, skew)
        middle = low - spread / skew * float(np.expm1(-_UPPER * skew))
    return middle, spread, skew


def _dark_spread(lowest: float, low: float, skew: float) -> float:
    """Spread from the quantiles at 10 and 30 % when the skew is given."""
    span = np.exp(-_UPPER * skew) - np.exp(-1.2816 * skew)
    return float(skew * (low - lowest) / span)


def _gain(raw: Floats, smoothed: Floats) -> float:
    """Slope of noise variance over brightness, or NaN where nothing is bright."""
    if min(raw.shape[1:]) < 3:
        return float("nan")
    # Second differences along y and x: a parabola leaves nothing, noise 36 times.
    bend = raw[:, 2:] - 2 * raw[:, 1:-1] + raw[:, :-2]
    bend = bend[:, :, 2:] - 2 * bend[:, :, 1:-1] + bend[:, :, :-2]
    variance = bend.astype(np.float64) ** 2 / 36
    level = smoothed[:, 1:-1, 1:-1]
    edges = np.percentile(level, (10, 30, 50, 99, 99.9))
    dark = level <= edges[1]
    bright = level > edges[3]
    # A normal variable's squared median is 0.455 of its variance.
    if not bright.any():
        return float("nan")
    rise = np.median(variance[bright]) / 0.455 - np.median(variance[dark]) / 0.455
    step = level[bright].mean() - level[dark].mean()
    return float(max(rise / step, 0.0)) if step > 0 else float("nan")
