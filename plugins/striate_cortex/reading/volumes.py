"""Volumes: NIfTI and MGH, with the way to millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BrainVolume", "read_volume"]


@dataclass(frozen=True)
class BrainVolume:
    """A volume, or a series of them.

    Parameters
    ----------
    data
        (x, y, z, t) float32; t is 1 for a single volume.
    affine
        (4, 4) from voxel indices to millimetres, RAS.
    """

    data: NDArray[np.float32]
    affine: NDArray[np.float64]


def read_volume(path: str | Path, part: slice = slice(None)) -> BrainVolume:
    """Read ``.nii``, ``.nii.gz``, ``.mgh`` or ``.mgz``; values are scaled.

    Parameters
    ----------
    part
        Which volumes of a series.

    Raises
    ------
    InputError
        When it is no volume, or damaged.
    """
    place = Path(path)
    image = load(place)
    shape = getattr(image, "shape", ())
    if len(shape) not in (3, 4) or not hasattr(image, "affine"):
        raise InputError(
            f"{place} has the shape {tuple(shape)}: a volume is x by y by z, and "
            "times at most."
        )
    try:
        data: Any = image.dataobj[..., part] if len(shape) == 4 else image.dataobj
        values = np.asarray(data, np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(place, error) from error
    return BrainVolume(
        values if values.ndim == 4 else values[..., None],
        np.asarray(image.affine, float),
    )
