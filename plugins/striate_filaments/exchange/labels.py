"""Label images: one integer per voxel, so that overlaps must be decided."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from striate.data import Volume, write_ome_tiff, write_ome_zarr
from striate.errors import InputError
from striate_filaments.exchange.label_blocks import Decided, decide, painted
from striate_filaments.neurons import Neuron, NeuronSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dask.array as da
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = [
    "OverlapReport",
    "OverlapRule",
    "from_labels",
    "grouped",
    "lazy_labels",
    "to_labels",
    "write_labels",
]

OverlapRule = Literal["smaller", "larger", "first"]
"""Who keeps a voxel that several neurons own: the smaller or larger neuron by
voxel count (ties: the lower id), or the one that comes first in the set."""

_SLAB_VOXELS = 64 << 20


@dataclass
class OverlapReport:
    """What a label image lost: voxels owned by more than one neuron.

    Parameters
    ----------
    rule
        Who kept them.
    voxels
        How many voxels had more than one owner.
    lost
        Voxels each neuron gave away, by id.
    """

    rule: OverlapRule
    voxels: int = 0
    lost: dict[int, int] = field(default_factory=dict)

    def sentence(self) -> str:
        """Say it in words."""
        if not self.voxels:
            return "No two neurons overlap: nothing was lost."
        return (
            f"{self.voxels:,} voxels belong to more than one neuron; a label image "
            f"holds one each, and the {self.rule} neuron kept them."
        )


def to_labels(
    neurons: NeuronSet, rule: OverlapRule = "smaller"
) -> tuple[NDArray[Any], OverlapReport]:
    """Paint a label image (Z, Y, X) in the smallest unsigned type that holds the ids.

    The smaller neuron wins by default: thin neurites that cross a thick one stay
    whole, and the thick one can spare the voxels.
    """
    decided, report = _decided(neurons, rule)
    labels = np.zeros(neurons.shape, decided.id.dtype)
    labels.reshape(-1)[decided.index] = decided.id
    return labels, report


def lazy_labels(
    neurons: NeuronSet, rule: OverlapRule = "smaller"
) -> tuple[da.Array, OverlapReport]:
    """Return the same image lazily: a chunk is painted when it is read."""
    decided, report = _decided(neurons, rule)
    return painted(decided, neurons.shape), report


def _decided(neurons: NeuronSet, rule: OverlapRule) -> tuple[Decided, OverlapReport]:
    kind = _smallest_type(max(neurons.ids, default=0))
    decided = decide(neurons, _weakest_first(neurons, rule), kind)
    return decided, OverlapReport(rule, decided.shared, decided.lost)


def from_labels(
    labels: NDArray[Any] | da.Array,
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "px",
    *,
    provenance: dict[str, Any] | None = None,
) -> NeuronSet:
    """Take each positive label of a (Z, Y, X) or (Y, X) image for a neuron.

    Slab by slab, so that a label volume larger than memory works; memory follows
    the labelled voxels.

    Raises
    ------
    InputError
        When the values are no whole numbers, or negative, or the shape is wrong.
    """
    image = labels[None] if labels.ndim == 2 else labels
    if image.ndim != 3:
        raise InputError(
            f"A label image is (Z, Y, X), and this one is of shape {image.shape}."
        )
    ids, voxels = _labelled(image)
    z, y, x = (int(n) for n in image.shape)
    return grouped(ids, voxels, (z, y, x), voxel_size, unit, provenance=provenance)


def grouped(
    ids: NDArray[np.int64],
    voxels: NDArray[np.int64],
    shape: tuple[int, int, int],
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "px",
    *,
    provenance: dict[str, Any] | None = None,
) -> NeuronSet:
    """Make a neuron per id of labelled voxels (C-order indices), in any order.

    Raises
    ------
    InputError
        When an id is negative.
    """
    if len(ids) and ids.min() < 0:
        raise InputError("Labels must not be negative.")
    order = np.argsort(ids, kind="stable")
    ids, voxels = ids[order], voxels[order]
    unique, starts = np.unique(ids, return_index=True)
    found = NeuronSet(shape, voxel_size, unit, provenance=provenance)
    for id, start, stop in zip(unique, starts, [*starts[1:], len(ids)], strict=False):
        where = np.stack(np.unravel_index(voxels[start:stop], shape), axis=1)
        found.add(Neuron.from_coordinates(int(id), where))
    return found


def write_labels(
    path: str | Path,
    neurons: NeuronSet,
    *,
    rule: OverlapRule = "smaller",
    overwrite: bool = False,
    ctx: JobContext | None = None,
) -> OverlapReport:
    """Write a label image as ``.tif``, ``.zarr`` (OME-Zarr) or ``.h5``.

    A zarr has a pyramid and is written chunk by chunk, HDF5 slab by slab, so that
    the image may be larger than memory; a TIFF is painted whole.

    Raises
    ------
    InputError
        For another suffix.
    OutputError
        When it cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    labels, report = lazy_labels(neurons, rule)
    facts = {"overlaps": report.sentence(), "overlap_rule": rule}
    size = neurons.voxel_size if neurons.unit != "px" else None
    volume = Volume.from_array(labels, "ZYX", voxel_size=size, metadata=facts)
    if suffix == ".zarr":
        write_ome_zarr(target, volume, overwrite=overwrite, ctx=ctx, reduce="max")
    elif suffix in (".tif", ".tiff"):
        # Written plane by plane, of which each would paint its chunks anew.
        whole = replace(volume, levels=(labels.persist(),))
        write_ome_tiff(target, whole, overwrite=overwrite)
    elif suffix in (".h5", ".hdf5"):
        _write_hdf5(target, labels, neurons, facts, overwrite)
    else:
        raise InputError(f"{target.name}: labels are written as .tif, .zarr or .h5.")
    return report


