"""Plain arrays: npy, npz, HDF5 (also MATLAB v7.3), CSV and safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import magic, unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["open_array", "read_array"]

_PICKLES = {".pkl", ".pickle", ".p", ".joblib"}


def open_array(path: str | Path, dataset: str = "") -> Any:
    """Open one array without reading it where the format allows.

    Parameters
    ----------
    dataset
        Which array of an HDF5, npz or safetensors file; needed where it holds several.

    Returns
    -------
    array-like
        With ``shape``, ``dtype`` and slicing.

    Raises
    ------
    InputError
        When the file is missing, damaged, a pickle, or holds several arrays and none
        was named.
    """
    place = Path(path)
    suffix = place.suffix.lower()
    if suffix in _PICKLES:
        raise InputError(
            f"{place} is a pickle, which may run code when it is opened, and is never "
            "loaded: save the array as .npy or safetensors."
        )
    magic(place, 1)
    try:
        if suffix == ".npy":
            return np.load(place, mmap_mode="r", allow_pickle=False)
        if suffix == ".npz":
            file = np.load(place, allow_pickle=False)
            return file[_choose(place, file.files, dataset)]
        if suffix in (".h5", ".hdf5", ".mat"):
            return _hdf5(place, dataset)
        if suffix in (".csv", ".tsv", ".txt"):
            mark = "," if suffix == ".csv" else None
            return np.loadtxt(place, delimiter=mark, ndmin=1)
        if suffix == ".safetensors":
            return _safetensors(place, dataset)
    except (OSError, EOFError, ValueError) as error:
        if "pickle" in str(error).lower() or "Python objects" in str(error):
            raise InputError(
                f"{place} holds Python objects, which may run code when they are "
                "opened, and is not loaded: save plain numbers."
            ) from error
        raise unreadable(place, error) from error
    raise InputError(
        f"{place.name}: arrays are read from .npy, .npz, .h5, .mat (v7.3), .csv and "
        ".safetensors."
    )


def read_array(path: str | Path, dataset: str = "") -> NDArray[Any]:
    """Read one array whole; see :func:`open_array`."""
    return np.asarray(open_array(path, dataset)[...])


def _hdf5(path: Path, dataset: str) -> Any:
    import h5py

    file = h5py.File(path, "r")
    names: list[str] = []

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.dtype.kind in "fiub":
            names.append(name)

    file.visititems(visit)
    return file[_choose(path, names, dataset)]


def _safetensors(path: Path, dataset: str) -> NDArray[Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return np.asarray(
                file.get_tensor(_choose(path, list(file.keys()), dataset))
            )
    except SafetensorError as error:
        raise unreadable(path, error) from error


def _choose(path: Path, names: list[str], wanted: str) -> str:
    wanted = wanted.strip("/")
    if wanted and wanted not in names:
        raise InputError(f"{path} has no {wanted!r}: it holds {', '.join(names)}.")
    if not wanted and len(names) != 1:
        raise InputError(
            f"{path} holds {len(names)} arrays ({', '.join(names[:8])}): name one."
        )
    return wanted or names[0]
