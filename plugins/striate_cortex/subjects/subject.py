"""A subject: its manifest, and what it refers to, read when it is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from striate.data.atomic import replacing
from striate.errors import InputError
from striate_cortex.encoding.model import EncodingModel
from striate_cortex.subjects.manifest import MANIFEST, SubjectManifest, resolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.encoding.responses import SessionResponses
    from striate_cortex.reading.design import Design
    from striate_cortex.reading.meshes import Mesh
    from striate_cortex.surfaces.brain import Brain, Side
    from striate_cortex.units import UnitTable

__all__ = ["Subject", "read_subject", "write_subject"]

SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True)
class Subject:
    """One subject; nothing is read before it is asked for, and nothing twice.

    Parameters
    ----------
    folder
        Where ``subject.json`` lies.
    manifest
        What it says.
    listed
        The units, where no file of ours lists them.
    """

    folder: Path
    manifest: SubjectManifest
    listed: UnitTable | None = None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def title(self) -> str:
        """Title for a person; says when it is simulated."""
        return self.manifest.shown_title

    @property
    def simulated(self) -> bool:
        return self.manifest.simulated

    def path(self, name: str) -> Path:
        """Return where a file of the manifest lies; see :func:`resolve`."""
        return resolve(name, self.folder)

    # ---- Surfaces

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of surfaces there are, such as white, pial, inflated, flat."""
        return tuple(self.manifest.surfaces)

    def mesh(self, kind: str, side: Side) -> Mesh:
        """Read one surface of one hemisphere.

        Raises
        ------
        InputError
            When there is no such surface, or it cannot be read.
        """
        from striate_cortex.reading.meshes import read_mesh
        from striate_cortex.reading.patches import is_patch, read_patch
        from striate_cortex.reading.sides import check_side

        files = self.manifest.surfaces.get(kind, {})
        if side not in files:
            raise InputError(
                f"{self.title} has no {side} {kind} surface: it has "
                f"{', '.join(self.kinds) or 'none'}."
            )
        path = self.path(files[side])
        check_side(path, side)
        if is_patch(path):
            whole = next((k for k in self.kinds if k != kind), kind)
            return read_patch(path, self.mesh(whole, side))
        return read_mesh(path, side=side)

    @cached_property
    def brain(self) -> Brain:
        """Both hemispheres with all their surfaces.

        Raises
        ------
        InputError
            When there are no surfaces, or they do not fit one another.
        """
        from striate_cortex.subjects.building import build_brain

        return build_brain(self)

    @cached_property
    def n_vertices(self) -> tuple[int, int]:
        """Vertices of the left and the right hemisphere; 0 where there is none."""
        brain = self.brain if self.manifest.surfaces else None
        if brain is None:
            return 0, 0
        return brain.n_left, brain.n_vertices - brain.n_left

    # ---- Units and what they did

    @cached_property
    def units(self) -> UnitTable:
        """The units, with regions from the manifest's label files added.

        Raises
        ------
        InputError
            When the table belongs to another surface.
        """
        from striate_cortex.subjects.building import build_units

        return build_units(self)

    @cached_property
    def responses(self) -> SessionResponses | None:
        """Measured responses, lazily; None where there are none.

        Raises
        ------
        InputError
            When sessions are missing, or do not have a value for every unit.
        """
        from striate_cortex.subjects.building import open_responses

        return open_responses(self) if self.manifest.responses else None

    def features(self, space: str) -> NDArray[Any]:
        """Read the features of the stimuli in one space; (n, p), a row per trial."""
        from striate_cortex.reading.arrays import read_array

        if space not in self.manifest.features:
            known = ", ".join(self.manifest.features) or "none"
            raise InputError(f"{self.title} has no features {space!r} (has: {known}).")
        found = read_array(self.path(self.manifest.features[space]))
        return found if self.design is None else self.design.of_trials(found)

    @property
    def model_names(self) -> tuple[str, ...]:
        return tuple(self.manifest.models)

    def model(self, name: str = "") -> EncodingModel:
        """Load one of its encoding models; the first unless it is named.

        Raises
        ------
        InputError
            When there is none of that name, or it is of other units.
        """
        names = self.model_names
        if not names or (name and name not in names):
            raise InputError(
                f"{self.title} has no encoding model {name!r} (has: "
                f"{', '.join(names) or 'none'}): fit one first."
            )
        path = self.path(self.manifest.models[name or names[0]])
        model = EncodingModel.load(path)
        if len(model) != len(self.units):
            raise InputError(
                f"{path} is a model of {len(model):,} units and {self.title} has "
                f"{len(self.units):,}: it belongs to another subject."
            )
        return model

    @cached_property
    def ceiling(self) -> NDArray[np.float32]:
        """(u,) noise ceiling in percent of variance; NaN where it is not known."""
        if self.units.ceiling is not None:
            return self.units.ceiling
        if not self.manifest.ncsnr:
            return np.full(len(self.units), np.nan, np.float32)
        from striate_cortex.encoding.ceiling import noise_ceiling
        from striate_cortex.subjects.reliability import read_ncsnr

        ncsnr = read_ncsnr(self)
        return np.asarray(noise_ceiling(ncsnr, self.manifest.trials), np.float32)

    @cached_property
    def design(self) -> Design | None:
        """Which image each trial showed; None where every trial has its own.

        Raises
        ------
        InputError
            When it cannot be read, or has fewer trials than the responses.
        """
        if not self.manifest.design:
            return None
        from striate_cortex.subjects.building import build_design

        return build_design(self)


