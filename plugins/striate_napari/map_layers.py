"""Values of vertices to napari layers, on a surface that is found for them.

CIFTI-2 and most GIFTI hold values and no geometry: a surface of as many vertices is
taken from the file's folder, from the viewer, or is fsaverage5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.reading.maps import SurfaceMaps

    Geometry = tuple[NDArray[Any], NDArray[Any]]

__all__ = ["is_map", "map_layers"]

_ENDS = (".func.gii", ".shape.gii", ".label.gii", ".time.gii", ".dscalar.nii",
         ".dtseries.nii", ".dlabel.nii", ".annot")  # fmt: skip
_MORPHS = ("curv", "sulc", "thickness", "area", "volume")
_DIVERGING = "PiYG"


def is_map(path: Path) -> bool:
    """Whether a file's name is that of values on vertices; nothing is read."""
    name = path.name.lower()
    side, _, kind = name.partition(".")
    return name.endswith((*_ENDS, *(f"{e}.gz" for e in _ENDS[:4]))) or (
        side in ("lh", "rh") and kind in _MORPHS
    )


def map_layers(path: Path, viewer: Any | None) -> list[tuple[Any, ...]]:
    """Read a file of values; a layer for each hemisphere, with a slider over maps.

    Parameters
    ----------
    viewer
        Whose surfaces may be used; None: none.

    Raises
    ------
    InputError
        When the file is damaged, or there is no surface with as many vertices.
    """
    from striate_cortex.reading.maps import read_maps

    found = read_maps(path)
    return [_layer(path, maps, viewer, several=len(found) > 1) for maps in found]


def _layer(
    path: Path, maps: SurfaceMaps, viewer: Any | None, *, several: bool
) -> tuple[Any, ...]:
    points, faces = _geometry(path, maps, viewer)
    # Where the file says nothing, nothing is drawn.
    known = np.asarray(np.isfinite(maps.values).any(axis=0))
    faces = faces[known[faces].all(axis=1)]
    values = np.nan_to_num(maps.values)
    shown = values[0] if len(values) == 1 else values
    meta: dict[str, Any] = {
        "name": f"{path.name} ({maps.side})" if several else path.name,
        "metadata": {"maps": list(maps.names)},
    }
    if shown.ndim == 1:
        # napari counts axes before it knows of a slider.
        meta |= {"units": ["mm"] * 3, "axis_labels": ["z", "y", "x"]}
    if maps.colours:
        meta["vertex_colors"] = _coloured(maps, values)
        meta["metadata"]["labels"] = [
            {code: name for code, (name, _) in table.items()} for table in maps.colours
        ]
        return (points, faces), meta, "surface"
    low, high = _limits(values[:, known])
    meta["contrast_limits"] = (low, high)
    meta["colormap"] = _DIVERGING if low < 0 < high else "viridis"
    return (points, faces, shown), meta, "surface"


def _geometry(path: Path, maps: SurfaceMaps, viewer: Any | None) -> Geometry:
    from striate_cortex.reading.maps import surface_beside

    n = maps.values.shape[1]
    mesh = surface_beside(path, n, maps.side)
    if mesh is not None:
        return np.ascontiguousarray(mesh.vertices[:, ::-1]), mesh.faces
    shown = _of_viewer(viewer, n, maps.side)
    if shown is not None:
        return shown
    side = f" {maps.side}" if maps.side else ""
    raise InputError(
        f"{path} has values for {n:,} vertices and no{side} surface of that many lies "
        "beside it or is open: put one into its folder, such as "
        "lh.inflated or …L.midthickness.surf.gii, or open it first."
    )


def _of_viewer(viewer: Any | None, n: int, side: str | None) -> Geometry | None:
    from striate_cortex.reading.sides import named_side

    for layer in () if viewer is None else viewer.layers:
        if type(layer).__name__ != "Surface" or layer.vertices.shape != (n, 3):
            continue
        if side is None or named_side(layer.name) in (side, None):
            return layer.vertices, layer.faces
    return None


def _coloured(maps: SurfaceMaps, codes: NDArray[Any]) -> NDArray[np.float32]:
    """(n, 4), or (t, n, 4) of several maps."""
    found = np.zeros((*codes.shape, 4), np.float32)
    for row, table in enumerate(maps.colours):
        for code, (_, rgba) in table.items():
            found[row, codes[row] == code] = rgba
        # What no region covers is grey and seen, as the cortex below it is.
        found[row, found[row, :, 3] == 0] = (0.5, 0.5, 0.5, 1)
    return found[0] if len(found) == 1 else found


def _limits(values: NDArray[Any]) -> tuple[float, float]:
    """Percentiles, symmetric around 0 where values have both signs."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(p) for p in np.percentile(finite, (2, 98)))
    if low < 0 < high:
        high = max(-low, high)
        low = -high
    return (low, high) if high > low else (low, low + 1)
