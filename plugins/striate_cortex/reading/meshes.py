"""Surfaces: GIFTI and FreeSurfer geometry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import load, magic, unreadable
from striate_cortex.reading.sides import Side, stated_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Mesh", "read_mesh"]

_FREESURFER = b"\xff\xff\xfe"


class Mesh(NamedTuple):
    """A surface: (n, 3) float32 vertices in mm, RAS, and (m, 3) int32 faces."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]


def read_mesh(path: str | Path, *, side: Side | None = None) -> Mesh:
    """Read a surface; GIFTI (``.gii``, ``.gii.gz``) or FreeSurfer, by content.

    FreeSurfer keeps coordinates around the centre of its volume; the offset that the
    file states is added, so that surfaces and volumes lie on one another.

    Parameters
    ----------
    side
        The hemisphere it is taken for.

    Raises
    ------
    InputError
        When it is no surface, is damaged, or says that it is of the other hemisphere.
    """
    place = Path(path)
    if magic(place, 3) == _FREESURFER:
        vertices, faces = _freesurfer(place)
    elif ".gii" in place.name:
        vertices, faces = _gifti(place, side)
    else:
        raise InputError(
            f"{place} is no surface: give GIFTI (.surf.gii) or FreeSurfer geometry."
        )
    if vertices.ndim != 2 or vertices.shape[1] != 3 or faces.shape[1:] != (3,):
        raise InputError(f"{place} holds no triangles in space.")
    if not len(faces) or faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError(
            f"{place} has triangles of vertices that are not there: it is damaged."
        )
    return Mesh(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(faces, np.int32),
    )


def _gifti(
    path: Path, side: Side | None
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    image = load(path)
    stated = stated_side(image)
    if side is not None and stated not in (None, side):
        raise InputError(
            f"{path} is given for the {side} hemisphere and says that it is the "
            f"{stated} one: are the two swapped?"
        )
    points = image.agg_data("NIFTI_INTENT_POINTSET")
    triangles = image.agg_data("NIFTI_INTENT_TRIANGLE")
    if isinstance(points, tuple) or isinstance(triangles, tuple):
        raise InputError(
            f"{path} holds data on a surface and not one surface with points and "
            "triangles."
        )
    return np.asarray(points), np.asarray(triangles)


def _freesurfer(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    from nibabel.freesurfer import read_geometry

    try:
        vertices, faces, facts = read_geometry(str(path), read_metadata=True)
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise unreadable(path, error) from error
    offset = np.asarray(facts.get("cras", (0, 0, 0)), float)
    return vertices + offset, faces
