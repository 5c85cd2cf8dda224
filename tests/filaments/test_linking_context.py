"""Links in context: what meets where, and a network that learns from it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from striate_filaments.linking.context import ContextNet, judge
from striate_filaments.linking.contraction import contract
from striate_filaments.linking.contrast import Contrast
from striate_filaments.linking.hearing import hear
from striate_filaments.linking.links import (
    BETWEEN,
    CONTACT,
    Links,
    contacts_between,
    meeting_links,
)
from striate_filaments.linking.looking import Sight, fit_context
from striate_filaments.linking.regions import PAIR, LinkRegions
from striate_filaments.linking.scorer import Scorer
from striate_filaments.linking.shapes import Axes
from striate_filaments.linking.surroundings import REGION, TURN, surroundings
from striate_filaments.segmentation.graph import Pieces

FEATURES = len(PAIR) + len(CONTACT) - len(BETWEEN)


def regions_of(pieces):
    """Each a region, as if nothing shone but the pieces."""
    count = len(pieces)
    contrast = Contrast(pieces.total, pieces.variance, np.ones(count))
    return LinkRegions.of(pieces, contrast, np.full(count, 500.0), np.zeros(count))


def star(*ends):
    """One piece in the middle, linked to one at each (z, y, x) of `ends`; all alike.

    Arms point away from the middle; 100 voxels a piece.
    """
    place = np.array([(0.0, 0.0, 0.0), *ends])
    count = len(place)
    pieces = Pieces(
        np.repeat(np.arange(count), 100), np.full((count, 3), 100.0),
        np.ones((count, 3)), np.full(count, 100.0), np.full(count, 20.0), place,
    )  # fmt: skip
    way = place / np.maximum(np.linalg.norm(place, axis=1, keepdims=True), 1.0)
    fragments = SimpleNamespace(
        pieces=pieces, axes=Axes(way, np.ones(count)), grain=0.1
    )
    pairs = np.stack([np.zeros(count - 1, np.int64), np.arange(1, count)], axis=1)
    links = Links(
        pairs,
        np.zeros((len(pairs), len(CONTACT) - len(BETWEEN))),
        np.ones(len(pairs)),
        gap=False,
    )
    regions = regions_of(pieces)
    return fragments, regions, links


def told(around, link, other, name):
    """What the turn from one link to another is like."""
    here = (around.slot % len(around.links) == link) & (around.other == other)
    assert here.sum() == 1
    return float(around.turns[here, TURN.index(name)][0])


def test_links_meet_where_they_share_a_region():
    around = surroundings(*star((0, 0, 6), (0, 0, -6), (0, 6, 0)))

    assert around.links.shape == (3, FEATURES)
    assert around.regions.shape == (4, len(REGION))
    assert around.pairs.tolist() == [[0, 1], [0, 2], [0, 3]]
    # Each of the three meets both others in the middle, which is its first end.
    assert around.slot.tolist() == [0, 0, 1, 1, 2, 2]
    assert sorted(around.other[:2]) == [1, 2]


def test_a_turn_tells_straight_on_from_a_bend():
    around = surroundings(*star((0, 0, 6), (0, 0, -6), (0, 6, 0)))

    assert told(around, 0, 1, "straight") == pytest.approx(1)
    assert told(around, 0, 2, "straight") == pytest.approx(0)
    assert told(around, 0, 1, "parallel") == pytest.approx(1)
    assert told(around, 0, 2, "parallel") == pytest.approx(0)
    assert told(around, 0, 1, "apart") == pytest.approx(12)
    assert told(around, 0, 1, "linked") == 0
    assert told(around, 0, 1, "angle") == pytest.approx(0)


def test_links_that_set_out_far_apart_do_not_meet():
    fragments, regions, links = star((0, 0, 6), (0, 0, 60), (0, 0, 66))
    # Pieces 1 and 2 are one long region; 0 touches its one end, 3 its other.
    regions.parent[2] = 1
    pairs = np.array([[0, 1], [2, 3]])
    links = Links(pairs, links.fixed[:2], links.apart[:2], gap=False)

    around = surroundings(fragments, regions, links)

    assert around.pairs.tolist() == [[0, 1], [1, 2]]
    assert len(around.slot) == 0


def test_a_network_answers_the_same_in_any_order():
    fragments, regions, links = star((0, 0, 6), (0, 0, -6), (0, 6, 0), (5, 0, 1))
    order = np.array([2, 0, 3, 1])
    shuffled = replace(links, pairs=links.pairs[order][:, ::-1].copy())
    torch.manual_seed(0)
    net = ContextNet(FEATURES).eval()

    odds, neurite = judge(net, surroundings(fragments, regions, links))
    again, same = judge(net, surroundings(fragments, regions, shuffled))

    assert again == pytest.approx(odds[order], abs=1e-5)
    assert same == pytest.approx(neurite, abs=1e-5)
    assert odds.std() > 1e-4


def said_one_by_one(turns, weight, bias, other, own, index, start):
    """What `hear` works out, written down operation by operation."""
    count = start[1:] - start[:-1]
    end = torch.repeat_interleave(torch.arange(len(own)), count)
    said = torch.nn.functional.hardswish(
        turns @ weight + bias + other[index] + own[end]
    )
    none = torch.zeros_like(own)
    mean = none.index_add(0, end, said) / count.clamp(min=1)[:, None]
    return mean, none.scatter_reduce(0, end[:, None].expand_as(said), said, "amax")


def test_hearing_in_one_pass_is_hearing_one_by_one():
    made = torch.Generator().manual_seed(0)
    turns, *given = (
        torch.randn(*shape, generator=made)
        for shape in ((9, 5), (5, 4), (4,), (3, 4), (4, 4))
    )
    index = torch.tensor([0, 2, 1, 1, 0, 2, 2, 1, 0])
    start = torch.tensor([0, 3, 3, 8, 9])  # the second end has no turns
    to_mean, to_most = torch.randn(2, 4, 4, generator=made)

    def heard(how):
        leaves = [g.clone().requires_grad_() for g in given]
        mean, most = how(turns, *leaves, index, start)
        ((mean * to_mean).sum() + (most * to_most).sum()).backward()
        return [mean, most, *(leaf.grad for leaf in leaves)]

    for one, other in zip(heard(hear), heard(said_one_by_one), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_a_link_alone_has_no_turns():
    net = ContextNet(FEATURES).eval()

    odds, neurite = judge(net, surroundings(*star((0, 0, 6))))

    assert np.isfinite(odds).all()
    assert len(neurite) == 2


def crossing(rng):
    """Arms of one hue about a middle piece: right are those two that go straight on."""
    way = rng.normal(size=3)
    way *= 6 / np.linalg.norm(way)
    side = np.cross(way, rng.normal(size=3))
    side *= 6 / np.linalg.norm(side)
    votes = np.array([[100.0, 0, 0], [100, 0, 0], [100, 0, 0], [0, 100, 0]])
    order = rng.permutation(3)
    arms = np.array([way, -way, side])[order]
    whose = votes[1:][order]
    return Sight.of(surroundings(*star(*arms)), np.concatenate([votes[:1], whose]))


def test_a_network_learns_what_only_the_surroundings_tell():
    rng = np.random.default_rng(0)
    net = fit_context([crossing(rng) for _ in range(60)], seed=0, epochs=8)

    unseen = [crossing(rng) for _ in range(40)]
    right = [
        (judge(net, s.around)[0] > 0).tolist() == (s.right > 0).tolist() for s in unseen
    ]

    assert np.mean(right) > 0.9


def test_training_comes_out_the_same_each_time():
    def trained():
        rng = np.random.default_rng(1)
        return fit_context([crossing(rng) for _ in range(4)], seed=3, epochs=2)

    one, two = trained().state_dict(), trained().state_dict()

    assert all(torch.equal(one[name], two[name]) for name in one)


def test_what_is_not_clear_does_not_count():
    votes = np.array([[100.0, 0, 0], [50, 50, 0], [0, 0, 100], [0, 0, 100]])
    fragments, regions, links = star((0, 0, 6), (0, 0, -6), (0, 6, 0))
    links = replace(links, pairs=np.array([[0, 1], [0, 2], [2, 3]]))

    sight = Sight.of(surroundings(fragments, regions, links), votes)

    # Half of piece 1 is another's, and 2 and 3 are both background.
    assert sight.link_weight.tolist() == [0, 10, 0]
    assert sight.right[1] == 0
    assert sight.neurite.tolist() == [1, 1, 0, 0]


def test_a_gap_knows_the_contacts_of_its_two_regions():
    # Pieces 0 and 1 are one region, 2 and 3 another, 4 a third.
    region = np.array([0, 0, 2, 2, 4])
    fixed = np.array([[3.0], [-1.0], [9.0]])
    pairs = np.array([[0, 2], [3, 1], [2, 3]])
    touching = Links(pairs, fixed, np.ones(3), gap=False)

    touch = contacts_between(touching, region, np.array([[2, 1], [0, 4]]))

    # Two contacts that say 3 and -1; the third piece touches neither.
    assert touch[0] == pytest.approx([np.log(3), 1, -1, 3])
    assert touch[1].tolist() == [0, 0, 0, 0]


def test_contacts_inside_a_region_are_no_meetings():
    # Pieces 0 and 1 are one region by now.
    region = np.array([0, 0, 2])
    fixed = np.array([[0.5, 3.0], [0.6, -1.0], [0.7, 2.0]])
    pairs = np.array([[0, 1], [1, 2], [2, 0]])
    touching = Links(pairs, fixed, np.array([1.0, 2.0, 3.0]), gap=False)

    met = meeting_links(touching, region)

    assert met.pairs.tolist() == [[1, 2], [2, 0]]
    assert met.apart.tolist() == [2, 3]
    # What was known, then both contacts at once, then room for the second look.
    assert met.fixed[0] == pytest.approx([0.6, -1, np.log(3), 0.5, -1, 2, 0])


def test_all_links_between_two_regions_are_seen_together():
    pieces = star((0, 0, 6), (0, 0, 9), (0, 6, 0))[0].pieces
    pairs = np.array([[0, 1], [0, 2], [1, 2], [1, 3]])
    fixed = np.zeros((4, len(CONTACT) - len(BETWEEN)))
    fixed[:, -1] = (2.0, -6.0, 8.0, -9.0)
    weights = np.zeros(len(PAIR) + len(CONTACT))
    weights[[-3, -1]] = (1.0, 0.1)  # the mean, and a little of the best
    regions = regions_of(pieces)

    # Negative odds would be cut off by the first layer: shift them by 10.
    scorer = replace(Scorer.linear(weights, -11.0), mean=np.full(len(weights), -10.0))
    links = Links(pairs, fixed, np.ones(4), gap=False)
    used = contract(regions, links, scorer, 0.1, 0.0)

    # 1 and 2 join by 8; then 0 is linked to both, by 2 and -6: -2 on average.
    assert used.tolist() == [False, False, True, False]
