"""Measure a real sample as :mod:`.fitted` was: where each constant comes from.

For a FISBe zarr with its labels. Small samples give rough numbers: of the crop that
the constants were read from, the far background holds 10,000 voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from striate.data import open_volume
from striate.errors import InputError
from striate_filaments.exchange.fisbe import read_fisbe

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_filaments.neurons import NeuronSet

__all__ = ["Refitted", "refit"]

_FAR = 10
"""Voxels from any label at which background begins."""
_SLOW = 9
"""Edge in voxels of the local mean that is taken off before texture is measured."""
_PURE = 5.0
"""A neuron of one tag is so much brighter in its channel than in any other."""


@dataclass(frozen=True)
class Refitted:
    """What :func:`refit` measured; names are those of :class:`.fitted.Fitted`."""

    background_median: tuple[float, ...]
    background_log_sd: tuple[float, ...]
    psf_sigma: tuple[float, float, float]
    read_noise: float
    noise_gain: float
    texture: float
    bleed_through: float
    label_bright: float
    label_level: float
    label_radius: float
    """Median distance to the edge on the labels' skeletons, in voxels."""


def refit(path: str | Path) -> Refitted:
    """Measure the picture statistics of a labelled FISBe sample.

    Raises
    ------
    InputError
        When it has no labels, or no background far from them.
    """
    volume, neurons = open_volume(path), read_fisbe(path)
    raw = np.asarray(volume.czyx()).astype(np.float64)
    far = _far(neurons)
    median, spread = zip(*(_background(c[far]) for c in raw), strict=True)
    bright, level = zip(*(_levels(raw, neurons, id) for id in neurons.ids), strict=True)
    read, gain, texture = _noise(raw)
    return Refitted(
        median,
        spread,
        _blur(raw, far, volume.voxel_size_zyx),
        read,
        gain,
        texture,
        _bleed(raw, neurons),
        float(np.mean(bright)),
        float(np.mean(level)),
        _radius(neurons),
    )


def _far(neurons: NeuronSet) -> NDArray[np.bool_]:
    free = np.ones(neurons.shape, bool)
    for neuron in neurons:
        free[tuple(neuron.coordinates().T)] = False
    if free.all():
        raise InputError("This sample has no labels to measure at.")
    far = np.asarray(ndimage.distance_transform_edt(free) >= _FAR)
    if far.sum() < 1000:
        raise InputError("This sample has too little background to measure.")
    return far


def _background(counts: NDArray[np.float64]) -> tuple[float, float]:
    """Median, and the sd of log(1 + counts) by the 90 % quantile."""
    median, high = np.quantile(counts, (0.5, 0.9))
    return float(median), float(np.log((high + 1) / (median + 1)) / 1.2816)


def _blur(
    raw: NDArray[np.float64], far: NDArray[np.bool_], size: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Width of the Gaussian that white noise was blurred with, in µm along z, y, x.

    Blurred white noise is correlated by exp(-lag² / 4 sigma²).
    """
    found = []
    for axis in range(3):
        first, second = (
            tuple(slice(a, b) if i == axis else slice(None) for i in range(3))
            for a, b in ((None, -2), (2, None))
        )
        both = far[first] & far[second]
        widths = []
        for channel in raw[1:]:
            grain = _grain(channel, far)
            r = np.corrcoef(grain[first][both], grain[second][both])[0, 1]
            widths.append(size[axis] / np.sqrt(-np.log(np.clip(r, 1e-3, 0.999))))
        found.append(float(np.mean(widths)))
    return found[0], found[1], found[2]


def _grain(channel: NDArray[np.float64], far: NDArray[np.bool_]) -> NDArray[np.float64]:
    log, weight = np.log1p(channel), far.astype(float)
    total = ndimage.uniform_filter(log * weight, _SLOW)
    return log - total / np.maximum(ndimage.uniform_filter(weight, _SLOW), 1e-9)


def _noise(raw: NDArray[np.float64]) -> tuple[float, float, float]:
    """Read noise, variance per count and grain per count, from second differences.

    Of the channels whose background is quiet; the third of the crop is blotchy.
    """
    read, gain, texture = [], [], []
    for channel in raw[:2]:
        bend = (channel[:-2] - 2 * channel[1:-1] + channel[2:]) / np.sqrt(6)
        level = ndimage.uniform_filter(channel, 3)[1:-1]
        dim = level <= np.quantile(level, 0.1)
        mid, bright = (level >= 10) & (level < 30), level >= 200
        read.append(_robust_sd(bend[dim]))
        texture.append(_robust_sd(bend[bright] / level[bright]))
        mean = float(np.median(level[mid]))
        rest = _robust_sd(bend[mid]) ** 2 - (texture[-1] * mean) ** 2 - read[-1] ** 2
        gain.append(rest / mean)
    return min(read), float(np.mean(gain)), float(np.mean(texture))


def _robust_sd(values: NDArray[np.float64]) -> float:
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _seen(
    raw: NDArray[np.float64], place: tuple[NDArray[np.int64], ...]
) -> NDArray[np.float64]:
    """(channels, voxels) counts."""
    return np.stack([channel[place] for channel in raw])


def _own_channel(raw: NDArray[np.float64], place: tuple[NDArray[np.int64], ...]) -> int:
    return int(np.argmax(_seen(raw, place).mean(axis=1)))


def _levels(
    raw: NDArray[np.float64], neurons: NeuronSet, id: int
) -> tuple[float, float]:
    """95 % quantile of its own channel over a neuron, and the 1 % one as its share."""
    place = tuple(neurons[id].coordinates().T)
    low, high = np.quantile(raw[_own_channel(raw, place)][place], (0.01, 0.95))
    return float(high), float(low / high)


def _bleed(raw: NDArray[np.float64], neurons: NeuronSet) -> float:
    owners = np.zeros(neurons.shape, np.uint8)
    for neuron in neurons:
        owners[tuple(neuron.coordinates().T)] += 1
    shares = []
    for neuron in neurons:
        place = tuple(neuron.coordinates().T)
        alone = tuple(axis[owners[place] == 1] for axis in place)
        own = _own_channel(raw, place)
        seen = _seen(raw, alone)
        others = [c for c in range(len(raw)) if c != own]
        if all(seen[own].mean() > _PURE * seen[c].mean() for c in others):
            shares += [np.median(seen[c] / np.maximum(seen[own], 1)) for c in others]
    return float(np.mean(shares)) if shares else 0.0


def _radius(neurons: NeuronSet) -> float:
    from skimage.morphology import skeletonize

    found = []
    for neuron in neurons:
        mask = np.pad(neuron.mask(), 1)
        found.append(ndimage.distance_transform_edt(mask)[skeletonize(mask)])
    return float(np.median(np.concatenate(found)))
