"""What an image must be before any network sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["checked_images"]


def checked_images(
    images: Sequence[NDArray[Any]], *, max_channels: int | None, least: int
) -> list[NDArray[np.float32]]:
    """Return the images as contiguous float32, or refuse the first that cannot be.

    Parameters
    ----------
    images
        (C, H, W) arrays.
    max_channels
        Most channels the network takes; None for any number.
    least
        Smallest height and width in pixels.

    Raises
    ------
    InputError
        Naming the image by its place in the list.
    """
    return [_checked(image, i, max_channels, least) for i, image in enumerate(images)]


def _checked(
    image: NDArray[Any], index: int, most: int | None, least: int
) -> NDArray[np.float32]:
    array = np.asarray(image)
    if array.ndim != 3:
        raise InputError(
            f"Image {index} has the shape {array.shape}: it must be (C, H, W), "
            "channels first."
        )
    if array.dtype.kind not in "buif":
        raise InputError(f"Image {index} holds {array.dtype} values, not numbers.")
    c, height, width = array.shape
    if c == 0 or (most is not None and c > most):
        raise InputError(
            f"Image {index} has {c} channels: this model takes 1 to {most or 'any'}. "
            "Choose the channels that matter."
        )
    if min(height, width) < least:
        raise InputError(
            f"Image {index} is {height} x {width} pixels, smaller than one patch of "
            f"{least} x {least}: enlarge it (--size 224)."
        )
    ready = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(ready).all():
        raise InputError(
            f"Image {index} holds values that are not finite (NaN or infinite): repair "
            "them first."
        )
    return ready
