"""Random views of pictures: what a student and its teacher are shown."""

from __future__ import annotations

import math

import torch  # noqa: TID253 - this module is imported to train
from torch import Tensor  # noqa: TID253 - as above
from torch.nn import functional  # noqa: TID253 - as above

__all__ = ["make_views", "normalised"]


def make_views(
    pictures: Tensor,
    size: int,
    scale: tuple[float, float],
    generator: torch.Generator,
) -> Tensor:
    """Cut one random view out of each picture.

    Parameters
    ----------
    pictures
        (B, C, S, S) counts.
    size
        Edge of a view.
    scale
        Smallest and largest share of the picture's area.

    Returns
    -------
    Tensor
        (B, C, size, size), each channel with mean 0 and variance 1: turned,
        mirrored, with another gamma, blur and noise in each channel.
    """
    views = functional.grid_sample(
        _unit(pictures),
        _grid(pictures, size, scale, generator),
        padding_mode="reflection",
        align_corners=False,
    )
    views = _shaded(views, generator)
    views = _blurred(views, generator)
    b, c = views.shape[:2]
    level = 0.08 * torch.rand(b, c, 1, 1, generator=generator) ** 2
    noise = torch.randn(views.shape, generator=generator)
    return normalised(views + level * noise)


def normalised(views: Tensor) -> Tensor:
    """Bring each channel to mean 0 and variance 1, as ``normalise_channels`` does."""
    mean = views.mean((2, 3), keepdim=True)
    spread = views.var((2, 3), keepdim=True, correction=0)
    return (views - mean) / (spread + 1e-5).sqrt()


def _unit(pictures: Tensor) -> Tensor:
    low = pictures.amin((2, 3), keepdim=True)
    high = pictures.amax((2, 3), keepdim=True)
    return (pictures - low) / (high - low).clamp(min=1e-6)


def _grid(
    pictures: Tensor, size: int, scale: tuple[float, float], generator: torch.Generator
) -> Tensor:
    b, c = pictures.shape[:2]

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(b, generator=generator)

    edge = uniform(*scale).sqrt()
    stretch = uniform(-0.2, 0.2).exp()
    angle = (torch.rand(b, generator=generator) * 4).floor() * math.pi / 2
    angle = angle + uniform(-0.3, 0.3)
    flip = (torch.rand(b, generator=generator) < 0.5).float() * 2 - 1
    cos, sin = angle.cos() * edge, angle.sin() * edge
    room = 1 - edge
    theta = torch.stack(
        [
            torch.stack([cos * stretch * flip, -sin, uniform(-1, 1) * room], 1),
            torch.stack([sin * stretch * flip, cos, uniform(-1, 1) * room], 1),
        ],
        1,
    )
    return functional.affine_grid(theta, [b, c, size, size], align_corners=False)


def _shaded(views: Tensor, generator: torch.Generator) -> Tensor:
    b, c = views.shape[:2]
    gamma = (torch.rand(b, c, 1, 1, generator=generator) - 0.5).exp()
    return views.clamp(min=0) ** gamma


def _blurred(views: Tensor, generator: torch.Generator) -> Tensor:
    b, c = views.shape[:2]
    kernel = torch.tensor([0.25, 0.5, 0.25])
    kernel = (kernel[:, None] * kernel).expand(c, 1, 3, 3)
    padded = functional.pad(views, (1, 1, 1, 1), mode="reflect")
    soft = functional.conv2d(padded, kernel, groups=c)
    share = torch.rand(b, c, 1, 1, generator=generator)
    share = share * (torch.rand(b, 1, 1, 1, generator=generator) < 0.5)
    return torch.lerp(views, soft, share)
