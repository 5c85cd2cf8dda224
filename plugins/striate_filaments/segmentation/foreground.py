"""Which voxels may belong to a neuron, and what they look like.

Every channel is freed of its background, smoothed at the width of a neurite,
and brought to units in which its background is a standard normal variable. The
length of that vector over the channels is the brightness of the best colour
mixture; its ridge strength, in units of what background alone gives, is the
score. A voxel far dimmer than its neighbour is that neighbour's halo and left
out; one that is bright beside a ridge, as inside a thick neurite, is taken in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from striate_filaments.segmentation.ridges import blur, reach, ridge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.segmentation.noise import NoiseModel

    Floats = NDArray[np.float32]

__all__ = [
    "Detector",
    "Optics",
    "Voxels",
    "find_voxels",
    "normalised",
    "ridge_spread",
]

_LEAST_BRIGHTNESS = 1.0
_HALO_SHARE = 0.1
_NEAR = 2
_PLATEAU = 0.5
_BRIGHT = 8.0
_BEND = 0.33
_NOISE = 2.0
_UPPER = 0.65


@dataclass(frozen=True)
class Optics:
    """The widths at which neurites are looked for.

    Parameters
    ----------
    sigmas
        One (z, y, x) Gaussian sigma in voxels per scale, finest first.
    """

    sigmas: tuple[tuple[float, float, float], ...]

    @classmethod
    def of(
        cls, shape: Sequence[int], voxel_size: Sequence[float], thickness: float
    ) -> Optics:
        """Choose the scales for neurites `thickness` wide in a (z, y, x) volume."""
        z, y, x = (
            0.4 * thickness / v if n > 1 else 0.0
            for n, v in zip(shape, voxel_size, strict=True)
        )
        return cls(tuple((f * z, f * y, f * x) for f in (1.0, 2.0)))

    @property
    def halo(self) -> tuple[int, int, int]:
        """Voxels a block must see beyond its edges for exact results."""
        # A score is looked at near by, and its shade near that; the second scale's
        # ridge needs one voxel more.
        z, y, x = (
            max(
                reach(self.sigmas[0][a]) + 2 * _NEAR,
                max(reach(s[a]) for s in self.sigmas) + _NEAR + 1,
            )
            for a in range(3)
        )
        return z, y, x

    def width(self, scale: int) -> NDArray[np.float32]:
        """(3,) effective width in voxels: a voxel itself is half a voxel wide."""
        return np.asarray(np.maximum(self.sigmas[scale], 0.6), dtype=np.float32)

    def shrink(self, scale: int) -> float:
        """Share of white noise variance that the smoothing leaves."""
        used = [s for s in self.sigmas[scale] if reach(s)]
        return float(np.prod([min(1.0, 1 / (2 * np.sqrt(np.pi) * s)) for s in used]))


@dataclass(frozen=True)
class Detector:
    """Everything a block needs to find its voxels; small, and it pickles."""

    optics: Optics
    noise: NoiseModel
    ridge_spread: tuple[float, ...]
    threshold: float

    @property
    def halo(self) -> tuple[int, int, int]:
        """Voxels a block must see beyond its edges."""
        return self.optics.halo

    @property
    def grid(self) -> int:
        """Voxels that blocks begin at multiples of: anywhere."""
        return 1

    def background(
        self, channel: int, start: Sequence[int], stop: Sequence[int]
    ) -> Floats:
        """(z, y, x) raw counts of a channel without neurites, in a box."""
        return self.noise.at(self.noise.background[channel, 0], start, stop)

    def is_empty(self, raw: Floats) -> bool:
        """Whether no voxel can be bright enough to be looked at (cheap look)."""
        squares = np.zeros(len(self.optics.sigmas))
        for c in range(len(raw)):
            highest = float(raw[c].max())
            for s in range(len(squares)):
                squares[s] += self._highest(c, s, highest) ** 2
        return bool(squares.max() < _LEAST_BRIGHTNESS)

    def _highest(self, channel: int, scale: int, value: float) -> float:
        """Bound of the normalised signal where no raw value exceeds `value`."""
        noise = self.noise
        signal = value - float(noise.background[channel, scale].min())
        spread = float(noise.spread[channel, scale].min())
        skew = float(noise.skew[channel, scale])
        return float(normalised(np.array([signal], np.float32), spread, skew)[0])

    def find(
        self,
        raw: Floats,
        start: Sequence[int],
        core: tuple[slice, slice, slice],
        shape: Sequence[int],
    ) -> Voxels:
        """Find the candidate voxels of one block; see :func:`find_voxels`."""
        return find_voxels(raw, start, core, shape, self)

    def facts(self) -> dict[str, Any]:
        """Return nothing: all there is to know is in its params."""
        return {}


@dataclass(frozen=True)
class Voxels:
    """Candidate voxels in order of their index.

    Parameters
    ----------
    index
        (n,) int64 C-order index into the (z, y, x) volume.
    signal
        (n, C) background-free smoothed raw counts.
    score
        (n,) ridge strength in units of its spread in noise.
    extra
        (n, K) float32 whatever else a finder knows of each voxel, or None.
    """

    index: NDArray[np.int64]
    signal: Floats
    score: Floats
    extra: Floats | None = None

    def __len__(self) -> int:
        return len(self.index)

    def take(self, chosen: NDArray[np.generic]) -> Voxels:
        """Return some of them (a mask or positions)."""
        extra = None if self.extra is None else self.extra[chosen]
        return Voxels(
            self.index[chosen], self.signal[chosen], self.score[chosen], extra
        )

    @classmethod
    def joined(cls, parts: Sequence[Voxels], channels: int) -> Voxels:
        """Put the voxels of all blocks in one list, sorted by index."""
        if not parts:
            empty = np.zeros(0, dtype=np.float32)
            signal = np.zeros((0, channels), dtype=np.float32)
            return cls(np.zeros(0, dtype=np.int64), signal, empty)
        extra = [p.extra for p in parts if p.extra is not None]
        whole = cls(
            np.concatenate([p.index for p in parts]),
            np.concatenate([p.signal for p in parts]),
            np.concatenate([p.score for p in parts]),
            np.concatenate(extra) if extra else None,
        )
        return whole.take(np.argsort(whole.index, kind="stable"))


def find_voxels(
    raw: Floats,
    start: Sequence[int],
    core: tuple[slice, slice, slice],
    shape: Sequence[int],
    detector: Detector,
) -> Voxels:
    """Find the candidate voxels of one block.

    Parameters
    ----------
    raw
        (C, z, y, x) raw counts with halo.
    start
        Voxel of the volume that `raw` begins with.
    core
        The part of `raw` this block answers for.
    shape
        (z, y, x) of the volume.
    """
    stop = [a + n for a, n in zip(start, raw.shape[1:], strict=True)]
    signal = np.empty_like(raw)
    score = np.zeros(raw.shape[1:], dtype=np.float32)
    brightness = np.zeros(raw.shape[1:], dtype=np.float32)
    for scale in range(len(detector.optics.sigmas)):
        length = _brightness(raw, start, stop, scale, detector, signal)
        brightness = np.maximum(brightness, length)
        strength = ridge(length, detector.optics.width(scale), _LEAST_BRIGHTNESS)
        strength /= detector.ridge_spread[scale]
        np.maximum(score, strength, out=score)
    shade = _shade(signal)
    score[shade < _HALO_SHARE] = 0
    # The inside of what is thicker than the widest scale is no ridge any more.
    thick = (shade > _PLATEAU) & (brightness > _BRIGHT)
    thick &= _beside(score > detector.threshold)
    score[thick] = np.maximum(score[thick], 1.01 * detector.threshold)
    found = np.argwhere(score[core] > detector.threshold)
    where = tuple((found + [s.start for s in core]).T)
    place = tuple((found + [a + s.start for a, s in zip(start, core, strict=True)]).T)
    return Voxels(
        np.ravel_multi_index(place, tuple(shape)).astype(np.int64),
        np.ascontiguousarray(signal[(slice(None), *where)].T),
        score[where],
    )


def ridge_spread(raw: Floats, start: Sequence[int], detector: Detector) -> list[float]:
    """Spread of the ridge strength that one tile's background alone gives."""
    stop = [a + n for a, n in zip(start, raw.shape[1:], strict=True)]
    found = []
    for scale in range(len(detector.optics.sigmas)):
        length = _brightness(raw, start, stop, scale, detector, None)
        strength = ridge(length, detector.optics.width(scale), -1.0)
        edge = tuple(slice(1, -1) if n > 2 else slice(None) for n in strength.shape)
        found.append(_spread(strength[edge], length[edge]))
    return found


