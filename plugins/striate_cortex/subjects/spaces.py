"""Between a subject's volumes and its surfaces: by the header, or by a transform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.subjects.subject import Subject
    from striate_cortex.surfaces.mapping import Interpolation

__all__ = ["Space", "sample", "space_of"]


class Space(NamedTuple):
    """Where a volume lies: (4, 4) from voxel to the surfaces' millimetres, and size."""

    affine: NDArray[np.float64]
    shape: tuple[int, int, int]


def space_of(subject: Subject, name: str) -> Space:
    """Read one of a subject's transforms, such as pycortex's ``fullhead``.

    Raises
    ------
    InputError
        When there is no such transform, or its files cannot be read.
    """
    known = subject.manifest.transforms
    if name not in known:
        raise InputError(
            f"{subject.title} has no transform {name!r} (has: "
            f"{', '.join(known) or 'none'})."
        )
    from striate_cortex.reading.opening import load

    image = load(subject.path(known[name].reference))
    affine = np.asarray(image.affine, np.float64)
    if known[name].file:
        affine = _coord(subject.path(known[name].file))
    i, j, k = (int(s) for s in image.shape[:3])
    return Space(affine, (i, j, k))


def sample(
    subject: Subject,
    path: str | Path,
    *,
    transform: str = "",
    depths: Sequence[float] = (0.2, 0.35, 0.5, 0.65, 0.8),
    interpolation: Interpolation = "trilinear",
) -> NDArray[np.float32]:
    """Bring a volume to the vertices, averaged through the depth of the cortex.

    Parameters
    ----------
    path
        NIfTI or MGH, one volume or a series.
    transform
        Which of the subject's transforms leads to it; empty: its header does.
    depths
        From 0, the white surface, to 1, the pial one.

    Returns
    -------
    ndarray
        (n,) or (n, t) float32, both hemispheres; NaN outside the volume.

    Raises
    ------
    InputError
        When there is no white or pial surface, or the volume is of another space.
    """
    from striate_cortex.reading.volumes import read_volume
    from striate_cortex.surfaces.mapping import sample_to_vertices

    volume = read_volume(path)
    affine = volume.affine
    if transform:
        space = space_of(subject, transform)
        if volume.data.shape[:3] != space.shape:
            raise InputError(
                f"{path} is {volume.data.shape[:3]} and the reference of {transform} "
                f"{space.shape}: they are not in one space."
            )
        affine = space.affine
    white, pial = (subject.brain.vertices(kind) for kind in ("white", "pial"))
    values = volume.data.astype(np.float64)
    layers = sample_to_vertices(
        values, affine, white, pial, depths=depths, interpolation=interpolation
    )
    known = np.isfinite(layers)
    total = np.where(known, layers, 0).sum(axis=1)
    count = known.sum(axis=1)
    found = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return found[:, 0] if found.shape[1] == 1 else found


def _coord(path: Path) -> NDArray[np.float64]:
    """Read a matrix of pycortex, from millimetres to voxels (x, y, z); invert it."""
    try:
        matrix = np.asarray(json.loads(path.read_text("utf-8"))["coord"], np.float64)
        if matrix.shape != (4, 4):
            raise ValueError(f"its matrix is {matrix.shape}")
        return np.asarray(np.linalg.inv(matrix))
    except (OSError, ValueError, KeyError, TypeError, np.linalg.LinAlgError) as error:
        raise InputError(
            f"{path} is no transform of pycortex: it must hold coord, 4 by 4 ({error})."
        ) from error
