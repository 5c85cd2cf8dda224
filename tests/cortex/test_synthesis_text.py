"""Images from a text, and the job and command for all methods, on tiny models."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from tests.cortex.tiny_diffusion import ColourEncoder, save_tiny

from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext, SilentListener
from striate_cortex.synthesis import SynthesisParams, synthesize

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


def make(model, start=None, ctx=None, on_partial=None, **options):
    choices = {"method": "text", "model": str(model), "seeds": 2, "steps": 3,
               "prompt": "a face"}  # fmt: skip
    params = SynthesisParams(**(choices | options))
    return synthesize(
        [1.0, 0, 0], ColourEncoder(), params, seed=2, start=start, ctx=ctx,
        on_partial=on_partial,
    )  # fmt: skip


def test_a_text_becomes_images_ranked_by_the_encoder(model):
    made = make(model, seeds=3)
    assert made.images.shape == (3, 16, 16, 3)
    assert (np.diff(made.predicted) <= 0).all()
    assert sorted(made.seeds) == [2, 3, 4]
    assert made.facts["schedule"] == "DPMSolverMultistepScheduler"
    assert made.facts["prompt"] == "a face"
    again = make(model, seeds=3)
    assert np.array_equal(made.images, again.images)
    other = make(model, seeds=3, prompt="a house on a hill", guidance_scale=30)
    assert not np.array_equal(made.images, other.images)


def test_more_like_this_is_image_to_image(model):
    base = np.zeros((1, 16, 16, 3), np.uint8) + np.uint8(120)
    made = make(model, start=base, jitter=0.9, seeds=1, steps=10)
    assert made.images.shape == (1, 16, 16, 3)
    assert not np.array_equal(made.images, make(model, seeds=1, steps=10).images)


def test_partials_and_cancel(model):
    heard = []
    ctx = JobContext(is_cancelled=lambda: len(heard) >= 2)
    with pytest.raises(Cancelled):
        make(model, steps=6, ctx=ctx, on_partial=heard.append)
    assert [f.step for f in heard] == [0, 1]
    assert heard[0].images.shape == (1, 16, 16, 3)


def test_without_a_text_or_with_another_kind_of_model_it_says_so(model, tmp_path):
    with pytest.raises(InputError, match="no text"):
        make(model, prompt="  ")
    (tmp_path / "model_index.json").write_text(
        json.dumps(
            {"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"]}
        )
    )
    with pytest.raises(InputError, match="cannot make images from a text"):
        make(tmp_path)


# ---- The job


class Heard(SilentListener):
    def __init__(self):
        self.partials = []

    def on_partial(self, value):
        """Look at the files while they are there."""
        sizes = [Image.open(p).size for p in value["images"]]
        self.partials.append((value["step"], value["seeds"], sizes))


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    from tests.cortex.panel_parts import write_small_subject

    folder = tmp_path_factory.mktemp("subject") / "small"
    write_small_subject(folder, simulated=True)
    return folder


@pytest.fixture
def colours(monkeypatch):
    """Its three features are taken for colours: no encoder that ships has three."""
    import striate_cortex.encoders as encoders

    def opened(*_, **__):
        return ColourEncoder("tiny")

    monkeypatch.setattr(encoders, "open_encoder", opened, raising=False)


def test_the_job_writes_images_sheet_numbers_and_provenance(
    subject, model, tmp_path, colours
):
    from striate_cortex.synthesis_job import SynthesizeJob, run_synthesize

    listener = Heard()
    params = SynthesizeJob(
        model=subject, units="face", minus="5",
        synthesis={"method": "guided", "model": str(model), "seeds": 2, "steps": 3,
                   "sag_scale": 0},
        out=tmp_path / "images",
    )  # fmt: skip

    outcome = run_synthesize(params, JobContext(listener, seed=9))

    assert [p.name for p in outcome.images] == [
        f"{k + 1:02}-seed{s}.png" for k, s in enumerate(outcome.seeds)
    ]
    assert sorted(outcome.seeds) == [9, 10]
    assert "simulated" in outcome.title
    told = json.loads((outcome.path / "images.json").read_text("utf-8"))
    assert told["simulated"] is True
    assert told["settings"]["scale"] == 130
    assert told["images"][0]["percentile"] == outcome.percentile[0]
    sheet = np.asarray(Image.open(outcome.sheet).convert("RGB"))
    assert sheet.shape[1] == 12 + 2 * 204
    record = json.loads((tmp_path / "images.provenance.json").read_text("utf-8"))
    assert (record["seed"], record["model"]["title"]) == (9, "model")
    assert listener.partials[0] == (0, [9], [(16, 16)])
    more = SynthesizeJob(
        model=subject, units="0", like=(outcome.images[0],),
        synthesis={"method": "guided", "model": str(model), "seeds": 1, "steps": 2,
                   "sag_scale": 0},
        out=tmp_path / "more",
    )  # fmt: skip
    assert len(run_synthesize(more, JobContext()).images) == 1
