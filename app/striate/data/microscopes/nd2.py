"""Nikon ND2, through nd2 (BSD-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.lazy import Found
from striate.data.microscopes import missing
from striate.data.volume import Channel
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find"]


def find(path: Path, options: OpenOptions) -> Found:
    """Find the image; of several positions, `series` picks one."""
    try:
        import nd2
    except ImportError as error:
        raise missing("ND2") from error
    try:
        with nd2.ND2File(path) as file:
            sizes, array = dict(file.sizes), _Frames(path, file, options.series)
            listed = getattr(file.metadata, "channels", None) or ()
            channels, size = _channels(listed), _size(listed)
    except Exception as error:
        raise InputError(
            f"{path} is no readable ND2 file: it is damaged or incomplete ({error})."
        ) from error
    found = Found([array], "".join(sizes).replace("P", ""), "ND2", size, channels)
    if "P" in sizes:
        if not 0 <= options.series < sizes["P"]:
            raise InputError(
                f"{path.name} has {sizes['P']} positions: position {options.series} "
                "does not exist."
            )
        found.metadata["series"] = {"open": options.series, "count": sizes["P"]}
    return found


class _Frames:
    """One position as an array; opens the file for each read, and closes it."""

    def __init__(self, path: Path, file: Any, position: int) -> None:
        self._path, self._position = path, position
        axes = list(file.sizes)
        self._place = axes.index("P") if "P" in axes else None
        array = file.to_dask(wrapper=False)
        kept = [i for i in range(array.ndim) if i != self._place]
        self.shape = tuple(array.shape[i] for i in kept)
        self.chunks = tuple(array.chunksize[i] for i in kept)
        self.dtype, self.ndim = array.dtype, len(kept)

    def __getitem__(self, index: tuple[Any, ...]) -> np.ndarray[Any, Any]:
        import nd2

        if self._place is not None:
            whole = list(index)
            whole.insert(self._place, self._position)
            index = tuple(whole)
        with nd2.ND2File(self._path) as file:
            array = file.to_dask(wrapper=False)[index]
            return np.asarray(array.compute(scheduler="synchronous"))


def _size(listed: Any) -> dict[str, float] | None:
    """Voxel size in µm; nd2 says 1.0 for an axis that was not calibrated."""
    if not listed:
        return None
    volume = listed[0].volume
    axes = zip("XYZ", volume.axesCalibration, volume.axesCalibrated, strict=True)
    return {axis: float(size) for axis, size, known in axes if known} or None


def _channels(listed: Any) -> tuple[Channel, ...] | None:
    found = []
    for entry in listed:
        colour = entry.channel.color
        rgb = (colour.r, colour.g, colour.b)
        found.append(Channel(entry.channel.name, "#{:02X}{:02X}{:02X}".format(*rgb)))
    return tuple(found) or None
