"""Write a volume as OME-TIFF (schema 2016-06), a few planes in memory at a time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from striate.data.atomic import replacing
from striate.errors import InputError
from striate.jobs.context import JobContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from striate.data.volume import Volume

__all__ = ["write_ome_tiff"]

BIG = 3 << 30
"""From so many bytes on the file is a BigTIFF: offsets of 32 bits end at 4 GiB."""
BLOCK_BYTES = 256 << 20


def write_ome_tiff(
    path: str | Path,
    volume: Volume,
    *,
    overwrite: bool = False,
    ctx: JobContext | None = None,
) -> Path:
    """Write an OME-TIFF, compressed, a BigTIFF when it needs to be.

    Parameters
    ----------
    ctx
        Hears progress in planes, and may cancel between them.

    Raises
    ------
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    InputError
        For integers of 64 bits, which OME-TIFF does not have, or when a part of the
        volume cannot be read; nothing is left of what was written.
    """
    target, ctx = Path(path), ctx or JobContext()
    dtype = _dtype(volume.dtype)
    with (
        replacing(target, overwrite=overwrite) as part,
        tifffile.TiffWriter(part, bigtiff=volume.data.nbytes > BIG, ome=True) as tif,
    ):
        tif.write(
            _planes(volume, dtype, ctx),
            shape=volume.shape,
            dtype=dtype,
            photometric="minisblack",
            compression="zlib",
            metadata=_metadata(volume),
        )
    return target


def _dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the narrowest type of OME-TIFF that holds every value."""
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    if dtype.kind in "ui" and dtype.itemsize == 8:
        raise InputError("OME-TIFF holds integers of at most 32 bits: write OME-Zarr.")
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def _planes(
    volume: Volume, dtype: np.dtype[Any], ctx: JobContext
) -> Iterator[np.ndarray[Any, Any]]:
    """Read blocks of planes, so that no chunk of the source is read once per plane."""
    lead = volume.shape[:-2] or (1,)
    planes = volume.data.reshape(lead + volume.shape[-2:])
    done, total = 0, math.prod(lead)
    step = _planes_at_once(volume)
    for index in np.ndindex(*lead[:-1]):
        for start in range(0, lead[-1], step):
            block = planes[(*index, slice(start, start + step))].compute()
            for plane in np.asarray(block):
                done += 1
                ctx.progress(done, total, "Writing OME-TIFF (planes)")
                yield plane.astype(dtype, copy=False)


def _planes_at_once(volume: Volume) -> int:
    if volume.ndim == 2:
        return 1
    plane = volume.shape[-2] * volume.shape[-1] * volume.dtype.itemsize
    room = max(1, BLOCK_BYTES // plane)
    return int(min(room, max(volume.data.chunks[-3])))


def _metadata(volume: Volume) -> dict[str, Any]:
    facts: dict[str, Any] = {"axes": volume.axes}
    channels = volume.channels
    facts["Channel"] = {"Name": [c.name for c in channels]}
    facts["Channel"]["Color"] = [_rgba(c.colour) for c in channels]
    if volume.calibrated:
        for axis, size in zip(volume.spatial_axes, volume.voxel_size, strict=True):
            facts[f"PhysicalSize{axis}"] = size
            facts[f"PhysicalSize{axis}Unit"] = "µm"
    return facts


def _rgba(colour: str) -> int:
    """RGBA as the signed 32-bit integer that OME wants."""
    value = (int(colour.lstrip("#"), 16) << 8) | 0xFF
    return value - (1 << 32) if value >= 1 << 31 else value
