"""Brain imaging files to napari layers: surfaces, volumes, subjects.

Coordinates are RAS millimetres in (z, y, x) order; the viewer is turned so that left is
left. Getting a reader never raises and reads next to nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    LayerTuple = tuple[Any, ...]
    Reader = Callable[[str | Sequence[str]], list[LayerTuple]]

__all__ = [
    "bold5000",
    "get_brain_reader",
    "get_map_reader",
    "get_subject_reader",
    "get_surface_reader",
    "read_brain",
    "read_map_files",
    "read_subjects",
    "read_surfaces",
    "simulated_cortex",
]

_KINDS = ("white", "pial", "inflated", "sphere", "sphere.reg", "orig", "smoothwm")
_CIFTI = (".dscalar.nii", ".dtseries.nii", ".dlabel.nii", ".dconn.nii")
_NO_LAYER: list[LayerTuple] = [(None,)]
"""What napari takes for a reader that added its layers itself."""


def get_surface_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader for GIFTI and FreeSurfer surfaces, or None."""
    paths = _paths(path)
    return read_surfaces if paths and all(_is_surface(p) for p in paths) else None


def get_brain_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader for NIfTI and MGH volumes, or None."""
    paths = _paths(path)
    return read_brain if paths and all(_is_brain(p) for p in paths) else None


def get_map_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader for values of vertices: CIFTI-2, GIFTI data, labels; or None."""
    from striate_napari.map_layers import is_map

    paths = _paths(path)
    return read_map_files if paths and all(is_map(p) for p in paths) else None


def get_subject_reader(path: str | Sequence[str]) -> Reader | None:
    """Return a reader for subjects: ours, pycortex's, NSD's, Algonauts'; or None."""
    from striate_cortex.panels.loading import is_subject

    paths = _paths(path)
    try:
        good = bool(paths) and all(is_subject(p) for p in paths)
    except Exception:  # noqa: BLE001 - napari asks about anything; a refusal is no error
        return None
    return read_subjects if good else None


def read_surfaces(path: str | Sequence[str]) -> list[LayerTuple]:
    """Read surfaces, one layer each, shaded by their folding; or GIFTI of values.

    Raises
    ------
    InputError
        When a file holds no surface, or is damaged.
    """
    from striate_cortex.reading import read_mesh
    from striate_cortex.surfaces import curvature_greys, mean_curvature

    found = []
    for place in _paths(path):
        if _holds_values(place):
            found += read_map_files(str(place))
            continue
        mesh = read_mesh(place)
        points = np.asarray(mesh.vertices, np.float32)
        greys = curvature_greys(mean_curvature(points, mesh.faces))
        colours = np.column_stack([greys, np.ones(len(greys), np.float32)])
        data = (np.ascontiguousarray(points[:, ::-1]), mesh.faces)
        meta = {"name": place.name, "vertex_colors": colours, **_in_mm(3)}
        found.append((data, meta, "surface"))
    _unmirror()
    return found


def read_brain(path: str | Sequence[str]) -> list[LayerTuple]:
    """Read volumes where they lie in the head; time goes first.

    Raises
    ------
    InputError
        When a file is damaged or no volume.
    """
    from striate_cortex.reading import read_volume

    found = []
    for place in _paths(path):
        if _holds_values(place):
            found += read_map_files(str(place))
            continue
        volume = read_volume(place)
        data = np.asarray(volume.data)
        if data.ndim == 4 and data.shape[3] == 1:
            data = data[..., 0]
        ndim = data.ndim
        # (x, y, z, time) becomes (time, z, y, x), and the affine with it.
        affine = np.eye(ndim + 1)
        affine[-4:-1, -4:-1] = volume.affine[:3, :3][::-1, ::-1]
        affine[-4:-1, -1] = volume.affine[:3, 3][::-1]
        meta = {"name": place.name, "affine": affine, **_in_mm(ndim)}
        found.append((data.T, meta, "image"))
    _unmirror()
    return found


def read_map_files(path: str | Sequence[str]) -> list[LayerTuple]:
    """Read values of vertices onto surfaces beside them, in the viewer, or fsaverage5.

    Raises
    ------
    InputError
        When a file is damaged, or there is no surface with as many vertices.
    """
    from striate_napari.map_layers import map_layers

    viewer = _viewer()
    found = [layer for p in _paths(path) for layer in map_layers(p, viewer)]
    _unmirror()
    return found


def read_subjects(path: str | Sequence[str]) -> list[LayerTuple]:
    """Show subjects in the viewer in front; without a viewer, give their surfaces.

    Raises
    ------
    InputError
        When something of a subject is missing or does not fit.
    """
    from striate_cortex.panels.cortex_layers import add_view
    from striate_cortex.panels.loading import load_view

    views = [load_view(place) for place in _paths(path)]
    viewer = _viewer()
    if viewer is None:
        return [_plain(view) for view in views]
    for view in views:
        add_view(viewer, view)
    return _NO_LAYER


def simulated_cortex() -> list[LayerTuple]:
    """Show the simulated subject on the real fsaverage5; made when first asked for."""
    return _sample("simulated-cortex")


def bold5000() -> list[LayerTuple]:
    """Show the real encoding weights of BOLD5000's first subject."""
    return _sample("bold5000-csi1")


def _sample(name: str) -> list[LayerTuple]:
    from striate.samples import fetch

    return read_subjects(str(fetch(name)))


# ---- Private functions


def _paths(path: str | Sequence[str]) -> list[Path]:
    given = [path] if isinstance(path, (str, Path)) else list(path)
    return [Path(p) for p in given]


def _is_surface(path: Path) -> bool:
    name = path.name.lower()
    if name.endswith((".func.gii", ".shape.gii", ".label.gii", ".time.gii")):
        return False
    if name.endswith((".gii", ".gii.gz")):
        return True
    side, _, kind = name.partition(".")
    return side in ("lh", "rh") and kind in _KINDS


def _is_brain(path: Path) -> bool:
    name = path.name.lower()
    if name.endswith(_CIFTI):
        return False
    return name.endswith((".nii", ".nii.gz", ".mgh", ".mgz"))


def _holds_values(path: Path) -> bool:
    """Whether a GIFTI or MGH file, whose name does not say it, is values of vertices.

    Raises
    ------
    InputError
        When it cannot be opened.
    """
    from striate_cortex.reading.opening import load

    name = path.name.lower()
    if name.endswith((".gii", ".gii.gz")):
        arrays = load(path).darrays
        return bool(arrays) and all(a.data.ndim == 1 for a in arrays)
    if name.endswith((".mgh", ".mgz")):
        return bool(load(path).shape[1:3] == (1, 1))
    return False


def _in_mm(ndim: int) -> dict[str, Any]:
    return {
        "units": ["pixel"] * (ndim - 3) + ["mm"] * 3,
        "axis_labels": ["t", "z", "y", "x"][-ndim:],
    }


def _plain(view: Any) -> LayerTuple:
    data = (np.ascontiguousarray(view.points[:, ::-1]), view.faces)
    meta = {"name": view.subject.title, "vertex_colors": view.colours, **_in_mm(3)}
    return data, meta, "surface"


def _viewer() -> Any | None:
    from napari import current_viewer

    return current_viewer()


def _unmirror() -> None:
    from striate.widgets.cameras import show_unmirrored

    viewer = _viewer()
    if viewer is not None:
        show_unmirrored(viewer)
