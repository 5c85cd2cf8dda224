"""Folders that are subjects without a manifest of ours: one is made in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate.errors import InputError
from striate_cortex.reading.algonauts import algonauts_units, is_algonauts
from striate_cortex.reading.freesurfer import (
    find_fsaverage,
    freesurfer_subject,
    is_freesurfer,
    surface_files,
)
from striate_cortex.reading.nsd import is_nsd, nsd_subject
from striate_cortex.subjects.manifest import SubjectManifest

if TYPE_CHECKING:
    from pathlib import Path

    from striate_cortex.units import UnitTable

__all__ = ["recognise"]

_KINDS = {"white": "wm", "pial": "pia", "inflated": "inflated", "flat": "flat"}


def recognise(folder: Path) -> tuple[SubjectManifest, UnitTable | None] | None:
    """Make the manifest of a pycortex, FreeSurfer, NSD or Algonauts 2023 subject.

    Parameters
    ----------
    folder
        A subject of a pycortex store or of FreeSurfer; a folder of NSD with
        ``betas_session01.hdf5``, ``.nii.gz`` or ``lh.betas_session01.mgh`` and the
        like; a subject of Algonauts 2023 with ``training_split``.

    Returns
    -------
    tuple or None
        The manifest, and the units where no file lists them; None for other folders.

    Raises
    ------
    InputError
        When it is such a folder, and something in it is missing.
    """
    if (folder / "surfaces").is_dir() and list((folder / "surfaces").glob("*_lh.gii")):
        return _pycortex(folder), None
    if is_algonauts(folder):
        return _algonauts(folder), algonauts_units(folder)
    if is_freesurfer(folder):
        return SubjectManifest.model_validate(freesurfer_subject(folder)), None
    if is_nsd(folder):
        return SubjectManifest.model_validate(nsd_subject(folder)), None
    return None


def _pycortex(folder: Path) -> SubjectManifest:
    surfaces: dict[str, dict[str, str]] = {}
    for kind, name in _KINDS.items():
        files = {
            side: f"surfaces/{name}_{short}.gii"
            for side, short in (("left", "lh"), ("right", "rh"))
            if (folder / "surfaces" / f"{name}_{short}.gii").exists()
        }
        if files:
            surfaces[kind] = files
    transforms = {
        p.parent.name: {
            "reference": f"transforms/{p.parent.name}/reference.nii.gz",
            "file": f"transforms/{p.parent.name}/matrices.xfm",
        }
        for p in sorted(folder.glob("transforms/*/matrices.xfm"))
    }
    anatomy, overlays = "anatomicals/raw.nii.gz", "overlays.svg"
    name = folder.name.removeprefix("pycortex_")
    return SubjectManifest.model_validate({
        "name": name,
        "title": f"{name} (pycortex)",
        "surfaces": surfaces,
        "transforms": transforms,
        "anatomy": anatomy if (folder / anatomy).exists() else "",
        "outlines": overlays if (folder / overlays).exists() else "",
    })  # fmt: skip


# ---- Algonauts 2023


def _algonauts(folder: Path) -> SubjectManifest:
    split = "training_split"
    fmri = [f"{split}/training_fmri/{h}_training_fmri.npy" for h in ("lh", "rh")]
    for name in fmri:
        if not (folder / name).exists():
            raise InputError(f"{folder} lacks {name}: unpack the whole subject.")
    images = f"{split}/training_images"
    home = find_fsaverage(folder)
    return SubjectManifest.model_validate({
        "name": folder.name,
        "title": f"Algonauts 2023 {folder.name}",
        "space": "fsaverage",
        "responses": [{"path": fmri, "session": "training"}],
        "stimuli": images if (folder / images).is_dir() else "",
        "origin": "Algonauts 2023 (NSD)",
        "licence": "NSD Terms and Conditions",
        **({} if home is None else surface_files(home / "surf")),
    })  # fmt: skip
