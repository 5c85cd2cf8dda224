"""Preferred images by gradient: what drives a unit, without any diffusion model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.synthesis.directions import direction_of
from striate_cortex.synthesis.fourier import FourierPicture
from striate_cortex.synthesis.networks import Network, open_network, to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from striate.jobs.context import JobContext

__all__ = ["Preferred", "preferred_images"]

_RATE = 0.02
_SMOOTH, _CONTRAST, _GREY = 150.0, 60.0, 25.0
_SEEN = 192
"""Edge the network sees while images are made: half the work of its own size."""
_GENTLE = 0.1
"""Size of a step from an image to begin with, where jitter is 0."""
_FACET_SHARE = 0.4
"""Of the steps, the first, that lead towards an image's facet."""


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
    network: Network | None = None,
    judge: Network | None = None,
    start: ArrayLike | None = None,
    jitter: float = 0.3,
    facets: ArrayLike | None = None,
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
        Of the first image; image i is made from ``seed + i``, alone or among others.
    network, judge
        What images are made with, and what ranks them; None: the starter's
        EfficientNet-Lite2, and Lite0 as its judge. Another network without a judge
        ranks its images itself.
    start, jitter
        (k, h, w, 3) uint8 pictures to begin with, in turn: more of what was liked. How
        far to go from them, 0 to 1: noise as a share of their own, and larger steps.
    facets
        (f, d) directions, the middles of a unit's facets: image i is led to facet
        ``i % f`` first, and then by the unit alone.
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

    if network is None:
        network = open_network("lite2", device)
        judge = judge or open_network("lite0", device)
    w = direction_of(weights, network)
    targets = _targets(w, facets, network, count)
    chance = [torch.Generator().manual_seed(seed + i) for i in range(count)]
    picture = FourierPicture(count, size, seed, device)
    rate = _RATE
    if start is not None:
        picture.begin_with(_chosen(start, count), jitter)
        # Steps of full size would leave nothing of it.
        rate *= _GENTLE + (1 - _GENTLE) * jitter
    adam = torch.optim.Adam([picture.spectrum], lr=rate)
    for step in range(steps):
        if ctx is not None:
            ctx.progress(step, steps, "Making images")
        images = picture()
        seen = _jitter(images, chance)
        small = min(_SEEN, network.size)
        if targets is None or step >= _FACET_SHARE * steps:
            wanted = network.drive(seen, w, small)
        else:
            each = [network.drive(seen[k : k + 1], t, small)
                    for k, t in enumerate(targets)]  # fmt: skip
            wanted = torch.stack(each).mean()
        # A sum over images: none of them depends on how many there are.
        loss = count * (_held(images) - wanted)
        (picture.spectrum.grad,) = torch.autograd.grad(loss, picture.spectrum)
        adam.step()
        if on_partial is not None and step % max(1, steps // 10) == 0:
            on_partial(step, to_pixels(images))
    made = picture().detach()
    length = float(np.linalg.norm(np.asarray(weights, np.float64)))
    own = _responses(made, network, w) * length
    other = own if judge is None else _responses(made, judge, w) * length
    order = np.argsort(-other, kind="stable")
    return Preferred(
        to_pixels(made)[order], own[order], other[order], seed + order.astype(np.int64)
    )


def _targets(
    w: Tensor, facets: ArrayLike | None, network: Network, count: int
) -> list[Tensor] | None:
    """One direction for each image: of the unit, and of a facet in turn."""
    if facets is None or not len(np.atleast_2d(np.asarray(facets))):
        return None
    given = np.atleast_2d(np.asarray(facets, np.float32))
    mixed = [direction_of(f, network) + w for f in given]
    return [mixed[k % len(mixed)] / mixed[k % len(mixed)].norm() for k in range(count)]


def _chosen(start: ArrayLike, count: int) -> NDArray[np.uint8]:
    """(count, h, w, 3) images to begin with: those given, in turn."""
    images = np.asarray(start)
    if images.ndim != 4 or images.shape[-1] != 3 or images.dtype != np.uint8:
        raise InputError(
            f"Images to begin with have the shape {images.shape}: they must be n by "
            "height by width by 3, of 8 bits."
        )
    return images[np.arange(count) % len(images)]


def _jitter(images: Tensor, chance: list[Any]) -> Tensor:
    """See images at a random scale, turn and place; what is outside is mirrored."""
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    draw = torch.stack([torch.rand(4, generator=c) for c in chance])
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


def _responses(images: Tensor, network: Network, w: Tensor) -> NDArray[np.float64]:
    import torch

    with torch.no_grad():
        found = network.see(images) @ w
    return np.asarray(found.double().cpu().numpy())