def _spread(strength: Floats, length: Floats) -> float:
    """Spread of the ridge strength among voxels that are surely background.

    Below the median nothing is a neurite. With one channel half of these are no
    brighter than 0 and say little: then what noise reaches at the top decides.
    """
    dark = strength[length <= np.median(length)]
    noise = strength[length <= _NOISE]
    if len(dark) == 0 or len(noise) == 0:
        return 1.0
    low, middle = np.percentile(dark, (15.9, 50))
    return float(max(middle - low, _UPPER * np.percentile(noise, 84.1)))


def _shade(signal: Floats) -> Floats:
    """How bright a voxel is relative to the brightest close by, 0 to 1."""
    length = np.sqrt(np.einsum("czyx,czyx->zyx", signal, signal))
    size = tuple(min(n, 2 * _NEAR + 1) for n in length.shape)
    highest = ndimage.maximum_filter(length, size=size, mode="nearest")
    return np.asarray(length / np.maximum(highest, 1e-30))


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels within reach of one that is set."""
    size = tuple(min(n, 2 * _NEAR + 1) for n in mask.shape)
    return np.asarray(ndimage.maximum_filter(mask, size=size, mode="nearest"))


def _brightness(
    raw: Floats,
    start: Sequence[int],
    stop: Sequence[int],
    scale: int,
    detector: Detector,
    keep: Floats | None,
) -> Floats:
    """Length over channels of the noise-normalised signal at one scale.

    The smoothed background-free signal of the finest scale is left in `keep`.
    """
    noise, optics = detector.noise, detector.optics
    squares = np.zeros(raw.shape[1:], dtype=np.float32)
    for c in range(len(raw)):
        smooth = blur(raw[c], optics.sigmas[scale])
        smooth -= noise.at(noise.background[c, scale], start, stop)
        if scale == 0 and keep is not None:
            keep[c] = smooth
        spread = noise.at(noise.spread[c, scale], start, stop)
        level = normalised(smooth, spread, float(noise.skew[c, scale]))
        squares += level * level
    return np.sqrt(squares)


def normalised(signal: Floats, spread: Floats | float, skew: float) -> Floats:
    """Signal in units in which the background exceeds 3 as often as a normal does.

    The background's own law would bring it to a normal variable everywhere, and
    squeeze bright neurites of unlike brightness together; a weaker bend that
    agrees with it at 3 standard deviations keeps their crests apart.
    """
    bend = skew * _BEND
    unit = bend * np.expm1(3 * skew) / skew / np.expm1(3 * bend)
    out = np.maximum(signal, 0)
    out *= np.float32(bend / unit)
    out /= spread
    np.log1p(out, out=out)
    out /= np.float32(bend)
    return np.asarray(out)
