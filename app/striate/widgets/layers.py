"""Volumes as napari layers: one image per channel, in colour, to scale, lazily.

Only napari's public API is used, and napari itself only where a viewer is given;
the desktop and the napari plugin share these functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from striate.widgets.display_levels import display_levels, level_for_3d

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate.data.volume import Volume
    from striate.widgets.services import ViewerLike

__all__ = ["add_layers", "add_volume", "contrast_limits", "volume_layers", "volume_of"]

_SAMPLE_PLANES = 5
_SAMPLE_WIDTH = 768


def volume_layers(volume: Volume) -> list[tuple[Any, dict[str, Any], str]]:
    """Describe a volume as napari layer tuples ``(data, kwargs, kind)``.

    One layer per channel with its name, colour, contrast limits, scale and units,
    or a labels layer when the file says that its values are labels;
    a list of levels when there is a pyramid or when the finest level is too big to
    be drawn in 3-D. Reads a few planes of the coarsest level, never the volume.
    """
    return [_layer(volume, index) for index in range(volume.n_channels)]


def add_volume(viewer: ViewerLike, volume: Volume) -> list[Any]:
    """Add a volume to a viewer and return its layers, first channel first."""
    return add_layers(viewer, volume_layers(volume))


def add_layers(
    viewer: ViewerLike, tuples: list[tuple[Any, dict[str, Any], str]]
) -> list[Any]:
    """Add layers prepared by :func:`volume_layers`, perhaps in another thread."""
    add = {"image": viewer.add_image, "labels": viewer.add_labels}
    layers = [add[kind](data, **kwargs) for data, kwargs, kind in tuples]
    for layer in layers:
        _follow_ndisplay(viewer, layer)
    return layers


def volume_of(layers: Any) -> Volume | None:
    """Return the volume a layer (or the first of several that has one) shows.

    An image layer that did not come from us is wrapped as it is: its last three
    axes as ZYX (two as YX) with the layer's scale.
    """
    for layer in _listed(layers):
        found = _recorded(layer) or _wrapped(layer)
        if found is not None:
            return found
    return None


def contrast_limits(volume: Volume, channel: int) -> tuple[float, float]:
    """Return display limits: the file's own, else percentiles of a small sample."""
    stated = volume.channels[channel].limits
    if stated is not None and stated[1] > stated[0]:
        return stated
    if volume.dtype == bool:
        return (0.0, 1.0)
    values = _sample(volume, channel)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return (0.0, 1.0)
    low, high = (float(v) for v in np.percentile(values, (1.0, 99.8)))
    if high <= low:
        high = float(values.max())
    return (low, high) if high > low else (low, low + 1.0)


# ---- One layer


def _layer(volume: Volume, index: int) -> tuple[Any, dict[str, Any], str]:
    levels = display_levels(_channel_levels(volume, index))
    channel = volume.channels[index]
    name = volume.source.name if volume.source else "Volume"
    axes = [a for a in volume.axes if a != "C"]
    size = dict(zip(volume.spatial_axes, volume.voxel_size, strict=True))
    unit = volume.unit if volume.calibrated else "pixel"
    kwargs = {
        "name": channel.name if volume.n_channels > 1 else name,
        "scale": [size.get(a, 1.0) for a in axes],
        "units": [unit if a in size else "pixel" for a in axes],
        "axis_labels": [a.lower() for a in axes],
        "multiscale": len(levels) > 1,
        "metadata": {
            "striate": {
                "source": str(volume.source) if volume.source else None,
                "volume_id": _identity(volume),
                "channel": index,
                # The open volume itself: a reader's layers have no other owner.
                "volume": volume,
            }
        },
    }
    data = levels if len(levels) > 1 else levels[0]
    if volume.metadata.get("labels"):
        return data, kwargs, "labels"
    kwargs |= {
        "colormap": _colormap(channel.colour),
        "blending": "additive",
        "contrast_limits": contrast_limits(volume, index),
    }
    return data, kwargs, "image"


def _channel_levels(volume: Volume, index: int) -> list[da.Array]:
    if "C" not in volume.axes:
        return list(volume.levels)
    place = volume.axes.index("C")
    return [level[(slice(None),) * place + (index,)] for level in volume.levels]


def _colormap(colour: str) -> str:
    named = {"#FFFFFF": "gray", "#FF0000": "red", "#00FF00": "green"}
    named |= {"#0000FF": "blue", "#FF00FF": "magenta", "#00FFFF": "cyan"}
    return named.get(colour.upper(), colour)


def _identity(volume: Volume) -> str:
    return f"{volume.source or 'memory'}#{id(volume):x}"


def _sample(volume: Volume, channel: int) -> np.ndarray[Any, Any]:
    coarse = _channel_levels(volume, channel)[-1]
    while coarse.ndim > 3:
        coarse = coarse[coarse.shape[0] // 2]
    window = tuple(slice(*_middle(n)) for n in coarse.shape[-2:])
    if coarse.ndim == 2:
        return np.asarray(coarse[window], dtype=float).ravel()
    n = coarse.shape[0]
    planes = np.unique(np.linspace(0, n - 1, min(n, _SAMPLE_PLANES + 2)).astype(int))
    inner = planes[1:-1] if len(planes) > 2 else planes
    return np.asarray(coarse[inner][(slice(None), *window)], dtype=float).ravel()


def _middle(n: int) -> tuple[int, int]:
    start = max(0, (n - _SAMPLE_WIDTH) // 2)
    return start, min(n, start + _SAMPLE_WIDTH)


# ---- 3-D


def _follow_ndisplay(viewer: ViewerLike, layer: Any) -> None:
    """Draw the finest level that fits in 3-D, and whichever suits the zoom in 2-D."""
    if not layer.multiscale:
        return
    level = level_for_3d([level.shape for level in layer.data], layer.dtype)

    def follow(event: Any = None) -> None:
        wanted = level if viewer.dims.ndisplay == 3 else None
        if layer in viewer.layers and layer.locked_data_level != wanted:
            layer.locked_data_level = wanted

    viewer.dims.events.ndisplay.connect(follow)
    follow()


# ---- Back from layers to volumes


def _listed(layers: Any) -> Iterable[Any]:
    return layers if isinstance(layers, (list, tuple, set)) else [layers]


def _recorded(layer: Any) -> Volume | None:
    return (layer.metadata.get("striate") or {}).get("volume")


def _wrapped(layer: Any) -> Volume | None:
    if type(layer).__name__ != "Image" or getattr(layer, "rgb", False):
        return None
    from striate.data.volume import Channel, Volume

    levels = layer.data if layer.multiscale else [layer.data]
    axes = "TZYX"[-levels[0].ndim :] if levels[0].ndim <= 4 else ""
    if not axes:
        return None
    lazy = tuple(level if isinstance(level, da.Array) else da.from_array(level)
                 for level in levels)  # fmt: skip
    n_spatial = min(3, len(axes))
    scale = tuple(float(s) for s in layer.scale[-n_spatial:])
    return Volume(
        lazy, axes, scale, _unit(layer), (Channel(layer.name),), format="napari layer"
    )


def _unit(layer: Any) -> str:
    unit = str(layer.units[-1]) if getattr(layer, "units", None) else "pixel"
    return "µm" if unit in ("micrometer", "micron", "µm", "um") else "px"
