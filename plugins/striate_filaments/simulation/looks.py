"""What a picture looks like, in numbers, with no labels to go by.

Neurites are told from background by being far brighter, and long. The numbers are
not those of the microscope: thin tubes and rough background bend them. They are
meant to be compared with those of a painted picture, see :mod:`.estimating`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

__all__ = ["Looks", "measure", "offset_of"]

_RISE = 4.0  # background deviations by which a smoothed neurite stands out
_SPECK = 60  # voxels; smaller things are no neurites
_LABEL = 0.145  # of a neurite's brightness, where it ends
_AWAY = 4  # voxels from any neurite at which background begins
_FAR = 6  # voxels from them at which no light of theirs is left
_ENOUGH = 2000  # voxels of background that say something
_PASSES = 3
_PATCH = 9  # voxels, edge of the mean in which patches are looked for
_PURE = 0.1  # quantile of the ratio of two channels that is taken for bleed-through


@dataclass(frozen=True)
class Looks:
    """Measured on boxes of one volume; counts above the camera's offset.

    Parameters
    ----------
    level, contrast
        Median of each channel's background, and log sd of what lies above it.
    bright
        95 % quantile over the neurites of their brightest channel; 0: none seen.
    radius
        Median distance to the edge on the neurites' centre lines, voxels.
    cable
        Centre line voxels per voxel of the volume.
    blur
        Sigma of the background's grain along z, y and x in voxels; 0: no grain.
    dark_noise, bright_noise
        Sd of what second differences leave in the darkest tenth, and in what is as
        bright as a quarter to a half of the neurites.
    dark, middle
        Median counts there.
    patches
        99 % quantile of the background's local mean above its median, counts.
    bleed
        Light of a channel seen in its neighbour where that has none of its own.
    """

    level: tuple[float, ...]
    contrast: tuple[float, ...]
    bright: float
    radius: float
    cable: float
    blur: tuple[float, float, float]
    dark_noise: float
    bright_noise: float
    dark: float
    middle: float
    patches: float
    bleed: float


def offset_of(boxes: Sequence[Floats]) -> float:
    """Counts where there is no light: what hardly any voxel of a channel is below."""
    lowest = [float(np.quantile(c, 0.002)) for c in _channels(boxes)]
    return max(0.0, min(lowest))


def measure(boxes: Sequence[Floats], offset: float) -> Looks:
    """Measure (C, z, y, x) boxes of one volume."""
    boxes = [b - np.float32(offset) for b in boxes]
    everything = [np.ones(b.shape[1:], bool) for b in boxes]
    level, contrast = _law(boxes, everything, crowded=True)
    for _ in range(_PASSES):
        neurites = [_neurites(b, level, contrast) for b in boxes]
        free = [~ndimage.binary_dilation(n, iterations=_FAR) for n in neurites]
        level, contrast = _law(boxes, free)
    seen = [b.max(axis=0)[n] for b, n in zip(boxes, neurites, strict=True)]
    all_seen = np.concatenate(seen)
    bright = float(np.quantile(all_seen, 0.95)) if len(all_seen) else 0.0
    far = [~ndimage.binary_dilation(n, iterations=_AWAY) for n in neurites]
    radius, cable = _thickness(neurites)
    return Looks(
        level, contrast, bright, radius, cable, _blur(boxes, far),
        *_noise(boxes, bright), _patches(boxes, far, level),
        _bleed(boxes, neurites, level),
    )  # fmt: skip


def _channels(boxes: Sequence[Floats]) -> list[Floats]:
    return [np.concatenate([b[c].ravel() for b in boxes]) for c in range(len(boxes[0]))]


def _law(
    boxes: Sequence[Floats], free: Sequence[Mask], *, crowded: bool = False
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Level and contrast of each channel where nothing else is."""
    pairs = list(zip(boxes, free, strict=True))
    if sum(int(f.sum()) for f in free) < _ENOUGH:
        pairs = [(b, np.ones(f.shape, bool)) for b, f in pairs]
    law = [
        _background(np.concatenate([b[c][f] for b, f in pairs]), crowded)
        for c in range(len(boxes[0]))
    ]
    return tuple(v[0] for v in law), tuple(v[1] for v in law)


def _background(counts: Floats, crowded: bool) -> tuple[float, float]:
    """Median and log sd; where neurites are among the counts, from the dark ones."""
    # Counts are whole numbers: spread them, or a quantile jumps from one to the next.
    jitter = np.random.default_rng(0).random(len(counts), dtype=np.float32) - 0.5
    dark, low, middle, high = (
        max(float(q), 0.0) for q in np.quantile(counts + jitter, (0.1, 0.3, 0.5, 0.9))
    )
    above = np.log((high + 1) / (middle + 1)) / 1.2816
    if not crowded:
        return middle, max(float(above), 0.05)
    below = np.log((low + 1) / (dark + 1)) / 0.7572
    return low, max(float(below), 0.4 * float(above), 0.05)


def _neurites(box: Floats, level: Sequence[float], contrast: Sequence[float]) -> Mask:
    """Voxels of what is far brighter than background, and no speck."""
    stands_out = np.zeros(box.shape[1:], bool)
    for channel, low, spread in zip(box, level, contrast, strict=True):
        smooth = np.maximum(ndimage.gaussian_filter(channel, 1.0), 0)
        stands_out |= np.log((smooth + 1) / (low + 1)) > _RISE * max(spread, 0.25)
    light = box.max(axis=0)
    found = np.zeros_like(stands_out)
    label, n = ndimage.label(stands_out, np.ones((3, 3, 3)))
    sizes = np.bincount(label.ravel(), minlength=n + 1)
    for i, place in enumerate(ndimage.find_objects(label), 1):
        if sizes[i] < _SPECK:
            continue
        one = label[place] == i
        top = float(np.quantile(light[place][one], 0.97))
        kept = one & (light[place] > _LABEL * top)
        if kept.sum() >= _SPECK:
            found[place] |= kept
    return found


