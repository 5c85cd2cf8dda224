"""The commands: each looks at the neurons and returns the change, without making it.

Give what they return to :meth:`Proofreading.do`. Splitting, and growing to a click,
are rooms of their own: ``splitting`` and ``growing``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from striate.errors import InputError
from striate_filaments.proofreading.delta import Delta, between
from striate_filaments.proofreading.voxels import (
    difference,
    to_neuron,
    union,
    voxels_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from striate_filaments.neurons import Neuron, NeuronSet, State

__all__ = [
    "Keeper",
    "accept",
    "create",
    "delete",
    "erase",
    "merge",
    "paint",
    "recolour",
    "rename",
    "renumber",
    "set_state",
    "un_overlap",
]

Keeper = Literal["smaller", "larger", "first"]
"""Who keeps shared voxels: the neuron of fewer or more voxels, or the first named."""


# ---- Shape


def merge(neurons: NeuronSet, ids: Sequence[int]) -> Delta:
    """Join neurons into the first of them.

    Its colour is the mean direction of all, weighted by their voxels.

    Raises
    ------
    InputError
        When fewer than two are named.
    """
    into, *others = known(neurons, ids)
    if not others:
        raise InputError("Choose two neurons or more to merge.")
    whole = voxels_of(neurons[into], neurons.shape)
    for id in others:
        whole = union(whole, voxels_of(neurons[id], neurons.shape))
    facts = kept_facts(
        neurons[into], colour=_mixed([neurons[i] for i in (into, *others)])
    )
    new = to_neuron(into, whole, neurons.shape, **facts)
    text = f"Merge {', '.join(str(id) for id in others)} into {into}"
    return between(text, neurons, [new], gone=others)


def delete(neurons: NeuronSet, ids: Sequence[int]) -> Delta:
    """Take neurons out."""
    wanted = known(neurons, ids)
    return between(f"Delete {_named(wanted)}", neurons, [], gone=wanted)


def create(
    neurons: NeuronSet,
    voxels: NDArray[np.int64],
    *,
    colour: tuple[float, ...] = (),
    name: str = "",
) -> Delta:
    """Add a neuron of its own.

    Parameters
    ----------
    voxels
        Sorted, unique C-order indices into the volume.

    Raises
    ------
    InputError
        When there is none.
    """
    if len(voxels) == 0:
        raise InputError("A new neuron needs voxels: paint inside the volume.")
    id = neurons.next_id()
    new = to_neuron(id, voxels, neurons.shape, colour=colour, state="edited", name=name)
    return between(f"New neuron {id}", neurons, [new])


def paint(neurons: NeuronSet, id: int, voxels: NDArray[np.int64]) -> Delta:
    """Give voxels to a neuron; others that own them keep them too."""
    (wanted,) = known(neurons, [id])
    own = voxels_of(neurons[wanted], neurons.shape)
    whole = union(own, voxels)
    if len(whole) == len(own):
        return Delta(f"Paint {id}", ())
    return between(f"Paint {id}", neurons, [_reshaped(neurons, id, whole)])


def erase(neurons: NeuronSet, ids: Sequence[int], voxels: NDArray[np.int64]) -> Delta:
    """Take voxels from neurons; one that loses all of them goes."""
    text = f"Erase from {_named(ids)}"
    new, gone = [], []
    for id in known(neurons, ids):
        own = voxels_of(neurons[id], neurons.shape)
        left = difference(own, voxels)
        if len(left) == 0:
            gone.append(id)
        elif len(left) < len(own):
            new.append(_reshaped(neurons, id, left))
    return between(text, neurons, new, gone=gone)


def un_overlap(
    neurons: NeuronSet, ids: Sequence[int], keeper: Keeper = "smaller"
) -> Delta:
    """Leave each voxel that several of these neurons own to one of them."""
    wanted = known(neurons, ids)
    if keeper != "first":
        sign = 1 if keeper == "smaller" else -1
        wanted = sorted(wanted, key=lambda i: (sign * len(neurons[i]), i))
    taken = np.empty(0, np.int64)
    new, gone = [], []
    for id in wanted:
        own = voxels_of(neurons[id], neurons.shape)
        left = difference(own, taken)
        taken = union(taken, own)
        if len(left) == 0:
            gone.append(id)
        elif len(left) < len(own):
            new.append(_reshaped(neurons, id, left))
    return between(f"Undo the overlap of {_named(ids)}", neurons, new, gone=gone)


# ---- Facts


def set_state(neurons: NeuronSet, ids: Sequence[int], state: State) -> Delta:
    """Mark neurons as ``"auto"``, ``"edited"`` or ``"accepted"``."""
    text = f"Mark {_named(ids)} as {state}"
    return _with(neurons, ids, text, state=state)


def accept(neurons: NeuronSet, ids: Sequence[int]) -> Delta:
    """Mark neurons as right."""
    delta = set_state(neurons, ids, "accepted")
    return Delta(f"Accept {_named(ids)}", delta.changes)


def rename(neurons: NeuronSet, id: int, name: str) -> Delta:
    """Give a neuron a name; an empty one takes it away."""
    plain = name.strip()
    text = f"Name {id} “{plain}”" if plain else f"Take the name from {id}"
    return _with(neurons, [id], text, name=plain)


def recolour(neurons: NeuronSet, ids: Sequence[int], colour: str) -> Delta:
    """Draw neurons in ``"#RRGGBB"``; their measured colour stays as it is."""
    changed = []
    for id in known(neurons, ids):
        facts = {**neurons[id].metadata, "display_colour": colour.upper()}
        if facts != neurons[id].metadata:
            changed.append(neurons[id].changed(metadata=facts))
    return between(f"Colour {_named(ids)} {colour.upper()}", neurons, changed)


def renumber(neurons: NeuronSet, id: int, new_id: int) -> Delta:
    """Give a neuron another id.

    Raises
    ------
    InputError
        When the new id is taken or not positive.
    """
    (old,) = known(neurons, [id])
    if new_id < 1 or (new_id in neurons and new_id != id):
        raise InputError(f"The id {new_id} is taken or not positive: choose another.")
    text = f"Number {id} as {new_id}"
    if new_id == id:
        return Delta(text, ())
    moved = neurons[old].changed(id=new_id)
    return between(text, neurons, [moved], gone=[old])


# ---- Private functions


def known(neurons: NeuronSet, ids: Iterable[int]) -> list[int]:
    """Check ids and drop repeated ones."""
    wanted = list(dict.fromkeys(ids))
    for id in wanted:
        if id not in neurons:
            raise InputError(f"There is no neuron {id}.")
    if not wanted:
        raise InputError("Choose a neuron first.")
    return wanted


def _with(neurons: NeuronSet, ids: Sequence[int], text: str, **facts: Any) -> Delta:
    listed = [neurons[id] for id in known(neurons, ids)]
    changed = [
        neuron.changed(**facts)
        for neuron in listed
        if any(getattr(neuron, name) != value for name, value in facts.items())
    ]
    return between(text, neurons, changed)


def _reshaped(neurons: NeuronSet, id: int, voxels: NDArray[np.int64]) -> Neuron:
    return to_neuron(id, voxels, neurons.shape, **kept_facts(neurons[id]))


def kept_facts(neuron: Neuron, **other: Any) -> dict[str, Any]:
    """Facts that a reshaped neuron keeps; a person has touched it."""
    return {
        "colour": neuron.colour,
        "name": neuron.name,
        "metadata": neuron.metadata,
        "state": "edited",
        **other,
    }


def _mixed(listed: list[Neuron]) -> tuple[float, ...]:
    """Mean colour direction of neurons, by their voxels."""
    first = listed[0].colour
    alike = [n for n in listed if len(n.colour) == len(first)]
    total = np.sum([len(n) * np.asarray(n.colour) for n in alike], axis=0)
    length = float(np.linalg.norm(total))
    if len(first) == 0 or length == 0:
        return first
    return tuple(float(c) for c in total / length)


def _named(ids: Iterable[int]) -> str:
    listed = [str(id) for id in ids]
    if len(listed) > 4:
        return f"{len(listed)} neurons"
    return ", ".join(listed)
