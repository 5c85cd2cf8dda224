"""A folder of slices: one plane per file, in the natural order of their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import dask
import dask.array as da
import numpy as np
import tifffile

from striate.data.lazy import Found
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find", "is_slice"]

_TIFF = (".tif", ".tiff")
_OTHER = (".png", ".jpg", ".jpeg", ".bmp")


def find(path: Path, options: OpenOptions) -> Found:
    """Find the stack (ZYX, or ZYXC for colour slices) that the files make."""
    files = sorted((f for f in path.iterdir() if is_slice(f)), key=_natural)
    if not files:
        raise InputError(
            f"{path} holds no slices: a folder must hold TIFF or PNG images of one "
            "shape, or be a zarr."
        )
    shape, dtype = _header(files[0])
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] > 4):
        raise InputError(f"{files[0].name} is no single slice: its shape is {shape}.")
    for file in files[1:]:
        if _header(file) != (shape, dtype):
            raise InputError(
                f"The slices in {path} differ: {file.name} is {_header(file)}, "
                f"{files[0].name} is {(shape, dtype)}. Remove what does not belong."
            )
    load = dask.delayed(_load, pure=False)
    planes = [da.from_delayed(load(f), shape, dtype) for f in files]
    axes = "ZYX" if len(shape) == 2 else "ZYXC"
    return Found([da.stack(planes)], axes, "folder of slices")


def is_slice(file: Path) -> bool:
    """Whether it is named like one plane of a stack."""
    return file.suffix.lower() in _TIFF + _OTHER and not file.name.startswith(".")


def _natural(file: Path) -> list[Any]:
    parts = re.split(r"(\d+)", file.name.lower())
    return [int(p) if p.isdigit() else p for p in parts]


def _header(file: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    try:
        if file.suffix.lower() in _TIFF:
            with tifffile.TiffFile(file) as tif:
                series = tif.series[0]
                return tuple(series.shape), np.dtype(series.dtype)
        import imageio.v3 as imageio

        facts = imageio.improps(file)
        return tuple(facts.shape), np.dtype(facts.dtype)
    except Exception as error:
        raise InputError(f"{file} cannot be read as an image ({error}).") from error


def _load(file: Path) -> np.ndarray[Any, Any]:
    try:
        if file.suffix.lower() in _TIFF:
            return np.asarray(tifffile.imread(file))
        import imageio.v3 as imageio

        return np.asarray(imageio.imread(file))
    except Exception as error:
        raise InputError(f"{file} cannot be read: it is damaged ({error}).") from error
