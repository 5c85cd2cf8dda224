"""Skeletons: trees in physical units, of shapes whose numbers are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from skimage.morphology import skeletonize
from tests.filaments.neuron_sets import bar, neuron_sets

from striate_filaments.exchange import read_any
from striate_filaments.neurons import Neuron
from striate_filaments.skeletons import skeletonise


def paths(*lines):
    """Make a neuron of straight runs of voxels between corners."""
    voxels = []
    for first, last in lines:
        first, last = np.array(first), np.array(last)
        n = int(np.abs(last - first).max())
        voxels += [first + (last - first) * i // n for i in range(n + 1)]
    return Neuron.from_coordinates(1, voxels)


def test_a_straight_line_is_as_long_as_its_voxels_lie_apart():
    line = paths(((2, 3, 1), (2, 3, 21)))

    skeleton = skeletonise(line, (1.0, 1.0, 0.5))

    assert skeleton.cable_length == pytest.approx(20 * 0.5)
    assert len(skeleton.tips) == 2
    assert len(skeleton.branch_points) == 0
    assert sorted(skeleton.points[:, 2]) == pytest.approx(np.arange(1, 22) * 0.5)
    assert set(map(tuple, skeleton.points[:, :2])) == {(2.0, 3.0)}


def test_a_tee_has_three_tips_and_one_branch_point():
    tee = paths(((0, 10, 0), (0, 10, 20)), ((0, 10, 10), (0, 20, 10)))

    skeleton = skeletonise(tee)

    assert len(skeleton.tips) == 3
    assert len(skeleton.branch_points) == 1
    assert skeleton.cable_length == pytest.approx(30, abs=1)


def test_the_root_is_the_thickest_point_and_radii_are_physical():
    thin = bar(1, (3, 3, 0), 40, thickness=3).coordinates()
    ball = np.argwhere(np.linalg.norm(np.indices((13,) * 3) - 6, axis=0) <= 6)
    neuron = Neuron.from_coordinates(1, [*(thin + 2), *(ball + np.array([0, 0, 27]))])

    skeleton = skeletonise(neuron, (0.5, 0.5, 0.5))

    assert skeleton.parents[0] == -1
    assert np.argmax(skeleton.radii) == 0
    assert skeleton.radii[0] == pytest.approx(6.5 * 0.5, abs=0.5)
    assert skeleton.points[0, 2] == pytest.approx((25 + 6 + 2) * 0.5, abs=0.5)


def test_a_ring_becomes_a_tree():
    corners = [(0, 0, 0), (0, 0, 12), (0, 12, 12), (0, 12, 0), (0, 0, 0)]
    ring = paths(*pairwise(corners))

    skeleton = skeletonise(ring)

    assert (skeleton.parents < 0).sum() == 1
    assert (skeleton.parents[1:] < np.arange(1, len(skeleton))).all()
    assert skeleton.cable_length == pytest.approx(48, abs=4)


def test_a_gap_is_bridged_and_said_to_be():
    broken = paths(((0, 0, 0), (0, 0, 10)), ((0, 0, 15), (0, 0, 30)))

    skeleton = skeletonise(broken, (1.0, 1.0, 2.0))

    assert (skeleton.parents < 0).sum() == 1
    assert len(skeleton.bridges) == 1
    assert skeleton.lengths[skeleton.bridges[0]] == pytest.approx(5 * 2.0)
    assert skeleton.cable_length == pytest.approx(30 * 2.0)


def test_one_voxel_is_one_node():
    skeleton = skeletonise(Neuron.from_coordinates(1, [(4, 5, 6)]), (2.0, 1.0, 1.0))

    assert len(skeleton) == 1
    assert skeleton.points.tolist() == [[8.0, 5.0, 6.0]]
    assert skeleton.cable_length == 0


def test_a_short_spur_is_dropped_and_a_long_one_stays():
    body = bar(1, (4, 4, 0), 40, thickness=5).coordinates()
    bump = [(9, 6, 20)]
    twig = [(9 + i, 6, 20) for i in range(12)]

    short = skeletonise(Neuron.from_coordinates(1, [*body, *bump]))
    long = skeletonise(Neuron.from_coordinates(1, [*body, *twig]))

    assert len(short.branch_points) == 0
    assert len(long.branch_points) >= 1


@settings(deadline=None, max_examples=50)
@given(neuron_sets())
def test_every_skeleton_is_one_tree_inside_its_neuron(neurons):
    for neuron in neurons:
        skeleton = skeletonise(neuron, (1.0, 1.0, 1.0))

        assert skeleton.parents[0] == -1
        assert (skeleton.parents[1:] >= 0).all()
        assert (skeleton.parents[1:] < np.arange(1, len(skeleton))).all()
        assert neuron.contains(skeleton.points).all()
        assert (skeleton.radii >= 0.5).all()


def test_thinning_in_the_box_equals_thinning_the_volume(real_data):
    crop = "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr"
    for neuron in read_any(real_data(crop)):
        whole = np.zeros((50, 50, 50), bool)
        whole[tuple(neuron.coordinates().T)] = True

        skeleton = skeletonise(neuron, spur=0.0)

        there = {tuple(v) for v in np.argwhere(skeletonize(whole))}
        assert {tuple(p) for p in skeleton.points.astype(int).tolist()} <= there
        assert len(skeleton) > 0.9 * len(there)
