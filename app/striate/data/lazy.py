"""From what a reader found to a Volume: lazy, in our axis order, errors in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from striate.data.volume import AXES, Channel, Volume, default_channels
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["Found", "guess_axes", "to_volume"]

CHUNK_BYTES = 16 << 20
MAX_CHANNEL_GUESS = 12


@dataclass
class Found:
    """What one file said.

    `arrays` are array-likes, finest level first, with dimensions `axes` in the
    file's own order; `size` maps spatial axes to µm; None means it did not say.
    """

    arrays: list[Any]
    axes: str
    format: str
    size: dict[str, float] | None = None
    channels: tuple[Channel, ...] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def to_volume(found: Found, path: Path, options: OpenOptions) -> Volume:
    """Bring a find into our axis order, apply the caller's options, wrap reads.

    Raises
    ------
    InputError
        When the options do not fit the file.
    """
    axes = _axes(found, path, options)
    kept, order = _order(axes, found.arrays[0].shape, path)
    levels = tuple(_lazy(a, path).squeeze(_dropped(axes, kept)) for a in found.arrays)
    levels = tuple(level.transpose(order) for level in levels)
    final = "".join(sorted(kept, key=AXES.index))
    if levels[0].dtype.kind not in "buif":
        raise InputError(
            f"{path.name} holds {levels[0].dtype} values: an image needs integers, "
            "floats or booleans."
        )
    spatial = [a for a in final if a in "ZYX"]
    size, unit = _size(found, spatial, path, options)
    n = levels[0].shape[final.index("C")] if "C" in final else 1
    channels = _channels(found, n, path, options)
    return Volume(
        levels, final, size, unit, channels, path, found.format, found.metadata
    )


def guess_axes(shape: tuple[int, ...]) -> str:
    """Guess the axes of an array of which only the shape is known.

    A first axis of at most 4 in 3-D, and of at most 12 in 4-D, is taken for
    channels, as is a last one of at most 4 in 4-D; what was guessed is recorded in
    the volume's metadata.
    """
    n = len(shape)
    if n == 3:
        return "CYX" if shape[0] <= 4 < min(shape[1:]) else "ZYX"
    if n == 4:
        if shape[0] <= MAX_CHANNEL_GUESS:
            return "CZYX"
        if shape[3] <= 4:
            return "ZYXC"
        return "ZCYX" if shape[1] <= MAX_CHANNEL_GUESS else "TZYX"
    return AXES[-n:] if n == 5 else "YX" if n == 2 else "?" * n


def _axes(found: Found, path: Path, options: OpenOptions) -> str:
    ndim = found.arrays[0].ndim
    if options.axes is None:
        if "?" in found.axes or len(found.axes) != ndim:
            raise InputError(
                f"{path.name} has {ndim} dimensions of shape "
                f"{tuple(found.arrays[0].shape)}: say which axes they are, for "
                "example --axes CZYX."
            )
        return found.axes
    axes = options.axes.upper()
    if len(axes) != ndim or len(set(axes)) != ndim or not set(axes) <= set(AXES):
        raise InputError(
            f"Axes {options.axes!r} do not fit {path.name}, whose shape is "
            f"{tuple(found.arrays[0].shape)}: give {ndim} different letters of "
            f"{AXES} in the order of the file."
        )
    return axes


def _order(
    axes: str, shape: tuple[int, ...], path: Path
) -> tuple[list[str], list[int]]:
    """Keep what we know, drop what has length 1, refuse the rest."""
    kept: list[str] = []
    for axis, length in zip(axes, shape, strict=True):
        if axis in AXES:
            kept.append(axis)
        elif length > 1:
            raise InputError(
                f"{path.name} has an axis of length {length} that is none of {AXES}: "
                "say what its axes are with --axes."
            )
    if not {"Y", "X"} <= set(kept):
        raise InputError(f"{path.name} has axes {axes}: an image needs Y and X.")
    return kept, [kept.index(a) for a in sorted(kept, key=AXES.index)]


def _dropped(axes: str, kept: list[str]) -> tuple[int, ...]:
    return tuple(i for i, a in enumerate(axes) if a not in kept)


def _size(
    found: Found, spatial: list[str], path: Path, options: OpenOptions
) -> tuple[tuple[float, ...], str]:
    if options.voxel_size is not None:
        given = options.voxel_size
        size = given * len(spatial) if len(given) == 1 else given
        if len(size) != len(spatial):
            raise InputError(
                f"{path.name} has the spatial axes {''.join(spatial)}: give one "
                f"voxel size for each, not {len(size)}."
            )
        return size, options.unit or "µm"
    if found.size and all(found.size.get(a, 0) > 0 for a in spatial):
        return tuple(found.size[a] for a in spatial), "µm"
    return (1.0,) * len(spatial), "px"


def _channels(
    found: Found, n: int, path: Path, options: OpenOptions
) -> tuple[Channel, ...]:
    channels = found.channels if found.channels and len(found.channels) == n else None
    channels = channels or default_channels(n)
    if options.channel_names is None:
        return channels
    if len(options.channel_names) != n:
        raise InputError(
            f"{path.name} has {n} channels, and {len(options.channel_names)} names "
            "were given."
        )
    named = zip(channels, options.channel_names, strict=True)
    return tuple(Channel(name, c.colour, c.limits) for c, name in named)


# ---- Reading


class _Guarded:
    """An array whose reads fail in one sentence that names the file."""

    def __init__(self, array: Any, path: Path) -> None:
        self.array, self.path = array, path
        self.shape = tuple(int(n) for n in array.shape)
        self.dtype = np.dtype(array.dtype)
        self.ndim = len(self.shape)

    def __getitem__(self, index: Any) -> np.ndarray[Any, Any]:
        try:
            return np.asarray(self.array[index])
        except MemoryError:
            raise
        except Exception as error:
            raise InputError(
                f"{self.path} could not be read at {_place(index)}: the file is "
                f"damaged or incomplete ({error})."
            ) from error


def _place(index: Any) -> str:
    slices = index if isinstance(index, tuple) else (index,)
    parts = [f"{s.start or 0}:{s.stop}" for s in slices if isinstance(s, slice)]
    return ",".join(parts) or str(index)


def _lazy(array: Any, path: Path) -> da.Array:
    if isinstance(array, da.Array):
        return array
    chunks = _chunks(array)
    guarded = _Guarded(array, path)
    # A name of its own each time: viewers cache chunks by it, and files change.
    return da.from_array(guarded, chunks=chunks, name=False, asarray=False, fancy=False)


def _chunks(array: Any) -> tuple[int, ...]:
    """Choose multiples of the file's own chunks, about 16 MiB each."""
    shape = tuple(int(n) for n in array.shape)
    own = getattr(array, "chunks", None) or (1,) * max(0, len(shape) - 2) + shape[-2:]
    chunk = [max(1, min(int(c), n)) for c, n in zip(own, shape, strict=True)]
    budget = CHUNK_BYTES / np.dtype(array.dtype).itemsize
    for i in reversed(range(len(shape))):
        room = int(budget // max(1, math.prod(chunk)))
        if room > 1:
            chunk[i] = min(shape[i], chunk[i] * room)
    return tuple(chunk)
