"""What each command does, on shapes one can count."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import InputError
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.proofreading import commands
from striate_filaments.proofreading.brushes import ball, lasso, stroke
from striate_filaments.proofreading.delta import apply
from striate_filaments.proofreading.splitting import (
    split_apart,
    split_at,
    split_by_seeds,
)
from striate_filaments.proofreading.voxels import voxels_of

SHAPE = (20, 60, 80)


def box(id, z, y, x, **facts):
    """A neuron of all voxels of three ranges."""
    mask = np.zeros(SHAPE, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return Neuron.from_mask(id, mask, **facts)


def neurons(*found):
    return NeuronSet(SHAPE, neurons=found)


def joined(id, *parts):
    return Neuron.from_coordinates(id, np.concatenate([p.coordinates() for p in parts]))


def done(work, delta):
    apply(work, delta)
    return work


# ---- Shape


def test_merge_keeps_the_first_and_mixes_colours_by_size():
    work = neurons(
        box(4, (0, 2), (0, 2), (0, 6), colour=(1.0, 0.0), name="kept"),
        box(9, (0, 2), (0, 2), (4, 10), colour=(0.0, 1.0)),
    )
    delta = commands.merge(work, [4, 9])
    done(work, delta)
    assert (delta.text, work.ids, len(work[4])) == ("Merge 9 into 4", [4], 40)
    assert work[4].colour == pytest.approx((0.5**0.5, 0.5**0.5))
    assert (work[4].name, work[4].state) == ("kept", "edited")


def test_merging_one_or_an_unknown_neuron_is_refused():
    work = neurons(box(4, (0, 2), (0, 2), (0, 6)))
    with pytest.raises(InputError, match="two neurons or more"):
        commands.merge(work, [4, 4])
    with pytest.raises(InputError, match="no neuron 5"):
        commands.merge(work, [4, 5])


def test_paint_leaves_other_owners_their_voxels():
    work = neurons(box(1, (5, 6), (5, 6), (0, 9)), box(2, (5, 6), (5, 6), (20, 29)))
    done(work, commands.paint(work, 1, voxels_of(work[2], SHAPE)))
    assert (len(work[1]), len(work[2])) == (18, 9)
    assert work.at((5, 5, 25)) == [1, 2]
    assert not commands.paint(work, 1, voxels_of(work[2], SHAPE)).changes


def test_erasing_all_of_a_neuron_takes_it_out():
    work = neurons(box(1, (5, 6), (5, 6), (0, 9)), box(2, (5, 6), (5, 6), (5, 29)))
    done(work, commands.erase(work, [1, 2], voxels_of(work[1], SHAPE)))
    assert work.ids == [2]
    assert len(work[2]) == 20


@pytest.mark.parametrize(
    ("keeper", "sizes"), [("smaller", (9, 15)), ("larger", (0, 24)), ("first", (9, 15))]
)
def test_shared_voxels_go_to_one(keeper, sizes):
    work = neurons(box(1, (5, 6), (5, 6), (0, 9)), box(2, (5, 6), (5, 6), (0, 24)))
    done(work, commands.un_overlap(work, [1, 2], keeper))
    assert tuple(len(work[i]) if i in work else 0 for i in (1, 2)) == sizes


# ---- Brushes


def test_a_brush_is_round_in_micrometres():
    found = ball((10, 10, 10), 1.0, SHAPE, (1.0, 0.5, 0.5))
    # 2 voxels reach along y and x, 1 along z: 13 in the plane, 1 above, 1 below.
    assert len(found) == 15
    assert len(ball((10, 10, 10), 0.1, SHAPE, (1.0, 0.5, 0.5))) == 1
    assert len(ball((-50, 0, 0), 3.0, SHAPE)) == 0


def test_a_stroke_has_no_gaps():
    found = stroke([(5, 5, 5), (5, 5, 65), (5, 45, 65)], 1.0, SHAPE)
    work = neurons(Neuron.from_coordinates(1, np.argwhere(np.isin(
        np.arange(np.prod(SHAPE)).reshape(SHAPE), found))))  # fmt: skip
    with pytest.raises(InputError, match="in one part"):
        split_apart(work, 1)
    # Five voxels across; one more at each end, and one in the bend.
    assert len(work[1]) == 5 * (61 + 40) + 1


def test_a_lasso_takes_what_is_inside_and_nothing_behind_its_back():
    work = neurons(box(1, (0, 20), (0, 60), (0, 80)))
    circled = lasso(
        voxels_of(work[1], SHAPE),
        [(9.5, 19.5), (9.5, 29.5), (14.5, 29.5), (14.5, 19.5)],
        lambda points: points[:, 1:].astype(float),
        SHAPE,
    )
    assert len(circled) == 20 * 5 * 10
    assert len(lasso(circled, [(0, 0), (1, 1)], lambda p: p[:, 1:], SHAPE)) == 0


# ---- Facts


def test_facts_change_and_voxels_do_not():
    work = neurons(box(1, (0, 2), (0, 2), (0, 6)), box(2, (0, 2), (0, 2), (3, 6)))
    done(work, commands.accept(work, [1, 2]))
    done(work, commands.rename(work, 2, "  left one "))
    done(work, commands.recolour(work, [1], "#ff0080"))
    done(work, commands.renumber(work, 1, 7))
    assert work.ids == [2, 7]
    assert (work[2].state, work[2].name) == ("accepted", "left one")
    assert work[7].metadata["display_colour"] == "#FF0080"
    assert not commands.accept(work, [2]).changes
    with pytest.raises(InputError, match="taken"):
        commands.renumber(work, 2, 7)


# ---- Splitting


def cross():
    """Two bars that meet at a bridge one voxel thick."""
    return joined(
        1,
        box(1, (5, 10), (10, 15), (0, 40)),
        box(1, (7, 8), (15, 18), (20, 21)),
        box(1, (5, 10), (18, 23), (0, 80)),
    )


def test_seeds_cut_at_the_thin_place():
    work = neurons(cross())
    done(work, split_by_seeds(work, 1, [[(7, 12, 2)], [(7, 20, 78)]]))
    assert sorted(work.ids) == [1, 2]
    assert abs(len(work[1]) - 2000) <= 50
    assert abs(len(work[2]) - 1000) <= 50
    assert work.at((7, 12, 39)) == [2]


def test_seeds_cut_where_the_colour_changes():
    work = neurons(box(1, (5, 10), (10, 15), (0, 80)))
    points = work[1].coordinates()
    rng = np.random.default_rng(0)
    red = points[:, 2] < 25
    colours = np.where(red[:, None], [1.0, 0.1, 0.1], [0.1, 0.1, 1.0])
    colours = colours + rng.normal(0, 0.05, colours.shape)
    clicks = [[(7, 12, 2)], [(7, 12, 60)]]
    done(work, split_by_seeds(work, 1, clicks, colours))
    assert abs(len(work[2]) - 25 * 25) <= 25
    plain = neurons(box(1, (5, 10), (10, 15), (0, 80)))
    done(plain, split_by_seeds(plain, 1, clicks))
    assert abs(len(plain[2]) - 31 * 25) <= 25


def test_every_voxel_stays_and_the_largest_part_keeps_the_name():
    old = cross().changed(name="mine", colour=(1.0, 0.0))
    work = neurons(old)
    seeds = [[(7, 12, 2)], [(7, 20, 2)], [(7, 20, 78)]]
    done(work, split_by_seeds(work, 1, seeds))
    assert len(work) == 3
    assert sum(len(n) for n in work) == len(old)
    assert [n.name for n in work] == ["mine", "", ""]
    assert len(work[1]) >= len(work[2]) >= len(work[3])


def test_a_cut_at_a_point_parts_a_neuron_there():
    work = neurons(box(1, (5, 8), (10, 13), (0, 80)))
    done(work, split_at(work, 1, (6, 11, 30)))
    assert abs(len(work[2]) - 9 * 30) <= 9
    assert work.at((6, 11, 10)) == [2]


def test_a_cut_at_a_branch_point_frees_every_branch():
    work = neurons(joined(
        1, box(1, (5, 8), (10, 13), (0, 80)), box(1, (5, 8), (13, 60), (40, 43))
    ))  # fmt: skip
    done(work, split_at(work, 1, (6, 11, 41)))
    assert len(work) == 3
    assert {work.at(p)[0] for p in ((6, 11, 5), (6, 11, 75), (6, 55, 41))} == {1, 2, 3}


def test_a_cut_where_nothing_falls_apart_says_so():
    work = neurons(box(1, (5, 8), (10, 13), (0, 80)))
    with pytest.raises(InputError, match="does not fall apart"):
        split_at(work, 1, (6, 11, 0))


def test_one_group_of_seeds_is_no_split():
    work = neurons(cross())
    with pytest.raises(InputError, match="at least two parts"):
        split_by_seeds(work, 1, [[(7, 12, 2)], []])
    with pytest.raises(InputError, match="on one voxel"):
        split_by_seeds(work, 1, [[(7, 12, 2)], [(7, 12, 2)]])


def test_parts_that_do_not_touch_come_apart():
    work = neurons(joined(
        1, box(1, (5, 8), (10, 13), (0, 30)), box(1, (5, 8), (10, 13), (32, 50)),
        box(1, (5, 6), (10, 11), (60, 61)),
    ))  # fmt: skip
    done(work, split_apart(work, 1, smallest=5))
    assert [len(n) for n in work] == [9 * 30 + 1, 9 * 18]
