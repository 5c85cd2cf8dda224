"""Preferred images rise in what they are made for, and know where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext
from striate_cortex.synthesis import heat_map, preferred_images, standing
from striate_cortex.synthesis.fourier import FourierPicture
from striate_cortex.synthesis.networks import StarterNetwork
from striate_cortex.synthesis.ranking import keep_top

torch = pytest.importorskip("torch")


class Colours(torch.nn.Module):
    """A network of three classes: how red, green and blue a picture is."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm2d(3)
        self.eval().requires_grad_(False)

    def forward(self, x):
        return 8 * self.norm(x).mean((2, 3))


def colours():
    return StarterNetwork(Colours(), torch.eye(3), 16)


def make(weights, **options):
    parts = {"network": colours(), "judge": colours(), "size": 16, "steps": 60}
    return preferred_images(weights, **(parts | options))


def test_an_image_becomes_what_the_weights_ask_for():
    for channel in range(3):
        made = make(np.eye(3)[channel], count=1)
        mean = made.images[0].mean((0, 1))
        assert mean.argmax() == channel
        assert mean[channel] > np.delete(mean, channel).max() + 30


def test_a_contrast_raises_one_and_lowers_the_other():
    mean = make([1.0, -1.0, 0], count=1).images[0].mean((0, 1))
    assert mean[0] > mean[1] + 30


def test_images_are_ranked_by_the_judge_and_can_be_made_again():
    made = make([1, 0, 0], count=3, seed=5)
    assert (np.diff(made.judged) <= 0).all()
    assert sorted(made.seeds) == [5, 6, 7]
    again = make([1, 0, 0], count=3, seed=5)
    assert np.array_equal(made.images, again.images)
    # Responses come in units of the weights.
    twice = make([2, 0, 0], count=3, seed=5)
    assert np.allclose(twice.responses, 2 * made.responses)


def test_a_cancel_is_honoured_at_the_step_it_comes_and_partials_came_before():
    steps = []
    ctx = JobContext(is_cancelled=lambda: len(steps) >= 3)
    with pytest.raises(Cancelled):
        make([1, 0, 0], count=1, on_partial=lambda k, p: steps.append((k, p)), ctx=ctx)
    assert [k for k, _ in steps] == [0, 6, 12]
    assert steps[0][1].shape == (1, 16, 16, 3)


def test_weights_that_show_nothing_are_refused():
    with pytest.raises(InputError, match="all zero"):
        make([0, 0, 0])
    with pytest.raises(InputError, match="starter"):
        make(np.ones(512))


def test_a_picture_begins_grey_and_its_power_falls_as_natural_ones_do():
    pictures = FourierPicture(2, 64, seed=1)().detach().numpy()
    assert np.abs(pictures - 0.5).max() < 0.2
    assert not np.array_equal(pictures[0], pictures[1])
    power = np.abs(np.fft.fft2(pictures[0, 0] - pictures[0, 0].mean())) ** 2
    row = power[0, 1:32]
    assert row[:4].mean() > 10 * row[-8:].mean()


def test_standing_by_hand():
    library = np.array([[1.0], [2], [3], [4]])
    found = standing([2.5, 4, 9], [1.0], library)
    assert np.allclose(found.z, (np.array([2.5, 4, 9]) - 2.5) / np.std([1, 2, 3, 4]))
    assert found.percentile.tolist() == [50, 87.5, 100]
    assert np.isnan(standing([1], [0.0], library).z).all()
    with pytest.raises(InputError, match="same encoder"):
        standing([1], np.ones(2), library)


def test_the_top_fifth_is_kept():
    assert keep_top(np.arange(10)).tolist() == [9, 8]
    assert keep_top([3.0]).tolist() == [0]


class Places(torch.nn.Module):
    """Class 0 is redness, in a map that keeps places."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm2d(3)
        self.eval().requires_grad_(False)

    def forward(self, x):
        return 4 * self.norm(torch.nn.functional.avg_pool2d(x, 4)).mean((2, 3))


def test_a_heat_map_is_hot_where_the_thing_is():
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[8:, 8:, 0] = 255
    heat = heat_map(
        picture, [1.0, 0, 0], network=StarterNetwork(Places(), torch.eye(3), 16)
    )
    assert heat.shape == (4, 4)
    assert heat[3, 3] == 1
    assert (heat[:2].max(), heat[:, :2].max()) == (0, 0)
