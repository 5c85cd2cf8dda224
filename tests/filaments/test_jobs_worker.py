"""The jobs of Filaments in the worker process that the window uses."""

from __future__ import annotations

import pytest
from tests.app.job_parts import Ear
from tests.filaments.neuron_sets import crossing_pair

from striate.jobs import JobRequest, Supervisor
from striate_filaments import read_neurons, write_neurons
from striate_filaments.jobs import ExportJob, SegmentJob
from striate_filaments.workspace import workspace


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor(tmp_path / "jobs", kinds=workspace().job_kinds)
    yield made
    made.close()


def ask(kind, params):
    return JobRequest(kind=f"filaments.{kind}", params=params.model_dump(mode="json"))


def test_segmenting_leaves_neurons_in_the_jobs_folder(supervisor, painted, tmp_path):
    ear = Ear(supervisor)

    job = supervisor.submit(ask("segment", SegmentJob(volume=painted)))
    end = ear.wait(job, seconds=200)

    assert end[0] == "finished", end
    neurons = read_neurons(end[2]["neurons"])
    assert end[2]["neurons"].startswith(str(tmp_path / "jobs" / job))
    assert len(neurons) == end[2]["count"] > 0
    # Progress comes with a count and with words.
    _, _, done, total, text = next(h for h in ear.heard if h[0] == "progress")
    assert 0 <= done <= total
    assert text


def test_a_target_in_the_way_fails_in_one_sentence(supervisor, tmp_path):
    pair = write_neurons(tmp_path / "pair.neurons.zarr", crossing_pair())
    (tmp_path / "labels.tif").write_text("mine")
    ear = Ear(supervisor)

    params = ExportJob(neurons=pair, labels=tmp_path / "labels.tif")
    job = supervisor.submit(ask("export", params))
    end = ear.wait(job, seconds=100)

    assert end[0] == "failed"
    assert "labels.tif already exists" in end[2]
    assert "Traceback" not in supervisor.log_text(job)
    assert (tmp_path / "labels.tif").read_text() == "mine"
