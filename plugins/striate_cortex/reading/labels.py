"""Regions of one hemisphere from label files, without any drawing program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_labels"]

_NOTHING = {"unknown", "???", "medial_wall", "medialwall", "corpuscallosum", ""}


def read_labels(path: str | Path, n_vertices: int) -> dict[str, NDArray[np.bool_]]:
    """Read regions: ``.label`` (one), ``.annot`` or ``.label.gii`` (many).

    Parameters
    ----------
    n_vertices
        Of the hemisphere.

    Returns
    -------
    dict
        Name to (n_vertices,) bool; what is called unknown is left out.

    Raises
    ------
    InputError
        When the file is damaged, or of a surface with other vertices.
    """
    place = Path(path)
    if not place.exists():
        raise InputError(f"{place} does not exist.")
    if place.suffix == ".label":
        return _label(place, n_vertices)
    if place.suffix == ".annot":
        return _annot(place, n_vertices)
    if ".gii" in place.name:
        return _gifti(place, n_vertices)
    raise InputError(f"{place} holds no regions: give .label, .annot or .label.gii.")


def _label(path: Path, n: int) -> dict[str, NDArray[np.bool_]]:
    from nibabel.freesurfer import read_label

    try:
        index = np.atleast_1d(read_label(str(path))).astype(np.int64)
    except (OSError, ValueError, IndexError) as error:
        raise unreadable(path, error) from error
    if index.size and (index.min() < 0 or index.max() >= n):
        raise InputError(
            f"{path} names vertex {index.max():,} and the surface has {n:,}: is it of "
            "the other hemisphere, or another subject?"
        )
    inside = np.zeros(n, bool)
    inside[index] = True
    name = path.stem
    for prefix in ("lh.", "rh."):
        name = name.removeprefix(prefix)
    return {name: inside}


def _annot(path: Path, n: int) -> dict[str, NDArray[np.bool_]]:
    from nibabel.freesurfer import read_annot

    try:
        codes, _, names = read_annot(str(path))
    except (OSError, ValueError, IndexError, TypeError, KeyError) as error:
        raise unreadable(path, error) from error
    words = {i: name.decode("utf-8", "replace") for i, name in enumerate(names)}
    return _regions(path, codes, words, n)


def _gifti(path: Path, n: int) -> dict[str, NDArray[np.bool_]]:
    image = load(path)
    words = image.labeltable.get_labels_as_dict()
    if not image.darrays or not words:
        raise InputError(f"{path} is GIFTI and holds no table of labels.")
    return _regions(path, np.asarray(image.darrays[0].data), words, n)


def _regions(
    path: Path, codes: NDArray[Any], words: dict[int, str], n: int
) -> dict[str, NDArray[np.bool_]]:
    if len(codes) != n:
        raise InputError(
            f"{path} labels {len(codes):,} vertices and the surface has {n:,}: is it "
            "of the other hemisphere, or another subject?"
        )
    found = {}
    for code, name in words.items():
        inside = codes == code
        if inside.any() and name.lower() not in _NOTHING:
            found[name] = inside
    return found