def _thickness(neurites: Sequence[Mask]) -> tuple[float, float]:
    from skimage.morphology import skeletonize

    radii, voxels = [], 0
    for mask in neurites:
        voxels += mask.size
        line = skeletonize(np.pad(mask, 1))
        far = ndimage.distance_transform_edt(np.pad(mask, 1))
        radii.append(far[line.astype(bool)])
    found = np.concatenate(radii)
    radius = float(np.mean(found)) if len(found) else 0.0
    return radius, len(found) / voxels


def _blur(boxes: Sequence[Floats], far: Sequence[Mask]) -> tuple[float, float, float]:
    """Blurred white noise is correlated by exp(-lag² / 4 sigma²).

    Noise of single voxels takes the same share from every lag, so that the ratio of
    two lags is free of it.
    """
    found = []
    for axis in range(3):
        first, second = (_correlation(boxes, far, axis, lag) for lag in (1, 2))
        seen = first > 0.05 and 0 < second < first
        ratio = min(second / first, 0.98) if seen else 0.0
        found.append(float(np.sqrt(-3 / (4 * np.log(ratio)))) if seen else 0.0)
    return found[0], found[1], found[2]


def _correlation(
    boxes: Sequence[Floats], far: Sequence[Mask], axis: int, lag: int
) -> float:
    """Median over the channels."""
    values = []
    for c in range(len(boxes[0])):
        pairs = []
        for box, free in zip(boxes, far, strict=True):
            if box.shape[axis + 1] <= 2 * lag or not free.any():
                continue
            grain = _grain(box[c], free)
            a, b = (
                tuple(s if i == axis else slice(None) for i in range(3))
                for s in (slice(None, -lag), slice(lag, None))
            )
            both = free[a] & free[b]
            pairs.append((grain[a][both], grain[b][both]))
        if pairs:
            x, y = (np.concatenate(side) for side in zip(*pairs, strict=True))
            values.append(float(np.corrcoef(x, y)[0, 1]) if len(x) > 100 else 0.0)
    return float(np.nanmedian(values)) if values else 0.0


def _grain(channel: Floats, free: Mask) -> Floats:
    log, weight = np.log1p(np.maximum(channel, 0)), free.astype(np.float32)
    total = ndimage.uniform_filter(log * weight, _PATCH)
    mean = total / np.maximum(ndimage.uniform_filter(weight, _PATCH), 1e-6)
    return np.asarray(log - mean)


def _noise(boxes: Sequence[Floats], bright: float) -> tuple[float, float, float, float]:
    """Sd in the dark of the quietest channel and in half-light, and counts there."""
    quiet, half = [], []
    for c in range(len(boxes[0])):
        parts = [_bends(b[c]) for b in boxes]
        bend, smooth = (np.concatenate(v) for v in zip(*parts, strict=True))
        dark = smooth <= np.quantile(smooth, 0.1)
        mid = (smooth > 0.25 * bright) & (smooth < 0.5 * bright)
        quiet.append((_robust_sd(bend[dark]), float(np.median(smooth[dark]))))
        half.append(np.stack([bend[mid], smooth[mid]]))
    noise, at = min(quiet)
    bend, smooth = np.concatenate(half, axis=1)
    if not len(bend):
        return noise, 0.0, at, 0.0
    return noise, _robust_sd(bend), at, float(np.median(smooth))


def _bends(channel: Floats) -> tuple[Floats, Floats]:
    """Mixed second differences along y and x, of unit gain for noise; local mean."""
    bend = channel[:, 2:] - 2 * channel[:, 1:-1] + channel[:, :-2]
    bend = (bend[..., 2:] - 2 * bend[..., 1:-1] + bend[..., :-2]) / 6
    smooth = ndimage.uniform_filter(channel, 3)[:, 1:-1, 1:-1]
    return bend.ravel(), smooth.ravel()


def _robust_sd(values: Floats) -> float:
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _patches(
    boxes: Sequence[Floats], far: Sequence[Mask], level: Sequence[float]
) -> float:
    """Mean over the channels of how far patches rise above the background."""
    found = []
    for c, low in enumerate(level):
        means = []
        for box, free in zip(boxes, far, strict=True):
            mean = ndimage.uniform_filter(box[c], _PATCH)
            inner = ndimage.binary_erosion(free, iterations=_PATCH // 2)
            means.append(mean[inner][::_PATCH])
        values = np.concatenate(means)
        if len(values) > 50:
            found.append(float(np.quantile(values, 0.99)) - low)
    return max(float(np.min(found)), 0.0) if found else 0.0


def _bleed(
    boxes: Sequence[Floats], neurites: Sequence[Mask], level: Sequence[float]
) -> float:
    shares = []
    low = np.asarray(level)[:, None]
    seen = np.concatenate([b[:, n] for b, n in zip(boxes, neurites, strict=True)], 1)
    seen = np.maximum(seen - low, 0)
    for c in range(len(seen) - 1):
        for own, other in ((c, c + 1), (c + 1, c)):
            led = seen[:, seen.argmax(axis=0) == own]
            if led.shape[1] > 100:
                ratio = led[other] / np.maximum(led[own], 1)
                shares.append(float(np.quantile(ratio, _PURE)))
    return float(np.median(shares)) if shares else 0.0
