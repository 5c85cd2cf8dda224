"""Preferred images by gradient: what drives a unit, without any diffusion model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.synthesis.fourier import FourierPicture
from striate_cortex.synthesis.networks import StarterNetwork, open_network, to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from striate.jobs.context import JobContext

__all__ = ["Preferred", "preferred_images"]

_RATE = 0.02
_CLASS_TEMPERATURE = 0.05
_SMOOTH, _CONTRAST, _GREY = 150.0, 60.0, 25.0
_SEEN = 192
"""Edge the network sees while images are made: half the work of its own size."""


@dataclass(frozen=True)
class Preferred:
    """Images made for a direction of the starter's space, the best first.

    Parameters
    ----------
    images
        (n, size, size, 3) uint8.
    responses
        (n,) predicted by the network they were made with, in units of the weights.
    judged
        (n,) predicted by the second network, which had no part in making them; they
        are ranked by it.
    seeds
        (n,) to make the same image again.
    """

    images: NDArray[np.uint8]
    responses: NDArray[np.float64]
    judged: NDArray[np.float64]
    seeds: NDArray[np.int64]


def preferred_images(
    weights: ArrayLike,
    *,
    count: int = 3,
    steps: int = 120,
    size: int = 192,
    seed: int = 0,
    device: str = "cpu",
    network: StarterNetwork | None = None,
    judge: StarterNetwork | None = None,
    on_partial: Callable[[int, NDArray[np.uint8]], Any] | None = None,
    ctx: JobContext | None = None,
) -> Preferred:
    """Make images that a unit's weights predict a strong response to.

    Gradient ascent on pictures as spectra, seen at random scales, turns and places,
    and held smooth and out of saturation.

    Parameters
    ----------
    weights
        (384,) of a unit in the starter's space, a region's mean, or the difference of
        two regions for a contrast.
    count, steps, size
        Images, gradient steps, and edge in pixels.
    seed
        Of the first image; image i is made from ``seed + i``.
    network, judge
        For tests; None: the starter's EfficientNet-Lite2, and Lite0 as the judge.
    on_partial
        Hears the step and the images so far, ten times.
    ctx
        Hears progress; a cancel is honoured at every step.

    Raises
    ------
    InputError
        When weights are of another space, all zero or not finite.
    """
    import torch

    network = network or open_network("lite2", device)
    w = _checked(weights, network)
    target = _classes_wanted(w, network)
    generator = torch.Generator().manual_seed(seed)
    picture = FourierPicture(count, size, seed, device)
    adam = torch.optim.Adam([picture.spectrum], lr=_RATE)
    for step in range(steps):
        if ctx is not None:
            ctx.progress(step, steps, "Making images")
        images = picture()
        logits = network.logits(_jitter(images, generator), min(_SEEN, network.size))
        wanted = (network.vectors(logits) @ w).mean() * 10
        wanted = wanted + (logits @ target).mean()
        loss = -wanted + _held(images)
        (picture.spectrum.grad,) = torch.autograd.grad(loss, picture.spectrum)
        adam.step()
        if on_partial is not None and step % max(1, steps // 10) == 0:
            on_partial(step, to_pixels(images))
    made = picture().detach()
    length = float(np.linalg.norm(np.asarray(weights, np.float64)))
    own, other = (
        _responses(made, n, w) * length
        for n in (network, judge or open_network("lite0", device))
    )
    order = np.argsort(-other, kind="stable")
    return Preferred(
        to_pixels(made)[order], own[order], other[order], seed + order.astype(np.int64)
    )


def _checked(weights: ArrayLike, network: StarterNetwork) -> Tensor:
    from torch import tensor

    w = np.asarray(weights, np.float32)
    if w.shape != (network.classes.shape[1],):
        raise InputError(
            f"Weights are {w.shape} and the starter's space has "
            f"{network.classes.shape[1]} dimensions: images by gradient need a model "
            "fitted with the starter encoder."
        )
    length = float(np.linalg.norm(w))
    if not np.isfinite(length) or length == 0:
        raise InputError("This unit's weights are all zero: there is nothing to show.")
    return tensor(w / length, device=network.classes.device)


def _classes_wanted(w: Tensor, network: StarterNetwork) -> Tensor:
    """(1000,) which logits to raise, and all others lowered alike.

    Far from any class the response itself has next to no gradient: raising the classes
    the weights point to leads there.
    """
    unit = network.classes / network.classes.norm(dim=1, keepdim=True)
    share = (unit @ w / _CLASS_TEMPERATURE).softmax(0)
    return share - 1 / len(share)


def _jitter(images: Tensor, generator: Any) -> Tensor:
    """See images at a random scale, turn and place; what is outside is mirrored."""
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    b = len(images)
    draw = torch.rand(b, 4, generator=generator)
    zoom, turn = 0.7 + 0.4 * draw[:, 0], (draw[:, 1] - 0.5) * 0.35
    cos, sin = zoom * turn.cos(), zoom * turn.sin()
    shift = (draw[:, 2:] - 0.5) * 0.3
    rows = [torch.stack([cos, -sin, shift[:, 0]], 1),
            torch.stack([sin, cos, shift[:, 1]], 1)]  # fmt: skip
    matrix = torch.stack(rows, 1).to(images.device, images.dtype)
    grid = affine_grid(matrix, list(images.shape), align_corners=False)
    return grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def _held(images: Tensor) -> Tensor:
    """What keeps images smooth, out of saturation and grey on average."""
    down = (images[..., 1:, :] - images[..., :-1, :]).square().mean()
    right = (images[..., 1:] - images[..., :-1]).square().mean()
    contrast = ((images - 0.5).abs() - 0.33).relu().square().mean()
    grey = (images.mean((2, 3)) - 0.5).square().mean()
    return _SMOOTH * (down + right) + _CONTRAST * contrast + _GREY * grey


def _responses(
    images: Tensor, network: StarterNetwork, w: Tensor
) -> NDArray[np.float64]:
    import torch

    with torch.no_grad():
        found = network.vectors(network.logits(images)) @ w
    return np.asarray(found.double().cpu().numpy())
