"""What is compared: instances with ids 1, 2, … of one volume, from anything.

The official evaluator's preparation, quirks included (Mais, Hirsch et al. 2024;
github.com/Kainmueller-Lab/evaluate-instance-segmentation): small labels are counted
over all channels together and before ids are made unique, so that masks stored as
0 and 1 per channel are never left out one by one; channels that are empty go; the
larger volume is cropped around its centre.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from striate.errors import InputError
from striate_filaments.exchange import read_any
from striate_filaments.exchange.labels import from_labels
from striate_filaments.metrics.centrelines import centreline
from striate_filaments.neurons import Neuron, NeuronSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Instances", "Source", "as_instances", "prepared", "same_size"]

Source: TypeAlias = "NeuronSet | Instances | NDArray[Any] | str | Path"


@dataclass(frozen=True)
class Instances:
    """The instances of one volume.

    Parameters
    ----------
    shape
        (z, y, x) in voxels.
    neurons
        With the ids 1, 2, …, in order.
    given
        The ids they came with; equal ones in different channels are possible.
    faint
        Those of `given` that are hard to see in the image.
    """

    shape: tuple[int, int, int]
    neurons: tuple[Neuron, ...]
    given: tuple[int, ...]
    faint: tuple[int, ...] = ()
    _lines: dict[int, NDArray[np.int64]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.neurons)

    @property
    def dim(self) -> list[int]:
        """Ids (of 1, 2, …) of the faint neurons."""
        return [i for i, given in enumerate(self.given, 1) if given in self.faint]

    @property
    def flat(self) -> bool:
        """Whether the volume is one plane."""
        return self.shape[0] == 1

    def line(self, id: int) -> NDArray[np.int64]:
        """(n, 3) voxels of the centre line of a neuron; made once."""
        if id not in self._lines:
            self._lines[id] = centreline(self.neurons[id - 1], flat=self.flat)
        return self._lines[id]

    def subset(self, ids: Iterable[int]) -> Instances:
        """Some of them, renumbered from 1 in the order of `ids`."""
        wanted = list(ids)
        return Instances(
            self.shape,
            tuple(self.neurons[i - 1].changed(id=n) for n, i in enumerate(wanted, 1)),
            tuple(self.given[i - 1] for i in wanted),
            _lines={n: self.line(i) for n, i in enumerate(wanted, 1)},
        )

    def shared(self) -> NDArray[np.int64]:
        """Sorted C-order indices of the voxels that several neurons own."""
        flat = [_flat(n, self.shape) for n in self.neurons]
        if len(flat) < 2:
            return np.empty(0, np.int64)
        voxels = np.sort(np.concatenate(flat))
        return np.unique(voxels[1:][voxels[1:] == voxels[:-1]])


def as_instances(source: Source) -> Instances:
    """Take instances from a NeuronSet, a label array, or a file of either.

    Parameters
    ----------
    source
        A path, a NeuronSet, a label array (Z, Y, X), or one with a channel axis
        before it, in which instances of different channels may overlap.

    Raises
    ------
    InputError
        When `source` is none of these, or holds no labels.
    """
    if isinstance(source, Instances):
        return source
    if isinstance(source, str | Path):
        source = _read(Path(source))
    if isinstance(source, NeuronSet):
        faint = [n.id for n in source if n.metadata.get("dim")]
        return _numbered(source.shape, [(n.id, n) for n in source], faint)
    return _from_channels(source)


def prepared(instances: Instances, remove_small: int = 0) -> Instances:
    """Leave out small labels, and name binary masks by their place.

    Parameters
    ----------
    remove_small
        Labels of this many voxels or fewer, in all channels together, are left out.
    """
    counts: dict[int, int] = {}
    listed = list(zip(instances.given, instances.neurons, strict=True))
    for id, neuron in listed:
        counts[id] = counts.get(id, 0) + len(neuron)
    kept = [(id, n) for id, n in listed if counts[id] > remove_small]
    if len(kept) > 1 and all(id == 1 for id, _ in kept):
        kept = [(place, n) for place, (_, n) in enumerate(kept, 1)]
    return _numbered(instances.shape, kept, instances.faint)


def same_size(a: Instances, b: Instances) -> tuple[Instances, Instances]:
    """Crop the larger volume around its centre to the size of the smaller.

    Raises
    ------
    InputError
        When each is larger than the other along some axis.
    """
    if a.shape == b.shape:
        return a, b
    pairs = list(zip(a.shape, b.shape, strict=True))
    if all(m >= n for m, n in pairs):
        return _cropped(a, b.shape), b
    if all(m <= n for m, n in pairs):
        return a, _cropped(b, a.shape)
    raise InputError(
        f"The volumes do not fit: one is {a.shape} and the other {b.shape} voxels "
        "(z, y, x)."
    )


# ---- From arrays and files


def _read(place: Path) -> Any:
    """Read a NeuronSet, or FISBe's instances as channels, which keep their values."""
    import zarr

    from striate_filaments.exchange.fisbe import INSTANCES

    if place.is_dir():
        try:
            return zarr.open_group(place, mode="r")[INSTANCES]
        except (KeyError, ValueError, OSError):
            pass
    return read_any(place)


def _from_channels(array: Any) -> Instances:
    """Labels per channel; those of a lazy array are read one channel at a time."""
    ndim = getattr(array, "ndim", 0)
    if ndim not in (2, 3, 4):
        raise InputError(
            "Labels are (Z, Y, X), or (channel, Z, Y, X) where they overlap, and not "
            f"of {ndim} dimensions."
        )
    planes = [array[:]] if ndim < 4 else (array[i] for i in range(array.shape[0]))
    sets = [from_labels(np.asarray(plane)) for plane in planes]
    if not sets:
        raise InputError("There is no channel to read labels from.")
    faint = getattr(array, "attrs", {}).get("dim_neurons", ())
    return _numbered(sets[0].shape, [(n.id, n) for s in sets for n in s], faint)


def _numbered(
    shape: tuple[int, int, int], listed: list[tuple[int, Neuron]], faint: Iterable[int]
) -> Instances:
    neurons = tuple(n.changed(id=i) for i, (_, n) in enumerate(listed, 1))
    given = tuple(id for id, _ in listed)
    return Instances(shape, neurons, given, tuple(int(id) for id in faint))


# ---- Cropping


def _cropped(instances: Instances, shape: tuple[int, int, int]) -> Instances:
    offset = (np.array(instances.shape) - np.array(shape)) // 2
    kept = []
    for given, neuron in zip(instances.given, instances.neurons, strict=True):
        points = neuron.coordinates() - offset
        inside = np.all((points >= 0) & (points < np.array(shape)), axis=1)
        if inside.any():
            kept.append((given, Neuron.from_coordinates(neuron.id, points[inside])))
    return _numbered(shape, kept, instances.faint)


def _flat(neuron: Neuron, shape: tuple[int, int, int]) -> NDArray[np.int64]:
    return np.ravel_multi_index(tuple(neuron.coordinates().T), shape)
