"""Neurons by the documented layout of ``X.neurons.zarr``, version 1, read only.

A workspace never imports another; what they share is the file. The layout: attributes
``format``, ``version`` and ``shape``; arrays ``ids``, ``boxes`` (n, 2, 3), ``offsets``
(n + 1) and ``voxels``, per neuron the sorted C-order indices into its box, stored as
differences with the first one whole.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_channels.objects.labelled import Box

__all__ = ["NeuronsFile", "is_neurons_file"]

FORMAT, VERSION = "striate-neurons", 1


def is_neurons_file(path: Path) -> bool:
    """Whether it says that it holds neurons; cheap."""
    try:
        text = (path / "zarr.json").read_text("utf-8")
        return bool(json.loads(text)["attributes"]["format"] == FORMAT)
    except (OSError, ValueError, KeyError):
        return False


class NeuronsFile:
    """Fulfils :class:`striate_channels.objects.labelled.LabelledObjects`.

    Raises
    ------
    InputError
        When it is damaged, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        import zarr

        try:
            group: Any = zarr.open_group(path, mode="r")
            version = int(group.attrs["version"])
            self._shape = _triple(group.attrs["shape"])
            ids, boxes = group["ids"][:], group["boxes"][:]
            self._offsets = group["offsets"][:]
            self._voxels = group["voxels"]
        except Exception as error:
            raise InputError(f"{path} cannot be read: it is damaged.") from error
        if version > VERSION:
            raise InputError(
                f"{path} was written by a newer Striate (layout {version}): update "
                "this one."
            )
        self._rows = {int(id): i for i, id in enumerate(ids)}
        sizes = np.diff(self._offsets)
        self._boxes = {
            int(id): ((_triple(a), _triple(b)), int(n))
            for id, (a, b), n in zip(ids, boxes, sizes, strict=True)
        }
        self._own = lru_cache(maxsize=4)(self._read)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self._shape

    @property
    def boxes(self) -> dict[int, tuple[Box, int]]:
        return self._boxes

    def mask(self, id: int, box: Box) -> NDArray[np.bool_]:
        """See :class:`striate_channels.objects.labelled.LabelledObjects`."""
        first, last = np.array(box[0]), np.array(box[1])
        points = self._own(id)
        inside = ((points >= first) & (points < last)).all(1)
        found = np.zeros(tuple(last - first), dtype=bool)
        found[tuple((points[inside] - first).T)] = True
        return found

    def _read(self, id: int) -> NDArray[np.int64]:
        """(n, 3) voxel coordinates of a neuron."""
        row = self._rows[id]
        part = self._voxels[self._offsets[row] : self._offsets[row + 1]]
        (start, stop), _ = self._boxes[id]
        shape = tuple(np.subtract(stop, start))
        flat = np.cumsum(part.astype(np.int64))
        return np.stack(np.unravel_index(flat, shape), axis=1) + np.array(start)


def _triple(values: Any) -> tuple[int, int, int]:
    z, y, x = (int(v) for v in values)
    return z, y, x
