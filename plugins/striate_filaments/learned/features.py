"""What the network is shown: as many maps for one channel as for twelve.

Every map is a symmetric function of the channels, so their order cannot matter, and
none grows with their number: the brightest three levels, the length of the colour
vector beyond what noise gives, and how far a voxel's hue is from that of others.
"""

from __future__ import annotations

import torch  # noqa: TID253 - this module is imported to run the network
from torch import Tensor  # noqa: TID253 - as above
from torch.nn import functional  # noqa: TID253 - as above

from striate_filaments.learned.config import OFFSETS

__all__ = ["COUNT", "hue_steps", "make_features"]

_TOP = 3
_WIDE = (2, 4)
COUNT = _TOP + 1 + len(_WIDE) + len(OFFSETS)
"""Number of maps."""
_UNIT = 0.2
_FAINT = 0.25
"""Square of the length below which a colour vector has no direction."""
_NOISE = 0.5
"""What noise adds to the square of the length for each channel."""


def make_features(signal: Tensor, level: Tensor) -> Tensor:
    """Make the maps.

    Parameters
    ----------
    signal
        (B, C, z, y, x) float32, each channel without its background, in units of
        the background's spread; z, y and x are multiples of 4.
    level
        The same, bent so that background follows a normal law (see
        ``foreground.normalised``), not negative.

    Returns
    -------
    Tensor
        (B, COUNT, z, y, x) float32; the last maps are the hue steps to OFFSETS.
    """
    channels = level.shape[1]
    brightest = _brightest(level)
    squares = (level * level).sum(1, keepdim=True) - _NOISE * channels
    length = (squares.clamp(min=0) + 1e-6).sqrt()
    light = signal.clamp(min=0)
    hue = _direction(light)
    wide = [_chord(hue, _direction(_wide(light, edge))) for edge in _WIDE]
    alone = _chord(hue, torch.zeros_like(hue[:, :1]))
    steps = [_step(hue, alone, offset) for offset in OFFSETS]
    return torch.cat([_UNIT * brightest, _UNIT * length, *wide, *steps], dim=1)


def hue_steps(features: Tensor) -> Tensor:
    """(B, len(OFFSETS), z, y, x) of the maps: distance of two hues, 0 to 1.4."""
    return features[:, -len(OFFSETS) :]


def _brightest(level: Tensor) -> Tensor:
    """The highest levels in order, 0 where there are too few channels.

    Each channel is let in where it belongs: to sort them all takes thrice the time.
    """
    kept = [torch.zeros_like(level[:, :1])] * _TOP
    for channel in torch.split(level, 1, dim=1):
        less = channel
        for i, above in enumerate(kept):
            kept[i], less = torch.maximum(above, less), torch.minimum(above, less)
    return torch.cat(kept, dim=1)


def _direction(light: Tensor) -> Tensor:
    return light / ((light * light).sum(1, keepdim=True) + _FAINT).sqrt()


def _chord(one: Tensor, other: Tensor) -> Tensor:
    # Of the difference, and not of the cosine, which is blind to small angles.
    return ((one - other).square().sum(1, keepdim=True) + 1e-6).sqrt()


def _wide(light: Tensor, edge: int) -> Tensor:
    """Mean over a neighbourhood of about three times `edge` voxels."""
    size = light.shape[2:]
    small = functional.avg_pool3d(light, edge)
    small = functional.avg_pool3d(small, 3, 1, 1)
    return functional.interpolate(small, size=size, mode="trilinear")


def _step(hue: Tensor, alone: Tensor, offset: tuple[int, int, int]) -> Tensor:
    """Chord to the hue at `offset`; beyond the edge there is none, only darkness."""
    z, y, x = offset
    nz, ny, nx = hue.shape[2:]
    near = (..., slice(0, nz - z), slice(0, ny - y), slice(0, nx - x))
    far = (..., slice(z, None), slice(y, None), slice(x, None))
    step = alone.clone()
    step[near] = _chord(hue[near], hue[far])
    return step
