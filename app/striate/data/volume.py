"""The Volume: a lazily opened array that knows its axes, size and channels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike

__all__ = ["AXES", "Channel", "Volume"]

AXES = "TCZYX"
"""Every axis a volume may have, in the order it has them."""

_CHANNEL_COLOURS = (
    "#FF3B30", "#34C759", "#3A7BFF", "#FFCC00", "#FF5CE1", "#2FE6E6",
    "#FF9500", "#B58CFF", "#9BE15D", "#FF8A80", "#7FB2FF", "#D4D4D4",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Channel:
    """One colour channel.

    Parameters
    ----------
    name
        What the microscope, or else we, call it.
    colour
        Display colour as ``#RRGGBB``.
    limits
        Display range in raw counts, or None when the file states none.
    """

    name: str
    colour: str = "#FFFFFF"
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Volume:
    """A lazily opened image of up to five axes, finest pyramid level first.

    Parameters
    ----------
    levels
        Dask arrays, finest first; each has one dimension per letter of `axes`.
    axes
        Subset of ``"TCZYX"`` in that order, for example ``"CZYX"``.
    voxel_size
        Size of a voxel of the finest level along each *spatial* axis of `axes`,
        in `unit`. All ones, with unit ``"px"``, when the file does not say.
    unit
        ``"µm"`` or ``"px"`` (uncalibrated).
    channels
        One entry per channel; exactly one when there is no C axis.
    source
        The file or folder it came from, or None for an array in memory.
    format
        Short name of the format as a person says it, such as ``"OME-Zarr 0.4"``.
    metadata
        Anything else the file says that is worth keeping (JSON-able).

    Raises
    ------
    InputError
        When axes, dimensions, voxel sizes and channels do not fit together.
    """

    levels: tuple[da.Array, ...]
    axes: str
    voxel_size: tuple[float, ...]
    unit: str = "px"
    channels: tuple[Channel, ...] = ()
    source: Path | None = None
    format: str = "array"
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.channels:
            object.__setattr__(self, "channels", default_channels(self.n_channels))
        _check(self)

    # ---- Construction

    @classmethod
    def from_array(
        cls,
        array: ArrayLike | da.Array,
        axes: str,
        *,
        voxel_size: tuple[float, ...] | None = None,
        unit: str | None = None,
        channels: tuple[Channel, ...] = (),
        **rest: Any,
    ) -> Volume:
        """Wrap an array that is already there (numpy, zarr or dask).

        `voxel_size` given without `unit` is taken to be micrometres.
        """
        lazy = array if isinstance(array, da.Array) else da.from_array(array)
        n_spatial = sum(a in "ZYX" for a in axes)
        size = voxel_size or (1.0,) * n_spatial
        unit = unit or ("µm" if voxel_size else "px")
        return cls((lazy,), axes, size, unit, channels, **rest)

    # ---- Properties

    @property
    def data(self) -> da.Array:
        """The finest level."""
        return self.levels[0]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.data.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.data.dtype)

    @property
    def ndim(self) -> int:
        return len(self.axes)

    @property
    def spatial_axes(self) -> str:
        """The axes of `voxel_size`, for example ``"ZYX"`` or ``"YX"``."""
        return "".join(a for a in self.axes if a in "ZYX")

    @property
    def n_channels(self) -> int:
        return self.shape[self.axes.index("C")] if "C" in self.axes else 1

    @property
    def calibrated(self) -> bool:
        """Whether voxel sizes are physical (µm)."""
        return self.unit != "px"

    @property
    def voxel_size_zyx(self) -> tuple[float, float, float]:
        """Voxel size as (z, y, x); z is 1.0 for an image without Z."""
        size = dict(zip(self.spatial_axes, self.voxel_size, strict=True))
        return size.get("Z", 1.0), size["Y"], size["X"]

    # ---- Views

    def czyx(self, level: int = 0, *, t: int = 0) -> da.Array:
        """One time point as (C, Z, Y, X), lazily, whatever axes the file has.

        Raises
        ------
        InputError
            When time point `t` does not exist.
        """
        array = self.levels[level]
        if "T" in self.axes:
            if not 0 <= t < array.shape[0]:
                raise InputError(
                    f"Time point {t} does not exist: there are {array.shape[0]}."
                )
            array = array[t]
        if "C" not in self.axes:
            array = array[None]
        return array if "Z" in self.axes else array[:, None]

    def crop(self, **bounds: tuple[int, int]) -> Volume:
        """Return the part within voxel bounds, such as ``crop(z=(0, 20), y=(5, 90))``.

        The crop has one level, and `metadata["origin"]` gives its first voxel
        (z, y, x) in the uncropped volume.
        """
        index: list[slice] = []
        for axis, size in zip(self.axes, self.shape, strict=True):
            start, stop = bounds.pop(axis.lower(), (0, size))
            if not 0 <= start < stop <= size:
                raise InputError(
                    f"The region {axis.lower()} {start}:{stop} lies outside the "
                    f"volume, which has {size} along {axis}."
                )
            index.append(slice(start, stop))
        if bounds:
            raise InputError(f"This volume has no axis {', '.join(bounds)}.")
        first = dict(zip(self.axes, (s.start for s in index), strict=True))
        origin = [first.get(a, 0) for a in "ZYX"]
        channels = self.channels
        if "C" in self.axes:
            channels = channels[index[self.axes.index("C")]]
        return replace(
            self,
            levels=(self.data[tuple(index)],),
            channels=channels,
            metadata={**self.metadata, "origin": origin},
        )

    def describe(self) -> str:
        """Describe it in one line: shape, dtype, voxel size, format."""
        shape = " x ".join(
            f"{n} {a}" for a, n in zip(self.axes, self.shape, strict=True)
        )
        size = " x ".join(f"{s:.4g}" for s in self.voxel_size)
        place = f"{size} {self.unit}" if self.calibrated else "no voxel size"
        return f"{shape}, {self.dtype}, {place}, {self.format}"


def default_channels(n: int) -> tuple[Channel, ...]:
    """Names and distinct colours for `n` channels of which nothing is known."""
    if n == 1:
        return (Channel("Channel 1", "#FFFFFF"),)
    colours = _CHANNEL_COLOURS
    return tuple(
        Channel(f"Channel {i + 1}", colours[i % len(colours)]) for i in range(n)
    )


def _check(volume: Volume) -> None:
    axes, n = volume.axes, volume.data.ndim
    if not axes or any(a not in AXES for a in axes):
        raise InputError(f"Axes {axes!r} are not a subset of {AXES}.")
    if list(axes) != sorted(set(axes), key=AXES.index):
        raise InputError(f"Axes {axes!r} must be in the order {AXES}, each once.")
    if not axes.endswith("YX"):
        raise InputError(f"Axes {axes!r} must end with YX: an image needs both.")
    if n != len(axes):
        raise InputError(f"Axes {axes!r} do not fit an array of {n} dimensions.")
    if 0 in volume.shape:
        raise InputError(f"The image is empty: its shape is {volume.shape}.")
    if len(volume.voxel_size) != len(volume.spatial_axes):
        raise InputError(
            f"Give one voxel size for each of {volume.spatial_axes}, "
            f"not {len(volume.voxel_size)}."
        )
    if not all(np.isfinite(s) and s > 0 for s in volume.voxel_size):
        raise InputError(f"Voxel sizes must be positive, not {volume.voxel_size}.")
    if len(volume.channels) != volume.n_channels:
        raise InputError(
            f"{len(volume.channels)} channel names were given for "
            f"{volume.n_channels} channels."
        )
