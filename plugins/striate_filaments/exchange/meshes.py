"""Surfaces of neurons as PLY (binary) or OBJ, in physical units, axes x y z.

Marching cubes after Lewiner et al. 2003 (scikit-image) in each neuron's padded box.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from striate.data import replacing
from striate.jobs.context import JobContext
from striate_filaments.exchange.folders import check_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron, NeuronSet

__all__ = ["mesh_of", "write_mesh_folder"]


def mesh_of(
    neuron: Neuron,
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    *,
    smooth: float = 0.7,
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return vertices (n, 3) as (x, y, z) in µm and triangles (m, 3), facing out.

    Parameters
    ----------
    smooth
        Gaussian blur of the mask in voxels before the surface is drawn; the level
        is lowered where blur would make a thin neurite vanish.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.measure import marching_cubes

    mask = np.pad(neuron.mask(), 3).astype(np.float32)
    field = gaussian_filter(mask, smooth) if smooth else mask
    # A voxel of a thin neurite keeps less than half of itself under blur.
    level = min(0.5, 0.9 * float(field[mask > 0].min()))
    points, faces, _, _ = marching_cubes(field, level, spacing=voxel_size)
    origin = (np.asarray(neuron.start) - 3) * np.asarray(voxel_size)
    # Reversing the axes mirrors the surface: turn the triangles over too.
    return (
        (points + origin)[:, ::-1].astype(np.float32),
        np.ascontiguousarray(faces).astype(np.int32),
    )


def write_mesh_folder(
    folder: str | Path,
    neurons: NeuronSet,
    ids: Iterable[int] | None = None,
    *,
    kind: Literal["ply", "obj"] = "ply",
    overwrite: bool = False,
    ctx: JobContext | None = None,
) -> Path:
    """Write ``neuron_<id>.ply`` or ``.obj`` for each neuron, all of them or none."""
    ctx = ctx or JobContext()
    target = Path(folder)
    wanted = neurons.ids if ids is None else list(ids)
    write = _write_ply if kind == "ply" else _write_obj
    replace = check_folder(target, overwrite=overwrite)
    with replacing(target, overwrite=replace) as part:
        part.mkdir()
        for i, id in enumerate(wanted):
            ctx.progress(i, len(wanted), f"Surface of neuron {id}")
            points, faces = mesh_of(neurons[id], neurons.voxel_size)
            write(part / f"neuron_{id}.{kind}", points, faces)
    return target


def _write_ply(
    path: Path, points: NDArray[np.float32], faces: NDArray[np.int32]
) -> None:
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment Striate, micrometer\n"
        f"element vertex {len(points)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    rows = np.empty(len(faces), dtype=[("n", "u1"), ("corners", "<i4", 3)])
    rows["n"], rows["corners"] = 3, faces
    with path.open("wb") as file:
        file.write(header.encode())
        file.write(points.astype("<f4").tobytes())
        file.write(rows.tobytes())


def _write_obj(
    path: Path, points: NDArray[np.float32], faces: NDArray[np.int32]
) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("# Striate, micrometer\n")
        np.savetxt(file, points, fmt="v %.4f %.4f %.4f")
        np.savetxt(file, faces + 1, fmt="f %d %d %d")
