"""Neuron and NeuronSet: sparse masks that may overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from tests.filaments.neuron_sets import crossing_pair, masks, neuron_sets

from striate.errors import InputError
from striate_filaments.neurons import Neuron, NeuronSet


def test_box_is_tight_and_voxels_are_sorted_and_unique():
    neuron = Neuron.from_coordinates(7, [(5, 4, 9), (3, 4, 9), (5, 4, 9), (3, 6, 9)])

    assert (neuron.start, neuron.stop) == ((3, 4, 9), (6, 7, 10))
    assert neuron.shape == (3, 3, 1)
    assert neuron.voxels.tolist() == [0, 2, 6]
    assert neuron.coordinates().tolist() == [[3, 4, 9], [3, 6, 9], [5, 4, 9]]
    assert len(neuron) == 3


def test_no_voxels_is_no_neuron():
    with pytest.raises(InputError, match="Neuron 4 has no voxels"):
        Neuron.from_coordinates(4, np.empty((0, 3)))


def test_a_mask_comes_back():
    mask = np.zeros((4, 5, 6), bool)
    mask[1, 2:4, 3] = True

    neuron = Neuron.from_mask(1, mask, (10, 20, 30))

    assert neuron.start == (11, 22, 33)
    assert neuron.mask().tolist() == [[[True], [True]]]


def test_a_box_of_more_voxels_than_32_bits_count():
    far = [(0, 0, 0), (2000, 2000, 2000)]

    neuron = Neuron.from_coordinates(1, far)

    assert neuron.voxels.dtype == np.uint64
    assert neuron.coordinates().tolist() == [list(v) for v in far]
    assert neuron.contains([far[1], (2000, 2000, 1999)]).tolist() == [True, False]


@given(neuron_sets())
def test_contains_agrees_with_the_mask(neurons):
    everywhere = np.argwhere(np.ones(neurons.shape, bool))
    for neuron in neurons:
        inside = {tuple(v) for v in everywhere[neuron.contains(everywhere)].tolist()}
        assert inside == masks(neurons)[neuron.id]


def test_places_outside_the_volume_belong_to_nobody():
    neurons = crossing_pair()

    assert neurons[1].contains([(-1, 4, 2), (99, 99, 99)]).tolist() == [False, False]


def test_a_voxel_may_have_two_owners():
    neurons = crossing_pair()

    assert neurons.at((3, 4, 5)) == [1, 2]
    assert neurons.at((3, 4, 6)) == [1]
    assert neurons.at((0, 0, 0)) == []


def test_ids_are_positive_and_unique():
    neurons = crossing_pair()

    for id in (0, -3, 1):
        with pytest.raises(InputError, match=f"{id} is taken or not positive"):
            neurons.add(Neuron.from_coordinates(id, [(0, 0, 0)]))
    assert neurons.ids == [1, 2]
    assert neurons.next_id() == 3
    assert NeuronSet((1, 1, 1)).next_id() == 1


def test_a_neuron_outside_the_volume_is_refused():
    neurons = NeuronSet((4, 4, 4))

    with pytest.raises(InputError, match="outside the volume"):
        neurons.add(Neuron.from_coordinates(1, [(0, 0, 4)]))
    with pytest.raises(InputError, match="outside the volume"):
        neurons.add(Neuron.from_coordinates(1, [(-1, 0, 0)]))


def test_replacing_keeps_the_order_and_a_refusal_changes_nothing():
    neurons = crossing_pair()

    neurons.replace(neurons[1].changed(name="first"))
    with pytest.raises(InputError):
        neurons.replace(Neuron.from_coordinates(1, [(100, 0, 0)]))

    assert neurons.ids == [1, 2]
    assert neurons[1].name == "first"


def test_removing_gives_it_back():
    neurons = crossing_pair()

    gone = neurons.remove(1)

    assert gone.id == 1
    assert 1 not in neurons
    assert len(neurons) == 1


def test_a_neuron_may_go_back_to_its_place():
    neurons = crossing_pair()
    first = neurons.remove(1)

    neurons.add(first, place=0)

    assert neurons.ids == [1, 2]
    neurons.add(Neuron.from_coordinates(9, [(0, 0, 0)]), place=1)
    assert neurons.ids == [1, 9, 2]
