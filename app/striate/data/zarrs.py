"""OME-Zarr 0.4 and 0.5, FISBe zarr, and plain zarr v2 and v3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from striate.data.lazy import Found, guess_axes
from striate.data.units import micrometres_per
from striate.data.volume import Channel, default_channels
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find", "missing_chunks"]

FISBE_VOXEL_SIZE = 0.44
"""µm, isotropic: Mais, Hirsch et al. 2024. FISBe files do not state it."""
_COUNT_LIMIT = 4096


def find(path: Path, options: OpenOptions) -> Found:
    """Find the image in a zarr array or group; see ``open_volume``."""
    try:
        node = zarr.open(path, mode="r")
    except Exception as error:
        raise InputError(
            f"{path} is no readable zarr: its metadata are missing or damaged "
            f"({error})."
        ) from error
    if isinstance(node, zarr.Array):
        found = _plain(node, "zarr")
    else:
        found = _in_group(node, path, options)
    if not found.metadata.get("labels"):
        # Labels are sparse: most of their chunks hold nothing.
        _note_missing(found)
    return found


def missing_chunks(array: Any) -> int:
    """Count chunks that are not stored and read as the fill value.

    Zarr leaves out chunks that hold nothing but the fill value, so some missing
    chunks are usual in sparse data.
    """
    return int(array.nchunks - array.nchunks_initialized)


def _note_missing(found: Found) -> None:
    array = found.arrays[0]
    if array.nchunks > _COUNT_LIMIT:
        return
    missing = missing_chunks(array)
    if missing:
        warnings = found.metadata.setdefault("warnings", [])
        warnings.append(
            f"{missing} of {array.nchunks} chunks are not in the file and read as "
            f"{array.fill_value}"
        )


def _in_group(group: Any, path: Path, options: OpenOptions) -> Found:
    attributes = dict(group.attrs)
    if attributes.get("format") == "striate-neurons":
        raise InputError(f"{path.name} is a set of neurons and not an image.")
    if options.dataset is not None:
        return _named(group, path, options.dataset)
    ome = attributes.get("ome", attributes)
    if "multiscales" in ome:
        return _multiscale(group, ome, path)
    if "plate" in ome:
        raise InputError(
            f"{path.name} is a plate of many images: open one of its fields, such as "
            f"{path.name}/A/1/0."
        )
    if "bioformats2raw.layout" in ome:
        return _series(group, path, options)
    arrays = _arrays(group)
    if "volumes/raw" in arrays:
        return _fisbe(arrays["volumes/raw"])
    if len(arrays) == 1:
        return _plain(next(iter(arrays.values())), "zarr")
    if not arrays:
        raise InputError(f"{path.name} holds no arrays.")
    raise InputError(
        f"{path.name} holds {len(arrays)} arrays: say which one with --dataset "
        f"({', '.join(sorted(arrays)[:8])})."
    )


def _named(group: Any, path: Path, dataset: str) -> Found:
    try:
        node = group[dataset]
    except KeyError as error:
        names = ", ".join(sorted(_arrays(group))[:8])
        raise InputError(
            f"{path.name} has no {dataset!r}: it holds {names}."
        ) from error
    if isinstance(node, zarr.Group):
        raise InputError(f"{dataset!r} in {path.name} is a group and not an array.")
    return _plain(node, "zarr")


def _series(group: Any, path: Path, options: OpenOptions) -> Found:
    try:
        image = group[str(options.series)]
    except KeyError as error:
        raise InputError(f"{path.name} has no series {options.series}.") from error
    attributes = dict(image.attrs)
    found = _multiscale(image, attributes.get("ome", attributes), path)
    found.metadata["series"] = {"open": options.series}
    return found


def _arrays(group: Any, depth: int = 4) -> dict[str, Any]:
    found = {}
    for name, member in group.members(max_depth=depth):
        if isinstance(member, zarr.Array) and member.ndim >= 2:
            found[name] = member
    return found


# ---- Kinds


def _plain(array: Any, kind: str) -> Found:
    shape = tuple(array.shape)
    names = array.metadata.to_dict().get("dimension_names") or array.attrs.get(
        "_ARRAY_DIMENSIONS"
    )
    letters = "".join(str(n)[:1].upper() if n else "?" for n in names or ())
    found = Found([array], letters, kind)
    if len(letters) != len(shape) or "?" in letters:
        found.axes = guess_axes(shape)
        found.metadata["guessed"] = f"axes {found.axes}: the file does not name them"
    return found


def _fisbe(array: Any) -> Found:
    axes = "CZYX" if array.ndim == 4 else guess_axes(tuple(array.shape))
    found = Found([array], axes, "FISBe zarr")
    stated = array.attrs.get("voxel_size_um")
    if stated is not None and len(stated) == 3:
        found.size = dict(zip("ZYX", (float(s) for s in stated), strict=True))
        found.metadata |= {k: array.attrs[k] for k in array.attrs}
        return found
    found.size = dict.fromkeys("ZYX", FISBE_VOXEL_SIZE)
    found.metadata["assumed"] = (
        f"voxel size {FISBE_VOXEL_SIZE} µm: that of the FISBe data set, not stated in "
        "the file"
    )
    return found


def _multiscale(group: Any, ome: dict[str, Any], path: Path) -> Found:
    try:
        scale = ome["multiscales"][0]
        names = [str(d["path"]) for d in scale["datasets"]]
        levels = [(name, group[name]) for name in names if name in group]
        if len(levels) == len(names) > 0:
            return _image(group, ome, scale, [array for _, array in levels])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{path} calls itself OME-Zarr and its metadata are damaged ({error!r}): "
            "name an array with --dataset, or write it again."
        ) from error
    lost = sorted(set(names) - {name for name, _ in levels})
    raise InputError(
        f"{path} lacks the resolution level {', '.join(lost) or '0'} that its metadata "
        "name: the copy is incomplete."
    )


def _image(
    group: Any, ome: dict[str, Any], scale: dict[str, Any], arrays: list[Any]
) -> Found:
    version = str(ome.get("version") or scale.get("version") or "0.4")
    axes = [a if isinstance(a, dict) else {"name": a} for a in scale.get("axes", ())]
    names = "".join(a["name"][:1].upper() for a in axes)
    found = Found(arrays, names or guess_axes(tuple(arrays[0].shape)), "")
    found.format = f"OME-Zarr {version}"
    found.size = _scales(scale, axes)
    found.channels = _omero(ome.get("omero"))
    found.metadata |= {k: group.attrs[k] for k in ("striate",) if k in group.attrs}
    if "image-label" in ome and np.dtype(arrays[0].dtype).kind in "ui":
        found.metadata["labels"] = True
    return found


def _scales(scale: dict[str, Any], axes: list[dict[str, Any]]) -> dict[str, float]:
    first = scale["datasets"][0].get("coordinateTransformations", [])
    values = [1.0] * len(axes)
    for step in [*first, *scale.get("coordinateTransformations", [])]:
        if step.get("type") == "scale" and len(step["scale"]) == len(axes):
            values = [v * float(s) for v, s in zip(values, step["scale"], strict=True)]
    size = {}
    for axis, value in zip(axes, values, strict=True):
        factor = micrometres_per(axis.get("unit"))
        if axis["name"].upper() in "ZYX" and factor:
            size[axis["name"].upper()] = value * factor
    return size


def _omero(omero: dict[str, Any] | None) -> tuple[Channel, ...] | None:
    listed = (omero or {}).get("channels")
    if not listed:
        return None
    usual = default_channels(len(listed))
    channels = []
    for default, entry in zip(usual, listed, strict=True):
        window = entry.get("window") or {}
        low, high = float(window.get("start") or 0), float(window.get("end") or 0)
        colour = str(entry.get("color") or default.colour).lstrip("#")
        channels.append(
            Channel(
                str(entry.get("label") or default.name),
                f"#{colour[:6].upper()}",
                (low, high) if high > low else None,
            )
        )
    return tuple(channels)
