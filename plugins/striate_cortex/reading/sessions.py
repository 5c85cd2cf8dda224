"""One session's responses, trials by units, from whatever file they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.arrays import open_array
from striate_cortex.reading.opening import load, unreadable
from striate_cortex.reading.sides import check_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Session", "open_session"]

_CIFTI = (".dtseries.nii", ".dscalar.nii")
_VOLUMES = (".nii", ".nii.gz")
_FEW = 64
"""Voxels that are read one by one, as a click asks for them, not with all others."""
_SURFACE = (".mgh", ".mgz", ".gii", ".gii.gz")


class _Part(Protocol):
    shape: tuple[int, int]

    def read(self, units: slice) -> NDArray[Any]: ...


class Session:
    """Responses of one session, read when sliced; several files are joined by units.

    Parameters
    ----------
    parts
        Files in the order of their units, such as left and right hemisphere.
    scale
        What the numbers are divided by.

    Raises
    ------
    InputError
        When the files have different numbers of trials.
    """

    def __init__(self, parts: Sequence[_Part], scale: float = 1.0) -> None:
        trials = {part.shape[0] for part in parts}
        if len(trials) != 1:
            counts = ", ".join(f"{part.shape[0]:,}" for part in parts)
            raise InputError(
                f"The files of one session have {counts} trials: they must have as "
                "many each."
            )
        self.parts = list(parts)
        self.scale = scale
        self.shape = (trials.pop(), sum(part.shape[1] for part in parts))
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[np.float32]:
        trials, units = key
        first, last, _ = units.indices(self.shape[1])
        found, start = [], 0
        for part in self.parts:
            count = part.shape[1]
            a, b = max(0, first - start), min(count, last - start)
            if a < b:
                found.append(part.read(slice(a, b)))
            start += count
        values = found[0] if len(found) == 1 else np.concatenate(found, axis=1)
        ready = values[trials].astype(np.float32)
        return ready if self.scale == 1 else ready / np.float32(self.scale)


def open_session(
    paths: Sequence[Path],
    dataset: str = "",
    scale: float = 1.0,
    mask: NDArray[np.bool_] | None = None,
) -> Session:
    """Open the files of one session.

    Parameters
    ----------
    dataset
        Which array of an HDF5 or npz file.
    scale
        What the numbers are divided by: 300 for NSD's int16 betas.
    mask
        (x, y, z) the voxels that are units, for volumes and NSD's HDF5.

    Raises
    ------
    InputError
        When a file is missing or damaged, a volume does not have the mask's shape, or
        the right hemisphere comes first.
    """
    check_order(paths)
    return Session([_open(path, dataset, mask) for path in paths], scale)


def _open(path: Path, dataset: str, mask: NDArray[np.bool_] | None) -> _Part:
    name = path.name.lower()
    if name.endswith(_CIFTI):
        return _Cifti(path)
    if name.endswith(_VOLUMES):
        return _Volume(path, mask)
    if name.endswith(_SURFACE):
        return _Surface(path)
    array = open_array(path, dataset)
    if len(array.shape) == 4 and array.shape[1:3] == (1, 1):
        return _Vertices(array)
    if len(array.shape) == 4:
        return _Brick(path, array, mask)
    if len(array.shape) != 2:
        raise InputError(
            f"{path} has the shape {tuple(array.shape)}: responses are trials by units."
        )
    return _Array(array)


class _Array:
    """Trials by units."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = (int(array.shape[0]), int(array.shape[1]))

    def read(self, units: slice) -> NDArray[Any]:
        return np.asarray(self.array[:, units])


