"""From a model's file to captions and images in files, on the simulated subject."""

from __future__ import annotations

import json

import numpy as np
import pytest

from striate.errors import InputError, OutputError
from striate.jobs.context import JobContext
from striate_cortex.selectivity import CaptionJob, run_caption
from striate_cortex.subjects import read_subject
from striate_cortex.synthesis_job import SynthesizeJob, run_synthesize
from striate_cortex.unit_choice import choose_units

pytest.importorskip("efficientnet_lite_pytorch")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    from striate_cortex.subjects.simulation import simulate_subject

    folder = tmp_path_factory.mktemp("simulated")
    simulate_subject(folder, images=120, sessions=2)
    return folder


def test_units_of_the_face_region_are_captioned_with_what_it_rests_on(
    simulated, tmp_path
):
    out = tmp_path / "captions.json"
    units = read_subject(simulated).units.rois["simulated FFA"]
    best = ",".join(map(str, np.flatnonzero(units)[:3]))
    params = CaptionJob(model=simulated, units=best, method="lavca", out=out)

    outcome = run_caption(params, JobContext())

    told = json.loads(out.read_text())
    assert (outcome.units, told["simulated"]) == (3, True)
    for record in told["units"]:
        assert record["how"] == "keywords"
        assert 1 <= len(record["keywords"]) <= 5
        assert 1 <= record["effective_n"] <= 120
        assert "features.npy, row" in record["top"][0]["origin"]
    with pytest.raises(OutputError, match="already exists"):
        run_caption(params, JobContext())


def test_images_are_written_with_their_numbers(simulated, tmp_path):
    params = SynthesizeJob(
        model=simulated, units="simulated PPA", minus="simulated FFA",
        synthesis={"seeds": 1, "steps": 1}, out=tmp_path / "images",
    )  # fmt: skip
    outcome = run_synthesize(params, JobContext(seed=4))
    (image,) = outcome.images
    assert image.name == "01-seed4.png"
    assert image.is_file()
    assert 0 <= outcome.percentile[0] <= 100
    told = json.loads((tmp_path / "images" / "images.json").read_text())
    assert told["simulated"]


def test_units_by_number_range_and_region(simulated):
    subject = read_subject(simulated)
    assert choose_units("3,8,20-22", subject, 100).tolist() == [3, 8, 20, 21, 22]
    with pytest.raises(InputError, match="simulated VWFA"):
        choose_units("V1", subject, 100)
    with pytest.raises(InputError, match="units 0 to 99"):
        choose_units("100", subject, 100)


def test_units_of_a_region_that_was_drawn(simulated, tmp_path):
    from striate_cortex.surfaces.rois import write_label

    subject = read_subject(simulated)
    count = len(subject.units)
    points = np.zeros((3, 3), np.float32)
    left, right = tmp_path / "lh.mine.label", tmp_path / "rh.mine.label"
    write_label(left, np.array([5, 7, 9]), points.repeat(4, 0), subject="simulated")
    write_label(right, np.array([5]), points.repeat(4, 0), subject="simulated")
    assert choose_units(str(left), subject, count).tolist() == [5, 7, 9]
    both = choose_units(f"{left},{right}", subject, count)
    assert both.tolist() == [5, 7, 9, 10_242 + 5]
    with pytest.raises(InputError, match="which hemisphere"):
        choose_units(str(tmp_path / "mine.label"), subject, count)
