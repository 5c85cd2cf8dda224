"""Labelled objects: label images, and neurons in the documented ``.neurons.zarr``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from striate.data import Volume, open_volume
from striate.errors import InputError
from striate_channels.objects.pixels import Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Box", "LabelImage", "LabelledObjects", "open_labels"]

Box = tuple[tuple[int, int, int], tuple[int, int, int]]
"""First voxel and one past the last, both (z, y, x)."""


BLOCK_VOXELS = 1 << 24
"""Voxels of labels looked at together."""


class LabelledObjects(Protocol):
    """Objects of one image, which may overlap."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(z, y, x) of the image they belong to."""
        ...

    @property
    def boxes(self) -> dict[int, tuple[Box, int]]:
        """Tight box and number of voxels by id."""
        ...

    def mask(self, id: int, box: Box) -> NDArray[np.bool_]:
        """Which voxels of `box`, inside the image, belong to object `id`."""
        ...


def open_labels(path: str | Path, *, dataset: str | None = None) -> LabelledObjects:
    """Open a label image, or neurons written by Striate.

    Raises
    ------
    InputError
        When it holds neither.
    """
    from striate_channels.objects.neurons_file import NeuronsFile, is_neurons_file

    place = Path(path)
    if is_neurons_file(place):
        return NeuronsFile(place)
    return LabelImage(open_volume(place, dataset=dataset or _label_dataset(place)))


class LabelImage:
    """An image whose value is the id of the object; 0 is background.

    Raises
    ------
    InputError
        When it has channels or time points, or values that are no ids.
    """

    def __init__(self, volume: Volume) -> None:
        name = volume.source.name if volume.source else "The label image"
        if volume.axes == "CYX":
            # Labels have no channels: a short first axis was guessed to be that.
            volume = Volume.from_array(volume.data, "ZYX", source=volume.source)
        if volume.n_channels > 1 or "T" in volume.axes:
            raise InputError(f"{name} is no label image: it has {volume.describe()}.")
        if volume.dtype.kind not in "bui":
            raise InputError(
                f"{name} is no label image: it holds {volume.dtype}, and labels are "
                "whole numbers."
            )
        self._pixels = Pixels(volume)
        self._boxes: dict[int, tuple[Box, int]] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        return self._pixels.shape

    @property
    def boxes(self) -> dict[int, tuple[Box, int]]:
        if self._boxes is None:
            self._boxes = _boxes(self._pixels)
        return self._boxes

    def mask(self, id: int, box: Box) -> NDArray[np.bool_]:
        """See :class:`LabelledObjects`."""
        return self._pixels.read(*box)[0] == id


def _boxes(pixels: Pixels) -> dict[int, tuple[Box, int]]:
    """Boxes of all labels, some planes at a time."""
    from scipy import ndimage

    found: dict[int, tuple[NDArray[Any], NDArray[Any], int]] = {}
    depth, height, width = pixels.shape
    step = max(1, BLOCK_VOXELS // (height * width))
    for z in range(0, depth, step):
        block = pixels.read((z, 0, 0), (min(depth, z + step), height, width))[0]
        ids, inverse, counts = np.unique(
            block, return_inverse=True, return_counts=True
        )  # fmt: skip
        places = ndimage.find_objects(inverse.reshape(block.shape) + 1)
        for id, place, count in zip(ids.tolist(), places, counts.tolist(), strict=True):
            if id <= 0:
                continue
            first = np.array([s.start for s in place])
            last = np.array([s.stop for s in place])
            first[0], last[0] = first[0] + z, last[0] + z
            old = found.get(id, (first, last, 0))
            low, high = np.minimum(old[0], first), np.maximum(old[1], last)
            found[id] = (low, high, old[2] + count)
    return {id: ((_triple(a), _triple(b)), n) for id, (a, b, n) in found.items()}


def _triple(values: NDArray[Any]) -> tuple[int, int, int]:
    z, y, x = (int(v) for v in values)
    return z, y, x


def _label_dataset(place: Path) -> str | None:
    """Prefer an HDF5 dataset named as labels to one named as the raw image."""
    if place.suffix not in (".h5", ".hdf5", ".hdf"):
        return None
    import h5py

    names = ("labels", "label", "gt_instances", "volumes/gmm_label_cleaned")
    try:
        with h5py.File(place, "r") as file:
            return next((n for n in names if n in file), None)
    except OSError:
        return None
