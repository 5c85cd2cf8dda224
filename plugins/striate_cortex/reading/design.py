"""Which image was shown in which trial: NSD's design, or a list of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.arrays import read_array
from striate_cortex.reading.opening import magic, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Design", "read_design"]


@dataclass(frozen=True)
class Design:
    """The images of a subject's trials.

    Parameters
    ----------
    images
        (n,) number of each trial's image among the stimuli, from 0.
    shared
        Numbers of the images that all subjects saw; those are held out.
    """

    images: NDArray[np.int64]
    shared: NDArray[np.int64]

    def of_trials(self, features: NDArray[Any]) -> NDArray[Any]:
        """Return a row for each trial, of rows that are for each trial or stimulus.

        Parameters
        ----------
        features
            (n, p), or (stimuli, p) with a row for every number that `images` names.
        """
        if len(features) == len(self.images) or len(features) <= self.images.max():
            return features
        return features[self.images]

    def held_out(self, share: float) -> NDArray[np.bool_]:
        """Choose the trials to test on: never an image that is also fitted.

        Parameters
        ----------
        share
            Of the images, those first seen last; where some are shared by all
            subjects, these are taken whatever the share, unless it is 0.

        Returns
        -------
        ndarray
            (n,) bool.
        """
        if share <= 0:
            return np.zeros(len(self.images), bool)
        if len(self.shared):
            return np.isin(self.images, self.shared)
        known, first = np.unique(self.images, return_index=True)
        last = known[np.argsort(first)][len(known) - round(len(known) * share) :]
        return np.isin(self.images, last)

    def folds(self, count: int) -> NDArray[np.intp]:
        """Number folds that keep all trials of an image together; (n,)."""
        known, first, place = np.unique(
            self.images, return_index=True, return_inverse=True
        )
        rank = np.argsort(np.argsort(first))
        return np.asarray(rank[place] * count // len(known))


def read_design(path: str | Path, *, person: int | None = None) -> Design:
    """Read ``nsd_expdesign.mat``, or an array with the number of each trial's image.

    Parameters
    ----------
    person
        Of NSD, from 1 to 8.

    Raises
    ------
    InputError
        When it is damaged, is no design, or has no such person.
    """
    place = Path(path)
    if place.suffix.lower() != ".mat":
        images = np.asarray(read_array(place)).ravel()
        if images.dtype.kind not in "iuf" or (images != np.floor(images)).any():
            raise InputError(f"{place} must hold the number of each trial's image.")
        return _checked(place, images.astype(np.int64), np.zeros(0, np.int64))
    content = _matlab(place, ("masterordering", "subjectim", "sharedix"))
    order = content["masterordering"].ravel().astype(np.int64)
    seen = np.atleast_2d(content["subjectim"]).astype(np.int64)
    if person is None or not 1 <= person <= len(seen):
        raise InputError(
            f"{place} is of {len(seen)} people and this subject is none of them: its "
            "folder must be called subj01, subj02, …"
        )
    if order.min() < 1 or order.max() > seen.shape[1]:
        raise InputError(f"{place} orders images that it does not list: it is damaged.")
    # MATLAB counts from 1.
    shared = content["sharedix"].ravel().astype(np.int64) - 1
    return _checked(place, seen[person - 1, order - 1] - 1, shared)


def _checked(
    path: Path, images: NDArray[np.int64], shared: NDArray[np.int64]
) -> Design:
    if not len(images) or images.min() < 0:
        raise InputError(f"{path} must number images from 0.")
    return Design(images, shared)


def _matlab(path: Path, names: tuple[str, ...]) -> Mapping[str, NDArray[Any]]:
    """Read arrays of a MATLAB file, of version 7.3 (HDF5) or older."""
    try:
        if magic(path, 128)[:19] == b"MATLAB 7.3 MAT-file" or _is_hdf5(path):
            import h5py

            with h5py.File(path, "r") as file:
                # HDF5 keeps MATLAB's axes in reverse.
                found = {n: np.asarray(file[n]).T for n in names if n in file}
        else:
            from scipy.io import loadmat

            loaded = loadmat(path, variable_names=names)
            found = {n: np.asarray(loaded[n]) for n in names if n in loaded}
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise unreadable(path, error) from error
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"{path} has no {missing[0]}: give nsd_expdesign.mat.")
    return found


def _is_hdf5(path: Path) -> bool:
    return magic(path, 8) == b"\x89HDF\r\n\x1a\n"
