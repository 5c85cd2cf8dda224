"""The small file that makes a folder a subject: where everything of it lies."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from striate.errors import InputError

__all__ = ["MANIFEST", "ResponseFile", "SubjectManifest", "Transform", "resolve"]

MANIFEST = "subject.json"
_NILEARN = "nilearn:"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ResponseFile(_Part):
    """Responses of one session, trials by units, or a volume series with a mask.

    Parameters
    ----------
    path
        ``.npy``, ``.npz``, ``.h5``, ``.mgh``, ``.nii.gz`` or ``.gii``; several files
        for one session (left and right hemisphere) are joined in their order.
    dataset
        Which array of an HDF5 or npz file.
    scale
        What the numbers are divided by: 300 for NSD's int16 betas.
    session
        Its name.
    """

    path: str | tuple[str, ...]
    dataset: str = ""
    scale: float = 1.0
    session: str = ""


class Transform(_Part):
    """From surface millimetres to the voxels of a reference volume.

    `file` holds pycortex's ``{"coord": 4 x 4}`` (to x, y, z indices), or is empty where
    the header of `reference` says it.
    """

    reference: str
    file: str = ""


class SubjectManifest(_Part):
    """What ``subject.json`` says. Paths are absolute, or relative to its folder.

    A path may also be ``nilearn:fsaverage5/pial_left.gii.gz``: a file inside the
    installed nilearn.

    Parameters
    ----------
    name, title
        Short and long; `title` is what a person sees.
    space
        Of the surface: ``fsaverage5``, ``fsaverage``, ``native``, …
    simulated
        Whether any of it was made up; then it is called that wherever it appears.
    surfaces
        Kind (white, pial, inflated, flat, sphere) to side (left, right) to file.
    curvature
        Side to file.
    units
        File of the table of units; empty: one unit for each vertex.
        ``.npy`` or ``.csv``: the vertex of each unit, or a mask of all vertices.
        CIFTI-2: the vertices that it covers.
    rois
        Files of labels, by side: ``.label``, ``.annot``, ``.label.gii``, ``.mgz``.
    outlines
        pycortex's ``overlays.svg``: regions drawn on the flat maps.
    volume_rois
        Volumes of codes in the mask's space to the table that names the codes, if any.
    responses, features, models
        Sessions; feature files by space; encoding models by name.
    stimuli
        A folder, an HDF5 file of images, or a table; empty: none.
    design
        Number of each trial's image among the stimuli, from 0: an array, or
        ``nsd_expdesign.mat``; empty: every trial has an image of its own.
    mask
        Volume whose voxels above 0 are the units, in C order.
    ncsnr, trials
        File of ncsnr by unit, by vertex (left and right) or a volume in the mask's
        space, and the number of trials that are averaged.
    facts
        Anything else: the simulated truth, quality, settings.
    """

    format: Literal["striate-subject-1"] = "striate-subject-1"
    name: str = Field(min_length=1)
    title: str = ""
    space: str = "native"
    simulated: bool = False
    surfaces: dict[str, dict[Literal["left", "right"], str]] = Field(
        default_factory=dict
    )
    curvature: dict[Literal["left", "right"], str] = Field(default_factory=dict)
    anatomy: str = ""
    transforms: dict[str, Transform] = Field(default_factory=dict)
    units: str = ""
    rois: dict[Literal["left", "right"], tuple[str, ...]] = Field(default_factory=dict)
    volume_rois: dict[str, str] = Field(default_factory=dict)
    outlines: str = ""
    mask: str = ""
    responses: tuple[ResponseFile, ...] = ()
    features: dict[str, str] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    stimuli: str = ""
    design: str = ""
    ncsnr: str | tuple[str, ...] = ""
    trials: float = 1.0
    licence: str = ""
    origin: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)

    @property
    def shown_title(self) -> str:
        """Title for a person; says when a subject is simulated."""
        title = self.title or self.name
        said = "simulated" in title.lower()
        return f"{title} (simulated)" if self.simulated and not said else title


def resolve(path: str, folder: Path) -> Path:
    """Return where a file of a manifest lies.

    Raises
    ------
    InputError
        When it is not there; says which file of which folder.
    """
    place = _inside_nilearn(path) if path.startswith(_NILEARN) else folder / path
    if not place.exists():
        raise InputError(
            f"{folder / MANIFEST} names {path}, which is not there ({place}): put it "
            "there, or correct the manifest."
        )
    return place


def _inside_nilearn(path: str) -> Path:
    # Found without importing it, which takes seconds.
    spec = find_spec("nilearn")
    if spec is None or not spec.submodule_search_locations:
        raise InputError("This subject needs nilearn: pip install nilearn.")
    root = Path(next(iter(spec.submodule_search_locations)))
    return root / "datasets" / "data" / path.removeprefix(_NILEARN)
