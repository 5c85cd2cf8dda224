"""Figures: to scale, with a bar of a round length."""

from __future__ import annotations

import numpy as np
import pytest
from tests.filaments.neuron_sets import bar, crossing_pair

from striate.data import Channel, Volume
from striate_filaments.figures import (
    _round_length,
    neuron_panel,
    overview,
    raw_panel,
)
from striate_filaments.neurons import NeuronSet


@pytest.fixture
def volume():
    counts = np.zeros((2, 6, 20, 40), "u2")
    counts[0, 2, 5, 10:30] = 1000
    counts[1, 4, 15, 10:30] = 1000
    channels = (Channel("a", "#FF0000"), Channel("b", "#00FF00"))
    return Volume.from_array(
        counts, "CZYX", voxel_size=(2.0, 0.5, 0.5), channels=channels
    )


def test_each_channel_is_projected_in_its_colour(volume):
    panel = raw_panel(volume)

    assert panel.top.shape == (20, 40, 3)
    assert panel.front.shape == (6, 40, 3)
    assert panel.top[5, 20].tolist() == [1, 0, 0]
    assert panel.top[15, 20].tolist() == [0, 1, 0]
    assert panel.front[2, 20].tolist() == [1, 0, 0]
    assert panel.top[0, 0].tolist() == [0, 0, 0]


def test_a_volume_of_nothing_is_black():
    empty = Volume.from_array(np.zeros((1, 4, 8, 8), "u1"), "CZYX")

    assert raw_panel(empty).top.max() == 0


def test_neurons_are_numbered_at_their_thickest_place():
    thick = bar(4, (0, 8, 10), 5, thickness=5)
    panel = neuron_panel(NeuronSet((9, 20, 40), neurons=[thick]), "")

    ((number, (y, x)),) = panel.numbers
    assert number == 4
    assert 8 <= y < 13
    assert 10 <= x < 15
    assert panel.top[10, 12].max() > 0.5
    assert panel.top[0, 0].max() == 0


def test_anisotropic_voxels_are_drawn_to_scale(volume):
    panel = raw_panel(volume)

    sheet = overview([panel], (2.0, 0.5, 0.5), "µm", title="Two lines")

    # 40 x 0.5 µm across are 760 pixels; 20 x 0.5 down and 6 x 2 below: 380 and 456,
    # with margins, title, heading and the gap between the two views.
    assert sheet.width == 760 + 2 * 36
    assert sheet.height == 380 + 456 + 2 * 36 + 60 + 48 + 8


def test_a_note_and_more_panels_make_the_sheet_larger(volume):
    raw = raw_panel(volume)
    neurons = neuron_panel(crossing_pair(), "Neurons", raw)

    one = overview([raw], (2.0, 0.5, 0.5), "µm", title="x")
    two = overview([raw, neurons], (2.0, 0.5, 0.5), "µm", title="x", note="a\nb")

    assert two.width > 1.8 * one.width
    assert two.height > one.height


@pytest.mark.parametrize(
    ("wanted", "length"),
    [(1, 1), (1.99, 1), (2, 2), (9.7, 5), (19.7, 10), (0.34, 0.2), (4321, 2000)],
)
def test_scale_bars_have_round_lengths(wanted, length):
    assert _round_length(wanted) == pytest.approx(length)
