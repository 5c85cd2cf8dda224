"""Linking: scores, contraction, and neurons that only the score tells apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from striate.errors import InputError
from striate_filaments.linking.context import ContextNet
from striate_filaments.linking.contraction import Lesson, contract
from striate_filaments.linking.contrast import Contrast
from striate_filaments.linking.links import BETWEEN, CONTACT, GAP, MEETING, Links
from striate_filaments.linking.model import (
    LinkModel,
    Settings,
    load_links,
    save_links,
)
from striate_filaments.linking.regions import PAIR, LinkRegions
from striate_filaments.linking.scorer import Scorer
from striate_filaments.segmentation.graph import Pieces

RED, GREEN = (100.0, 0.0, 0.0), (0.0, 100.0, 0.0)


def row_of_pieces(*colours):
    """Pieces of 100 voxels in a row, 6 half thicknesses apart, hues exact to 1 %."""
    count = len(colours)
    total = np.asarray(colours, float)
    place = np.zeros((count, 3))
    place[:, 2] = 6.0 * np.arange(count)
    return Pieces(
        np.repeat(np.arange(count), 100), total, np.full((count, 3), 1.0),
        np.full(count, 100.0), np.full(count, 20.0), place,
    )  # fmt: skip


def contrast_of(pieces):
    """As if nothing shone but the pieces."""
    return Contrast(pieces.total, pieces.variance, np.ones(len(pieces)))


def regions_of(pieces):
    count = len(pieces)
    return LinkRegions.of(
        pieces, contrast_of(pieces), np.full(count, 500.0), np.zeros(count)
    )


def chain(pieces, *, gap=False):
    """Links from each piece to the next, with nothing else to say."""
    pairs = np.stack([np.arange(len(pieces) - 1), np.arange(1, len(pieces))], axis=1)
    width = len(GAP if gap else CONTACT) - len(BETWEEN)
    apart = np.full(len(pairs), 6.0)
    return Links(pairs, np.zeros((len(pairs), width)), apart, gap)


def by_hue(width):
    """Log-odds of 2 less 20 times the hue angle in radians."""
    weights = np.zeros(len(PAIR) + width)
    weights[PAIR.index("angle")] = -20.0
    return Scorer.linear(weights, 2.0)


def test_a_score_is_what_the_layers_say():
    scorer = Scorer(
        mean=np.array([1.0, 0.0]), spread=np.array([2.0, 1.0]),
        w1=np.array([[1.0, 0.0], [0.0, -1.0]]), b1=np.array([0.0, 0.5]),
        w2=np.array([[2.0, 1.0]]), b2=np.array([-1.0]), w3=np.array([3.0, 0.25]),
    )  # fmt: skip

    # (5 - 1) / 2 = 2 and 0: hidden 2 and 0.5; then 2 * 2 + 0.5 - 1 = 3.5.
    assert scorer(np.array([[5.0, 0.0]]))[0] == pytest.approx(3 * 3.5 + 0.25)


def test_features_far_out_count_no_more_than_four_deviations():
    scorer = by_hue(0)

    near, far = scorer(
        np.array([[4e2] + [0.0] * (len(PAIR) - 1), [4e5] + [0.0] * (len(PAIR) - 1)])
    )

    assert near == far == pytest.approx(2 - 20 * 400)


def test_pieces_of_one_hue_join_and_others_do_not():
    pieces = row_of_pieces(RED, RED, GREEN, GREEN, GREEN)
    regions = regions_of(pieces)

    used = contract(regions, chain(pieces), by_hue(len(CONTACT)), 0.1, 0.0)

    assert used.tolist() == [True, False, True, True]
    assert len(set(regions.labels[:2])) == 1
    assert len(set(regions.labels[2:])) == 1
    assert regions.labels[0] != regions.labels[2]


def test_what_is_known_of_a_region_adds_up():
    pieces = row_of_pieces(RED, RED, RED)
    regions = regions_of(pieces)

    contract(regions, chain(pieces, gap=True), by_hue(len(GAP)), 0.1, 0.0)

    name = regions.labels[0]
    size, shine, cable, gaps, count, *_ = regions.sums[name]
    assert (size, shine, cable, gaps, count) == (300, 1500, 12, 12, 3)
    assert regions.total[name].tolist() == [300, 0, 0]
    assert regions.contrast[name].tolist() == [300, 0, 0]
    assert regions.doubt[name].tolist() == [3, 3, 3]


def test_a_threshold_above_the_score_joins_nothing():
    pieces = row_of_pieces(RED, RED)

    used = contract(
        regions_of(pieces), chain(pieces), by_hue(len(CONTACT)), 0.1, threshold=2.5
    )

    assert not used.any()


def test_a_lesson_notes_every_decision_and_obeys_the_truth():
    pieces = row_of_pieces(RED, GREEN, RED)
    # The first two are one neuron whatever their hue; the third is another.
    votes = np.array([[90.0, 0, 10], [100.0, 0, 0], [0, 100.0, 0]])
    regions = regions_of(pieces)
    lesson = Lesson(votes, obey=True)

    used = contract(regions, chain(pieces), by_hue(len(CONTACT)), 0.1, 0.0, lesson)

    assert used.tolist() == [True, False]
    assert sorted(lesson.answer.tolist()) == [False, True]
    assert lesson.features.shape == (2, len(PAIR) + len(CONTACT))
    assert lesson.votes[regions.labels[0]].tolist() == [190, 0, 10]


def test_a_model_comes_back_from_its_file(tmp_path):
    scorer = by_hue(len(CONTACT))
    settings = Settings(low=3.0, contact=1.5, rounds=3)
    near, far = ContextNet(40, width=8), ContextNet(50, width=4, rounds=1)
    model = LinkModel(
        near, near, far, scorer, by_hue(len(MEETING)), by_hue(len(GAP)), by_hue(0),
        settings, {},
    )  # fmt: skip
    file = tmp_path / "links.safetensors"

    save_links(file, model)
    found = load_links(file)

    assert found.settings == settings
    assert found.far.sizes == {"features": 50, "width": 4, "rounds": 1}
    assert torch.equal(found.near.link_in[0].weight, near.link_in[0].weight)
    assert np.allclose(found.contact.w3, scorer.w3)
    assert found.gap.w1.shape == (len(PAIR) + len(GAP),) * 2


def test_what_is_no_model_is_named(tmp_path):
    file = tmp_path / "links.safetensors"
    file.write_bytes(b"not a model")

    with pytest.raises(InputError, match=r"links\.safetensors is no linking model"):
        load_links(file)