def read_subject(path: str | Path) -> Subject:
    """Open a subject: its folder, its ``subject.json``, or a folder of a known kind.

    Folders of pycortex and FreeSurfer subjects, NSD and Algonauts 2023 need no
    manifest: one is made in memory and nothing is written.

    Raises
    ------
    InputError
        When it is none of these, or its manifest is not what it should be.
    """
    place = Path(path).expanduser().absolute()
    manifest = place if place.name == MANIFEST else place / MANIFEST
    if manifest.is_file():
        return Subject(manifest.parent, _read_manifest(manifest))
    from striate_cortex.reading.folders import recognise

    found = recognise(place) if place.is_dir() else None
    if found is None:
        raise InputError(
            f"{place} is no subject: give a folder with a {MANIFEST}, or a subject "
            "folder of pycortex, FreeSurfer, NSD or Algonauts 2023."
        )
    return Subject(place, *found)


def write_subject(
    folder: str | Path, manifest: SubjectManifest, *, overwrite: bool = False
) -> Subject:
    """Write a manifest into a folder; what it refers to is not copied.

    Raises
    ------
    InputError
        When a file that it names is not there.
    OutputError
        When there is a manifest and `overwrite` is False.
    """
    place = Path(folder).expanduser().absolute()
    place.mkdir(parents=True, exist_ok=True)
    for name in _files_of(manifest):
        resolve(name, place)
    values = manifest.model_dump(mode="json", exclude_defaults=True)
    values = {"format": manifest.format, **values}
    with replacing(place / MANIFEST, overwrite=overwrite) as part:
        part.write_text(json.dumps(values, indent=1, ensure_ascii=False), "utf-8")
    return Subject(place, manifest)


def _read_manifest(path: Path) -> SubjectManifest:
    try:
        return SubjectManifest.model_validate(json.loads(path.read_text("utf-8")))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise InputError(f"{path}: {place}: {fault['msg']}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no readable manifest ({error}).") from error


def _files_of(manifest: SubjectManifest) -> list[str]:
    names = [manifest.anatomy, manifest.units, manifest.mask, manifest.stimuli]
    names += [manifest.outlines, manifest.design, *manifest.curvature.values()]
    ncsnr = manifest.ncsnr
    names += [ncsnr] if isinstance(ncsnr, str) else ncsnr
    names += [*manifest.volume_rois, *manifest.volume_rois.values()]
    names += [f for sides in manifest.surfaces.values() for f in sides.values()]
    names += [f for files in manifest.rois.values() for f in files]
    names += [*manifest.features.values(), *manifest.models.values()]
    for session in manifest.responses:
        names += [session.path] if isinstance(session.path, str) else session.path
    for transform in manifest.transforms.values():
        names += [transform.reference, transform.file]
    return [name for name in names if name]
