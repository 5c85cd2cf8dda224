"""Write volumes: OME-Zarr 0.5 with a pyramid, and OME-TIFF; plane by plane.

OME-Zarr follows https://ngff.openmicroscopy.org/0.5/; OME-TIFF the 2016-06 schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import dask
import dask.array as da
import numpy as np
import zarr

from striate.data.atomic import replacing
from striate.errors import InputError
from striate.jobs.context import JobContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from striate.data.volume import Volume

__all__ = ["write_ome_tiff", "write_ome_zarr"]

SMALLEST_LEVEL = 256
"""Halving stops when y and x are no longer than this."""

Reduce = Literal["mean", "nearest"]


def write_ome_zarr(
    path: str | Path,
    volume: Volume,
    *,
    overwrite: bool = False,
    ctx: JobContext | None = None,
    reduce: Reduce = "mean",
    attributes: dict[str, Any] | None = None,
) -> Path:
    """Write an OME-Zarr 0.5 image with a pyramid, a few chunks in memory at a time.

    Parameters
    ----------
    reduce
        How levels are made: ``"mean"`` for images, ``"nearest"`` for labels.
    attributes
        Further JSON-able attributes, kept under ``"striate"``.

    Raises
    ------
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    """
    ctx = ctx or JobContext()
    target = Path(path)
    if target.suffix != ".zarr":
        raise InputError(f"{target.name} should end in .zarr.")
    factors = _factors(volume)
    with replacing(target, overwrite=overwrite) as part:
        group = zarr.open_group(part, mode="w", zarr_format=3)
        source, scale = volume.data, [1.0] * volume.ndim
        datasets = []
        for level in range(len(factors) + 1):
            ctx.progress(level, len(factors) + 1, f"Writing level {level}")
            source = _write_level(group, str(level), source, volume.axes)
            datasets.append(_dataset(str(level), volume, scale))
            if level < len(factors):
                scale = [s * f for s, f in zip(scale, factors[level], strict=True)]
                source = _coarser(source, factors[level], reduce)
        group.attrs["ome"] = _ome(volume, datasets, target.stem, reduce)
        facts = {**volume.metadata, **(attributes or {})}
        group.attrs["striate"] = _jsonable(facts)
    return target


def _factors(volume: Volume) -> list[tuple[int, ...]]:
    """Halve the longer spatial axes until y and x are small."""
    shape, found = list(volume.shape), []
    size = dict(zip(volume.spatial_axes, volume.voxel_size, strict=True))
    size = {a: size.get(a, 1.0) for a in volume.axes}
    while max(shape[-2:]) > SMALLEST_LEVEL:
        finest = min(size[a] for a in volume.spatial_axes)
        factor = []
        for i, axis in enumerate(volume.axes):
            # A coarse z waits until y and x have caught up with it.
            halve = axis in "ZYX" and shape[i] > 1 and size[axis] < 2 * finest
            factor.append(2 if halve else 1)
            if halve:
                shape[i] //= 2
                size[axis] *= 2
        found.append(tuple(factor))
    return found


def _write_level(group: Any, name: str, source: da.Array, axes: str) -> da.Array:
    chunks = _chunks(source.shape, axes)
    array = group.create_array(
        name,
        shape=source.shape,
        chunks=chunks,
        dtype=source.dtype,
        dimension_names=[a.lower() for a in axes],
    )
    # Whole chunks only, so that two threads never write to the same one.
    da.store(source.rechunk(chunks), array, lock=False, compute=True)
    return da.from_zarr(array)


def _chunks(shape: tuple[int, ...], axes: str) -> tuple[int, ...]:
    wanted = {"T": 1, "C": 1, "Z": 64, "Y": 256, "X": 256}
    return tuple(min(n, wanted[a]) for a, n in zip(axes, shape, strict=True))


def _coarser(source: da.Array, factor: tuple[int, ...], reduce: Reduce) -> da.Array:
    if reduce == "nearest":
        return source[tuple(slice(None, None, f) for f in factor)]
    means = da.coarsen(np.mean, source, dict(enumerate(factor)), trim_excess=True)
    if source.dtype.kind in "ui":
        means = da.round(means)
    return means.astype(source.dtype)


def _dataset(name: str, volume: Volume, scale: list[float]) -> dict[str, Any]:
    size = dict(zip(volume.spatial_axes, volume.voxel_size, strict=True))
    values = [size.get(a, 1.0) * s for a, s in zip(volume.axes, scale, strict=True)]
    transform = {"type": "scale", "scale": values}
    return {"path": name, "coordinateTransformations": [transform]}


def _ome(
    volume: Volume, datasets: list[dict[str, Any]], name: str, reduce: Reduce
) -> dict[str, Any]:
    kinds = {"T": "time", "C": "channel"}
    axes: list[dict[str, str]] = []
    for axis in volume.axes:
        entry = {"name": axis.lower(), "type": kinds.get(axis, "space")}
        if axis in "ZYX" and volume.calibrated:
            entry["unit"] = "micrometer"
        axes.append(entry)
    multiscale = {"name": name, "axes": axes, "datasets": datasets, "type": reduce}
    ome: dict[str, Any] = {"version": "0.5", "multiscales": [multiscale]}
    if reduce == "mean":
        ome["omero"] = {
            "channels": [_channel(volume, i) for i in range(volume.n_channels)]
        }
    return ome


def _channel(volume: Volume, index: int) -> dict[str, Any]:
    channel = volume.channels[index]
    low, high = _full_range(volume.dtype)
    start, end = channel.limits or (low, high)
    return {
        "label": channel.name,
        "color": channel.colour.lstrip("#"),
        "active": True,
        "window": {"min": low, "max": high, "start": start, "end": end},
    }


def _full_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind not in "ui":
        return 0.0, 1.0
    facts = np.iinfo(dtype)
    return float(facts.min), float(facts.max)


def _jsonable(facts: dict[str, Any]) -> dict[str, Any]:
    import json

    return dict(json.loads(json.dumps(facts, default=str)))


# ---- OME-TIFF


def write_ome_tiff(
    path: str | Path, volume: Volume, *, overwrite: bool = False
) -> Path:
    """Write an OME-TIFF (BigTIFF when it needs to be), plane by plane.

    Raises
    ------
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    """
    import tifffile

    target = Path(path)
    dtype = np.dtype(np.uint8) if volume.dtype.kind == "b" else volume.dtype
    if dtype.itemsize == 8 and dtype.kind in "ui":
        raise InputError("OME-TIFF holds integers of at most 32 bits: write OME-Zarr.")
    big = volume.data.nbytes > 3 * 2**30
    with (
        replacing(target, overwrite=overwrite) as part,
        tifffile.TiffWriter(part, bigtiff=big, ome=True) as tif,
    ):
        tif.write(
            _planes(volume, dtype),
            shape=volume.shape,
            dtype=dtype,
            photometric="minisblack",
            compression="zlib",
            metadata=_ome_tiff_metadata(volume),
        )
    return target


def _planes(volume: Volume, dtype: np.dtype[Any]) -> Iterator[np.ndarray[Any, Any]]:
    lead = volume.shape[:-2]
    for index in np.ndindex(*lead):
        with dask.config.set(scheduler="synchronous"):
            yield np.asarray(volume.data[index].compute()).astype(dtype, copy=False)


def _ome_tiff_metadata(volume: Volume) -> dict[str, Any]:
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