def _write_hdf5(
    target: Path,
    labels: da.Array,
    neurons: NeuronSet,
    facts: dict[str, str],
    overwrite: bool,
) -> None:
    import h5py

    from striate.data import replacing

    with replacing(target, overwrite=overwrite) as part, h5py.File(part, "w") as file:
        data = file.create_dataset(
            "labels", labels.shape, labels.dtype, compression="gzip"
        )
        for z, slab in _slabs(labels):
            data[z : z + len(slab)] = slab
        if neurons.unit != "px":
            data.attrs["element_size_um"] = neurons.voxel_size
        data.attrs.update(facts)


def _smallest_type(largest: int) -> type[np.unsignedinteger[Any]]:
    for kind in (np.uint8, np.uint16, np.uint32):
        if largest <= np.iinfo(kind).max:
            return kind
    return np.uint64


def _weakest_first(neurons: NeuronSet, rule: OverlapRule) -> list[Neuron]:
    """Later ones paint over earlier ones."""
    if rule == "first":
        return list(neurons)[::-1]
    sign = -1 if rule == "smaller" else 1
    return sorted(neurons, key=lambda n: (sign * len(n), -n.id))


def _labelled(
    image: NDArray[Any] | da.Array,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids and flat indices of all voxels with a label."""
    if image.dtype.kind not in "buif":
        raise InputError(f"Labels must be whole numbers, not {image.dtype}.")
    plane = int(np.prod(image.shape[1:]))
    ids, voxels = [], []
    for z, slab in _slabs(image):
        if image.dtype.kind == "f":
            _refuse_fractions(slab)
        flat = np.flatnonzero(slab)
        values = slab.ravel()[flat].astype(np.int64)
        ids.append(values)
        voxels.append(flat + z * plane)
    return np.concatenate(ids), np.concatenate(voxels)


def _slabs(image: NDArray[Any] | da.Array) -> Iterator[tuple[int, NDArray[Any]]]:
    """The first plane of each slab, and the slab; an array in memory is not copied."""
    depth = max(1, _SLAB_VOXELS // max(1, int(np.prod(image.shape[1:]))))
    for z in range(0, image.shape[0], depth):
        yield z, np.asarray(image[z : z + depth])


def _refuse_fractions(slab: NDArray[Any]) -> None:
    if not np.all(np.isfinite(slab)) or np.any(slab != np.floor(slab)):
        raise InputError(
            "This is an intensity image and not a label image: its values are "
            "not whole numbers."
        )
