"""What Filaments declares: everything it names is there, and naming it is cheap."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from striate import resources
from striate.jobs.kind import load_object
from striate_filaments.workspace import workspace

WORKSPACE = workspace()


def test_jobs_are_named_after_the_workspace():
    assert [k.name for k in WORKSPACE.job_kinds] == [
        f"filaments.{verb}"
        for verb in (
            "segment",
            "segment-learned",
            "export",
            "measure",
            "simulate",
            "score",
            "train",
        )
    ]


@pytest.mark.parametrize("kind", WORKSPACE.job_kinds, ids=lambda k: k.name)
def test_each_job_is_there(kind):
    assert callable(kind.load_function())
    assert kind.load_params().model_fields


@pytest.mark.parametrize(
    "name", [WORKSPACE.opener, *(p.factory for p in WORKSPACE.panels)]
)
def test_panels_and_opener_are_there(name):
    assert importlib.util.find_spec(name.partition(":")[0])


def test_cli_and_demo_are_there():
    assert callable(load_object(WORKSPACE.cli))
    assert callable(load_object(WORKSPACE.demo))


@pytest.mark.parametrize("sample", WORKSPACE.samples, ids=lambda s: s.name)
def test_each_sample_ships_or_can_be_made_or_fetched(sample):
    assert sample.licence
    assert sample.origin
    if sample.path:
        assert resources.path(f"samples/{sample.path}").stat().st_size > 0
    elif sample.maker:
        assert callable(load_object(sample.maker))
    else:
        assert all(f.url.startswith("https://") for f in sample.files)


def test_what_is_painted_is_called_simulated():
    assert {s.name: s.simulated for s in WORKSPACE.samples if s.maker} == {
        "semi-synthetic": True
    }


def test_declaring_imports_nothing_heavy():
    heavy = "torch, skimage, napari, pandas, zarr, dask, scipy, numba, pyarrow"
    code = (
        "import sys; from striate_filaments.workspace import workspace; workspace(); "
        f"print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
