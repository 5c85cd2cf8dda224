"""Where in a picture a unit finds what it answers to (Grad-CAM, Selvaraju 2017)."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.synthesis.directions import direction_of
from striate_cortex.synthesis.networks import network_of, open_network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from striate_cortex.encoders.contract import Encoder, Picture
    from striate_cortex.synthesis.networks import Network

__all__ = ["heat_map"]

_NORMS = ("layer_norm1", "norm1")
"""What the norm before a transformer's attention is called: transformers, timm."""


def heat_map(
    picture: Picture,
    weights: ArrayLike,
    encoder: Encoder | None = None,
    *,
    device: str = "cpu",
    network: Network | None = None,
) -> NDArray[np.float32]:
    """Show where in a picture a unit's predicted response comes from.

    Of a convolutional network the last map with places is weighted by its mean
    gradients; of a transformer the tokens of the patches before the last attention.

    Parameters
    ----------
    picture
        A file or (H, W, 3) uint8.
    weights
        (d,) of the unit in the encoder's space.
    encoder
        That the weights are for; None: the starter.
    network
        Instead of an encoder, one with a gradient.

    Returns
    -------
    ndarray
        (h, w) float32 of the network's last map, 0 to 1; resize it to the part of the
        picture that the encoder sees. All 0 where nothing speaks for the unit.
    """
    import torch

    from striate_cortex.encoders.pictures import as_image

    if network is None:
        network = open_network("lite2", device) if encoder is None else (
            network_of(encoder))  # fmt: skip
    w = direction_of(weights, network)
    pixels = np.asarray(as_image(picture), np.float32) / 255
    images = torch.tensor(pixels.transpose(2, 0, 1)[None], device=w.device)
    with torch.enable_grad(), _watching(network.model) as kept:
        response = (network.see(images.requires_grad_(True)) @ w).sum()
        if "map" not in kept:
            raise InputError("This network has no map with places: no heat map.")
        (gradient,) = torch.autograd.grad(response, kept["map"])
    return _weighted(kept["map"].detach(), gradient)


def _weighted(values: Tensor, gradient: Tensor) -> NDArray[np.float32]:
    places = values.ndim - 2
    if places == 1:  # (1, tokens, c): classes and registers come first
        side = math.isqrt(values.shape[1])
        values, gradient = (
            t[:, -side * side :].transpose(1, 2).reshape(1, -1, side, side)
            for t in (values, gradient)
        )
    weight = gradient.mean((2, 3), keepdim=True)
    heat = (weight * values).sum(1).relu()[0].cpu().numpy()
    return np.asarray(heat / max(float(heat.max()), 1e-12), np.float32)


@contextlib.contextmanager
def _watching(model: Any) -> Iterator[dict[str, Tensor]]:
    """Keep the last thing with places in the picture while a network runs."""
    kept: dict[str, Tensor] = {}

    def heard(_: Any, __: Any, out: Any) -> None:
        if getattr(out, "ndim", 0) != wanted or not out.requires_grad:
            return
        if wanted == 3 or min(out.shape[-2:]) > 1:
            kept["map"] = out

    norm = _last_norm(model)
    wanted = 4 if norm is None else 3
    watched = list(model.modules()) if norm is None else [norm]
    hooks = [m.register_forward_hook(heard) for m in watched]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()


def _last_norm(model: Any) -> Any:
    """Return the norm before a transformer's last attention; None: no transformer."""
    from torch.nn import LayerNorm

    seeing = getattr(model, "vision_model", model)
    found = [
        module
        for name, module in seeing.named_modules()
        if name.rpartition(".")[2] in _NORMS and isinstance(module, LayerNorm)
    ]
    return found[-1] if found else None
