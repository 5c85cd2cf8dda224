"""Subjects of the Algonauts 2023 challenge: masked vertices of fsaverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.arrays import read_array
from striate_cortex.units import UnitTable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["algonauts_units", "is_algonauts"]

# The challenge ships these names as pickles, which are never loaded.
_NAMES = {
    "prf-visualrois": ("V1v", "V1d", "V2v", "V2d", "V3v", "V3d", "hV4"),
    "floc-bodies": ("EBA", "FBA-1", "FBA-2", "mTL-bodies"),
    "floc-faces": ("OFA", "FFA-1", "FFA-2", "mTL-faces", "aTL-faces"),
    "floc-places": ("OPA", "PPA", "RSC"),
    "floc-words": ("OWFA", "VWFA-1", "VWFA-2", "mfs-words", "mTL-words"),
    "streams": ("early", "midventral", "midlateral", "midparietal", "ventral",
                "lateral", "parietal"),
}  # fmt: skip
_MASK = "all-vertices_fsaverage_space"


def is_algonauts(folder: Path) -> bool:
    """Whether a folder is a subject of the challenge."""
    return (folder / "training_split").is_dir() and (folder / "roi_masks").is_dir()


def algonauts_units(folder: Path) -> UnitTable:
    """List the units: the challenge's vertices, left first, on fsaverage.

    Raises
    ------
    InputError
        When a mask is missing or is not one of fsaverage.
    """
    masks = [_read(folder, side, _MASK) > 0 for side in ("lh", "rh")]
    left, right = (len(mask) for mask in masks)
    vertex = np.flatnonzero(np.concatenate(masks)).astype(np.int32)
    rois: dict[str, NDArray[np.bool_]] = {}
    for group, names in _NAMES.items():
        try:
            codes = [_read(folder, h, f"{group}_fsaverage_space") for h in ("lh", "rh")]
        except InputError:
            continue
        here = np.concatenate(codes)[vertex]
        rois |= {n: here == k for k, n in enumerate(names, 1) if (here == k).any()}
    return UnitTable("vertex", (left, right), vertex, rois=rois)


def _read(folder: Path, side: str, name: str) -> NDArray[np.int64]:
    path = folder / "roi_masks" / f"{side}.{name}.npy"
    if not path.exists():
        raise InputError(f"{path} is missing: unpack the whole subject.")
    values = read_array(path)
    if values.ndim != 1:
        raise InputError(f"{path} has the shape {values.shape}: it must be vertices.")
    return values.astype(np.int64)
