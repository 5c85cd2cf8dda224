"""Neurons from whatever file holds them, by content first and suffix second."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import zarr

from striate.data import open_volume
from striate.errors import InputError
from striate_filaments.exchange.chunks import labelled_voxels
from striate_filaments.exchange.fisbe import INSTANCES, read_fisbe
from striate_filaments.exchange.labels import from_labels, grouped
from striate_filaments.storage import is_neurons, read_neurons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate_filaments.neurons import NeuronSet

__all__ = ["read_any"]

_HDF5 = (".h5", ".hdf5", ".hdf")
_LABEL_NAMES = ("labels", "label", "gt_instances", "volumes/gmm_label_cleaned")


def read_any(path: str | Path, *, dataset: str | None = None) -> NeuronSet:
    """Read a NeuronSet, FISBe zarr, or label image (TIFF, zarr, HDF5, npy).

    Raises
    ------
    InputError
        When the path holds none of these.
    """
    place = Path(path)
    if is_neurons(place):
        return read_neurons(place)
    if place.is_dir() and _has_instances(place):
        return read_fisbe(place)
    volume = open_volume(place, dataset=dataset or _label_dataset(place))
    if volume.n_channels > 1 or "T" in volume.axes:
        raise InputError(f"{place.name} is no label image: it has {volume.describe()}.")
    provenance = {"imported": str(place)}
    size = volume.voxel_size_zyx
    if place.suffix in _HDF5 and "Z" in volume.axes:
        z, y, x = (int(n) for n in volume.czyx().shape[1:])
        found = _of_chunks(place, str(volume.metadata.get("dataset")))
        if found is not None:
            return grouped(*found, (z, y, x), size, volume.unit, provenance=provenance)
    return from_labels(volume.czyx()[0], size, volume.unit, provenance=provenance)


def _of_chunks(
    place: Path, dataset: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    import h5py

    try:
        with h5py.File(place, "r") as file:
            return labelled_voxels(file[dataset]) if dataset in file else None
    except (OSError, zlib.error, ValueError, RuntimeError) as error:
        raise InputError(
            f"{place.name} cannot be read: it is damaged or incomplete ({error})."
        ) from error


def _has_instances(place: Path) -> bool:
    try:
        return INSTANCES in zarr.open_group(place, mode="r")
    except Exception:  # noqa: BLE001 - not a group, or not readable: not FISBe
        return False


def _label_dataset(place: Path) -> str | None:
    """Prefer a dataset named as labels to one named as the raw image."""
    if place.suffix not in _HDF5:
        return None
    import h5py

    try:
        with h5py.File(place, "r") as file:
            return next((n for n in _LABEL_NAMES if n in file), None)
    except OSError:
        return None
