"""What `segment` finds in small volumes whose neurons are known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.filaments.drawn import picture, tube

from striate.data.volume import Volume
from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext
from striate_filaments.segmentation import SegmentParams, segment, suggest_defaults

SHAPE = (32, 120, 120)
RED, GREEN, YELLOW = (300, 20, 10), (10, 300, 20), (210, 210, 10)
ALONG_X = ((16, 60, 8), (16, 60, 112))
ALONG_Y = ((16, 8, 60), (16, 112, 60))
SHORT = {"minimum_length": 25.0}


class Hearing:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.lines, self.steps = [], []

    def on_progress(self, done, total, text):
        self.steps.append((done, total, text))

    def on_partial(self, value):
        """Nothing partial comes from here."""

    def on_log(self, text, level):
        self.lines.append(text)


def found(raw, axes="CZYX", ctx=None, **params):
    return segment(Volume.from_array(raw, axes), SegmentParams(**params), ctx)


def same_voxels(a, b):
    return [n.coordinates().tolist() for n in a] == [
        n.coordinates().tolist() for n in b
    ]


# ---- Colour


def test_two_neurons_of_unlike_hue_both_keep_their_crossing():
    raw = picture((tube(SHAPE, *ALONG_X), RED), (tube(SHAPE, *ALONG_Y), GREEN))

    neurons = found(raw)

    assert len(neurons) == 2
    assert sorted(neurons.at((16, 60, 60))) == [1, 2]
    assert len(neurons.at((16, 60, 20))) == len(neurons.at((16, 20, 60))) == 1
    assert neurons.at((16, 60, 20)) == neurons.at((16, 60, 100))
    assert neurons.at((16, 20, 60)) == neurons.at((16, 100, 60))


def test_colours_are_those_of_the_neurons_in_raw_channels():
    raw = picture((tube(SHAPE, *ALONG_X), YELLOW))

    (neuron,) = found(raw)

    assert neuron.colour == pytest.approx((0.706, 0.706, 0.034), abs=0.03)
    assert 0 < neuron.metadata["confidence"] <= 1


def test_a_gap_is_bridged_when_colour_and_direction_agree():
    raw = picture((tube(SHAPE, *ALONG_X, gaps=[(0.45, 0.55)]), RED))

    neurons = found(raw, **SHORT)

    assert len(neurons) == 1
    (neuron,) = neurons
    assert neuron.contains([(16, 60, 20), (16, 60, 60), (16, 60, 100)]).all()
    assert neuron.metadata["bridges"] >= 1


def test_a_gap_is_not_bridged_when_the_colour_differs():
    left, right = (
        tube(SHAPE, (16, 60, 8), (16, 60, 55)),
        tube(SHAPE, (16, 60, 66), (16, 60, 112)),
    )

    neurons = found(picture((left, RED), (right, GREEN)), **SHORT)

    assert len(neurons) == 2
    assert neurons.at((16, 60, 20)) != neurons.at((16, 60, 100))


def test_a_gap_wider_than_asked_for_stays_open():
    raw = picture((tube(SHAPE, *ALONG_X, gaps=[(0.4, 0.6)]), RED))

    assert len(found(raw, gap=5.0, **SHORT)) == 2
    assert len(found(raw, gap=30.0, **SHORT)) == 1


# ---- One channel


def test_one_channel_is_enough():
    (neuron,) = found(picture((tube(SHAPE, *ALONG_X), (300,)))[0], "ZYX")

    assert neuron.contains([(16, 60, x) for x in range(12, 108)]).all()


def test_where_one_channel_crosses_each_neuron_goes_straight_on():
    first = tube(SHAPE, (16, 30, 8), (16, 90, 112))
    second = tube(SHAPE, (16, 90, 8), (16, 30, 112))

    neurons = found(picture((first, (300,)), (second, (300,)))[0], "ZYX")

    assert len(neurons) == 2
    assert neurons.at((16, 34, 15)) == neurons.at((16, 86, 105))
    assert neurons.at((16, 86, 15)) == neurons.at((16, 34, 105))
    assert neurons.at((16, 34, 15)) != neurons.at((16, 86, 15))
    assert len(neurons.at((16, 60, 60))) == 2


def test_a_branch_point_is_no_crossing():
    trunk, branch = tube(SHAPE, *ALONG_X), tube(SHAPE, (16, 60, 60), (16, 112, 75))
    raw = picture((np.maximum(trunk, branch), (300,)))[0]

    assert len(found(raw, "ZYX")) == 1


# ---- The way it is worked out does not show


@pytest.fixture(scope="module")
def pair():
    first = tube(SHAPE, (8, 20, 8), (24, 100, 112), gaps=[(0.5, 0.55)])
    return picture((first, RED), (tube(SHAPE, *ALONG_Y), (40, 30, 60)))


def test_the_block_size_does_not_show(pair):
    whole, cut = found(pair, block=1024), found(pair, block=32)

    assert len(whole) == len(cut) == 2
    for a, b in zip(whole, cut, strict=True):
        both = len(np.intersect1d(flat(a), flat(b)))
        assert both > 0.999 * max(len(a), len(b))


def flat(neuron):
    return np.ravel_multi_index(tuple(neuron.coordinates().T), SHAPE)


def test_the_same_volume_gives_the_same_neurons(pair):
    assert same_voxels(found(pair), found(pair))


def test_a_region_gives_coordinates_of_the_whole_volume(pair):
    neurons = found(pair, roi=((0, 32), (60, 120), (0, 120)), **SHORT)

    assert neurons.shape == SHAPE
    assert all(n.start[1] >= 60 for n in neurons)
    assert len(neurons.at((16, 100, 60))) == 1


def test_what_was_decided_is_in_the_provenance(pair):
    volume = Volume.from_array(pair, "CZYX", voxel_size=(1.0, 0.5, 0.5))

    facts = segment(volume, SegmentParams(sensitivity=0.6)).provenance

    assert facts["params"]["sensitivity"] == 0.6
    assert facts["params"]["thickness"] == 0.0
    assert facts["notes"]["resolved"]["thickness"] == 1.0
    assert facts["notes"]["resolved"]["gap"] == 10.0
    assert suggest_defaults(volume)["thickness"] == 1.0
    assert suggest_defaults(volume)["minimum_length"] == 24.0


def test_progress_counts_up_and_a_cancel_stops(pair):
    ears = Hearing()
    found(pair, ctx=JobContext(ears))
    assert ears.steps[-1][:2] == (5, 5)
    assert "neurons" in ears.steps[-1][2]

    with pytest.raises(Cancelled):
        found(pair, ctx=JobContext(is_cancelled=lambda: len(ears.steps) > 0))


# ---- Unusual volumes


def test_a_plane_is_segmented_like_a_volume():
    first = tube((160, 160), (20, 10), (140, 150))
    second = tube((160, 160), (140, 10), (20, 150))

    neurons = found(picture((first, RED), (second, GREEN)), "CYX")

    assert len(neurons) == 2
    assert neurons.shape == (1, 160, 160)
    assert len(neurons.at((0, 80, 80))) == 2


@pytest.mark.parametrize(
    "convert",
    [
        lambda raw: raw > 120,
        lambda raw: np.clip(raw, 0, 255).astype(np.uint8),
        lambda raw: raw.astype(np.int32) - 1000,
        lambda raw: raw.astype(np.float64) / 1e5,
        lambda raw: raw.astype(np.float16),
    ],
    ids=["bool", "uint8", "negative", "tiny", "half"],
)
def test_every_kind_of_number_will_do(convert):
    raw = picture((tube(SHAPE, *ALONG_X), (200,)))[0]

    (neuron,) = found(convert(raw), "ZYX")

    assert neuron.contains([(16, 60, x) for x in range(12, 108)]).all()


def test_nan_and_inf_count_as_empty_and_the_log_says_so():
    raw = picture((tube(SHAPE, *ALONG_X), (300,)))[0]
    raw[:, 80:100] = np.nan
    raw[0, 0, 0] = np.inf
    ears = Hearing()

    (neuron,) = found(raw, "ZYX", JobContext(ears))

    assert neuron.contains([(16, 60, 60)]).all()
    assert any("not numbers" in line for line in ears.lines)


@pytest.mark.parametrize("value", [0, 7])
def test_a_volume_of_one_value_has_no_neurons_and_the_log_says_so(value):
    ears = Hearing()

    neurons = found(np.full((20, 40, 40), value, np.uint16), "ZYX", JobContext(ears))

    assert len(neurons) == 0
    assert any("Nothing in this volume" in line for line in ears.lines)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((3, 40, 100, 100), "CZYX"), ((60, 120, 120), "ZYX"), ((600, 600), "YX")],
)
def test_noise_alone_has_no_neurons(shape, axes):
    raw = np.random.default_rng(1).normal(100, 10, shape)

    assert len(found(raw, axes)) == 0


def test_thirteen_channels_are_allowed():
    colour = np.zeros(13)
    colour[[2, 11]] = 300
    other = np.zeros(13)
    other[5] = 300

    neurons = found(
        picture((tube(SHAPE, *ALONG_X), colour), (tube(SHAPE, *ALONG_Y), other))
    )

    assert len(neurons) == 2
    assert all(len(n.colour) == 13 for n in neurons)


def test_planes_further_apart_than_pixels_are_taken_into_account():
    fine = picture((tube((60, 120, 120), (10, 20, 8), (50, 100, 112)), (300,)))[0]
    volume = Volume.from_array(fine[::3], "ZYX", voxel_size=(1.5, 0.5, 0.5))

    neurons = segment(volume)

    assert len(neurons) == 1
    assert neurons.unit == "µm"
    assert len(neurons.at((10, 60, 60))) == 1


# ---- What cannot be done is said in one sentence


def test_a_region_outside_the_volume_is_refused(pair):
    with pytest.raises(InputError, match="reaches beyond the volume"):
        found(pair, roi=((0, 33), (0, 10), (0, 10)))


def test_complex_numbers_are_refused():
    with pytest.raises(InputError, match="complex"):
        found(np.zeros((4, 8, 8), complex), "ZYX")
