"""Regions of one hemisphere from label files, without any drawing program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, unreadable
from striate_cortex.reading.surface_data import read_surface_data

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_labels", "read_volume_labels"]

_NOTHING = {"unknown", "???", "medial_wall", "medialwall", "corpuscallosum", ""}
_MOST = 2000
"""Regions in one file, at most."""


def read_labels(path: str | Path, n_vertices: int) -> dict[str, NDArray[np.bool_]]:
    """Read regions: ``.label`` (one), ``.annot``, ``.label.gii`` or ``.mgz`` (many).

    ``.mgz`` and ``.mgh`` hold codes, as NSD's do; a table beside them names these:
    ``floc-faces.mgz.ctab`` for ``lh.floc-faces.mgz``.

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
    if place.suffix in (".mgz", ".mgh"):
        codes = read_surface_data(place)
        if codes.ndim != 1:
            raise InputError(f"{place} holds several maps and not one of regions.")
        return _regions(place, codes, code_names(place, codes), n_vertices)
    raise InputError(
        f"{place} holds no regions: give .label, .annot, .label.gii or .mgz with codes."
    )


def read_volume_labels(
    path: str | Path, mask: NDArray[np.bool_], table: str | Path = ""
) -> dict[str, NDArray[np.bool_]]:
    """Read regions of voxels: a volume of codes, as NSD's ``floc-faces.nii.gz``.

    Parameters
    ----------
    mask
        (x, y, z) the voxels that are units.
    table
        File with a code and a name in each line; empty: one beside it, if any.

    Returns
    -------
    dict
        Name to (units,) bool.

    Raises
    ------
    InputError
        When the file is damaged, or in another space.
    """
    from striate_cortex.reading.volumes import read_volume

    place = Path(path)
    codes = read_volume(place).data[..., 0]
    if codes.shape != mask.shape:
        raise InputError(
            f"{place} is {codes.shape} and the mask is {mask.shape}: they are not in "
            "one space."
        )
    found = codes[mask]
    return _regions(place, found, code_names(place, found, table), int(mask.sum()))


def code_names(
    path: Path, codes: NDArray[Any], table: str | Path = ""
) -> dict[int, str]:
    """Name the codes above 0 by a table, or else after the file and their number."""
    stem = path.name
    for end in (".gz", ".nii", ".mgz", ".mgh"):
        stem = stem.removesuffix(end)
    bare = stem.removeprefix("lh.").removeprefix("rh.")
    beside = [path.with_name(f"{name}{end}.ctab") for name in (bare, stem)
              for end in (".mgz", ".nii.gz", "")]  # fmt: skip
    places = [Path(table)] if str(table) else beside
    named = next((_table(p) for p in places if p.is_file()), {})
    values = np.unique(codes[np.isfinite(codes)])
    if (values != np.floor(values)).any() or len(values) > _MOST:
        raise InputError(f"{path} holds measurements and not codes of regions.")
    known = [int(code) for code in values if code > 0]
    if len(known) == 1 and not named:
        return {known[0]: bare}
    return {code: named.get(code, f"{bare} {code}") for code in known}


def _table(path: Path) -> dict[int, str]:
    try:
        rows = [line.split() for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    good = [row for row in rows if len(row) > 1 and row[0].lstrip("-").isdigit()]
    return {int(row[0]): row[1] for row in good}


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
