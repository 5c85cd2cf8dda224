"""One crop of a stack becomes the picture, or pictures, that a network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_channels.preprocessing.normalise import Scale, measure_scale, repaired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_channels.preprocessing.params import Preprocessing
    from striate_channels.preprocessing.remarks import Remarks

__all__ = ["chosen_channels", "prepare", "resized"]


def prepare(
    stack: NDArray[Any],
    params: Preprocessing,
    remarks: Remarks,
    *,
    name: str = "image",
    mask: NDArray[np.bool_] | None = None,
    scale: Scale | None = None,
) -> list[NDArray[np.float32]]:
    """Take every step from counts to pictures.

    Parameters
    ----------
    stack
        (C, Z, Y, X) counts of any numeric type; Z is 1 for a flat image.
    mask
        (Z, Y, X); what lies outside becomes the background of its channel.
    scale
        Of the whole image, when ``params.scope`` is ``"image"``.

    Returns
    -------
    list of ndarray
        One or more (C, H, W) float32 pictures, whose embeddings are averaged.

    Raises
    ------
    InputError
        When a channel that was asked for does not exist, or holds nothing finite.
    """
    values = repaired(_as_float(stack), remarks, name)
    values = chosen_channels(values, params, name)
    _remark_constant(values, remarks, name)
    if mask is not None:
        values = _masked(values, mask)
    pictures = _projected(values, params)
    return [_finished(p, params, scale) for p in pictures]


def chosen_channels(
    values: NDArray[Any], params: Preprocessing, name: str
) -> NDArray[Any]:
    """Pick channels in the order that was asked for."""
    if not params.channels:
        return values
    if max(params.channels) >= len(values):
        raise InputError(
            f"{name} has {len(values)} channels, numbered from 0: channel "
            f"{max(params.channels)} does not exist."
        )
    return values[list(params.channels)]


def resized(picture: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Resize (C, H, W) to (C, size, size), averaging where it gets smaller."""
    if picture.shape[1:] == (size, size):
        return picture
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(picture))[None]
    answer = torch.nn.functional.interpolate(
        tensor, (size, size), mode="bilinear", antialias=True, align_corners=False
    )
    return answer[0].numpy()


# ---- Steps


def _as_float(stack: NDArray[Any]) -> NDArray[np.float32]:
    if stack.ndim != 4:
        raise InputError(f"Give a (C, Z, Y, X) stack, not the shape {stack.shape}.")
    return stack.astype(np.float32)


def _remark_constant(values: NDArray[np.float32], remarks: Remarks, name: str) -> None:
    flat = values.reshape(len(values), -1)
    for c in np.flatnonzero(flat.min(1) == flat.max(1)):
        remarks.add(f"{name}: channel {c + 1} is constant and says nothing")


def _masked(
    values: NDArray[np.float32], mask: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Replace what is outside by its own low percentile, so that no edge appears."""
    outside = ~mask
    if not outside.any():
        return values
    values = values.copy()
    for channel in values:
        channel[outside] = np.percentile(channel, 5)
    return values


def _projected(
    values: NDArray[np.float32], params: Preprocessing
) -> list[NDArray[np.float32]]:
    depth = values.shape[1]
    if depth == 1:
        return [values[:, 0]]
    if params.projection == "max":
        return [values.max(1)]
    if params.projection == "mean":
        return [values.mean(1)]
    if params.projection == "middle":
        return [values[:, depth // 2]]
    if params.projection == "views":
        return [values.max(axis) for axis in (1, 2, 3)]
    planes = np.unique(np.linspace(0, depth - 1, params.n_slices).round().astype(int))
    return [values[:, z] for z in planes]


def _finished(
    picture: NDArray[np.float32], params: Preprocessing, scale: Scale | None
) -> NDArray[np.float32]:
    if params.size:
        picture = resized(picture, params.size)
    if scale is None:
        scale = measure_scale(picture, params.normalise, params.background)
    return np.ascontiguousarray(scale.apply(picture), dtype=np.float32)
