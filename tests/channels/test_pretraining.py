"""Training without labels: views, loss, loop, and a card that tells the truth."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from striate.errors import Cancelled, InputError
from striate.jobs import JobContext
from striate.models import ModelCard
from striate_channels.chadavit import load_chadavit
from striate_channels.pretraining import PretrainParams, pretrain
from striate_channels.pretraining.distillation import (
    Centre,
    koleo,
    self_distillation,
)
from striate_channels.pretraining.pool import ImagePool, SimulatedPool
from striate_channels.pretraining.saving import pretrain_into
from striate_channels.pretraining.views import make_views, normalised
from striate_channels.simulation import simulate_field
from striate_channels.simulation.painters import PAINTERS

SMALL = PretrainParams(
    steps=3, batch=4, depth=1, embed_dim=16, num_heads=2, ffn_dim=16, img_size=32,
    prototypes=16, threads=1,
)  # fmt: skip


def test_simulated_fields_have_the_stains_asked_for_and_repeat():
    field = simulate_field(
        np.random.default_rng(0), 2, size=64, stains=["nuclei", "spots"]
    )
    again = simulate_field(
        np.random.default_rng(0), 2, size=64, stains=["nuclei", "spots"]
    )
    assert field.stains == ("nuclei", "spots")
    assert field.pixels.shape == (2, 64, 64)
    np.testing.assert_array_equal(field.pixels, again.pixels)


@pytest.mark.parametrize("stain", PAINTERS)
def test_every_stain_shows_something_finite(stain):
    rng = np.random.default_rng(1)
    pixels = simulate_field(rng, 1, size=48, stains=[stain]).pixels
    assert np.isfinite(pixels).all()
    assert pixels.std() > 0


def test_views_are_normalised_and_differ():
    pictures = torch.rand(3, 2, 48, 48)
    g = torch.Generator().manual_seed(0)
    a, b = (make_views(pictures, 32, (0.3, 1.0), g) for _ in range(2))
    assert a.shape == (3, 2, 32, 32)
    torch.testing.assert_close(a.mean((2, 3)), torch.zeros(3, 2), atol=1e-4, rtol=0)
    assert not torch.allclose(a, b, atol=0.1)
    flat = normalised(torch.ones(1, 1, 4, 4))
    assert (flat == 0).all()


def test_the_loss_is_least_when_the_student_agrees_with_the_teacher():
    teacher = torch.tensor([[4.0, 0.0, 0.0]])
    centre = Centre(3)
    same = self_distillation([teacher, teacher], [teacher, teacher], centre, 0.1)
    other = self_distillation([teacher.flip(1)] * 2, [teacher] * 2, centre, 0.1)
    assert same < 0.01 < other


def test_koleo_wants_features_apart():
    close = torch.tensor([[1.0, 0.0], [1.0, 0.01], [1.0, -0.01]])
    far = torch.tensor([[1.0, 0.0], [-1.0, 0.1], [0.0, 1.0]])
    assert koleo(far) < koleo(close)


def test_a_training_repeats_itself_and_changes_the_network():
    runs = [pretrain(SimulatedPool(48, 8), SMALL, JobContext(seed=4)) for _ in range(2)]
    first, second = (r.model.state_dict() for r in runs)
    assert runs[0].steps == 3
    assert runs[0].losses == runs[1].losses
    for name, value in first.items():
        torch.testing.assert_close(value, second[name], atol=0, rtol=0)
    # Also where torch was before must not matter: the seed is the job's.
    assert np.isfinite(runs[0].losses).all()


def test_a_model_folder_has_weights_configuration_and_an_honest_card(tmp_path, stack):
    image, _ = stack
    outcome = pretrain_into(
        tmp_path / "mine", SMALL, JobContext(), name="mine", images=[image]
    )
    card = ModelCard.read(outcome.card)
    assert card.details["simulated_training"]
    assert card.details["training"]["images"] == ["cells.tif"]
    assert card.details["training"]["steps"] == 3
    model = load_chadavit(outcome.folder)
    assert model.config.embed_dim == 16
    assert load_chadavit(str(outcome.card)).config == model.config
    assert json.loads((tmp_path / "mine.provenance.json").read_text())["seed"] == 0


def test_a_model_is_trained_further(tmp_path, tiny):
    before = load_chadavit(tiny).state_dict()["norm.weight"].clone()
    outcome = pretrain_into(
        tmp_path / "more", SMALL, JobContext(), name="more", continue_from=str(tiny)
    )
    after = load_chadavit(outcome.folder)
    assert after.config.img_size == 32
    assert not torch.equal(after.state_dict()["norm.weight"], before)


def test_cancelling_leaves_nothing(tmp_path):
    steps = []

    class Ear:
        def on_progress(self, done, total, text):
            steps.append(done)

        def on_partial(self, value): ...
        def on_log(self, text, level): ...

    ctx = JobContext(Ear(), is_cancelled=lambda: len(steps) >= 1)
    with pytest.raises(Cancelled):
        pretrain_into(tmp_path / "m", SMALL, ctx, name="m")
    assert list(tmp_path.glob("*m*")) == []


def test_images_smaller_than_a_patch_are_refused(tmp_path):
    np.save(tmp_path / "s.npy", np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="smaller than one patch"):
        pretrain_into(tmp_path / "m", SMALL, JobContext(), name="m",
                      images=[tmp_path / "s.npy"])  # fmt: skip


def test_crops_of_images_have_some_of_their_channels(stack):
    from striate import open_volume

    pool = ImagePool([open_volume(stack[0])], size=24)
    rng = np.random.default_rng(0)
    shapes = {pool.batch(rng, 2).shape for _ in range(12)}
    assert shapes == {(2, 1, 24, 24), (2, 2, 24, 24)}
