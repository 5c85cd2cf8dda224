"""Small brains whose every number can be checked, and the real ones."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from striate_cortex.surfaces import Brain, Hemisphere

SIZE = 7


def grid_faces(size: int = SIZE) -> np.ndarray:
    """Two triangles for each square of a grid, counter-clockwise in (column, row)."""
    index = np.arange(size * size).reshape(size, size)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, :-1].ravel(), index[1:, 1:].ravel()
    return np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]).astype("i4")


def sheet(side: str, x: float, *, flat=None, curvature=None, size: int = SIZE):
    """A hemisphere that is a square sheet, facing sideways: rows go up, in mm.

    The front of a left one is at the left when seen from outside, as in the head.
    """
    rows, columns = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    front = columns.ravel() if side == "right" else -columns.ravel()
    place = np.stack([np.full(size * size, x), front, rows.ravel()], 1).astype("f4")
    outwards = np.array([1 if side == "right" else -1, 0, 0], "f4")
    surfaces = {"white": place, "pial": place + 2 * outwards}
    surfaces["inflated"] = place * np.array([0, 3, 3], "f4")
    if flat is None:
        flat = np.stack([columns.ravel(), rows.ravel(), rows.ravel() * 0], 1)
    surfaces["flat"] = 4 * np.asarray(flat, "f4")
    faces = grid_faces(size)
    return Hemisphere(side, surfaces, faces, faces[2:], curvature)


def small_brain(**options) -> Brain:
    return Brain(sheet("left", -10, **options), sheet("right", 10, **options))


# ---- Real brains

S1_FILES = {"white": "wm", "pial": "pia", "inflated": "inflated", "flat": "flat"}
FS5_FILES = {"white": "white", "pial": "pial", "inflated": "infl", "flat": "flat"}


def _gifti(path: Path) -> tuple[np.ndarray, np.ndarray]:
    import nibabel

    image = nibabel.load(path)
    return image.agg_data("pointset"), image.agg_data("triangle")


def _half(side: str, path) -> Hemisphere:
    read = {kind: _gifti(path(kind)) for kind in FS5_FILES}
    points = {kind: found[0] for kind, found in read.items()}
    return Hemisphere(side, points, read["white"][1], read["flat"][1])


@lru_cache(maxsize=1)
def fsaverage5() -> Brain:
    """The mesh in nilearn's wheel; nilearn itself is not imported."""
    spec = find_spec("nilearn")
    if spec is None:
        pytest.skip("needs nilearn")
    folder = Path(spec.origin).parent / "datasets" / "data" / "fsaverage5"
    left, right = (
        _half(side, lambda kind, s=side: folder / f"{FS5_FILES[kind]}_{s}.gii.gz")
        for side in ("left", "right")
    )
    return Brain(left, right)


@lru_cache(maxsize=1)
def s1(folder: Path) -> Brain:
    """The 304,380 vertices of pycortex's S1."""
    left, right = (
        _half(side, lambda kind, h=h: folder / "surfaces" / f"{S1_FILES[kind]}_{h}.gii")
        for side, h in (("left", "lh"), ("right", "rh"))
    )
    return Brain(left, right)
