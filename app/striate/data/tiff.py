"""TIFF, OME-TIFF and ImageJ hyperstacks, through tifffile."""

from __future__ import annotations

import platform
import struct
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import tifffile
import zarr

from striate.data.lazy import Found, guess_axes
from striate.data.reopening import Reopening
from striate.data.units import micrometres_per
from striate.data.volume import Channel
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find"]

_TAG_BYTES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8,
    13: 4, 16: 8, 17: 8, 18: 8,
}  # fmt: skip
"""Bytes of one value of each TIFF data type."""


def find(path: Path, options: OpenOptions) -> Found:
    """Find the image series of a TIFF file; see :func:`striate.data.open_volume`."""
    try:
        tif = tifffile.TiffFile(path)
        n_series = len(tif.series)
    except Exception as error:
        raise InputError(
            f"{path} is no readable TIFF file: it is damaged or incomplete ({error})."
        ) from error
    if n_series == 0:
        raise InputError(f"{path} is truncated: no image is left in it; copy it again.")
    if not 0 <= options.series < n_series:
        raise InputError(
            f"{path.name} holds {n_series} image series: series {options.series} "
            "does not exist."
        )
    series = tif.series[options.series]
    _check_complete(tif, series, path)
    arrays = [
        Reopening(_reopened, (path, options.series, i), _array(series, i))
        for i in range(len(series.levels))
    ]
    found = Found(arrays, series.axes, "TIFF")
    if tif.is_ome:
        _read_ome(found, tif.ome_metadata or "", options.series)
    elif tif.is_imagej:
        _read_imagej(found, tif)
    _name_axes(found, series)
    _note_missing(found, series)
    if n_series > 1:
        found.metadata["series"] = {"open": options.series, "count": n_series}
    return found


def _array(series: Any, level: int) -> Any:
    return zarr.open_array(series.aszarr(level=level), mode="r")


def _reopened(path: Path, series: int, level: int) -> Any:
    try:
        return _array(tifffile.TiffFile(path).series[series], level)
    except (OSError, ValueError, IndexError) as error:
        raise InputError(
            f"{path} cannot be opened on {platform.node()} ({error}): workers of a "
            "cluster must see it under the same path."
        ) from error


def _check_complete(tif: Any, series: Any, path: Path) -> None:
    """Refuse a file that ends before its pixels or its metadata do."""
    size = path.stat().st_size
    try:
        end = _needed(tif, series)
    except Exception as error:
        # Half a page of tags, and whatever else a cut can leave.
        raise InputError(
            f"{path} is truncated or damaged ({error}): copy it again."
        ) from error
    if end > size:
        raise InputError(
            f"{path} is truncated: it needs at least {end:,} bytes and has {size:,}. "
            "Copy it again from the microscope."
        )


def _needed(tif: Any, series: Any) -> int:
    if series.dataoffset is not None:
        end = int(series.dataoffset + series.nbytes)
        return max(end, _page_end(tif, tif.pages[0]))
    # Pages of an OME set may lie in sibling files, which fail when they are read.
    own = [p for p in series.pages if p is not None and p.parent is tif]
    ends = [_pixels_end(page) for page in own]
    # tifffile stops at a page that lies outside the file, as if it were the end.
    ends += [_page_end(tif, tif.pages[i]) for i in (0, len(tif.pages) - 1)]
    return max(ends)


def _pixels_end(page: Any) -> int:
    pairs = zip(page.dataoffsets, page.databytecounts, strict=True)
    return max((offset + count for offset, count in pairs), default=0)


