"""Numbers on the vertices of one hemisphere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, magic, unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_surface_data"]

_MORPH = b"\xff\xff\xff"


def read_surface_data(path: str | Path) -> NDArray[np.float32]:
    """Read values of vertices: GIFTI, FreeSurfer (``.curv``, ``.sulc``), MGH or npy.

    Returns
    -------
    ndarray
        (n,) float32, or (n, t) where there are several maps or times.

    Raises
    ------
    InputError
        When the file is damaged or holds no data of a surface.
    """
    place = Path(path)
    if place.suffix == ".npy":
        from striate_cortex.reading.arrays import read_array

        return np.asarray(read_array(place), np.float32)
    if magic(place, 3) == _MORPH:
        return _morph(place)
    if ".gii" in place.name:
        return _gifti(place)
    if place.name.endswith((".mgh", ".mgz")):
        return _mgh(place)
    raise InputError(
        f"{place} holds no data of a surface: give GIFTI (.func.gii, .shape.gii), "
        "FreeSurfer (.curv, .sulc, .mgh, .mgz) or .npy."
    )


def _morph(path: Path) -> NDArray[np.float32]:
    from nibabel.freesurfer import read_morph_data

    try:
        return np.asarray(read_morph_data(str(path)), np.float32)
    except (OSError, ValueError, IndexError) as error:
        raise unreadable(path, error) from error


def _gifti(path: Path) -> NDArray[np.float32]:
    image = load(path)
    arrays = [a.data for a in image.darrays if a.data.ndim == 1 or a.data.shape[1] == 1]
    if not arrays or len({len(a) for a in arrays}) != 1:
        raise InputError(f"{path} is GIFTI and holds no values of vertices.")
    columns = [np.asarray(a, np.float32).ravel() for a in arrays]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def _mgh(path: Path) -> NDArray[np.float32]:
    image = load(path)
    shape = image.shape
    if len(shape) < 3 or shape[1:3] != (1, 1):
        raise InputError(
            f"{path} is a volume of {shape}: data of a surface are (vertices, 1, 1)."
        )
    try:
        data = np.asarray(image.dataobj, np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(path, error) from error
    return (
        data.reshape(shape[0], -1).squeeze(axis=1)
        if len(shape) == 3 or shape[3] == 1
        else data.reshape(shape[0], -1)
    )
