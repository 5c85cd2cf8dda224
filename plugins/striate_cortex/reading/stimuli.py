"""The pictures that were shown: a folder of files, or a brick of images in HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.arrays import open_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PICTURES", "Stimuli"]

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}


class Stimuli:
    """Pictures by number, each a path or (height, width, 3) uint8; read when asked for.

    Parameters
    ----------
    place
        A folder of pictures, in the order of their names, or HDF5 with images by
        height by width by 3, such as ``nsd_stimuli.hdf5``.

    Raises
    ------
    InputError
        When it is neither.
    """

    def __init__(self, place: str | Path) -> None:
        path = Path(place)
        self.path = path
        self._files: list[Path] = []
        self._brick: Any = None
        if path.is_dir():
            self._files = sorted(
                p for p in path.iterdir() if p.suffix.lower() in PICTURES
            )
        elif path.suffix.lower() in (".h5", ".hdf5", ".npy"):
            self._brick = open_array(path)
            shape = tuple(self._brick.shape)
            if len(shape) != 4 or shape[3] != 3 or self._brick.dtype != np.uint8:
                raise InputError(
                    f"{path} holds {self._brick.dtype} of the shape {shape}: pictures "
                    "are images by height by width by 3, of 8 bits."
                )
        if not len(self):
            raise InputError(
                f"{path} holds no pictures: give a folder of them, or HDF5 such as "
                "nsd_stimuli.hdf5."
            )

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self._files) if self._brick is None else int(self._brick.shape[0])

    def __getitem__(self, number: int) -> Path | NDArray[np.uint8]:
        """Return one picture.

        Raises
        ------
        InputError
            When there is none of that number.
        """
        if not 0 <= number < len(self):
            raise InputError(
                f"Picture {number:,} was shown and {self.path} holds {len(self):,}: is "
                "it of another study?"
            )
        if self._brick is None:
            return self._files[number]
        return np.asarray(self._brick[number])