def _page_end(tif: Any, page: Any) -> int:
    """Return how far a page's tags reach, and its pointer to the next page.

    tifffile leaves out tags that lie outside the file, among them the description
    that says how planes are arranged, which some programs write last.
    """
    if tif.is_ndpi or tif.is_lsm:
        return 0  # Their offsets are their own.
    form, handle = tif.tiff, tif.filehandle
    with handle.lock:
        handle.seek(page.offset)
        (count,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
        tags = handle.read(count * form.tagsize)
        following = handle.read(form.offsetsize)
    ends = [0, *struct.unpack(form.offsetformat, following)]
    for start in range(0, len(tags), form.tagsize):
        _, kind, length, offset = struct.unpack_from(_tag_format(form), tags, start)
        size = length * _TAG_BYTES.get(kind, 0)
        if size > form.offsetsize:
            ends.append(offset + size)
    return max(ends)


def _tag_format(form: Any) -> str:
    return form.byteorder + ("HHQQ" if form.offsetsize == 8 else "HHII")


def _note_missing(found: Found, series: Any) -> None:
    """Say how many planes of an OME set are not there and read as 0."""
    if series.dataoffset is not None:
        return
    missing = sum(page is None for page in series.pages)
    if missing:
        found.metadata.setdefault("warnings", []).append(
            f"{missing} of {len(series.pages)} planes are missing and read as 0"
        )


def _name_axes(found: Found, series: Any) -> None:
    """Turn tifffile's letters into ours; say what was guessed."""
    shape = tuple(found.arrays[0].shape)
    axes = found.axes.upper()
    if "S" in axes and "C" not in axes:
        axes = axes.replace("S", "C")
        found.metadata["rgb"] = True
        if found.channels is None and shape[axes.index("C")] == 3:
            named = zip(("Red", "Green", "Blue"), ("F00", "0F0", "00F"), strict=True)
            found.channels = tuple(
                Channel(n, "#" + "".join(2 * d for d in c)) for n, c in named
            )
    unknown = [i for i, a in enumerate(axes) if a in "QI" and shape[i] > 1]
    if unknown:
        axes = _guess(axes, shape, unknown)
        found.metadata["guessed"] = f"axes {axes}: the file does not name them"
    found.axes = axes


def _guess(axes: str, shape: tuple[int, ...], unknown: list[int]) -> str:
    plain = tuple(n for a, n in zip(axes, shape, strict=True) if a in "QIYX")
    letters = iter(guess_axes(plain))
    named = "".join(next(letters) if a in "QIYX" else a for a in axes)
    return named if len(set(named)) == len(named) else axes


# ---- OME


def _read_ome(found: Found, xml: str, index: int) -> None:
    found.format = "OME-TIFF"
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        found.metadata["warnings"] = ["its OME metadata are damaged"]
        return
    every = [e for e in root.iter() if e.tag.rpartition("}")[2] == "Pixels"]
    if index >= len(every):
        return
    pixels = every[index]
    size = {}
    for axis in "ZYX":
        value = pixels.get(f"PhysicalSize{axis}")
        factor = micrometres_per(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if value and factor:
            size[axis] = float(value) * factor
    found.size = size or None
    tags = [e for e in pixels if e.tag.rpartition("}")[2] == "Channel"]
    found.channels = tuple(_ome_channel(e, i, len(tags)) for i, e in enumerate(tags))


def _ome_channel(element: Any, index: int, count: int) -> Channel:
    from striate.data.volume import default_channels

    usual = default_channels(count)[index]
    name = element.get("Name") or usual.name
    colour = element.get("Color")
    if colour is None:
        return Channel(name, usual.colour)
    # OME stores RGBA in one signed 32-bit integer.
    return Channel(name, f"#{(int(colour) & 0xFFFFFFFF) >> 8:06X}")


# ---- ImageJ


def _read_imagej(found: Found, tif: Any) -> None:
    found.format = "ImageJ hyperstack"
    facts = tif.imagej_metadata or {}
    factor = micrometres_per(facts.get("unit"))
    if factor:
        found.size = _imagej_size(tif.pages[0], facts, factor)
    luts, ranges = facts.get("LUTs"), facts.get("Ranges")
    n = int(facts.get("channels", 1))
    if luts is not None and len(luts) == n:
        pairs = [list(ranges[2 * i : 2 * i + 2]) if ranges else [] for i in range(n)]
        found.channels = tuple(
            Channel(
                f"Channel {i + 1}",
                "#" + "".join(f"{int(v):02X}" for v in lut[:, -1]),
                (float(pair[0]), float(pair[1])) if len(pair) == 2 else None,
            )
            for i, (lut, pair) in enumerate(zip(luts, pairs, strict=True))
        )


def _imagej_size(page: Any, facts: dict[str, Any], factor: float) -> dict[str, float]:
    size = {"Z": float(facts.get("spacing", 0)) * factor}
    for axis, tag in (("X", "XResolution"), ("Y", "YResolution")):
        value = page.tags.get(tag)
        if value is not None and value.value[0]:
            per_unit = value.value[0] / value.value[1]
            size[axis] = factor / per_unit
    return {a: s for a, s in size.items() if s > 0}
