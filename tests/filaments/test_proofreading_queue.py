"""What to look at next: the places a person would point at, the dearest first."""

from __future__ import annotations

import numpy as np
import pytest

from striate.data import Volume
from striate.errors import InputError
from striate_filaments.metrics import Preset
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.proofreading import commands
from striate_filaments.proofreading.delta import apply
from striate_filaments.proofreading.growing import bridge, gap_between, grow
from striate_filaments.proofreading.items import Item
from striate_filaments.proofreading.queue import Queue, errors_against
from striate_filaments.proofreading.suspicion import suspicions
from striate_filaments.skeletons import Skeleton
from striate_filaments.tracing import tube, window_around

SHAPE = (20, 90, 120)
SIZE = (1.0, 0.5, 0.5)


def line(*ends, radius=1.2):
    """Voxel coordinates of a tube through some voxels."""
    way = np.asarray(ends, float) * SIZE
    tree = Skeleton(way, np.full(len(way), radius), np.arange(len(way)) - 1)
    voxels = tube(tree, SHAPE, SIZE)
    return np.stack(np.unravel_index(voxels, SHAPE), 1)


def neurons(*found):
    return NeuronSet(SHAPE, SIZE, "µm", found)


def neuron(id, *lines, **facts):
    return Neuron.from_coordinates(id, np.concatenate(lines), **facts)


def kinds(items):
    return [item.kind for item in items]


def test_ends_of_like_colour_that_face_one_another_are_one_neuron_perhaps():
    left, right = line((10, 40, 5), (10, 40, 50)), line((10, 40, 62), (10, 40, 115))
    same = neurons(
        neuron(1, left, colour=(1.0, 0.0)), neuron(2, right, colour=(0.99, 0.1))
    )
    (item,) = suspicions(same)
    assert (item.kind, item.ids) == ("ends", (1, 2))
    assert np.abs(np.subtract(item.voxel, (10, 40, 56))).max() <= 3
    other = neurons(
        neuron(1, left, colour=(1.0, 0.0)), neuron(2, right, colour=(0.0, 1.0))
    )
    assert suspicions(other) == []


def test_four_branches_that_meet_may_be_a_crossing():
    cross = neurons(neuron(
        1, line((10, 40, 5), (10, 40, 115)), line((10, 5, 60), (10, 85, 60))
    ))  # fmt: skip
    items = suspicions(cross)
    assert kinds(items)[0] == "crossing"
    assert np.abs(np.subtract(items[0].voxel, (10, 40, 60))).max() <= 3
    fork = neurons(neuron(
        1, line((10, 40, 5), (10, 40, 115)), line((10, 40, 60), (10, 85, 60))
    ))  # fmt: skip
    assert "crossing" not in kinds(suspicions(fork))


def test_a_change_of_colour_along_a_neuron_is_seen():
    one = neuron(1, line((10, 40, 5), (10, 40, 115)))
    image = np.random.default_rng(0).poisson(10, (2, *SHAPE)).astype(np.uint16)
    image[0][:, :, :70] += one_mask(one)[:, :, :70] * 200
    image[1][:, :, 70:] += one_mask(one)[:, :, 70:] * 200
    volume = Volume.from_array(image, "CZYX", voxel_size=SIZE, unit="µm")
    (item,) = suspicions(neurons(one), volume)
    assert item.kind == "colour"
    assert abs(item.voxel[2] - 70) <= 3


def one_mask(one):
    mask = np.zeros(SHAPE, np.uint16)
    mask[tuple(one.coordinates().T)] = 1
    return mask


def test_a_thread_between_thick_parts_is_seen():
    dumbbell = neuron(
        1,
        line((10, 40, 5), (10, 40, 50), radius=2.5),
        line((10, 40, 48), (10, 40, 70), radius=0.3),
        line((10, 40, 68), (10, 40, 115), radius=2.5),
    )
    (item,) = suspicions(neurons(dumbbell))
    assert item.kind == "thin"
    assert 48 <= item.voxel[2] <= 72


