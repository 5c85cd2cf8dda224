"""The main job on real volumes, by the command line."""

from __future__ import annotations

import json

import pytest

from striate import resources
from striate.cli import main
from striate_filaments import read_neurons

CROP = "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr"
BRAINBOW = "samples/brainbow_cortex/chroms_cortex_sample.tif"


@pytest.fixture
def segment(tmp_path, capfd):
    """Segment from the command line and return the neurons."""

    def run(volume, *options):
        out = tmp_path / "x.neurons.zarr"
        code = main(["filaments", "segment", str(volume), "--out", str(out), *options])
        assert code == 0, capfd.readouterr().err
        return read_neurons(out)

    return run


def test_the_real_fisbe_crop(segment, real_data, tmp_path):
    source = real_data(CROP)

    neurons = segment(source, "--minimum-length", "8")

    assert neurons.shape == (50, 50, 50)
    assert neurons.voxel_size == (0.44, 0.44, 0.44)
    assert len(neurons) >= 2
    report = tmp_path / "score.json"
    assert main(["filaments", "score", str(tmp_path / "x.neurons.zarr"), str(source),
                 "--json", str(report)]) == 0  # fmt: skip
    # Three neurons of three hues that touch: more than chance, less than perfect.
    assert json.loads(report.read_text("utf-8"))["S"] > 0.3


def test_the_real_brainbow_stack(segment):
    neurons = segment(
        resources.path(BRAINBOW),
        *("--sensitivity", "1", "--thickness", "6"),
        *("--gap", "2", "--minimum-length", "8"),
    )

    assert neurons.shape == (20, 251, 256)
    assert neurons.unit == "µm"
    assert len(neurons) > 20
    assert all(len(n.colour) == 3 for n in neurons)


def test_a_real_neuron_of_one_channel_is_segmented_by_shape(segment, real_data):
    folder = real_data("rivulet_neuron_stack")
    stack = next(p for p in folder.rglob("*") if p.suffix in (".tif", ".zip"))

    neurons = segment(stack, "--roi", "0:119,100:300,100:300")

    assert neurons.shape == (119, 415, 409)
    assert len(neurons) >= 1
