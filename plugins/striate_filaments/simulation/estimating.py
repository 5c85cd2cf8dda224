"""Make it look like mine: the simulator's settings for a person's own raw volume.

A first guess is painted and measured as the volume was; what differs corrects the
guess. So what a measure gets wrong on one picture it gets wrong on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.jobs.context import JobContext
from striate_filaments.simulation.fitted import FITTED
from striate_filaments.simulation.looks import Looks, measure, offset_of
from striate_filaments.simulation.params import SimulateParams
from striate_filaments.simulation.simulator import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from striate.data.volume import Volume

    Floats = NDArray[np.float32]

__all__ = ["estimate_params"]

_BOX = (48, 128, 128)
_PROFILE_PLANES, _PROFILE_EDGE = 24, 256
_SEED = 77
_ROUNDS = 3
_DEEPEST = 4.0  # times the depth of the volume; weaker attenuation is not believed
_CABLE = 300.0  # µm of a typical neuron


def estimate_params(volume: Volume, ctx: JobContext | None = None) -> SimulateParams:
    """Estimate the settings that paint volumes which look like this one.

    From up to eight boxes of the raw volume, without labels: channels, voxel size,
    camera offset, background of each channel, patches, brightness and thickness of
    neurites, blur, noise, bleed-through, depth attenuation and how many neurons
    there are. What shows nowhere, such as gaps, stays as the simulator has it.

    On painted volumes background levels and offset come back within a quarter of the
    level, contrasts within 0.3, brightness, blur and noise within a third,
    thickness within a half and depth attenuation within a factor of two.

    Parameters
    ----------
    volume
        Of any number of channels up to 12; of several time points the first.

    Raises
    ------
    Cancelled
        When a person stops it.
    """
    ctx = ctx or JobContext()
    array, size = volume.czyx(), volume.voxel_size_zyx
    ctx.progress(0, _ROUNDS + 1, "Looking at the volume")
    boxes = [_counts(array, place) for place in _places(array.shape[1:])]
    scale = _scale(boxes)
    boxes = [b * scale for b in boxes]
    offset = offset_of(boxes)
    looks = measure(boxes, offset)
    if not looks.bright:
        ctx.log(
            "No neurites stand out: they are painted as bright as the top voxels.",
            "warning",
        )
    bright = looks.bright or _brightest(boxes, offset)
    depth = _attenuation(array, offset / scale, size[0])
    guess = _first_guess(looks, bright, offset, size, _saturation(boxes))
    guess = _as_large(guess, boxes[0].shape[1:])
    for i in range(_ROUNDS):
        ctx.progress(i + 1, _ROUNDS + 1, "Painting and comparing")
        painted = simulate(guess).volume.czyx()
        raw = np.asarray(painted, dtype=np.float32)
        guess = _corrected(guess, looks, measure([raw], guess.offset))
    return _finished(guess, looks, depth, array.shape[1:])


# ---- Looking


def _places(shape: Sequence[int]) -> list[tuple[slice, ...]]:
    """Up to eight boxes, at a quarter and three quarters of each axis."""
    along = []
    for n, edge in zip(shape, _BOX, strict=True):
        if n < 2 * edge:
            first = max(0, (n - edge) // 2)
            along.append([slice(first, min(n, first + edge))])
        else:
            middles = (n // 4, 3 * n // 4)
            along.append([slice(m - edge // 2, m - edge // 2 + edge) for m in middles])
    return [(z, y, x) for z in along[0] for y in along[1] for x in along[2]]


def _counts(array: Any, place: tuple[slice, ...]) -> Floats:
    box = array[(slice(None, 12), *place)].compute(scheduler="synchronous")
    return np.nan_to_num(np.asarray(box, dtype=np.float32))


def _scale(boxes: Sequence[Floats]) -> float:
    """1 for counts; fractions are brought to what a 12-bit camera would give."""
    high = max(float(np.quantile(b, 0.9999)) for b in boxes)
    return 1.0 if high > 20 else 2000.0 / max(high, 1e-9)


def _saturation(boxes: Sequence[Floats]) -> int:
    """The highest count where many voxels have it, else what holds it in bits."""
    top = max(float(b.max()) for b in boxes)
    if sum(int((b == top).sum()) for b in boxes) > 50 and top > 100:
        return round(min(top, 65535))
    return next(most for most in (255, 4095, 65535, 2**31) if top <= most) & 0xFFFF


def _brightest(boxes: Sequence[Floats], offset: float) -> float:
    return max(max(float(np.quantile(b, 0.999)) for b in boxes) - offset, 1.0)


def _attenuation(array: Any, offset: float, step: float) -> float:
    """Depth in µm at which light falls to 37 %; 0 where it does not fall."""
    z, y, x = array.shape[1:]
    if z < 8:
        return 0.0
    planes = np.unique(np.linspace(0, z - 1, _PROFILE_PLANES).astype(int))
    middle = tuple(
        slice(max(0, (n - _PROFILE_EDGE) // 2), (n + _PROFILE_EDGE) // 2 + 1)
        for n in (y, x)
    )
    light = []
    for p in planes:
        plane = np.asarray(array[(slice(None), int(p), *middle)].compute()) - offset
        light.append([_dark(c) for c in plane])
    logs = np.log(np.maximum(np.array(light), 1e-3))
    slopes = [_slope(planes * step, channel) for channel in logs.T]
    falls = -np.array(slopes)
    fall = float(np.median(falls))
    # Depth dims every channel alike; uneven tissue does not.
    alike = float(falls.min()) > 0.4 * fall
    return 1 / fall if alike and fall > 1 / (_DEEPEST * z * step) else 0.0


def _dark(values: NDArray[np.float64]) -> float:
    """Mean of the darker two thirds: neurites do not count."""
    return float(values[values <= np.quantile(values, 0.66)].mean())


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Median of the slopes of all pairs (Theil and Sen)."""
    i, j = np.triu_indices(len(x), 1)
    return float(np.median((y[j] - y[i]) / (x[j] - x[i])))


