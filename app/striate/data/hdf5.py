"""HDF5 files, with the ``element_size_um`` that ilastik and PlantSeg write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py

from striate.data.lazy import Found, guess_axes
from striate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data.options import OpenOptions

__all__ = ["find"]

_USUAL = ("raw", "data", "image", "volumes/raw")


def find(path: Path, options: OpenOptions) -> Found:
    """Find one dataset: the one asked for, else one named raw, else the largest."""
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            f"{path} is no readable HDF5 file: it is damaged or incomplete."
        ) from error
    datasets = _datasets(file)
    if not datasets:
        raise InputError(f"{path.name} holds no image.")
    name = _choose(datasets, path, options.dataset)
    dataset = datasets[name]
    found = Found([dataset], guess_axes(dataset.shape), "HDF5")
    found.metadata = {"dataset": name, "guessed": f"axes {found.axes}: HDF5 has none"}
    size = dataset.attrs.get("element_size_um")
    if size is not None and len(size) == 3:
        found.size = dict(zip("ZYX", (float(s) for s in size), strict=True))
    return found


def _datasets(file: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim >= 2:
            found[name] = node

    file.visititems(visit)
    return found


def _choose(datasets: dict[str, Any], path: Path, wanted: str | None) -> str:
    if wanted is not None:
        if wanted.strip("/") not in datasets:
            raise InputError(
                f"{path.name} has no {wanted!r}: it holds {', '.join(datasets)}."
            )
        return wanted.strip("/")
    for name in _USUAL:
        if name in datasets:
            return name
    return max(datasets, key=lambda n: int(datasets[n].size))
