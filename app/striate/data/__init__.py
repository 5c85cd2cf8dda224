"""Volumes: open lazily, with axes, units and channels; write whole or not at all.

Here live readers and writers of image files and the :class:`Volume` they yield.
No Qt, no napari, and nothing that knows what a neuron is.
Public entry: :func:`open_volume`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.data.atomic import check_target, replacing
    from striate.data.ome_tiff import write_ome_tiff
    from striate.data.ome_zarr import write_ome_zarr
    from striate.data.opening import is_volume, open_volume
    from striate.data.volume import AXES, Channel, Volume

# Lazy: who only writes a table or asks for a name pays for neither dask nor zarr.
_HOMES = {
    "AXES": "volume",
    "Channel": "volume",
    "Volume": "volume",
    "check_target": "atomic",
    "is_volume": "opening",
    "open_volume": "opening",
    "replacing": "atomic",
    "write_ome_tiff": "ome_tiff",
    "write_ome_zarr": "ome_zarr",
}

__all__ = [
    "AXES",
    "Channel",
    "Volume",
    "check_target",
    "is_volume",
    "open_volume",
    "replacing",
    "write_ome_tiff",
    "write_ome_zarr",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"striate.data.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