# ---- Guessing


def _first_guess(
    looks: Looks,
    bright: float,
    offset: float,
    size: tuple[float, ...],
    saturation: int,
) -> SimulateParams:
    blur = [b * s for b, s in zip(looks.blur, size, strict=True)]
    usual = float(np.mean(FITTED.psf_sigma) / 0.44)
    psf = [b or usual * s for b, s in zip(blur, size, strict=True)]
    return SimulateParams(
        shape=(48, 128, 128),
        seed=_SEED,
        n_neurons=5,
        cable_length=(40 * min(size), 300 * min(size)),
        n_channels=len(looks.level),
        voxel_size=size,
        offset=offset,
        background_level=tuple(max(v, 0.0) for v in looks.level),
        background_contrast=looks.contrast,
        brightness=float(np.clip(bright / FITTED.label_bright, 1e-3, 100)),
        radius=tuple(r * min(size) / 0.44 for r in FITTED.radius),
        read_noise=max(looks.dark_noise, 0.0),
        noise_gain=_gain(looks),
        bleed_through=float(np.clip(looks.bleed, 0, 0.3)),
        psf_sigma=tuple(psf),
        autofluorescence=float(np.clip(looks.patches / bright, 0, 1)),
        saturation=saturation,
        dim_fraction=0.0,
        gap_spacing=0.0,
        depth_attenuation=0.0,
    )


def _as_large(guess: SimulateParams, shape: Sequence[int]) -> SimulateParams:
    """No more is painted than was looked at in one box."""
    wanted = tuple(max(32, min(a, b)) for a, b in zip(guess.shape, shape, strict=True))
    share = float(np.prod(wanted) / np.prod(guess.shape))
    count = max(2, round(guess.n_neurons * share))
    return guess.model_copy(update={"shape": wanted, "n_neurons": count})


def _gain(looks: Looks) -> float:
    rest = looks.bright_noise**2 - (FITTED.texture * looks.middle) ** 2
    return max(rest / looks.middle, 0.05) if looks.middle else FITTED.noise_gain


