"""Click along a neuron: the way, its thickness, its branches, its mask and back."""

from __future__ import annotations

import numpy as np
import pytest

from striate.data import Volume
from striate.errors import InputError
from striate_filaments.exchange.swc import write_swc
from striate_filaments.neurons import Neuron
from striate_filaments.skeletons import Skeleton, skeletonise
from striate_filaments.tracing import (
    find_path,
    measure_radii,
    neurons_of_swc,
    tube,
    window_around,
)
from striate_filaments.tracing.trees import (
    begin,
    cut,
    extend,
    join,
    nearest,
    reroot,
    trimmed,
)

SHAPE = (30, 80, 120)
SIZE = (1.0, 0.5, 0.5)
TURN = np.linspace(0, np.pi, 200)
ARC = np.stack(
    [15 + 5 * np.sin(3 * TURN), 15 + 50 * np.sin(TURN), 60 - 50 * np.cos(TURN)], 1
)
STRAIGHT = np.stack(
    [np.full(200, 15.0), np.full(200, 40.0), np.linspace(5, 115, 200)], 1
)


def painted(*neurites, gap=None):
    """An image of neurites ((n, 3) voxels, colour, radius in µm), with noise."""
    rng = np.random.default_rng(7)
    image = rng.poisson(20, (3, *SHAPE)).astype(np.float32)
    for way, colour, radius in neurites:
        tree = Skeleton(way * SIZE, np.full(len(way), radius), np.arange(len(way)) - 1)
        mask = np.zeros(SHAPE, np.float32)
        mask.ravel()[tube(tree, SHAPE, SIZE)] = 1
        if gap is not None:
            mask[:, :, gap] = 0
        for channel, brightness in enumerate(colour):
            image[channel] += mask * brightness * rng.uniform(0.8, 1.2, SHAPE)
    return Volume.from_array(
        image.astype(np.uint16), "CZYX", voxel_size=SIZE, unit="µm"
    )


def apart(path, way):
    """Largest distance, in µm, of a path from a dense way."""
    between = np.linalg.norm((path[:, None] - way[None]) * SIZE, axis=2)
    return between.min(1).max()


def test_the_path_follows_the_neuron_and_not_the_shortest_way():
    volume = painted((ARC, (200, 40, 10), 1.0))
    path = find_path(window_around(volume, ARC[[0, -1]], 60), ARC[0], ARC[-1])
    assert apart(path, ARC) < 1.75
    assert np.abs(np.diff(path, axis=0)).max() == 1
    assert np.linalg.norm(path[0] - ARC[0]) < 4


def test_at_a_crossing_the_path_stays_with_its_colour():
    volume = painted((ARC, (200, 20, 20), 1.0), (STRAIGHT, (20, 20, 220), 1.0))
    window = window_around(volume, ARC[[0, -1]], 60)
    assert apart(find_path(window, ARC[0], ARC[-1]), ARC) < 1.75
    assert apart(find_path(window, STRAIGHT[0], STRAIGHT[-1]), STRAIGHT) < 1.6


def test_the_path_crosses_a_gap_and_a_click_may_miss_a_little():
    volume = painted((STRAIGHT, (150, 150, 0), 1.0), gap=slice(50, 58))
    window = window_around(volume, STRAIGHT[[0, -1]])
    path = find_path(window, STRAIGHT[0] + [0, 2, 0], STRAIGHT[-1] - [1, 1, 0])
    assert apart(path, STRAIGHT) < 1.6


def test_where_no_neuron_leads_the_search_gives_up(monkeypatch):
    monkeypatch.setattr("striate_filaments.tracing.paths._MOST_STEPS", 2000)
    volume = painted((STRAIGHT, (100, 0, 0), 1.0))
    window = window_around(volume, [(5, 10, 10), (25, 70, 110)])
    with pytest.raises(InputError, match="no way along a neuron"):
        find_path(window, (5, 10, 10), (25, 70, 110))


def test_the_window_reads_only_what_is_near():
    volume = painted((STRAIGHT, (100, 0, 0), 1.0))
    window = window_around(volume, [(15, 40, 60)], 10)
    assert (window.image.shape, window.origin) == ((3, 21, 21, 21), (5, 30, 50))
    with pytest.raises(InputError, match="outside the image"):
        find_path(window, (15, 40, 60), (15, 40, 100))


