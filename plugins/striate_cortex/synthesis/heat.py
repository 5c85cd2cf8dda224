"""Where in a picture a unit finds what it answers to (Grad-CAM, Selvaraju 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate_cortex.synthesis.networks import StarterNetwork, open_network

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate_cortex.encoders.contract import Picture

__all__ = ["heat_map"]


def heat_map(
    picture: Picture,
    weights: ArrayLike,
    *,
    device: str = "cpu",
    network: StarterNetwork | None = None,
) -> NDArray[np.float32]:
    """Show where in a picture a unit's predicted response comes from.

    Parameters
    ----------
    picture
        A file or (H, W, 3) uint8.
    weights
        (384,) of the unit in the starter's space.

    Returns
    -------
    ndarray
        (h, w) float32 of the network's last map, 0 to 1; resize it to the picture. All
        0 where nothing in the picture speaks for the unit.
    """
    import torch

    from striate_cortex.encoders.pictures import as_image
    from striate_cortex.synthesis.preferred import _checked

    network = network or open_network("lite2", device)
    w = _checked(weights, network)
    pixels = np.asarray(as_image(picture), np.float32) / 255
    images = torch.tensor(pixels.transpose(2, 0, 1)[None], device=w.device)
    kept: dict[str, Any] = {}
    layer = _last_map(network.model)
    hook = layer.register_forward_hook(lambda *a: kept.update(map=a[2]))
    try:
        with torch.enable_grad():
            images.requires_grad_(True)
            response = (network.vectors(network.logits(images)) @ w).sum()
            (gradient,) = torch.autograd.grad(response, kept["map"])
    finally:
        hook.remove()
    weight = gradient.mean((2, 3), keepdim=True)
    heat = (weight * kept["map"]).sum(1).relu()[0].detach().cpu().numpy()
    return np.asarray(heat / max(float(heat.max()), 1e-12), np.float32)


def _last_map(model: Any) -> Any:
    """Return the layer whose output is the last thing with a place in the picture."""
    from torch.nn import BatchNorm2d

    return [m for m in model.modules() if isinstance(m, BatchNorm2d)][-1]
