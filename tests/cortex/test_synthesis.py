"""Preferred images rise in what they are made for, and know where they stand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cortex.tiny_diffusion import ColourEncoder

from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext
from striate_cortex.synthesis import (
    SynthesisParams,
    contrast,
    heat_map,
    preferred_images,
    standing,
    synthesize,
)
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
    alone = make([1, 0, 0], count=1, seed=6).images[0].astype(int)
    among = made.images[list(made.seeds).index(6)]
    assert np.abs(alone - among).max() <= 2
    # Responses come in units of the weights.
    twice = make([2, 0, 0], count=3, seed=5)
    assert np.allclose(twice.responses, 2 * made.responses)


def test_more_like_this_begins_with_the_image_and_goes_on_from_it():
    base = np.zeros((1, 16, 16, 3), np.uint8) + np.uint8(90)
    base[0, 4:8, 4:8] = (60, 60, 200)
    none, some = (
        make([1, 0, 0], count=1, steps=0, start=base, jitter=j).images[0].astype(int)
        for j in (0, 0.5)
    )
    assert np.abs(none - base[0]).max() <= 1
    assert 2 < np.abs(some - base[0]).mean() < 60
    led = make([1, 0, 0], count=1, steps=8, start=base, jitter=0).images[0]
    assert led[..., 0].mean() > base[..., 0].mean() + 3
    assert led[4:8, 4:8, 2].mean() > led[12:, 12:, 2].mean() + 20
    with pytest.raises(InputError, match="8 bits"):
        make([1, 0, 0], start=base / 255)


def test_images_begin_with_the_facets_in_turn_and_end_with_the_unit():
    facets = np.eye(3)[[1, 2]]
    heard = []
    make([1.0, 0, 0], count=2, steps=20, facets=facets,
         on_partial=lambda k, images: heard.append(images))  # fmt: skip
    early = heard[4].mean((1, 2))
    assert early[0, 1] > early[1, 1] + 1
    assert early[1, 2] > early[0, 2] + 1
    late = heard[-1].mean((1, 2))
    assert (redness(late) > redness(early) + 3).all()


def redness(means):
    """Red less the mean of green and blue, of (n, 3)."""
    return means[:, 0] - means[:, 1:].mean(1)


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


def test_standing_of_a_model_that_brings_features_to_unit_length():
    library = np.array([[2.0, 0], [0, 5], [3, 4]])
    found = standing([0.7], [1.0, 0], library, normalised=True)
    known = np.array([1, 0, 0.6])
    assert found.z[0] == pytest.approx((0.7 - known.mean()) / known.std())


def test_weights_of_a_unit_a_region_a_drawn_one_and_a_contrast():
    weights = np.arange(8.0).reshape(4, 2)
    assert contrast(weights, [2]).tolist() == [4, 5]
    assert contrast(weights, [0, 1]).tolist() == [1, 2]
    drawn = np.array([True, False, False, True])
    assert contrast(weights, drawn).tolist() == [3, 4]
    assert contrast(weights, drawn, [0]).tolist() == [3, 3]
    for none in ([], [4], [False] * 4):
        with pytest.raises(InputError, match="0 to 3"):
            contrast(weights, none)


def test_a_record_holds_every_number_and_any_encoder_will_do():
    encoder = ColourEncoder()
    library = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    heard = []
    made = synthesize(
        [1.0, 0, 0], encoder, SynthesisParams(seeds=4, steps=20, size=16, keep=0.5),
        library=library, simulated=True, seed=7, on_partial=heard.append,
    )  # fmt: skip
    assert (len(made), made.made, made.method) == (2, 4, "activation")
    own = made.images[..., 0].mean((1, 2)) / 255
    assert np.allclose(made.predicted, own, atol=1e-5)
    below = [(library[:, 0] < r).mean() * 100 for r in own]
    assert np.allclose(made.percentile, below)
    assert made.simulated
    assert made.facts["simulated"]
    assert np.isnan(made.judged).all()
    first = made.rows()[0]
    assert (first["seed"], first["judged"]) == (made.seeds[0], None)
    # Three at a time, then the fourth.
    assert {tuple(f.seeds.tolist()) for f in heard} == {(7, 8, 9), (10,)}
    assert max(f.done for f in heard) == 3


def test_without_a_library_there_is_no_standing_and_of_another_space_it_is_refused():
    params = SynthesisParams(seeds=1, steps=1, size=16)
    made = synthesize([1.0, 0, 0], ColourEncoder(), params)
    assert np.isnan([made.z, made.percentile]).all()
    with pytest.raises(InputError, match="same encoder"):
        synthesize([1.0, 0, 0], ColourEncoder(), params, library=np.ones((5, 4)))


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


def test_a_heat_map_of_a_transformer_is_of_its_patches():
    pytest.importorskip("transformers")
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

    from striate_cortex.encoders.clip import ClipEncoder
    from striate_cortex.encoders.contract import EncoderSpace
    from striate_cortex.encoders.pictures import Preparation

    side = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 2}  # fmt: skip
    vision = {**side, "image_size": 32, "patch_size": 8}
    text = {**side, "vocab_size": 20, "max_position_embeddings": 8}
    torch.manual_seed(0)
    clip = CLIPModel(
        CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    )
    siglip = SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
    picture = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    for model in (clip, siglip):
        space = EncoderSpace(name="tiny", dimension=16)
        encoder = ClipEncoder(model, None, space, Preparation(32))
        heat = heat_map(picture, np.ones(16), encoder)
        other = heat_map(picture, -np.ones(16), encoder)
        assert heat.shape == (4, 4)
        assert max(heat.max(), other.max()) == 1
        # What speaks for the unit does not speak against it.
        assert not (heat * other).any()
        # A gradient sees what the encoder sees.
        from striate_cortex.synthesis.networks import network_of

        pixels = torch.tensor(picture.transpose(2, 0, 1)[None] / 255.0).float()
        seen = network_of(encoder).see(pixels).detach().numpy()
        assert np.allclose(seen, encoder.embed_images([picture]), atol=0.05)
