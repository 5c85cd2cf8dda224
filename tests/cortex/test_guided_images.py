"""Guided diffusion from end to end, with a tiny model in the published layout."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cortex.tiny_diffusion import ColourEncoder, save_tiny

from striate.errors import Cancelled, InputError, OutOfMemoryError
from striate.jobs.context import JobContext
from striate_cortex.synthesis import SynthesisParams, synthesize

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

RED = [1.0, 0, 0]
LIBRARY = np.random.default_rng(0).random((50, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


def make(model, weights=RED, seed=3, library=LIBRARY, start=None, ctx=None,
         on_partial=None, **options):  # fmt: skip
    choices = {
        "method": "guided", "model": str(model), "seeds": 2, "steps": 4, "scale": 0.0,
        "sag_scale": 0.0,
    }  # fmt: skip
    params = SynthesisParams(**(choices | options))
    return synthesize(
        weights, ColourEncoder(), params, library=library, seed=seed, start=start,
        on_partial=on_partial, ctx=ctx,
    )  # fmt: skip


def by_seed(made):
    return made.predicted[np.argsort(made.seeds)]


@pytest.mark.parametrize("schedule", ["dpm++", "ddim", "unipc"])
def test_guidance_raises_the_response_of_the_same_seeds(model, schedule):
    plain, led = (make(model, scale=s, schedule=schedule) for s in (0, 3000.0))
    assert (by_seed(led) > by_seed(plain) + 0.01).all()
    assert led.facts["schedule"] == schedule


def test_a_contrast_of_two_leads_away_from_the_second(model):
    plain, led = (
        make(model, weights=[1.0, -1.0, 0], scale=s, sag_scale=0.75) for s in (0, 3000)
    )
    assert (by_seed(led) > by_seed(plain)).all()


def test_a_network_that_predicts_velocity_is_led_too(tmp_path):
    place = save_tiny(tmp_path, prediction="v_prediction")
    plain, led = (make(place, scale=s) for s in (0, 3000.0))
    assert led.facts["prediction"] == "v_prediction"
    assert (by_seed(led) > by_seed(plain)).all()


def test_a_record_says_what_was_made_and_where_it_stands(model):
    made = make(model, seeds=10, scale=500.0, library=LIBRARY)
    # The best fifth, best first, each of its own seed.
    assert (len(made), made.made) == (2, 10)
    assert made.images.shape == (2, 16, 16, 3)
    assert made.images.dtype == np.uint8
    assert made.predicted[0] >= made.predicted[1]
    assert set(made.seeds) <= set(range(3, 13))
    own = [image[..., 0].mean() / 255 for image in made.images]
    assert np.allclose(made.predicted, own, atol=1e-5)
    known = LIBRARY[:, 0]
    assert np.allclose(made.z, (own - known.mean()) / known.std(), atol=1e-3)
    assert made.model["licence"] == "not stated"
    assert np.isnan(made.judged).all()
    assert made.facts["sag_scale"] == 0


def test_a_seed_gives_the_same_image_alone_and_among_others(model):
    both = make(model, seed=5, scale=500.0, batch=2)
    again = make(model, seed=5, scale=500.0, batch=2)
    alone = make(model, seed=6, scale=500.0, seeds=1)
    assert np.array_equal(both.images, again.images)
    same = both.images[list(both.seeds).index(6)].astype(int)
    assert np.abs(same - alone.images[0]).max() <= 1


def test_more_like_this_stays_near_what_it_begins_with(model):
    from PIL import Image

    base = np.zeros((8, 8, 3), np.uint8)
    base[:, :4] = (220, 40, 40)
    base = np.asarray(Image.fromarray(base).resize((16, 16)))[None]
    near, far = (make(model, start=base, jitter=j, seeds=1) for j in (0.25, 1.0))
    away = [np.abs(m.images[0].astype(int) - base[0]).mean() for m in (near, far)]
    assert away[0] < away[1]


def test_partials_come_as_images_form_and_a_cancel_ends_it_at_the_next_step(model):
    heard = []
    ctx = JobContext(is_cancelled=lambda: len(heard) >= 3)
    with pytest.raises(Cancelled):
        make(model, steps=8, ctx=ctx, on_partial=heard.append)
    assert [f.step for f in heard] == [0, 1, 2]
    assert heard[0].images.shape == (1, 16, 16, 3)
    assert (heard[0].seeds.tolist(), heard[0].done, heard[0].total) == ([3], 0, 2)


def test_a_prompt_is_weighed_against_the_empty_one(model):
    none, zero, one = (
        make(model, seeds=1, prompt=text, guidance_scale=scale)
        for text, scale in (("", 5.0), ("a face", 0.0), ("a face", 5.0))
    )
    assert np.array_equal(none.images, zero.images)
    assert not np.array_equal(none.images, one.images)


def test_memory_that_runs_out_halves_the_batch_and_then_says_so(model, monkeypatch):
    from striate_cortex.synthesis import guided

    real, tried = guided.sample, []

    def scarce(*args):
        tried.append(len(args[2]))
        if len(args[2]) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(*args)

    monkeypatch.setattr(guided, "sample", scarce)
    room = 1
    assert len(make(model, seeds=4, batch=4, steps=1)) == 4
    assert tried == [4, 2, 1, 1, 1, 1]
    room = 0
    with pytest.raises(OutOfMemoryError, match="one image"):
        make(model, seeds=1, steps=1)


def test_what_cannot_be_led_is_told_in_a_sentence(model, tmp_path):
    with pytest.raises(InputError, match="multiple of 4"):
        make(model, size=18)
    with pytest.raises(InputError, match="no diffusion model"):
        make(tmp_path)
    with pytest.raises(InputError, match="3 dimensions"):
        make(model, weights=np.ones(5))
    with pytest.raises(InputError, match="all zero"):
        make(model, weights=np.zeros(3))
    place = save_tiny(tmp_path / "pickled", safe=False)
    with pytest.raises(InputError, match="safetensors"):
        make(place)
