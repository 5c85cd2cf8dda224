"""Small sets of neurons, drawn by hypothesis or by hand, and what makes two equal."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from striate_filaments.neurons import Neuron, NeuronSet

STATES = ("auto", "edited", "accepted")


@st.composite
def neuron_sets(draw, most=4, first_id=1, overlapping=True):
    """Draw a set of up to `most` neurons, which may share voxels."""
    shape = draw(st.tuples(*[st.integers(1, 7)] * 3))
    n = draw(st.integers(0, most))
    channels = draw(st.integers(0, 3))
    ids = draw(st.lists(st.integers(first_id, 70_000), min_size=n, max_size=n,
                        unique=True))  # fmt: skip
    found = NeuronSet(
        shape,
        draw(st.tuples(*[st.sampled_from([0.2, 0.44, 1.0, 2.5])] * 3)),
        draw(st.sampled_from(["µm", "px"])),
        channels=tuple(f"tag {i}" for i in range(channels)),
        provenance={"tool": "test"},
    )
    free = np.ones(shape, bool)
    for id in ids:
        flat = draw(st.sets(st.integers(0, free.size - 1), min_size=1, max_size=20))
        voxels = [tuple(v) for v in np.stack(np.unravel_index(list(flat), shape), 1)]
        if not overlapping:
            voxels = [v for v in voxels if free[v]]
            for v in voxels:
                free[v] = False
        if voxels:
            found.add(drawn_neuron(draw, id, voxels, channels))
    return found


def drawn_neuron(draw, id, voxels, channels):
    colour = draw(st.sampled_from([(), (1.0,) + (0.0,) * (channels - 1)]))
    return Neuron.from_coordinates(
        id,
        voxels,
        colour=colour if channels else (),
        state=draw(st.sampled_from(STATES)),
        name=draw(st.sampled_from(["", "ü/1 µ"])),
        metadata=draw(st.sampled_from([{}, {"confidence": 0.5, "dim": True}])),
    )


def masks(neurons):
    """Voxel coordinates by id: what every format must keep."""
    return {n.id: {tuple(v) for v in n.coordinates().tolist()} for n in neurons}


def bar(id, start, length, thickness=3, axis=2, **rest):
    """Make a straight bar of square cross-section, `length` voxels along `axis`."""
    size = [thickness] * 3
    size[axis] = length
    return Neuron.from_mask(id, np.ones(size, bool), start, **rest)


def crossing_pair():
    """Two bars that cross: 1 (27 voxels) along x and 2 (18) along y share 9."""
    two = Neuron.from_mask(2, np.ones((3, 6, 1), bool), (2, 2, 5))
    one = Neuron.from_mask(1, np.ones((3, 1, 9), bool), (2, 4, 2))
    return NeuronSet((8, 12, 14), (1.0, 0.5, 0.5), "µm", [one, two])
