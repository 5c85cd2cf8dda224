"""``striate demo filaments``: the main job on what ships, without a display."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from striate.cli import main


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert main(["demo", "filaments", "--out", str(folder), "-q"]) == 0
    return folder


@pytest.fixture(scope="module")
def summary(made):
    return json.loads((made / "summary.json").read_text("utf-8"))


def test_both_samples_are_segmented(summary):
    assert set(summary["samples"]) == {"semi-synthetic", "brainbow-cortex"}
    assert all(s["neurons"] > 0 for s in summary["samples"].values())
    assert summary["versions"]["numpy"] == np.__version__
    assert 0 < summary["seconds"] < 600


def test_every_file_the_summary_names_is_there(summary):
    for sample in summary["samples"].values():
        assert {"neurons", "labels", "swc", "table", "mesh", "figure"} <= set(
            sample["files"]
        )
        assert all(Path(p).exists() for p in sample["files"].values())


def test_the_painted_one_says_so_and_has_a_score(summary):
    painted = summary["samples"]["semi-synthetic"]

    assert painted["semi_synthetic"] is True
    assert "semi-synthetic" in painted["title"]
    assert painted["score"]["S"] > 0.3
    assert summary["samples"]["brainbow-cortex"]["semi_synthetic"] is False
    assert "score" not in summary["samples"]["brainbow-cortex"]


def test_one_skeleton_and_one_surface_per_neuron(summary):
    for sample in summary["samples"].values():
        for form, suffix in (("swc", ".swc"), ("mesh", ".ply")):
            folder = Path(sample["files"][form])
            assert len(list(folder.glob(f"*{suffix}"))) == sample["neurons"]


def test_figures_are_pictures_of_something(summary):
    for sample in summary["samples"].values():
        picture = np.asarray(Image.open(sample["files"]["figure"]).convert("RGB"))

        assert picture.shape[1] > 1500
        # A white sheet with black panels in it, and colours in those.
        assert (picture[0, 0] == 255).all()
        assert (picture.max(-1) < 30).mean() > 0.1
        assert (np.ptp(picture, axis=-1) > 60).mean() > 0.01
