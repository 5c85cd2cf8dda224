"""Zeiss CZI, through czifile (BSD-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import dask
import dask.array as da
import numpy as np

from striate.data.lazy import Found
from striate.data.microscopes import missing
from striate.data.volume import Channel, default_channels
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find"]


def find(path: Path, options: OpenOptions) -> Found:
    """Find the image; a scene or other further axis must have length 1.

    czifile decodes a whole image at once, so the array is one lazy chunk.
    """
    try:
        import czifile
    except ImportError as error:
        raise missing("CZI") from error
    try:
        with czifile.CziFile(str(path)) as czi:
            shape, dtype, axes = czi.shape, np.dtype(czi.dtype), str(czi.axes)
            xml = czi.metadata()
    except Exception as error:
        raise InputError(
            f"{path} is no readable CZI file: it is damaged or incomplete ({error})."
        ) from error
    whole = da.from_delayed(dask.delayed(_load, pure=False)(path), shape, dtype)
    kept = [i for i, a in enumerate(axes) if a in "TCZYX" or shape[i] > 1]
    array = whole.squeeze(tuple(i for i in range(len(axes)) if i not in kept))
    names = "".join(axes[i] for i in kept)
    if names.endswith("0") and "C" not in names:
        names = f"{names[:-1]}C"  # The samples of a colour camera.
    size, channels = _facts(xml)
    found = Found([array], names, "CZI", size, channels)
    if size is None and channels is None:
        found.metadata["warnings"] = ["its metadata are missing or damaged"]
    return found


def _load(path: Path) -> np.ndarray[Any, Any]:
    import czifile

    try:
        return np.asarray(czifile.imread(str(path)))
    except Exception as error:
        raise InputError(
            f"{path} could not be read: it is damaged ({error})."
        ) from error


def _facts(xml: Any) -> tuple[dict[str, float] | None, tuple[Channel, ...] | None]:
    """Voxel size (stored in metres) and channel names from the metadata."""
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, TypeError):
        return None, None
    size = {}
    for distance in root.iter("Distance"):
        value = distance.findtext("Value")
        if distance.get("Id") in ("X", "Y", "Z") and value:
            size[str(distance.get("Id"))] = float(value) * 1e6
    tags = root.findall(".//DisplaySetting/Channels/Channel")
    usual = default_channels(max(1, len(tags)))
    channels = tuple(
        Channel(
            tag.get("Name") or default.name,
            f"#{(tag.findtext('Color') or default.colour)[-6:]}",
        )
        for tag, default in zip(tags, usual, strict=False)
    )
    return size or None, channels or None
