"""Volumes: open lazily, with axes, units and channels; write whole or not at all.

Here live readers and writers of image files and the :class:`Volume` they yield.
No Qt, no napari, and nothing that knows what a neuron is.
Public entry: :func:`open_volume`.
"""

from __future__ import annotations

from striate.data.atomic import check_target, replacing
from striate.data.ome_tiff import write_ome_tiff
from striate.data.ome_zarr import write_ome_zarr
from striate.data.opening import is_volume, open_volume
from striate.data.volume import AXES, Channel, Volume

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
