"""What a manifest refers to, read and fitted together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_cortex.units import UnitTable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.encoding.responses import SessionResponses
    from striate_cortex.reading.design import Design
    from striate_cortex.reading.volumes import BrainVolume
    from striate_cortex.subjects.subject import Subject
    from striate_cortex.surfaces.brain import Brain, Hemisphere, Side

__all__ = [
    "build_brain",
    "build_design",
    "build_units",
    "open_responses",
    "read_mask",
]

_SIDES: tuple[Side, Side] = ("left", "right")
_SHOWN = ("white", "pial", "inflated", "flat")


# ---- Surfaces


def build_brain(subject: Subject) -> Brain:
    """See :attr:`striate_cortex.subjects.Subject.brain`."""
    from striate_cortex.surfaces.brain import Brain

    if not subject.manifest.surfaces:
        raise InputError(f"{subject.title} has no surfaces: name some in its manifest.")
    left, right = (_hemisphere(subject, side) for side in _SIDES)
    return Brain(left, right)


def _hemisphere(subject: Subject, side: Side) -> Hemisphere | None:
    from striate_cortex.reading.sides import check_side
    from striate_cortex.reading.surface_data import read_surface_data
    from striate_cortex.surfaces.brain import Hemisphere

    files = subject.manifest.surfaces
    kinds = [k for k in _SHOWN if side in files.get(k, {})]
    if not kinds:
        return None
    meshes = {kind: subject.mesh(kind, side) for kind in kinds}
    folded = next((k for k in kinds if k != "flat"), None)
    if folded is None:
        raise InputError(
            f"{subject.title} has a flat {side} map and no folded surface: name its "
            "white or pial surface in the manifest too."
        )
    curvature = subject.manifest.curvature.get(side)
    if curvature is not None:
        check_side(curvature, side)
    return Hemisphere(
        side,
        {kind: mesh.vertices for kind, mesh in meshes.items()},
        meshes[folded].faces,
        meshes["flat"].faces if "flat" in meshes else None,
        None if curvature is None else read_surface_data(subject.path(curvature)),
    )


# ---- Units


def build_units(subject: Subject) -> UnitTable:
    """See :attr:`striate_cortex.subjects.Subject.units`."""
    manifest = subject.manifest
    n_vertices = subject.n_vertices
    if subject.listed is not None or manifest.units:
        units = subject.listed or _listed(subject, manifest.units)
        if sum(n_vertices) and units.n_vertices != n_vertices:
            raise InputError(
                f"{manifest.units or subject.folder} is about surfaces with "
                f"{units.n_vertices[0]:,} and {units.n_vertices[1]:,} vertices (left, "
                f"right) and those of {subject.title} have {n_vertices[0]:,} and "
                f"{n_vertices[1]:,}."
            )
    elif manifest.mask:
        units = _voxels(subject)
    else:
        if not sum(n_vertices):
            raise InputError(
                f"{subject.title} has neither surfaces nor a mask nor a table of "
                "units: name one in its manifest."
            )
        units = UnitTable.of_vertices(*n_vertices)
    rois = _regions(subject, units)
    return dataclasses.replace(units, rois={**units.rois, **rois}) if rois else units


def _listed(subject: Subject, name: str) -> UnitTable:
    """Units that a file lists: our table, CIFTI-2, or vertices by number."""
    path = subject.path(name)
    if path.suffix == ".safetensors":
        return UnitTable.read(path)
    if path.suffix == ".nii":
        from striate_cortex.reading.cifti import read_cifti

        return read_cifti(path).units
    return _indexed(subject, path)


def _indexed(subject: Subject, path: Path) -> UnitTable:
    """Units at some of the vertices: their numbers, or a mask of all vertices."""
    from striate_cortex.reading.arrays import read_array

    given, count = np.asarray(read_array(path)).ravel(), sum(subject.n_vertices)
    # A mask has a value for every vertex, and no more than 0 and 1.
    if given.dtype == bool or (len(given) == count and given.max(initial=0) <= 1):
        if len(given) != count:
            raise InputError(
                f"{path} is a mask of {len(given):,} vertices and {subject.title} has "
                f"{count:,}: it is of another surface."
            )
        given = np.flatnonzero(given)
    whole = given.dtype.kind in "iuf" and np.array_equal(given, np.floor(given))
    if not whole or given.min(initial=0) < 0 or given.max(initial=0) >= count:
        raise InputError(
            f"{path} must hold numbers of vertices, from 0 to {count - 1:,}, left "
            "first: it is of another surface, or counts from 1."
        )
    return UnitTable("vertex", subject.n_vertices, given.astype(np.int32))


def read_mask(subject: Subject) -> NDArray[np.bool_]:
    """Read the voxels that are units; (x, y, z)."""
    from striate_cortex.reading.volumes import read_volume

    mask = read_volume(subject.path(subject.manifest.mask)).data[..., 0]
    # NSD's masks are -1 where there is no cortex.
    return np.asarray(np.nan_to_num(mask) > 0)


def _voxels(subject: Subject) -> UnitTable:
    """One unit for each voxel of the mask, placed at the nearest vertex."""
    from striate_cortex.reading.volumes import read_volume

    mask = read_volume(subject.path(subject.manifest.mask))
    affine = _affine(subject, mask)
    index = np.argwhere(read_mask(subject))
    xyz = (index @ affine[:3, :3].T + affine[:3, 3]).astype(np.float32)
    vertex = np.full(len(xyz), -1, np.int32)
    shown = None
    if subject.manifest.surfaces:
        vertex, shown = _nearest(subject.brain, xyz)
    return UnitTable("voxel", subject.n_vertices, vertex, shown=shown, xyz=xyz)


def _affine(subject: Subject, mask: BrainVolume) -> NDArray[np.float64]:
    """From the mask's voxels to the surfaces: by the transform to its space, if any."""
    from striate_cortex.subjects.spaces import space_of

    spaces = [space_of(subject, name) for name in subject.manifest.transforms]
    same = [s.affine for s in spaces if s.shape == mask.data.shape[:3]]
    if len(same) > 1:
        raise InputError(
            f"Several transforms of {subject.title} lead to volumes of "
            f"{mask.data.shape[:3]}: keep the one of its mask in the manifest."
        )
    return same[0] if same else mask.affine


