"""How reliable a subject's units are, from whatever files say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.subjects.subject import Subject

__all__ = ["read_ncsnr"]


def read_ncsnr(subject: Subject) -> NDArray[np.float32]:
    """Read the ratio of signal to noise of every unit; (u,).

    Raises
    ------
    InputError
        When the files cannot be read, or have values for other units.
    """
    names = subject.manifest.ncsnr
    paths = [subject.path(n) for n in ((names,) if isinstance(names, str) else names)]
    values = np.concatenate([_read(subject, path) for path in paths])
    units = subject.units
    if len(values) == len(units):
        return values
    # By vertex, where units are some of the vertices.
    if units.kind == "vertex" and len(values) == sum(units.n_vertices):
        return values[units.vertex]
    raise InputError(
        f"{', '.join(p.name for p in paths)} has {len(values):,} values and "
        f"{subject.title} has {len(units):,} units."
    )


def _read(subject: Subject, path: Path) -> NDArray[np.float32]:
    if path.name.endswith((".nii", ".nii.gz")):
        return _in_mask(subject, path)
    if path.name.endswith((".mgh", ".mgz", ".gii", ".gii.gz")):
        from striate_cortex.reading.surface_data import read_surface_data

        return read_surface_data(path).ravel()
    from striate_cortex.reading.arrays import read_array

    return np.asarray(read_array(path), np.float32).ravel()


def _in_mask(subject: Subject, path: Path) -> NDArray[np.float32]:
    from striate_cortex.reading.volumes import read_volume
    from striate_cortex.subjects.building import read_mask

    values, mask = read_volume(path).data[..., 0], read_mask(subject)
    if values.shape != mask.shape:
        raise InputError(
            f"{path} is {values.shape} and the mask is {mask.shape}: they are not in "
            "one space."
        )
    return values[mask]
