"""Folders that are subjects without a manifest of ours: one is made in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate_cortex.reading.algonauts import algonauts_units, is_algonauts
from striate_cortex.subjects.manifest import SubjectManifest

if TYPE_CHECKING:
    from pathlib import Path

    from striate_cortex.units import UnitTable

__all__ = ["recognise"]

_KINDS = {"white": "wm", "pial": "pia", "inflated": "inflated", "flat": "flat"}
_BETAS = re.compile(
    r"^(?P<side>[lr]h\.)?betas_session(?P<n>\d\d)\.(mgh|mgz|nii\.gz|nii|hdf5)$"
)
_INT16_SCALE = 300.0


def recognise(folder: Path) -> tuple[SubjectManifest, UnitTable | None] | None:
    """Make the manifest of a pycortex, NSD or Algonauts 2023 subject.

    Parameters
    ----------
    folder
        A subject of a pycortex store; a folder of NSD with ``betas_session01.hdf5``,
        ``.nii.gz`` or ``lh.betas_session01.mgh`` and the like; a subject of Algonauts
        2023 with ``training_split``.

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
    if any(_BETAS.match(p.name) for p in folder.iterdir()):
        return _nsd(folder), None
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


# ---- NSD


def _nsd(folder: Path) -> SubjectManifest:
    found = [(m, p) for p in sorted(folder.iterdir()) if (m := _BETAS.match(p.name))]
    numbers = sorted({int(m["n"]) for m, _ in found})
    gaps = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    if gaps:
        named = ", ".join(f"{n:02}" for n in gaps)
        raise InputError(
            f"{folder} has sessions up to {numbers[-1]:02} and lacks {named}: the "
            "order of the images would be wrong; download what is missing."
        )
    on_surface = any(m["side"] for m, _ in found)
    responses = [_session(folder, n, found, on_surface) for n in numbers]
    top = next((p for p in folder.parents if (p / "nsddata").is_dir()), None)
    person = next((p.name for p in folder.parents if p.name.startswith("subj")), "NSD")
    values: dict[str, Any] = {
        "name": person, "title": f"NSD {person}", "responses": responses,
        "licence": "NSD Terms and Conditions", "origin": "Allen et al. 2022",
        "trials": 1.0,
    }  # fmt: skip
    if on_surface:
        values |= {"space": "fsaverage", **_fsaverage(top)}
    else:
        values["mask"] = str(_nsd_mask(folder, top, person))
    return SubjectManifest.model_validate(values)


def _session(
    folder: Path, number: int, found: list[tuple[re.Match[str], Path]], surface: bool
) -> dict[str, Any]:
    files = [p.name for m, p in found if int(m["n"]) == number]
    if surface and len(files) != 2:
        raise InputError(
            f"{folder} has {files[0]} and not the other hemisphere of session "
            f"{number:02}: both are needed."
        )
    # mgh holds percent signal change; volumes are int16, 300 times that.
    scale = 1.0 if surface else _INT16_SCALE
    return {
        "path": tuple(sorted(files)) if surface else files[0], "scale": scale,
        "session": f"session {number:02}",
        "dataset": "betas" if files[0].endswith("hdf5") else "",
    }  # fmt: skip


def _fsaverage(top: Path | None) -> dict[str, Any]:
    surf = (
        None if top is None else top / "nsddata" / "freesurfer" / "fsaverage" / "surf"
    )
    if surf is None or not surf.is_dir():
        raise InputError(
            "These betas are on fsaverage, whose surfaces are not beside them: put "
            "nsddata/freesurfer/fsaverage/surf there as NSD has it."
        )
    sides = (("left", "lh"), ("right", "rh"))
    kinds = {
        kind: {side: str(surf / f"{short}.{name}") for side, short in sides}
        for kind, name in (("white", "white"), ("pial", "pial"),
                           ("inflated", "inflated"), ("flat", "full.flat.patch.gii"))
        if all((surf / f"{short}.{name}").exists() for _, short in sides)
    }  # fmt: skip
    curvature = {s: str(surf / f"{h}.curv") for s, h in sides
                 if (surf / f"{h}.curv").exists()}  # fmt: skip
    return {"surfaces": kinds, "curvature": curvature}


def _nsd_mask(folder: Path, top: Path | None, person: str) -> Path:
    space = folder.parent.name
    beside = [folder / "mask.nii.gz", folder / "nsdgeneral.nii.gz"]
    if top is not None:
        data = top / "nsddata" / "ppdata" / person / space / "roi"
        beside.append(data / "nsdgeneral.nii.gz")
    for path in beside:
        if path.exists():
            return path
    raise InputError(
        f"{folder} has betas of volumes and no mask: put nsdgeneral.nii.gz of the same "
        "space beside them, or a mask.nii.gz of your own."
    )


# ---- Algonauts 2023


def _algonauts(folder: Path) -> SubjectManifest:
    split = "training_split"
    fmri = [f"{split}/training_fmri/{h}_training_fmri.npy" for h in ("lh", "rh")]
    for name in fmri:
        if not (folder / name).exists():
            raise InputError(f"{folder} lacks {name}: unpack the whole subject.")
    images = f"{split}/training_images"
    return SubjectManifest.model_validate({
        "name": folder.name,
        "title": f"Algonauts 2023 {folder.name}",
        "space": "fsaverage",
        "responses": [{"path": fmri, "session": "training"}],
        "stimuli": images if (folder / images).is_dir() else "",
        "origin": "Algonauts 2023 (NSD)",
        "licence": "NSD Terms and Conditions",
    })  # fmt: skip