def test_crumbs_come_last_and_accepted_neurons_not_at_all():
    found = neurons(
        neuron(1, line((10, 10, 5), (10, 10, 115))),
        neuron(2, line((10, 80, 5), (10, 80, 115))),
        neuron(3, line((10, 45, 60), (10, 45, 62))),
    )
    assert kinds(suspicions(found)) == ["fragment"]
    apply(found, commands.accept(found, [1, 2, 3]))
    assert suspicions(found) == []


def items(*worths):
    return [Item("thin", (i,), (0, 0, i), w, "") for i, w in enumerate(worths, 1)]


def test_the_queue_goes_round_and_counts():
    queue = Queue(items(2.0, 9.0, 5.0))
    assert queue.current.worth == 9.0
    assert [queue.next().worth, queue.next().worth, queue.next().worth] == [5, 2, 9]
    assert queue.previous().worth == 2.0
    assert queue.done().worth == 5.0
    assert queue.progress == (1, 3)
    queue.fill(items(2.0, 9.0, 5.0))
    assert [item.worth for item in queue.items] == [9.0, 5.0]


def test_accepted_and_vanished_neurons_leave_the_queue():
    found = neurons(
        neuron(1, line((10, 10, 5), (10, 10, 50))),
        neuron(2, line((10, 30, 5), (10, 30, 50))),
    )
    queue = Queue(items(2.0, 9.0))
    heard = []
    queue.changed.connect(lambda: heard.append(len(queue)))
    apply(found, commands.accept(found, [2]))
    queue.after_edit(found)
    apply(found, commands.delete(found, [1]))
    queue.after_edit(found)
    assert (heard, queue.current, queue.progress) == ([1, 0], None, (2, 2))


def test_errors_against_truth_are_in_the_order_of_their_cost():
    truth = neurons(
        neuron(1, line((10, 10, 5), (10, 10, 115))),
        neuron(2, line((10, 40, 5), (10, 40, 115))),
        neuron(3, line((10, 80, 5), (10, 80, 60))),
    )
    found = neurons(
        neuron(7, line((10, 10, 5), (10, 10, 90))),
        neuron(8, line((10, 10, 94), (10, 10, 115))),
        neuron(9, line((10, 40, 5), (10, 40, 115)), line((10, 80, 5), (10, 80, 60))),
    )
    errors = errors_against(found, truth, preset=Preset(remove_small=0))
    assert [(e.kind, e.ids) for e in errors] == [("merged", (9,)), ("split", (7, 8))]
    assert errors[0].worth == pytest.approx(0.67 * 55, rel=0.1)


# ---- Growing


def scene():
    """An image of one long neurite of which two pieces are segmented."""
    whole = line((10, 40, 5), (10, 40, 115))
    image = np.random.default_rng(0).poisson(10, (2, *SHAPE)).astype(np.uint16)
    image[0][tuple(whole.T)] += 200
    volume = Volume.from_array(image, "CZYX", voxel_size=SIZE, unit="µm")
    return volume, neurons(
        neuron(1, line((10, 40, 5), (10, 40, 40)), colour=(1.0, 0.0), name="kept"),
        neuron(2, line((10, 40, 70), (10, 40, 115)), colour=(1.0, 0.0)),
    )


def test_a_neuron_grows_to_the_click_along_the_image():
    volume, found = scene()
    window = window_around(volume, [(10, 40, 40), (10, 40, 60)])
    apply(found, grow(found, 1, window, (10, 40, 60)))
    assert found.at((10, 40, 58)) == [1]
    assert found.at((10, 40, 66)) == []
    assert (found[1].name, found[1].state) == ("kept", "edited")


def test_a_bridge_merges_and_fills_the_gap():
    volume, found = scene()
    a, b = gap_between(found, 1, 2)
    assert (a[2], b[2]) == pytest.approx((42, 68), abs=2)
    apply(found, bridge(found, 1, 2, window_around(volume, [a, b])))
    assert found.ids == [1]
    assert all(found.at((10, 40, x)) == [1] for x in range(5, 115))
    _, straight = scene()
    apply(straight, bridge(straight, 2, 1))
    assert straight.ids == [2]
    assert straight.at((10, 40, 55)) == [2]
    with pytest.raises(InputError, match="another neuron"):
        bridge(straight, 2, 2)
