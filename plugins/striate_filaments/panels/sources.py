"""Which image a job reads: layers grouped by volume, and a file the worker can open.

A job runs in another process and is given a path. A volume that came from a file is
named by that file when opening it anew gives the same image; anything else (an array
in memory, some of the channels, one time point) is written to a copy first.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from striate.data import Channel, Volume, open_volume, write_ome_zarr
from striate.errors import InputError, StriateError
from striate.widgets.layers import volume_of
from striate_filaments.colours import to_hex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.widgets.services import ViewerLike
    from striate_filaments.segmentation.params import Roi

__all__ = ["VolumeChoice", "job_input", "reduced", "volume_choices"]


@dataclass(frozen=True)
class VolumeChoice:
    """One image of the viewer: all layers that show channels of one volume.

    `key` stays the same while the layers do.
    """

    key: str
    name: str
    layers: tuple[Any, ...]

    @property
    def reference(self) -> Any:
        """The layer whose scale and place the others share."""
        return self.layers[0]

    def volume(self) -> Volume:
        """Return the volume, with the voxel size that the viewer shows.

        Raises
        ------
        InputError
            When the layers hold something that is no image.
        """
        first = volume_of(self.reference)
        if first is None:
            raise InputError(f"{self.name} is a colour photograph or no image.")
        if len(self.layers) > 1 and first.n_channels == 1:
            return _stacked([_checked(layer) for layer in self.layers], self.layers)
        return _as_scaled(first, self.reference)

    def channel_names(self) -> list[str]:
        """Names of the channels, in the volume's order."""
        return [channel.name for channel in self.volume().channels]


def volume_choices(viewer: ViewerLike) -> list[VolumeChoice]:
    """Group the viewer's image layers by the volume they show.

    Layers of our readers know their volume; other images of one shape, scale and
    place, such as a split stack, are taken for channels of one.
    """
    groups: dict[str, list[Any]] = {}
    for layer in viewer.layers:
        if layer.__class__.__name__ == "Image" and not getattr(layer, "rgb", False):
            groups.setdefault(_key(layer), []).append(layer)
    return [
        VolumeChoice(key, _name(layers), tuple(_in_order(layers)))
        for key, layers in groups.items()
    ]


def reduced(
    volume: Volume, channels: Sequence[int] | None = None, t: int = 0
) -> Volume:
    """Return some channels of one time point; the same volume when that is all."""
    levels, axes = volume.levels, volume.axes
    if "T" in axes:
        levels, axes = tuple(level[t] for level in levels), axes.replace("T", "")
    names = volume.channels
    if channels is not None and "C" in axes and len(channels) < len(names):
        place = axes.index("C")
        pick = [slice(None)] * place + [list(channels)]
        levels = tuple(level[tuple(pick)] for level in levels)
        names = tuple(names[i] for i in channels)
    if axes == volume.axes and names == volume.channels:
        return volume
    return replace(volume, levels=levels, axes=axes, channels=names, source=None)


def job_input(volume: Volume, folder: Path, roi: Roi | None = None) -> dict[str, Any]:
    """Return the fields of ``VolumeInput`` that make a job read this volume.

    Slow when a copy must be written: call it in a thread. With `roi`, a copy holds
    only that part, and the answer has ``"cropped": True``.

    Raises
    ------
    StriateError
        When the copy cannot be written.
    """
    found = _named(volume)
    if found is not None:
        return found
    part = volume
    if roi is not None:
        bounds = dict(zip("zyx", roi, strict=True))
        part = volume.crop(
            **{a.lower(): bounds[a.lower()] for a in volume.spatial_axes}
        )
    stem = volume.source.name.partition(".")[0] if volume.source else "layer"
    path = folder / f"{stem}-{uuid.uuid4().hex[:8]}.ome.zarr"
    write_ome_zarr(path, part)
    answer: dict[str, Any] = {"volume": path}
    return {**answer, "cropped": True} if roi is not None else answer


# ---- Layers to volumes


def _key(layer: Any) -> str:
    facts = layer.metadata.get("striate") or {}
    if facts.get("volume_id"):
        return str(facts["volume_id"])
    shape = layer.data[0].shape if layer.multiscale else layer.data.shape
    place = [round(float(v), 6) for v in (*layer.scale, *layer.translate)]
    return f"layers of {tuple(shape)} at {place}"


def _in_order(layers: list[Any]) -> list[Any]:
    def channel(layer: Any) -> int:
        return int((layer.metadata.get("striate") or {}).get("channel", 0))

    return sorted(layers, key=channel)


def _name(layers: list[Any]) -> str:
    facts = layers[0].metadata.get("striate") or {}
    if facts.get("source"):
        return Path(facts["source"]).name
    if len(layers) == 1:
        return str(layers[0].name)
    return f"{layers[0].name} and {len(layers) - 1} more"


def _checked(layer: Any) -> Volume:
    volume = volume_of(layer)
    if volume is None:
        raise InputError(f"{layer.name} is a colour photograph or no image.")
    return volume


def _stacked(volumes: list[Volume], layers: Sequence[Any]) -> Volume:
    first = volumes[0]
    place = first.axes.index("T") + 1 if "T" in first.axes else 0
    levels = (da.stack([v.data for v in volumes], axis=place),)
    axes = first.axes[:place] + "C" + first.axes[place:]
    channels = tuple(
        Channel(layer.name, to_hex(layer.colormap.map([1.0])[0])) for layer in layers
    )
    return replace(first, levels=levels, axes=axes, channels=channels)


def _as_scaled(volume: Volume, layer: Any) -> Volume:
    """Take over a voxel size that the person set on the layer."""
    scale = tuple(float(s) for s in layer.scale[-len(volume.spatial_axes) :])
    if np.allclose(scale, volume.voxel_size, rtol=1e-6):
        return volume
    unit = str(layer.units[-1])
    calibrated = volume.calibrated or unit in ("micrometer", "micron", "µm", "um")
    return replace(volume, voxel_size=scale, unit="µm" if calibrated else "px")


# ---- Volumes to files


def _named(volume: Volume) -> dict[str, Any] | None:
    """Name the file that gives this very volume when opened anew, if one does."""
    if volume.source is None or not volume.source.exists():
        return None
    series = volume.metadata.get("series")
    dataset = volume.metadata.get("dataset")
    options: dict[str, Any] = {}
    if isinstance(series, dict):
        options["series"] = int(series.get("open", 0))
    if isinstance(dataset, str):
        options["dataset"] = dataset
    try:
        again = open_volume(volume.source, **options)
    except StriateError:
        return None
    if not _same_image(volume, again):
        return None
    if volume.calibrated and not np.allclose(volume.voxel_size, again.voxel_size):
        options["voxel_size"] = volume.voxel_size
    return {"volume": volume.source, **options}


def _same_image(a: Volume, b: Volume) -> bool:
    if (a.axes, a.shape, a.dtype) != (b.axes, b.shape, b.dtype):
        return False
    if a.calibrated != b.calibrated and not a.calibrated:
        return False
    return bool(np.array_equal(_probe(a), _probe(b), equal_nan=a.dtype.kind == "f"))


def _probe(volume: Volume) -> Any:
    """A few pixels from the middle of every channel."""
    index: list[Any] = []
    for axis, n in zip(volume.axes, volume.shape, strict=True):
        middle = n // 2
        wide = slice(max(0, middle - 32), middle + 32)
        index.append(wide if axis in "YX" else slice(None) if axis == "C" else middle)
    return np.asarray(volume.data[tuple(index)])
