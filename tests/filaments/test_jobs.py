"""The jobs of Filaments: the same functions for window, terminal and notebook."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet
import pytest
from tests.filaments.neuron_sets import crossing_pair

from striate.errors import Cancelled, InputError, OutputError
from striate.jobs import JobContext, run_inline
from striate.workspace import job_kind
from striate_filaments import read_neurons, write_neurons
from striate_filaments.exchange import read_any


@pytest.fixture
def ctx(tmp_path):
    return JobContext(folder=tmp_path / "job")


@pytest.fixture
def pair(tmp_path):
    return write_neurons(tmp_path / "pair.neurons.zarr", crossing_pair())


def run(name, ctx, **params):
    return run_inline(job_kind(f"filaments.{name}"), params, ctx)


# ---- Segment


def test_a_volume_becomes_neurons_with_provenance(painted, tmp_path, ctx):
    out = tmp_path / "found.neurons.zarr"

    outcome = run("segment", ctx, volume=painted, out=out)

    neurons = read_neurons(out)
    assert outcome.neurons == out
    assert outcome.count == len(neurons) > 0
    assert neurons.shape == (40, 96, 96)
    assert neurons.unit == "µm"
    record = json.loads((tmp_path / "found.neurons.zarr.provenance.json").read_text())
    assert record["tool"] == "filaments.segment"
    assert record["inputs"][0]["path"] == str(painted)
    assert record["params"]["segment"]["method"] == "colour"
    # Whatever is made of a semi-synthetic volume says so.
    assert record["notes"]["semi_synthetic"] is True
    assert neurons.provenance["notes"]["semi_synthetic"] is True


def test_without_a_place_the_result_lies_in_the_jobs_folder(painted, tmp_path, ctx):
    region = {"roi": ((0, 40), (0, 48), (0, 96))}

    outcome = run("segment", ctx, volume=painted, segment=region)

    assert outcome.neurons == tmp_path / "job/painted.neurons.zarr"
    assert outcome.neurons.exists()


def test_a_target_in_the_way_is_told_before_the_work(painted, pair, ctx):
    ctx.listener.on_progress = lambda *_: pytest.fail("the work began")

    with pytest.raises(OutputError, match="already exists"):
        run("segment", ctx, volume=painted, out=pair)


def test_a_target_that_is_no_zarr_is_told_before_the_work(painted, tmp_path, ctx):
    with pytest.raises(InputError, match=r"found\.tif should end in \.neurons\.zarr"):
        run("segment", ctx, volume=painted, out=tmp_path / "found.tif")


def test_a_region_outside_the_volume(painted, tmp_path, ctx):
    out = tmp_path / "x.neurons.zarr"
    region = {"roi": ((0, 400), (0, 48), (0, 96))}

    with pytest.raises(InputError, match="400"):
        run("segment", ctx, volume=painted, out=out, segment=region)

    assert not out.exists()


def test_a_params_model_that_does_not_fit_names_the_value(painted, ctx):
    with pytest.raises(InputError, match=r"segment\.method: Input should be 'colour'"):
        run("segment", ctx, volume=painted, segment={"method": "magic"})


def test_tight_memory_asks_for_smaller_blocks():
    kind = job_kind("filaments.segment")
    params = kind.load_params()(volume="x.tif")

    assert params.smaller().segment.block == params.segment.block // 2


@pytest.mark.parametrize("name", ["segment", "export", "measure", "simulate", "score"])
def test_params_survive_the_way_to_the_worker_process(name, tmp_path):
    kind = job_kind(f"filaments.{name}")
    needed = {
        "segment": {"volume": tmp_path / "x.tif", "out": tmp_path / "o.zarr"},
        "export": {"neurons": tmp_path / "x.zarr", "swc": tmp_path / "swc"},
        "measure": {"neurons": tmp_path / "x.zarr"},
        "simulate": {"out": tmp_path},
        "score": {"pred": tmp_path / "a.zarr", "gt": tmp_path / "b.zarr"},
    }
    model = kind.load_params()
    params = model(**needed[name])

    assert model.model_validate(json.loads(params.model_dump_json())) == params
    assert callable(kind.load_function())


# ---- Export, measure


def test_export_leaves_a_record_beside_each_file(pair, tmp_path, ctx):
    outcome = run(
        "export", ctx, neurons=pair, labels=tmp_path / "l.tif", swc=tmp_path / "swc"
    )

    assert outcome.first == tmp_path / "l.tif"
    assert outcome.files == {"labels": tmp_path / "l.tif", "swc": tmp_path / "swc"}
    assert outcome.overlaps.startswith("3 voxels belong to more than one neuron")
    for name in ("l.tif", "swc"):
        record = json.loads((tmp_path / f"{name}.provenance.json").read_text())
        assert record["tool"] == "filaments.export"
        assert record["inputs"][0]["path"] == str(pair)


def test_measure_writes_a_table_of_all_or_some(pair, tmp_path, ctx):
    everything = run("measure", ctx, neurons=pair)
    some = run("measure", ctx, neurons=pair, ids=[2], out=tmp_path / "some.csv")

    assert everything.table == tmp_path / "job/measurements.parquet"
    assert pyarrow.parquet.read_table(everything.table)["id"].to_pylist() == [1, 2]
    assert some.count == 1
    assert len((tmp_path / "some.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize("name", ["export", "measure"])
def test_damaged_neurons(pair, tmp_path, ctx, name):
    shutil.rmtree(pair / "voxels")
    extra = {"swc": tmp_path / "swc"} if name == "export" else {}

    with pytest.raises(InputError, match=r"pair\.neurons\.zarr cannot be read"):
        run(name, ctx, neurons=pair, **extra)

    assert not (tmp_path / "swc").exists()


# ---- Simulate, score


def test_simulate_counts_seeds_up(tmp_path, ctx):
    small = {"shape": (32, 48, 48), "n_neurons": 2, "seed": 5}

    outcome = run("simulate", ctx, out=tmp_path, count=2, simulate=small)

    assert [p.name for p in outcome.files] == [
        "semi-synthetic-5.zarr",
        "semi-synthetic-6.zarr",
    ]
    assert all(len(read_any(p)) > 0 for p in outcome.files)


def test_one_volume_in_the_way_and_none_is_painted(tmp_path, ctx):
    (tmp_path / "semi-synthetic-6.zarr").mkdir()

    with pytest.raises(OutputError, match=r"semi-synthetic-6\.zarr already exists"):
        run("simulate", ctx, out=tmp_path, count=2, simulate={"seed": 5})

    assert not (tmp_path / "semi-synthetic-5.zarr").exists()


def test_a_file_is_no_folder_to_simulate_into(tmp_path, ctx):
    (tmp_path / "x").write_text("")

    with pytest.raises(OutputError, match="is a file: name a folder"):
        run("simulate", ctx, out=tmp_path / "x")


def test_the_truth_scores_one_against_itself(painted, tmp_path, ctx):
    outcome = run("score", ctx, pred=painted, gt=painted, out=tmp_path / "s.json")

    assert outcome.numbers["S"] == pytest.approx(1.0)
    assert outcome.numbers["FS"] == outcome.numbers["FM"] == 0
    written = json.loads((tmp_path / "s.json").read_text())
    assert {"S", "avF1", "C", "clDiceTP", "tp", "FS", "FM"} <= set(written)
    assert len(written["thresholds"]) >= 9


def test_a_stopped_job_leaves_nothing(painted, tmp_path):
    ctx = JobContext(is_cancelled=lambda: True)

    with pytest.raises(Cancelled):
        run("segment", ctx, volume=painted, out=tmp_path / "x.neurons.zarr")

    assert list(tmp_path.glob("*x.neurons*")) == []
