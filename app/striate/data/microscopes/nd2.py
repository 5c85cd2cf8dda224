"""Nikon ND2, through nd2 (BSD-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
        file = nd2.ND2File(path)
        array, sizes = file.to_dask(), dict(file.sizes)
    except Exception as error:
        raise InputError(
            f"{path} is no readable ND2 file: it is damaged or incomplete ({error})."
        ) from error
    names = "".join(sizes)
    if "P" in sizes:
        if not 0 <= options.series < sizes["P"]:
            raise InputError(f"{path.name} has {sizes['P']} positions.")
        array = array.take(options.series, axis=names.index("P"))
        names = names.replace("P", "")
    voxel = file.voxel_size()
    size = {"Z": voxel.z, "Y": voxel.y, "X": voxel.x}
    return Found([array], names, "ND2", size, _channels(file))


def _channels(file: Any) -> tuple[Channel, ...] | None:
    listed = getattr(file.metadata, "channels", None) or ()
    found = []
    for entry in listed:
        colour = entry.channel.color
        rgb = (colour.r, colour.g, colour.b)
        found.append(Channel(entry.channel.name, "#{:02X}{:02X}{:02X}".format(*rgb)))
    return tuple(found) or None
