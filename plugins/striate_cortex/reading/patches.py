"""FreeSurfer's patches: parts of a surface, cut out and most often flattened."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.meshes import Mesh
from striate_cortex.reading.opening import magic, unreadable

__all__ = ["is_patch", "read_patch"]

_MAGIC = b"\xff\xff\xff\xff"
_RECORD = np.dtype([("vertex", ">i4"), ("place", ">f4", 3)])


def is_patch(path: str | Path) -> bool:
    """Whether a file is a patch, such as ``lh.full.flat.patch.3d``; by content."""
    return magic(Path(path), 4) == _MAGIC


def read_patch(path: str | Path, folded: Mesh) -> Mesh:
    """Read a patch as a surface with all vertices of the one it was cut from.

    Parameters
    ----------
    folded
        That surface, such as white: a patch has no triangles of its own.

    Returns
    -------
    Mesh
        (n, 3) vertices, 0 for those that are not in the patch, and the triangles whose
        corners all are.

    Raises
    ------
    InputError
        When it is no patch, is damaged, or was cut from another surface.
    """
    place = Path(path)
    if not is_patch(place):
        raise InputError(f"{place} is no FreeSurfer patch.")
    try:
        content = place.read_bytes()
        count = int(np.frombuffer(content, ">i4", 1, 4)[0])
        found = np.frombuffer(content, _RECORD, count, 8)
    except (OSError, ValueError) as error:
        raise unreadable(place, error) from error
    # Numbered from 1; those on the border of the cut are negative.
    vertex = np.abs(found["vertex"].astype(np.int64)) - 1
    n = len(folded.vertices)
    if not count or vertex.min() < 0 or vertex.max() >= n:
        raise InputError(
            f"{place} names vertex {int(vertex.max(initial=0)):,} and the surface has "
            f"{n:,}: is it of the other hemisphere, or another subject?"
        )
    vertices = np.zeros((n, 3), np.float32)
    vertices[vertex] = found["place"]
    inside = np.zeros(n, bool)
    inside[vertex] = True
    faces = folded.faces[inside[folded.faces].all(axis=1)]
    if not len(faces):
        raise InputError(f"{place} holds no triangle of the surface: it is damaged.")
    return Mesh(vertices, np.ascontiguousarray(faces, np.int32))