class _Vertices:
    """Vertices by 1 by 1 by trials, as MATLAB writes them to HDF5: turned around."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = (int(array.shape[0]), int(array.shape[3]))

    def read(self, units: slice) -> NDArray[Any]:
        return np.asarray(self.array[:, 0, 0, units])


class _Surface:
    """Vertices by trials, as MGH and GIFTI keep them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.image = load(path)
        if hasattr(self.image, "darrays"):
            columns = [np.asarray(a.data).ravel() for a in self.image.darrays]
            if not columns or len({len(c) for c in columns}) != 1:
                raise InputError(f"{path} is GIFTI and holds no values of vertices.")
            self.values: Any = np.stack(columns, axis=1)
        else:
            shape = self.image.shape
            if len(shape) != 4 or shape[1:3] != (1, 1):
                raise InputError(
                    f"{path} is a volume of {shape}: responses on a surface are "
                    "(vertices, 1, 1, trials)."
                )
            self.values = None
        count = self.image.shape if self.values is None else self.values.shape
        self.shape = (int(count[-1]), int(count[0]))

    def read(self, units: slice) -> NDArray[Any]:
        if self.values is not None:
            return np.asarray(self.values[units].T)
        try:
            return np.asarray(self.image.dataobj[units, 0, 0, :]).T
        except (OSError, ValueError, EOFError) as error:
            raise unreadable(self.path, error) from error


def _masked(path: Path, shape: tuple[int, ...], mask: Any) -> NDArray[np.bool_]:
    if mask is None:
        raise InputError(
            f"{path} is a series of volumes: name a mask in the manifest, whose voxels "
            "are the units."
        )
    if tuple(shape) != mask.shape:
        raise InputError(
            f"{path} has volumes of {tuple(shape)} and the mask is {mask.shape}: they "
            "are not in one space."
        )
    return np.asarray(mask)


class _Cifti:
    """Trials by cortical vertices, left first; what it holds of voxels is left out."""

    def __init__(self, path: Path) -> None:
        from striate_cortex.reading.cifti import read_cifti

        self.values = read_cifti(path).values
        self.shape = (self.values.shape[0], self.values.shape[1])

    def read(self, units: slice) -> NDArray[Any]:
        return self.values[:, units]


class _Volume:
    """(x, y, z, trials) NIfTI; units are the mask's voxels in C order."""

    def __init__(self, path: Path, mask: NDArray[np.bool_] | None) -> None:
        self.path = path
        self.image = load(path)
        shape = self.image.shape
        if len(shape) != 4:
            raise InputError(f"{path} has the shape {shape}: trials are missing.")
        self.mask = _masked(path, shape[:3], mask)
        self.shape = (int(shape[3]), int(self.mask.sum()))

    def read(self, units: slice) -> NDArray[Any]:
        places = np.argwhere(self.mask)[units]
        few = 1 if self.path.name.endswith(".gz") else _FEW
        try:
            if len(places) <= few:
                lines = [self.image.dataobj[x, y, z, :] for x, y, z in places]
                return np.stack(lines, axis=1)
            values = np.asarray(self.image.dataobj)
        except (OSError, ValueError, EOFError) as error:
            raise unreadable(self.path, error) from error
        return np.asarray(values[tuple(places.T)].T)


class _Brick:
    """NSD's HDF5: (trials, z, y, x), as MATLAB's (x, y, z, trials) reads elsewhere."""

    def __init__(self, path: Path, array: Any, mask: NDArray[np.bool_] | None) -> None:
        self.array = array
        self.mask = _masked(path, tuple(array.shape[:0:-1]), mask)
        self.shape = (int(array.shape[0]), int(self.mask.sum()))

    def read(self, units: slice) -> NDArray[Any]:
        places = np.argwhere(self.mask)[units]
        if len(places) <= _FEW:
            # NSD keeps all trials of a voxel together.
            return np.stack([self.array[:, z, y, x] for x, y, z in places], axis=1)
        found = np.empty((self.shape[0], len(places)), self.array.dtype)
        for z in np.unique(places[:, 2]):
            here = np.flatnonzero(places[:, 2] == z)
            # A plane at a time: a session is a gigabyte.
            plane = self.array[:, z]
            found[:, here] = plane[:, places[here, 1], places[here, 0]]
        return found
