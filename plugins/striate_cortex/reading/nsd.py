"""Folders of the Natural Scenes Dataset: betas by session, and what belongs to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate_cortex.reading.freesurfer import SIDES, surface_files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_nsd", "nsd_subject"]

_BETAS = re.compile(
    r"^(?P<side>[lr]h\.)?betas_session(?P<n>\d\d)\.(mgh|mgz|nii\.gz|nii|hdf5)$"
)
_INT16_SCALE = 300.0
_REGIONS = ("prf-visualrois", "floc-faces", "floc-bodies", "floc-places", "floc-words",
            "streams", "nsdgeneral", "Kastner2015", "HCP_MMP1")  # fmt: skip


def is_nsd(folder: Path) -> bool:
    """Whether a folder holds betas of NSD."""
    return any(_BETAS.match(p.name) for p in folder.iterdir())


def nsd_subject(folder: Path) -> dict[str, Any]:
    """Return what a manifest says of a folder of betas.

    Regions, reliability (``ncsnr``) and design are found where NSD has them, or beside
    the betas.

    Raises
    ------
    InputError
        When a session, a hemisphere, the mask or the surfaces are missing.
    """
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
    top = next((p for p in folder.parents if (p / "nsddata").is_dir()), None)
    person = next((p.name for p in folder.parents if p.name.startswith("subj")), "NSD")
    values: dict[str, Any] = {
        "name": person, "title": f"NSD {person}",
        "responses": [_session(folder, n, found, on_surface) for n in numbers],
        "licence": "NSD Terms and Conditions", "origin": "Allen et al. 2022",
        "trials": 1.0, "design": _design(folder, top), "stimuli": _stimuli(top),
    }  # fmt: skip
    if on_surface:
        return values | _on_surface(folder, top, person)
    return values | _in_volume(folder, top, person)


def _session(
    folder: Path, number: int, found: list[tuple[re.Match[str], Path]], surface: bool
) -> dict[str, Any]:
    files = [p for m, p in found if int(m["n"]) == number]
    if surface and len(files) != 2:
        raise InputError(
            f"{folder} has {files[0].name} and not the other hemisphere of session "
            f"{number:02}: both are needed."
        )
    # One file of a session is enough, where it comes as NIfTI and HDF5.
    names = [p.name for p in files] if surface else [files[0].name]
    return {
        "path": tuple(sorted(names)) if surface else names[0],
        "scale": _scale(files[0]),
        "session": f"session {number:02}",
        "dataset": "betas" if names[0].endswith("hdf5") else "",
    }


def _scale(path: Path) -> float:
    """Percent signal change is kept in float, or 300 times that in int16."""
    if path.name.endswith((".mgh", ".mgz")):
        return 1.0
    if not path.name.endswith("hdf5"):
        return _INT16_SCALE
    import h5py

    try:
        with h5py.File(path, "r") as file:
            whole = file["betas"].dtype.kind in "iu"
    except (OSError, KeyError, AttributeError):
        # Said with its name when the session is opened.
        return _INT16_SCALE
    return _INT16_SCALE if whole else 1.0


# ---- What belongs to them


def _on_surface(folder: Path, top: Path | None, person: str) -> dict[str, Any]:
    space = "fsaverage" if folder.parent.name == "fsaverage" else "native"
    owner = "fsaverage" if space == "fsaverage" or top is None else person
    home = None if top is None else top / "nsddata" / "freesurfer" / owner
    if home is None or not (home / "surf").is_dir():
        raise InputError(
            f"These betas are on the surface of {owner}, which is not beside them: put "
            f"nsddata/freesurfer/{owner}/surf there as NSD has it."
        )
    ncsnr = tuple(str(folder / f"{h}.ncsnr.mgh") for _, h in SIDES
                  if (folder / f"{h}.ncsnr.mgh").exists())  # fmt: skip
    rois = {
        side: tuple(
            str(home / "label" / f"{h}.{name}.mgz")
            for name in _REGIONS
            if (home / "label" / f"{h}.{name}.mgz").exists()
        )
        for side, h in SIDES
    }
    return {
        "space": space, "rois": rois, "ncsnr": ncsnr if len(ncsnr) == 2 else "",
        **surface_files(home / "surf"),
    }  # fmt: skip


def _in_volume(folder: Path, top: Path | None, person: str) -> dict[str, Any]:
    space = folder.parent.name
    mask = [folder / "mask.nii.gz", folder / "nsdgeneral.nii.gz"]
    roi, label = folder / "roi", folder
    if top is not None:
        roi = top / "nsddata" / "ppdata" / person / space / "roi"
        label = top / "nsddata" / "freesurfer" / person / "label"
        mask.append(roi / "nsdgeneral.nii.gz")
    chosen = next((path for path in mask if path.exists()), None)
    if chosen is None:
        raise InputError(
            f"{folder} has betas of volumes and no mask: put nsdgeneral.nii.gz of the "
            "same space beside them, or a mask.nii.gz of your own."
        )
    regions = {}
    for name in _REGIONS:
        table = label / f"{name}.mgz.ctab"
        if (roi / f"{name}.nii.gz").exists():
            regions[str(roi / f"{name}.nii.gz")] = str(table) if table.exists() else ""
    ncsnr = folder / "ncsnr.nii.gz"
    return {
        "mask": str(chosen), "volume_rois": regions,
        "ncsnr": str(ncsnr) if ncsnr.exists() else "",
    }  # fmt: skip


def _design(folder: Path, top: Path | None) -> str:
    beside = [folder / "nsd_expdesign.mat"]
    if top is not None:
        beside.append(top / "nsddata" / "experiments" / "nsd" / "nsd_expdesign.mat")
    return next((str(path) for path in beside if path.exists()), "")


def _stimuli(top: Path | None) -> str:
    if top is None:
        return ""
    path = top / "nsddata_stimuli" / "stimuli" / "nsd" / "nsd_stimuli.hdf5"
    return str(path) if path.exists() else ""
