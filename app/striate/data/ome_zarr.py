"""Write a volume as OME-Zarr 0.5 with a pyramid, a few chunks in memory at a time.

It follows https://ngff.openmicroscopy.org/0.5/.
"""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import dask.array as da
import numpy as np
import zarr

from striate.data.atomic import replacing
from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext

if TYPE_CHECKING:
    from striate.data.volume import Volume

__all__ = ["write_ome_zarr"]

SMALLEST_LEVEL = 256
"""Halving stops when y and x are no longer than this."""

Reduce = Literal["mean", "nearest", "max"]


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
    ctx
        Hears progress in chunks, and may cancel between them.
    reduce
        How levels are made: ``"mean"`` for images; for labels ``"nearest"``, or
        ``"max"``, in which what is thin is not lost between steps.
    attributes
        Further JSON-able attributes, kept under ``"striate"``.

    Raises
    ------
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    InputError
        When the name does not end in ``.zarr``, or a part of the volume cannot be
        read; nothing is left of what was written.
    """
    target = Path(path)
    if target.suffix != ".zarr":
        raise InputError(f"{target.name} should end in .zarr.")
    factors = _factors(volume)
    counted = _Counted(ctx or JobContext(), _n_chunks(volume, factors))
    with replacing(target, overwrite=overwrite) as part:
        group = zarr.open_group(part, mode="w", zarr_format=3)
        try:
            datasets = _write_levels(group, volume, factors, reduce, counted)
        except BaseException:
            counted.stop()
            raise
        group.attrs["ome"] = _ome(volume, datasets, target.stem, reduce)
        facts = {**volume.metadata, **(attributes or {})}
        group.attrs["striate"] = _jsonable(facts)
    return target


class _Counted:
    """Counts the chunks that dask's threads write, and can stop them.

    A failing thread does not end the others: without :meth:`stop` they would go on
    to write into a folder that is being removed.
    """

    def __init__(self, ctx: JobContext, total: int) -> None:
        self._ctx, self._done, self._total = ctx, 0, total
        self._busy, self._stopped = 0, False
        self._changed = threading.Condition()

    def stop(self) -> None:
        """Refuse further chunks, and wait for those that are being written."""
        with self._changed:
            self._stopped = True
            self._changed.wait_for(lambda: self._busy == 0)

    def write(self, array: Any, index: Any, value: Any) -> None:
        with self._changed:
            if self._stopped:
                raise Cancelled
            self._busy += 1
        try:
            array[index] = value
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()
        with self._changed:
            self._done += 1
            self._ctx.progress(self._done, self._total, "Writing OME-Zarr (chunks)")


class _Target:
    """An array whose chunks are counted as they are written."""

    def __init__(self, array: Any, counted: _Counted) -> None:
        self._array, self._counted = array, counted
        self.shape, self.dtype = array.shape, array.dtype

    def __setitem__(self, index: Any, value: Any) -> None:
        self._counted.write(self._array, index, value)


def _n_chunks(volume: Volume, factors: list[tuple[int, ...]]) -> int:
    shape, total = volume.shape, 0
    for factor in [*factors, (1,) * volume.ndim]:
        chunks = _chunks(shape, volume.axes)
        pairs = zip(shape, chunks, strict=True)
        total += math.prod(math.ceil(n / c) for n, c in pairs)
        shape = tuple(n // f for n, f in zip(shape, factor, strict=True))
    return total


def _factors(volume: Volume) -> list[tuple[int, ...]]:
    """Halve the longer spatial axes until y and x are small."""
    shape, found = list(volume.shape), []
    size = dict(zip(volume.spatial_axes, volume.voxel_size, strict=True))
    size = {a: size.get(a, 1.0) for a in volume.axes}
    while max(shape[-2:]) > SMALLEST_LEVEL:
        left = [a for a, n in zip(volume.axes, shape, strict=True) if n > 1]
        finest = min(size[a] for a in left if a in "ZYX")
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


def _write_levels(
    group: Any,
    volume: Volume,
    factors: list[tuple[int, ...]],
    reduce: Reduce,
    counted: _Counted,
) -> list[dict[str, Any]]:
    """Write each level from the one before, and return what the metadata say of it."""
    source, scale, datasets = volume.data, [1.0] * volume.ndim, []
    for level in range(len(factors) + 1):
        source = _write_level(group, str(level), source, volume.axes, counted)
        datasets.append(_dataset(str(level), volume, scale))
        if level < len(factors):
            scale = [s * f for s, f in zip(scale, factors[level], strict=True)]
            source = _coarser(source, factors[level], reduce)
    return datasets


def _write_level(
    group: Any, name: str, source: da.Array, axes: str, counted: _Counted
) -> da.Array:
    chunks = _chunks(source.shape, axes)
    array = group.create_array(
        name,
        shape=source.shape,
        chunks=chunks,
        dtype=source.dtype,
        dimension_names=[a.lower() for a in axes],
    )
    # Whole chunks only, so that two threads never write to the same one.
    da.store(source.rechunk(chunks), _Target(array, counted), lock=False)
    return da.from_zarr(array)


def _chunks(shape: tuple[int, ...], axes: str) -> tuple[int, ...]:
    wanted = {"T": 1, "C": 1, "Z": 64, "Y": 256, "X": 256}
    return tuple(min(n, wanted[a]) for a, n in zip(axes, shape, strict=True))


def _coarser(source: da.Array, factor: tuple[int, ...], reduce: Reduce) -> da.Array:
    if reduce == "nearest":
        pairs = zip(source.shape, factor, strict=True)
        return source[tuple(slice(0, n // f * f, f) for n, f in pairs)]
    cells = dict(enumerate(factor))
    if reduce == "max":
        return da.coarsen(np.max, source, cells, trim_excess=True)
    means = da.coarsen(np.mean, source, cells, trim_excess=True)
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
    if reduce != "mean":
        ome["image-label"] = {"version": "0.5"}
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
    return dict(json.loads(json.dumps(facts, default=str)))
