"""Napari layers to files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from striate.data import Volume
    from striate_filaments.neurons import NeuronSet

__all__ = ["write_neurons", "write_swc", "write_volume"]

_MICROMETRES = ("micrometer", "micron", "µm", "um", "μm")


def write_neurons(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write a Labels layer as ``X.neurons.zarr``; overlaps of ours are kept."""
    from striate_filaments.storage import write_neurons as write

    return [str(write(path, _neurons(data, meta), overwrite=True))]


def write_swc(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write a skeleton per label into a folder named after the file."""
    from striate_filaments.exchange.swc import write_swc_folder

    folder = Path(path).with_suffix("")
    return [str(write_swc_folder(folder, _neurons(data, meta), overwrite=True))]


def write_volume(path: str, layers: list[tuple[Any, dict[str, Any], str]]) -> list[str]:
    """Write Image layers of one shape as the channels of an OME-Zarr.

    Raises
    ------
    InputError
        When their shapes differ, or one is a colour photograph.
    """
    from striate.data import write_ome_zarr

    write_ome_zarr(path, _volume(layers), overwrite=True)
    return [path]


def _neurons(data: Any, meta: dict[str, Any]) -> NeuronSet:
    """Take the neurons the layer shows, unless the person painted since."""
    from striate_filaments.exchange.labels import from_labels
    from striate_filaments.neurons import NeuronSet
    from striate_filaments.panels.painting import paint

    finest = data[0] if isinstance(data, (list, tuple)) else data
    known = (meta.get("metadata") or {}).get("striate", {}).get("neurons")
    if isinstance(known, NeuronSet):
        drawn = paint(known).levels[0]
        if drawn.shape == finest.shape and _equal(drawn, finest):
            return known
    size, unit = _size(meta, finest.ndim)
    return from_labels(finest, size, unit)


def _equal(a: Any, b: Any) -> bool:
    return bool(da.all(da.asarray(a) == da.asarray(b)).compute())


def _volume(layers: list[tuple[Any, dict[str, Any], str]]) -> Volume:
    from striate.data import Channel, Volume

    arrays, channels = [], []
    for data, meta, _ in layers:
        if meta.get("rgb"):
            raise InputError(f"{meta['name']} is a colour photograph, not a channel.")
        arrays.append(da.asarray(data[0] if meta.get("multiscale") else data))
        channels.append(Channel(str(meta["name"]), _colour(meta)))
    if len({array.shape for array in arrays}) > 1:
        raise InputError("Images of one file must have one shape: save them apart.")
    if arrays[0].ndim > 4:
        raise InputError("Images of more than four dimensions cannot be saved.")
    axes = "TZYX"[-arrays[0].ndim :]
    place = 1 if axes.startswith("T") else 0
    stacked = da.stack(arrays, axis=place)
    size, unit = _size(layers[0][1], min(3, len(axes)))
    spatial = sum(a in "ZYX" for a in axes)
    volume = Volume.from_array(
        stacked,
        axes[:place] + "C" + axes[place:],
        voxel_size=size[-spatial:],
        unit=unit,
        channels=tuple(channels),
    )
    return volume if unit == "µm" else replace(volume, voxel_size=(1.0,) * spatial)


def _colour(meta: dict[str, Any]) -> str:
    from striate_filaments.colours import to_hex

    colormap = meta.get("colormap")
    colours = colormap.get("colors") if isinstance(colormap, dict) else None
    if colours is None:
        colours = getattr(colormap, "colors", None)
    return "#FFFFFF" if colours is None else to_hex(np.asarray(colours)[-1])


def _size(meta: dict[str, Any], ndim: int) -> tuple[tuple[float, float, float], str]:
    """Voxel size (z, y, x) and unit of a layer."""
    size = np.ones(3)
    scale = np.asarray(meta.get("scale", np.ones(ndim)), float)
    n = min(3, len(scale))
    size[-n:] = scale[-n:]
    units = meta.get("units") or ["pixel"]
    unit = "µm" if str(units[-1]) in _MICROMETRES else "px"
    return (float(size[0]), float(size[1]), float(size[2])), unit
