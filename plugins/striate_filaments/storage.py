"""Neurons on disk: ``X.neurons.zarr``, version 1.

A zarr v3 group with the attributes

========== ==================================================================
format     ``"striate-neurons"``
version    1
shape      (z, y, x) of the volume in voxels
voxel_size (z, y, x) in `unit`
unit       ``"µm"`` or ``"px"``
channels   names of the volume's channels, in the order of ``colours``
states     one of ``auto``, ``edited``, ``accepted`` per neuron
names      a name per neuron, empty unless a person gave one
facts      a JSON object per neuron
provenance what made the set
========== ==================================================================

and, for n neurons of m voxels together, the arrays

======= ============= =======================================================
ids     (n,) int64    positive and unique
boxes   (n, 2, 3)     int64; first voxel and one past the last, (z, y, x)
colours (n, c)        float32; unit vectors, NaN where unknown
offsets (n + 1,)      int64; neuron i owns ``voxels[offsets[i]:offsets[i + 1]]``
voxels  (m,)          uint32 or uint64; per neuron the sorted C-order indices
                      into its box, as differences (the first one whole)
======= ============= =======================================================

Neurons may share voxels. Differences of sorted indices are mostly 1, which is why
the file is small.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from striate.data.atomic import replacing
from striate.errors import InputError
from striate_filaments.neurons import Neuron, NeuronSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_name", "is_neurons", "read_neurons", "write_neurons"]

FORMAT = "striate-neurons"
VERSION = 1
_CHUNK = 1 << 20


def write_neurons(
    path: str | Path, neurons: NeuronSet, *, overwrite: bool = False
) -> Path:
    """Write a NeuronSet; all of it or nothing.

    Raises
    ------
    OutputError
        When the target exists, cannot be written to, or the disk is full.
    """
    target = Path(path)
    check_name(target)
    listed = list(neurons)
    with replacing(target, overwrite=overwrite) as part:
        group = zarr.open_group(part, mode="w", zarr_format=3)
        for name, array in _arrays(listed, len(neurons.channels)).items():
            _store(group, name, array)
        group.attrs.update(_attributes(neurons, listed))
    return target


def check_name(path: Path) -> None:
    """See that a name is one that neurons can have.

    Raises
    ------
    InputError
        When it does not end in ``.zarr``.
    """
    if path.suffix != ".zarr":
        raise InputError(f"{path.name} should end in .neurons.zarr.")


def read_neurons(path: str | Path) -> NeuronSet:
    """Read a NeuronSet.

    Raises
    ------
    InputError
        One sentence, when the path holds no neurons, or damaged or newer ones.
    """
    place = Path(path)
    if not place.exists():
        raise InputError(f"{place} does not exist: check the name.")
    try:
        group = zarr.open_group(place, mode="r")
        facts = dict(group.attrs)
        if facts.get("format") != FORMAT:
            raise InputError(
                f"{place} holds no neurons of Striate: open it as an image, or "
                "import it as labels."
            )
        if facts["version"] > VERSION:
            raise InputError(
                f"{place} was written by a newer Striate (layout {facts['version']}): "
                "update this one."
            )
    except InputError:
        raise
    except Exception as error:
        raise _damaged(place, error) from error
    try:
        return _neuron_set(group, facts)
    except Exception as error:
        raise _damaged(place, error) from error


def is_neurons(path: str | Path) -> bool:
    """Whether a path holds neurons written by :func:`write_neurons`; cheap."""
    try:
        text = (Path(path) / "zarr.json").read_text("utf-8")
        return bool(json.loads(text)["attributes"]["format"] == FORMAT)
    except (OSError, ValueError, KeyError):
        return False


# ---- Writing


def _arrays(listed: list[Neuron], n_channels: int) -> dict[str, NDArray[Any]]:
    sizes = [len(n) for n in listed]
    wide = any(n.voxels.dtype == np.uint64 for n in listed)
    voxels = np.empty(sum(sizes), np.uint64 if wide else np.uint32)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    colours = np.full((len(listed), n_channels), np.nan, np.float32)
    for i, neuron in enumerate(listed):
        own = voxels[offsets[i] : offsets[i + 1]]
        own[0] = neuron.voxels[0]
        np.subtract(
            neuron.voxels[1:], neuron.voxels[:-1], out=own[1:], casting="same_kind"
        )
        if len(neuron.colour) == n_channels:
            colours[i] = neuron.colour
    boxes = [(n.start, n.stop) for n in listed]
    return {
        "ids": np.array([n.id for n in listed], np.int64),
        "boxes": np.array(boxes, np.int64).reshape(-1, 2, 3),
        "colours": colours,
        "offsets": offsets,
        "voxels": voxels,
    }


def _store(group: Any, name: str, array: NDArray[Any]) -> None:
    chunks = (min(_CHUNK, max(1, len(array))), *(max(1, n) for n in array.shape[1:]))
    made = group.create_array(name, shape=array.shape, chunks=chunks, dtype=array.dtype)
    if array.size:
        made[:] = array


def _attributes(neurons: NeuronSet, listed: list[Neuron]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "shape": list(neurons.shape),
        "voxel_size": [float(s) for s in neurons.voxel_size],
        "unit": neurons.unit,
        "channels": list(neurons.channels),
        "states": [n.state for n in listed],
        "names": [n.name for n in listed],
        "facts": [dict(n.metadata) for n in listed],
        "provenance": neurons.provenance,
    }


# ---- Reading


def _damaged(place: Path, error: Exception) -> InputError:
    text = str(error).rstrip(".")
    return InputError(f"{place} cannot be read: it is damaged or incomplete ({text}).")


def _neuron_set(group: Any, facts: dict[str, Any]) -> NeuronSet:
    ids, boxes, colours, offsets, voxels = (
        np.asarray(group[name][:])
        for name in ("ids", "boxes", "colours", "offsets", "voxels")
    )
    if len(voxels) != offsets[-1] or not np.all(np.diff(offsets) > 0):
        raise ValueError("voxels are missing")
    found = []
    for i, id in enumerate(ids):
        start, stop = boxes[i]
        colour = colours[i]
        steps = voxels[offsets[i] : offsets[i + 1]]
        own = np.cumsum(steps, dtype=voxels.dtype)
        if not steps[1:].all() or int(own[-1]) >= int(np.prod(stop - start)):
            raise ValueError(f"the voxels of neuron {id} do not fit its box")
        found.append(
            Neuron(
                int(id),
                tuple(start.tolist()),
                tuple(stop.tolist()),
                own,
                () if np.isnan(colour).any() else tuple(colour.tolist()),
                facts["states"][i],
                facts["names"][i],
                facts["facts"][i],
            )
        )
    return NeuronSet(
        tuple(facts["shape"]),
        tuple(facts["voxel_size"]),
        facts["unit"],
        found,
        channels=tuple(facts["channels"]),
        provenance=facts["provenance"],
    )
