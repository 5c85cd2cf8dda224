"""CIFTI-2: values of both cortical surfaces and of voxels in one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, unreadable
from striate_cortex.units import UnitTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CiftiData", "read_cifti"]

_CORTEX = ("CIFTI_STRUCTURE_CORTEX_LEFT", "CIFTI_STRUCTURE_CORTEX_RIGHT")


@dataclass(frozen=True)
class CiftiData:
    """What a dense CIFTI-2 file holds of the cortex.

    Parameters
    ----------
    values
        (t, u) float32: maps or times by the vertices that the file covers.
    names
        Of the maps; empty for times.
    units
        The vertices, left first, with all vertices of the surfaces counted.
    colours
        Of ``.dlabel.nii``: for each map, code to name and RGBA from 0 to 1.
    """

    values: NDArray[np.float32]
    names: tuple[str, ...]
    units: UnitTable
    colours: tuple[dict[int, Any], ...] = ()


def read_cifti(path: str | Path) -> CiftiData:
    """Read ``.dscalar.nii``, ``.dtseries.nii`` or ``.dlabel.nii``.

    Raises
    ------
    InputError
        When it is no dense CIFTI-2 file, covers no cortex, or is damaged.
    """
    from nibabel.cifti2 import Cifti2Image

    place = Path(path)
    image = load(place)
    if not isinstance(image, Cifti2Image):
        raise InputError(f"{place} is no CIFTI-2 file.")
    maps, model = (image.header.get_axis(i) for i in (0, 1))
    if not hasattr(model, "iter_structures"):
        raise InputError(
            f"{place} holds no values of vertices (parcels?): give a dense file, such "
            "as .dscalar.nii."
        )
    columns, vertices, sizes = _cortex(place, model)
    try:
        values = np.asarray(image.dataobj, np.float32)[:, columns]
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(place, error) from error
    names = tuple(str(n) for n in getattr(maps, "name", ()))
    units = UnitTable("vertex", sizes, vertices)
    tables = tuple(
        {int(k): (str(name), tuple(rgba)) for k, (name, rgba) in table.items()}
        for table in getattr(maps, "label", ())
    )
    return CiftiData(values, names, units, tables)


def _cortex(
    path: Path, model: Any
) -> tuple[NDArray[np.intp], NDArray[np.int32], tuple[int, int]]:
    parts = {str(name): (part, axis) for name, part, axis in model.iter_structures()}
    columns: list[NDArray[Any]] = []
    vertices: list[NDArray[Any]] = []
    sizes = [0, 0]
    for side, name in enumerate(_CORTEX):
        if name not in parts:
            continue
        part, axis = parts[name]
        sizes[side] = int(axis.nvertices[name])
        columns.append(np.arange(len(model))[part])
        vertices.append(axis.vertex + (sizes[0] if side else 0))
    if not columns:
        raise InputError(f"{path} covers no cortical surface.")
    whole = np.concatenate(vertices).astype(np.int32)
    return np.concatenate(columns), whole, (sizes[0], sizes[1])