_REACH = 5.0
"""Millimetres from a voxel's centre to the vertices that show it, at most."""


def _nearest(
    brain: Brain, xyz: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    from scipy.spatial import cKDTree

    folded = [k for k in ("white", "pial") if k in brain.kinds]
    middle = np.mean([brain.vertices(k) for k in folded], axis=0)
    away, vertex = cKDTree(middle).query(xyz)
    far, unit = cKDTree(xyz).query(middle)
    return (
        np.where(away <= _REACH, vertex, -1).astype(np.int32),
        np.where(far <= _REACH, unit, -1).astype(np.int32),
    )


def _regions(subject: Subject, units: UnitTable) -> dict[str, NDArray[np.bool_]]:
    """Regions from label files: a unit is in those of its vertex."""
    from striate_cortex.reading.labels import read_labels, read_volume_labels
    from striate_cortex.reading.sides import check_side

    found: dict[str, NDArray[np.bool_]] = {}
    total = sum(units.n_vertices)
    for side in _SIDES:
        first = 0 if side == "left" else units.n_vertices[0]
        count = units.n_vertices[0 if side == "left" else 1]
        for name in subject.manifest.rois.get(side, ()):
            check_side(name, side)
            for region, inside in read_labels(subject.path(name), count).items():
                whole = found.setdefault(region, np.zeros(total, bool))
                whole[first : first + count] |= inside
    placed = units.vertex >= 0
    regions = {k: placed & whole[units.vertex] for k, whole in found.items()}
    if subject.manifest.outlines and units.n_vertices == subject.n_vertices:
        drawn = _drawn(subject)
        regions |= {k: placed & whole[units.vertex] for k, whole in drawn.items()}
    for name, table in subject.manifest.volume_rois.items():
        table = str(subject.path(table)) if table else ""
        place = subject.path(name)
        regions |= read_volume_labels(place, read_mask(subject), table)
    return regions


def _drawn(subject: Subject) -> dict[str, NDArray[np.bool_]]:
    """Regions drawn on pycortex's flat maps, by vertex."""
    from striate_cortex.reading.overlays import (
        read_overlays,
        regions_of_flat,
        side_by_side,
    )

    if set(subject.manifest.surfaces.get("flat", {})) != set(_SIDES):
        return {}
    # As the files have them: the brain's own maps are turned upright.
    left, right = (subject.mesh("flat", side) for side in _SIDES)
    overlays = read_overlays(subject.path(subject.manifest.outlines))
    return regions_of_flat(overlays, side_by_side(left, right))


# ---- Responses


def open_responses(subject: Subject) -> SessionResponses:
    """See :attr:`striate_cortex.subjects.Subject.responses`."""
    from striate_cortex.encoding.responses import SessionResponses
    from striate_cortex.reading.sessions import open_session

    mask = read_mask(subject) if subject.manifest.mask else None
    sessions = []
    for number, part in enumerate(subject.manifest.responses, 1):
        names = (part.path,) if isinstance(part.path, str) else part.path
        name = part.session or f"session {number}"
        opened = open_session(
            [subject.path(n) for n in names], part.dataset, part.scale, mask
        )
        if opened.shape[1] != len(subject.units):
            raise InputError(
                f"{name} ({', '.join(names)}) has {opened.shape[1]:,} values a trial "
                f"and {subject.title} has {len(subject.units):,} units: the vertices, "
                "hemispheres or mask do not match."
            )
        sessions.append(opened)
    return SessionResponses(sessions)


def build_design(subject: Subject) -> Design:
    """See :attr:`striate_cortex.subjects.Subject.design`."""
    import re

    from striate_cortex.reading.design import Design, read_design

    named = re.fullmatch(r"subj(\d+)", subject.name)
    path = subject.path(subject.manifest.design)
    found = read_design(path, person=int(named[1]) if named else None)
    trials = 0 if subject.responses is None else subject.responses.shape[0]
    if len(found.images) < trials:
        raise InputError(
            f"{path} tells the images of {len(found.images):,} trials and there are "
            f"responses to {trials:,}: it belongs to another subject."
        )
    # Sessions that were not held, or not downloaded, are the last ones.
    return Design(found.images[:trials] if trials else found.images, found.shared)
