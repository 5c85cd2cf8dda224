"""Training the segmenter: how it goes on, what is kept, and what comes of it."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from striate.errors import StriateError
from striate.jobs.context import JobContext
from striate_filaments.learned import load_model
from striate_filaments.learned.files import find_model
from striate_filaments.linking.opening import BESIDE
from striate_filaments.training import TrainParams, TrainSource, train


class Hearing:
    """Keeps what it hears, and may cut the run off at a step."""

    def __init__(self, cut=None):
        self.points, self.lines, self.cut = [], [], cut

    def on_progress(self, done, total, text):
        if text.startswith("Training") and done == self.cut:
            raise KeyboardInterrupt

    def on_partial(self, value):
        self.points.append(value)

    def on_log(self, text, level):
        self.lines.append(text)


def asked(painted, out, **changes):
    """Ask for a very short training that begins with the shipped model."""
    few = {"steps": 4, "batch": 1, "crop": 32, "check_every": 2, "patience": 0}
    return TrainParams(data=(str(painted),), out=out, **few | changes)


def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(painted, tmp_path):
    whole = train(asked(painted, tmp_path / "whole"), JobContext(seed=5))
    again = asked(painted, tmp_path / "again")
    with pytest.raises(KeyboardInterrupt):
        train(again, JobContext(Hearing(cut=3), seed=5))
    heard = Hearing()

    ended = train(again, JobContext(heard, seed=5))

    assert "Going on after step 2." in heard.lines
    assert [p["step"] for p in heard.points] == [4]
    assert (ended.steps, ended.best_step) == (whole.steps, whole.best_step)
    one, other = load_model(tmp_path / "whole"), load_model(tmp_path / "again")
    for name, value in one.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)
    assert not (tmp_path / "again.training").exists()


def test_the_card_says_how_the_model_was_made(painted, tmp_path):
    heard = Hearing()
    params = asked(painted, tmp_path / "mine", name="mine")

    made = train(params, JobContext(heard, seed=3))

    card = json.loads(made.card.read_text())
    assert (card["id"], card["task"]) == ("mine", "filaments.segment")
    command = card["details"]["training"]["command"]
    assert command.startswith("striate filaments train painted.zarr ")
    assert "--steps 4" in command
    assert "--seed 3" in command
    assert {p["step"] for p in heard.points if p["S"] is not None} == {0, 2, 4}
    assert card["details"]["scores"]["S"] == pytest.approx(made.best_S)
    # There is one volume, and S of what was learned by heart says too much.
    assert any("says too much" in line for line in heard.lines)


def test_links_of_the_network_it_began_with_are_taken_over(painted, tmp_path):
    shipped = find_model("").path.parent / BESIDE

    made = train(asked(painted, tmp_path / "mine"), JobContext())

    assert (made.folder / BESIDE).read_bytes() == shipped.read_bytes()
    card = json.loads(made.card.read_text())
    assert card["details"]["links"]["taken_over_from"] == "filaments-small"


def test_a_new_network_has_no_links(painted, tmp_path):
    made = train(asked(painted, tmp_path / "mine", start="none"), JobContext())

    assert not (made.folder / BESIDE).exists()


def test_the_last_network_is_kept_where_that_is_wanted(painted, tmp_path, monkeypatch):
    from striate_filaments.training import run

    scores = iter([0.9, 0.2, 0.1])
    monkeypatch.setattr(run, "judge_on", lambda *_, **__: {"S": next(scores)})
    params = asked(
        painted, tmp_path / "m", steps=2, check_every=1, patience=1, keep="last"
    )

    made = train(params, JobContext())

    assert (made.steps, made.best_step, made.best_S) == (2, 2, 0.1)
    assert "--keep last" in made.card.read_text()


def test_of_two_volumes_the_last_is_kept_apart(painted, tmp_path, monkeypatch):
    from striate_filaments.training import run

    learned = []
    monkeypatch.setattr(
        run, "examples_of", lambda found, ctx: learned.extend(found) or []
    )
    monkeypatch.setattr(run, "run_steps", lambda *rest: 1 / 0)
    regions = [f"{painted}@0:40,0:96,0:40", f"{painted}@0:40,0:96,40:96"]
    heard = Hearing()

    with pytest.raises(ZeroDivisionError):
        train(TrainParams(data=regions, out=tmp_path / "m"), JobContext(heard))

    assert [(x.first, x.last) for x in learned] == [((0, 0, 0), (40, 96, 40))]
    assert any("is not trained on" in line for line in heard.lines)


def test_patience_ends_a_training_that_brings_nothing(painted, tmp_path, monkeypatch):
    from striate_filaments.training import run

    scores = iter([0.3, 0.2, 0.4, 0.4, 0.1, 0.9])
    monkeypatch.setattr(run, "judge_on", lambda *_, **__: {"S": next(scores)})
    params = asked(painted, tmp_path / "m", steps=50, check_every=1, patience=2)

    made = train(params, JobContext())

    assert (made.steps, made.best_step, made.best_S) == (4, 2, 0.4)
    assert made.stopped == "patience"


def test_a_loss_that_is_no_number_is_told(painted, tmp_path, monkeypatch):
    from striate_filaments.training import loop

    monkeypatch.setattr(
        loop, "loss_of", lambda maps, _: {"count": maps.number.sum() * float("nan")}
    )

    with pytest.raises(StriateError, match="choose a lower learning rate"):
        train(asked(painted, tmp_path / "m"), JobContext())
    shutil.rmtree(tmp_path / "m.training")


def test_learning_from_some_real_neurons_finds_others_better(real_data, tmp_path):
    """Three slabs of a real crop: two to learn from, and S of the third."""
    crop = next(real_data("fisbe_crop").glob("*.zarr"))
    first, second, third = (
        TrainSource(volume=crop, roi=(slab, (0, 50), (0, 50)))
        for slab in ((0, 17), (17, 33), (33, 50))
    )
    params = TrainParams(
        data=(first, third), validation=(second,), out=tmp_path / "mine",
        steps=80, crop=32, check_every=40,
    )  # fmt: skip

    made = train(params, JobContext(seed=0))

    assert made.best_S > made.start_S + 0.1