def _corrected(guess: SimulateParams, true: Looks, seen: Looks) -> SimulateParams:
    """Change every setting as its measure was off, by no more than three times."""
    n = guess.n_channels
    level = [
        max(v + t - s, 0.0)
        for v, t, s in zip(guess.background_level, true.level, seen.level, strict=True)
    ]
    contrast = [
        v * _ratio(t, s)
        for v, t, s in zip(
            guess.background_contrast, true.contrast, seen.contrast, strict=True
        )
    ]
    bright = _ratio(true.bright, seen.bright)
    size = _ratio(true.radius, seen.radius) ** 0.7
    blur = [_ratio(t, s) for t, s in zip(true.blur, seen.blur, strict=True)]
    low, high = (r * size for r in guess.radius)
    changed = {
        "background_level": tuple(level),
        "background_contrast": tuple(min(c, 3.0) for c in contrast),
        "brightness": float(np.clip(guess.brightness * bright, 1e-3, 100)),
        "radius": (min(low, 50.0), min(high, 100.0)),
        "psf_sigma": tuple(p * b for p, b in zip(guess.psf_sigma, blur, strict=True)),
        **_new_noise(guess, true, seen),
        "autofluorescence": _new_patches(guess, true, seen),
    }
    if n > 1:
        bleed = guess.bleed_through + 0.7 * (true.bleed - seen.bleed)
        changed["bleed_through"] = float(np.clip(bleed, 0, 0.4))
    return SimulateParams.model_validate({**guess.model_dump(), **changed})


def _ratio(true: float, seen: float) -> float:
    if true <= 0 or seen <= 0:
        return 1.0
    return float(np.clip(true / seen, 1 / 3, 3))


def _new_noise(guess: SimulateParams, true: Looks, seen: Looks) -> dict[str, float]:
    """Two variances, in the dark and in half-light, give read and shot noise."""
    gain = guess.noise_gain
    if true.middle and seen.middle:
        wanted = true.bright_noise**2 / true.middle - seen.bright_noise**2 / seen.middle
        gain = float(np.clip(gain + wanted, 0.3 * gain, 1e4))
    read = guess.read_noise**2 + true.dark_noise**2 - seen.dark_noise**2
    read -= (gain - guess.noise_gain) * true.dark
    least = (0.1 * true.dark_noise) ** 2
    return {"noise_gain": gain, "read_noise": float(np.sqrt(max(read, least)))}


def _new_patches(guess: SimulateParams, true: Looks, seen: Looks) -> float:
    bright = FITTED.label_bright * guess.brightness
    changed = guess.autofluorescence + (true.patches - seen.patches) / bright
    return float(np.clip(changed, 0.0, 2.0))


def _finished(
    guess: SimulateParams, looks: Looks, depth: float, shape: Sequence[int]
) -> SimulateParams:
    """Give neurons and depth back what was left out to compare."""
    size = guess.voxel_size
    usual = SimulateParams()
    seen = np.asarray(shape) * np.asarray(size)
    fade = _mean_fade(float(seen[0]), depth)
    voxels = float(np.prod(usual.shape))
    cable = looks.cable * voxels * float(np.mean(size))
    typical = _CABLE * min(size) / 0.44
    changed = {
        "shape": usual.shape,
        "seed": 0,
        "n_neurons": int(np.clip(round(cable / typical), 2, 60)),
        "cable_length": tuple(c * min(size) / 0.44 for c in usual.cable_length),
        "dim_fraction": usual.dim_fraction,
        "gap_spacing": usual.gap_spacing,
        "depth_attenuation": depth,
        "brightness": min(guess.brightness / fade, 100.0),
        "background_level": tuple(b / fade for b in guess.background_level),
    }
    return SimulateParams.model_validate({**guess.model_dump(), **changed})


def _mean_fade(thick: float, depth: float) -> float:
    if not depth:
        return 1.0
    return float(depth / thick * (1 - np.exp(-thick / depth)))
