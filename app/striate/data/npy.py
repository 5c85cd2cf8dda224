"""Arrays saved by numpy, memory-mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.lazy import Found, guess_axes
from striate.data.reopening import Reopening
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find"]


def find(path: Path, options: OpenOptions) -> Found:
    """Find the array; axes are guessed unless the options name them."""
    try:
        array = _mapped(path)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path} is no readable npy file ({error}).") from error
    axes = guess_axes(array.shape)
    mapped = Reopening(_mapped, (path,), array)
    return Found([mapped], axes, "npy", metadata={"guessed": f"axes {axes}"})


def _mapped(path: Path) -> Any:
    return np.load(path, mmap_mode="r", allow_pickle=False)
