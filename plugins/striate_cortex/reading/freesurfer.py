"""FreeSurfer's subjects: a folder with ``surf``, and maybe ``label`` and ``mri``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["SIDES", "find_fsaverage", "freesurfer_subject", "is_freesurfer",
           "surface_files"]  # fmt: skip

SIDES = (("left", "lh"), ("right", "rh"))
_KINDS = {
    "white": ("white",),
    "pial": ("pial", "pial.T1"),
    "inflated": ("inflated",),
    "flat": ("full.flat.patch.3d", "full.patch.flat", "full.flat.patch.gii",
             "cortex.patch.flat", "autoflatten.flat.patch.3d"),
}  # fmt: skip


def is_freesurfer(folder: Path) -> bool:
    """Whether a folder is one of FreeSurfer's subjects."""
    return (folder / "surf" / "lh.white").exists() or (
        folder / "surf" / "rh.white"
    ).exists()


def freesurfer_subject(folder: Path) -> dict[str, Any]:
    """Return what a manifest says of such a folder."""
    label, mri = folder / "label", folder / "mri"
    anatomy = next((f for f in ("T1.mgz", "brain.mgz") if (mri / f).exists()), "")
    rois = {
        side: (f"label/{h}.aparc.annot",)
        for side, h in SIDES
        if (label / f"{h}.aparc.annot").exists()
    }
    return {
        "name": folder.name,
        "title": f"{folder.name} (FreeSurfer)",
        "space": "fsaverage" if folder.name == "fsaverage" else "native",
        "anatomy": f"mri/{anatomy}" if anatomy else "",
        "rois": rois,
        **surface_files(folder / "surf", "surf/"),
    }


def surface_files(surf: Path, prefix: str | None = None) -> dict[str, Any]:
    """Name the surfaces and curvatures in a folder ``surf``.

    Parameters
    ----------
    prefix
        Of the names; None: the whole path of the folder.
    """
    start = f"{surf}{os.sep}" if prefix is None else prefix
    surfaces: dict[str, dict[str, str]] = {}
    for kind, names in _KINDS.items():
        files = {side: _first(surf, h, names) for side, h in SIDES}
        if any(files.values()):
            surfaces[kind] = {s: f"{start}{f}" for s, f in files.items() if f}
    curvature = {s: f"{start}{h}.curv" for s, h in SIDES
                 if (surf / f"{h}.curv").exists()}  # fmt: skip
    return {"surfaces": surfaces, "curvature": curvature}


def find_fsaverage(beside: Path) -> Path | None:
    """Find fsaverage (163,842 vertices): beside a folder, or in ``$SUBJECTS_DIR``."""
    given = os.environ.get("SUBJECTS_DIR")
    places = [beside, *beside.parents[:3]]
    if given:
        places.append(beside.__class__(given))
    for place in places:
        if is_freesurfer(place / "fsaverage"):
            return place / "fsaverage"
    return None


def _first(surf: Path, side: str, names: Iterable[str]) -> str:
    return next((f"{side}.{n}" for n in names if (surf / f"{side}.{n}").exists()), "")