@pytest.mark.parametrize("radius", [1.0, 2.0])
def test_radii_are_measured_in_micrometres(radius):
    volume = painted((STRAIGHT, (200, 50, 0), radius))
    window = window_around(volume, STRAIGHT[[0, -1]])
    way = np.unique(np.rint(STRAIGHT).astype(int), axis=0)
    measured = measure_radii(window, way)
    assert np.median(measured) == pytest.approx(radius, abs=0.35)


def traced():
    """A trunk of two clicks and a branch off its middle."""
    branch = np.stack(
        [np.full(60, 15.0), np.linspace(40, 72, 60), np.full(60, 60.0)], 1
    )
    volume = painted((STRAIGHT, (200, 0, 0), 1.0), (branch, (200, 0, 0), 1.0))
    window = window_around(volume, STRAIGHT[[0, -1]], 40)
    trunk = begin(window, find_path(window, STRAIGHT[0], STRAIGHT[-1]))
    node, away = nearest(trunk, np.array([15, 40, 60]) * SIZE)
    assert away < 1.0
    side = find_path(window, (15, 40, 60), branch[-1])
    return extend(trunk, window, side, node)


def test_a_branch_hangs_where_it_was_clicked():
    tree = traced()
    assert len(tree.branch_points) == 1
    assert len(tree.tips) == 3
    assert np.all(tree.parents < np.arange(len(tree)))
    assert tree.cable_length == pytest.approx(55 + 16, abs=4)
    where = tree.points[tree.branch_points[0]]
    assert np.linalg.norm(where - np.array([15, 20, 30])) < 1.5


def test_another_root_keeps_the_shape():
    tree = traced()
    tip = int(tree.tips[-1])
    turned = reroot(tree, tip)
    assert turned.points[0].tolist() == tree.points[tip].tolist()
    assert turned.cable_length == pytest.approx(tree.cable_length)
    assert sorted(turned.degrees) == sorted(tree.degrees)


def test_what_is_cut_off_can_be_joined_again():
    tree = traced()
    child = int(np.flatnonzero(tree.parents == tree.branch_points[0])[-1])
    rest, branch = cut(tree, child)
    assert len(rest) + len(branch) == len(tree)
    again = join(rest, int(tree.branch_points[0]), branch, 0)
    assert again.cable_length == pytest.approx(tree.cable_length)
    assert len(trimmed(tree, child)) == len(rest)
    with pytest.raises(InputError, match="That is the root"):
        trimmed(tree, 0)


def test_a_tube_and_its_skeleton_tell_the_same_story():
    way = STRAIGHT[::4] * SIZE
    tree = Skeleton(way, np.full(len(way), 2.0), np.arange(len(way)) - 1)
    voxels = tube(tree, SHAPE, SIZE)
    expected = np.pi * 2.0**2 * tree.cable_length + 4 / 3 * np.pi * 2.0**3
    assert len(voxels) * np.prod(SIZE) == pytest.approx(expected, rel=0.12)
    points = np.stack(np.unravel_index(voxels, SHAPE), 1)
    back = skeletonise(Neuron.from_coordinates(1, points), SIZE)
    assert back.cable_length == pytest.approx(tree.cable_length, rel=0.1)
    assert np.median(back.radii) == pytest.approx(2.0, abs=0.5)


def test_swc_files_become_neurons(tmp_path):
    for i, way in enumerate((ARC, STRAIGHT)):
        tree = Skeleton(way * SIZE, np.full(200, 1.0), np.arange(200) - 1)
        write_swc(tmp_path / f"n{i}.swc", tree)
    neurons = neurons_of_swc(sorted(tmp_path.glob("*.swc")), SHAPE, SIZE)
    assert [n.name for n in neurons] == ["n0", "n1"]
    assert neurons.at((15, 40, 60)) == [2]
    far = Skeleton(STRAIGHT * SIZE + 500, np.ones(200), np.arange(200) - 1)
    write_swc(tmp_path / "far.swc", far)
    with pytest.raises(InputError, match="outside the volume"):
        neurons_of_swc([tmp_path / "far.swc"], SHAPE, SIZE)
