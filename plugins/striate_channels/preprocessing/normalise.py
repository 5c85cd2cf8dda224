"""Background and normalisation, per channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_channels.preprocessing.params import Background, Normalise
    from striate_channels.preprocessing.remarks import Remarks

__all__ = ["Scale", "measure_scale", "normalise_channels", "repaired"]

EPSILON = 1e-5


@dataclass(frozen=True)
class Scale:
    """An affine map per channel: ``(value - offset) / divisor``, both (C,) float32.

    `floor` is subtracted first and what is below becomes 0.
    """

    floor: NDArray[np.float32]
    offset: NDArray[np.float32]
    divisor: NDArray[np.float32]

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply it to (C, ...) values."""
        shape = (-1, *(1,) * (image.ndim - 1))
        if self.floor.any():
            image = np.maximum(image - self.floor.reshape(shape), 0)
        return (image - self.offset.reshape(shape)) / self.divisor.reshape(shape)


def normalise_channels(image: NDArray[Any]) -> NDArray[np.float32]:
    """Bring each channel to mean 0 and variance 1.

    Parameters
    ----------
    image
        (C, H, W) numbers.

    Returns
    -------
    ndarray
        (C, H, W) float32, ``(x - mean) / sqrt(var + 1e-5)`` per channel; a constant
        channel becomes 0.

    Raises
    ------
    InputError
        For another number of dimensions.
    """
    array = np.asarray(image)
    if array.ndim != 3:
        raise InputError(f"Give a (C, H, W) image, not the shape {array.shape}.")
    values = array.astype(np.float64)
    mean = values.mean((1, 2), keepdims=True)
    spread = np.sqrt(values.var((1, 2), keepdims=True) + EPSILON)
    return ((values - mean) / spread).astype(np.float32)


def measure_scale(
    values: NDArray[np.float32], normalise: Normalise, background: Background
) -> Scale:
    """Measure on (C, n...) values what :meth:`Scale.apply` then applies."""
    flat = values.reshape(len(values), -1).astype(np.float64)
    floor = np.zeros(len(flat))
    if background != "none":
        floor = np.percentile(flat, 50 if background == "median" else 1, axis=1)
        flat = np.maximum(flat - floor[:, None], 0)
    offset, divisor = _affine(flat, normalise)
    return Scale(*(a.astype(np.float32) for a in (floor, offset, divisor)))


def repaired(
    image: NDArray[np.float32], remarks: Remarks, name: str
) -> NDArray[np.float32]:
    """Put the channel's median where values are not finite, and remark on it.

    Raises
    ------
    InputError
        When a channel has no finite value at all.
    """
    good = np.isfinite(image)
    if good.all():
        return image
    image = image.copy()
    for c, (channel, fine) in enumerate(zip(image, good, strict=True)):
        if not fine.any():
            raise InputError(f"{name}: channel {c + 1} holds no finite value at all.")
        channel[~fine] = np.median(channel[fine])
    remarks.add(
        f"{name}: values that are not finite (NaN or infinite) were replaced by the "
        "median of their channel",
        int((~good).sum()),
    )
    return image


def _affine(
    flat: NDArray[np.float64], normalise: Normalise
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if normalise == "channel":
        return flat.mean(1), np.sqrt(flat.var(1) + EPSILON)
    if normalise == "none":
        return np.zeros(len(flat)), np.ones(len(flat))
    ends = (1.0, 99.8) if normalise == "percentile" else (0.0, 100.0)
    low, high = np.percentile(flat, ends, axis=1)
    span = high - low
    return low, np.where(span > 0, span, 1.0)
