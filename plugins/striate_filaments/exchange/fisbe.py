"""FISBe zarr: ``volumes/gt_instances``, zarr v2, one channel per neuron.

Channel i holds the value i + 1, so neurons may overlap (Mais, Hirsch et al. 2024).
The attribute ``dim_neurons``, which FISBe's evaluator reads too, lists the values of
dim neurons. Ours are ``voxel_size_um`` and, where known, ``channels`` and ``colours``
of the neurons; FISBe's own files state neither.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from striate.data import replacing
from striate.errors import InputError
from striate_filaments.neurons import Neuron, NeuronSet

if TYPE_CHECKING:
    from striate.data import Volume

__all__ = ["INSTANCES", "read_fisbe", "write_fisbe"]

INSTANCES = "volumes/gt_instances"
VOXEL_SIZE = (0.44, 0.44, 0.44)
_SLAB = 64


def read_fisbe(path: str | Path) -> NeuronSet:
    """Read the instances of a FISBe zarr.

    Each value in each channel is a neuron; its ids are the values when those are
    unique, else they count on. ``metadata["dim"]`` says which are dim.

    Raises
    ------
    InputError
        When there are no instances, or they are damaged.
    """
    place = Path(path)
    try:
        array = zarr.open_group(place, mode="r")[INSTANCES]
    except (KeyError, OSError, ValueError) as error:
        raise InputError(
            f"{place} holds no {INSTANCES}: is it a FISBe zarr?"
        ) from error
    facts = dict(array.attrs)
    try:
        found = _neurons(array, facts)
    except MemoryError:
        raise
    except Exception as error:
        # Each codec has errors of its own.
        raise InputError(f"{place} cannot be read: it is damaged ({error}).") from error
    size = tuple(facts.get("voxel_size_um", VOXEL_SIZE))
    return NeuronSet(
        array.shape[-3:],
        size,
        "µm",
        found,
        channels=tuple(facts.get("channels", ())),
        provenance={"imported": str(place), **facts},
    )


def write_fisbe(
    path: str | Path,
    neurons: NeuronSet,
    *,
    overwrite: bool = False,
    raw: Volume | None = None,
    attributes: dict[str, Any] | None = None,
) -> Path:
    """Write neurons, and optionally their volume, in FISBe's layout.

    Parameters
    ----------
    raw
        Written as ``volumes/raw`` (CZYX), slab by slab.
    attributes
        Put on the group and both arrays, such as ``{"semi_synthetic": True}``.
    """
    target = Path(path)
    listed = list(neurons)
    dim = [i for i, n in enumerate(listed, 1) if n.metadata.get("dim")]
    facts = {"voxel_size_um": list(neurons.voxel_size), **(attributes or {})}
    own = {**facts, "dim_neurons": dim, **_colours(listed, neurons)}
    with replacing(target, overwrite=overwrite) as part:
        group = zarr.open_group(part, mode="w", zarr_format=2)
        group.attrs.update(attributes or {})
        _write_instances(group, listed, neurons, own)
        if raw is not None:
            _write_raw(group, raw, facts)
    return target


def _neurons(array: Any, facts: dict[str, Any]) -> list[Neuron]:
    dim = set(facts.get("dim_neurons", ()))
    colours = dict(enumerate(facts.get("colours", ()), 1))
    found: list[Neuron] = []
    taken: set[int] = set()
    channels = range(array.shape[0]) if array.ndim == 4 else [None]
    for channel in channels:
        dense = np.asarray(array[channel] if channel is not None else array[:])
        flat = np.flatnonzero(dense)
        values = dense.ravel()[flat]
        for value in np.unique(values):
            where = np.unravel_index(flat[values == value], dense.shape)
            id = int(value) if int(value) not in taken else max(taken) + 1
            taken.add(id)
            coordinates = np.stack(where, axis=1)
            note = {"dim": True} if int(value) in dim else {}
            colour = tuple(colours.get(int(value), ()))
            found.append(
                Neuron.from_coordinates(id, coordinates, colour=colour, metadata=note)
            )
    return found


def _colours(listed: list[Neuron], neurons: NeuronSet) -> dict[str, Any]:
    if not any(n.colour for n in listed):
        return {}
    return {
        "channels": list(neurons.channels),
        "colours": [list(n.colour) for n in listed],
    }


def _write_instances(
    group: Any, listed: list[Neuron], neurons: NeuronSet, facts: dict[str, Any]
) -> None:
    dtype = np.dtype(np.uint8 if len(listed) < 256 else np.uint16)
    shape = (max(1, len(listed)), *neurons.shape)
    chunks = (1, *(min(n, 128) for n in neurons.shape))
    array = group.create_array(INSTANCES, shape=shape, chunks=chunks, dtype=dtype)
    array.attrs.update(facts)
    for i, neuron in enumerate(listed):
        box = tuple(slice(a, b) for a, b in zip(neuron.start, neuron.stop, strict=True))
        array[(i, *box)] = np.where(neuron.mask(), i + 1, 0).astype(dtype)


def _write_raw(group: Any, raw: Volume, facts: dict[str, Any]) -> None:
    data = raw.czyx()
    chunks = (1, *(min(int(n), 128) for n in data.shape[1:]))
    array = group.create_array(
        "volumes/raw", shape=data.shape, chunks=chunks, dtype=data.dtype
    )
    array.attrs.update(facts)
    for z in range(0, data.shape[1], 128):
        array[:, z : z + 128] = np.asarray(data[:, z : z + 128])
