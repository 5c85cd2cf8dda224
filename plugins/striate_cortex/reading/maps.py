"""Maps without a surface of their own: GIFTI data, CIFTI-2, FreeSurfer's, labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, unreadable
from striate_cortex.reading.sides import Side, named_side, stated_side
from striate_cortex.reading.surface_data import read_surface_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from striate_cortex.reading.meshes import Mesh

__all__ = ["Colours", "SurfaceMaps", "read_maps", "surface_beside"]

Colours = dict[int, tuple[str, tuple[float, float, float, float]]]
"""Code to name and RGBA from 0 to 1."""

_BEST = ("inflated", "midthickness", "pial", "white")


@dataclass(frozen=True)
class SurfaceMaps:
    """Values on the vertices of one hemisphere.

    Parameters
    ----------
    values
        (t, n) float32, maps or times by all vertices of the hemisphere; NaN where the
        file covers none.
    names
        Of the maps; empty for times.
    side
        Which hemisphere, where the file or its name says so.
    colours
        For each map the table that names its codes; empty: the values are measured.
    """

    values: NDArray[np.float32]
    names: tuple[str, ...] = ()
    side: Side | None = None
    colours: tuple[Mapping[int, Any], ...] = field(default=())


def read_maps(path: str | Path) -> list[SurfaceMaps]:
    """Read values of vertices, one entry for each hemisphere.

    Reads ``.func.gii``, ``.shape.gii``, ``.label.gii``, ``.dscalar.nii``,
    ``.dtseries.nii``, ``.dlabel.nii``, ``.annot``, FreeSurfer's ``.curv`` and the like,
    and ``.mgh`` of vertices.

    Raises
    ------
    InputError
        When the file is damaged or holds no values of vertices.
    """
    place = Path(path)
    name = place.name.lower()
    if name.endswith(".nii"):
        return _cifti(place)
    if name.endswith(".annot"):
        return [_annot(place)]
    if ".gii" in name:
        return [_gifti(place)]
    values = read_surface_data(place)
    columns = values[None] if values.ndim == 1 else values.T
    return [SurfaceMaps(np.ascontiguousarray(columns), (), named_side(place))]


def surface_beside(path: str | Path, n: int, side: Side | None) -> Mesh | None:
    """Find a surface of n vertices in the folder of a file, or fsaverage5's.

    Parameters
    ----------
    side
        Surfaces named after the other side are left; None takes either.

    Returns
    -------
    Mesh or None
        Inflated before midthickness, pial and white.
    """
    from striate_cortex.reading.meshes import read_mesh

    for place in _candidates(Path(path).parent, side):
        try:
            mesh = read_mesh(place)
        except InputError:
            continue
        if len(mesh.vertices) == n:
            return mesh
    if n == 10_242 and side is not None:
        from striate_cortex.subjects.manifest import resolve

        inside = f"nilearn:fsaverage5/infl_{side}.gii.gz"
        return read_mesh(resolve(inside, Path(path).parent))
    return None


# ---- Private functions


def _candidates(folder: Path, side: Side | None) -> list[Path]:
    found = [p for end in ("*.surf.gii", "*.surf.gii.gz", "[lr]h.*")
             for p in folder.glob(end)]  # fmt: skip
    of_side = [p for p in found if side is None or named_side(p) in (side, None)]

    def rank(place: Path) -> tuple[int, str]:
        kinds = [k for k, word in enumerate(_BEST) if word in place.name]
        return (kinds[0] if kinds else len(_BEST), place.name)

    good = [p for p in of_side if any(w in p.name for w in _BEST)]
    return sorted(good, key=rank)


def _gifti(path: Path) -> SurfaceMaps:
    image = load(path)
    values = read_surface_data(path)
    columns = values[None] if values.ndim == 1 else values.T
    arrays = [a for a in image.darrays if a.data.ndim == 1 or a.data.shape[1] == 1]
    times = all("TIME" in str(_intent(a)) for a in arrays)
    names = () if times else tuple(
        str(a.metadata.get("Name", "")) or f"map {i}" for i, a in enumerate(arrays, 1)
    )  # fmt: skip
    table: Colours = {}
    if any("LABEL" in _intent(a) for a in arrays):
        for label in image.labeltable.labels:
            rgba = tuple(float(c or 0) for c in (label.rgba or (0, 0, 0, 0)))
            table[int(label.key)] = (str(label.label), rgba)  # type: ignore[assignment]
    return SurfaceMaps(
        np.ascontiguousarray(columns), names, stated_side(image) or named_side(path),
        (table,) * len(columns) if table else (),
    )  # fmt: skip


def _intent(array: Any) -> str:
    from nibabel.nifti1 import intent_codes

    return str(intent_codes.niistring[array.intent])


def _annot(path: Path) -> SurfaceMaps:
    from nibabel.freesurfer import read_annot

    try:
        codes, rows, names = read_annot(str(path))
    except (OSError, ValueError, IndexError, TypeError, KeyError) as error:
        raise unreadable(path, error) from error
    table: Colours = {
        i: (name.decode("utf-8", "replace"), (*(rows[i, :3] / 255).tolist(), 1.0))
        for i, name in enumerate(names)
    }
    values = np.asarray(codes, np.float32)[None]
    return SurfaceMaps(values, (path.stem,), named_side(path), (table,))


def _cifti(path: Path) -> list[SurfaceMaps]:
    from striate_cortex.reading.cifti import read_cifti

    data = read_cifti(path)
    found, (left, right) = [], data.units.n_vertices
    sides: tuple[tuple[Side, int, int], ...] = (
        ("left", 0, left), ("right", left, right),
    )  # fmt: skip
    for side, first, count in sides:
        if not count:
            continue
        here = (data.units.vertex >= first) & (data.units.vertex < first + count)
        whole = np.full((len(data.values), count), np.nan, np.float32)
        whole[:, data.units.vertex[here] - first] = data.values[:, here]
        found.append(SurfaceMaps(whole, data.names, side, data.colours))
    return found
