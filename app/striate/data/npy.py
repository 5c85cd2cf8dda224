"""Arrays saved by numpy, memory-mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.data.lazy import Found, guess_axes
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find"]


def find(path: Path, options: OpenOptions) -> Found:
    """Find the array; axes are guessed unless the options name them."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path} is no readable npy file ({error}).") from error
    axes = guess_axes(array.shape)
    return Found([array], axes, "npy", metadata={"guessed": f"axes {axes}"})
