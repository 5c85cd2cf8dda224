"""Make it look like mine: settings come back from a picture painted with them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from striate.data import Volume, open_volume
from striate.errors import Cancelled
from striate.jobs import JobContext
from striate_filaments.cli import app
from striate_filaments.simulation import (
    SimulateParams,
    estimate_params,
    simulate,
    write_simulation,
)

CROP = "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr"
MINE = SimulateParams(
    shape=(64, 128, 128),
    n_neurons=6,
    n_channels=2,
    seed=6,
    offset=100.0,
    background_level=(20.0, 40.0),
    background_contrast=(0.4, 0.6),
    brightness=1.5,
    noise_gain=2.0,
    read_noise=3.0,
    depth_attenuation=40.0,
    voxel_size=(0.6, 0.3, 0.3),
    psf_sigma=(0.9, 0.3, 0.3),
    dim_fraction=0.0,
)


@pytest.fixture(scope="module")
def mine():
    return simulate(MINE).volume


@pytest.fixture(scope="module")
def found(mine):
    return estimate_params(mine)


def test_what_the_file_says_is_taken_as_it_is(found):
    assert found.n_channels == 2
    assert found.voxel_size == MINE.voxel_size


def test_background_comes_back(found):
    # Offset and the darkest light cannot be told apart; their sum can.
    dark = np.add(found.background_level, found.offset)
    assert dark == pytest.approx([120, 140], abs=10)
    assert found.background_contrast == pytest.approx((0.4, 0.6), abs=0.3)


def test_light_comes_back(found):
    assert found.brightness == pytest.approx(MINE.brightness, rel=0.35)
    assert 20 < found.depth_attenuation < 80  # it is 40
    assert found.radius == pytest.approx(MINE.radius, rel=0.5)
    assert found.psf_sigma == pytest.approx(MINE.psf_sigma, rel=0.35)


def test_noise_comes_back(found):
    # As it is at the background's level: read and shot noise share it out.
    def noise(p):
        return np.sqrt(p.read_noise**2 + p.noise_gain * p.background_level[1])

    assert noise(found) == pytest.approx(noise(MINE), rel=0.35)


def test_the_real_crop_is_estimated_as_it_was_measured_with_labels(real_data):
    found = estimate_params(open_volume(real_data(CROP)))

    # tests/filaments/test_simulation_fit.py measures the same with labels.
    assert found.background_level == pytest.approx((5, 3, 4), abs=2.5)
    assert found.background_contrast == pytest.approx((0.3, 1.0, 1.55), abs=0.5)
    assert found.brightness == pytest.approx(1.0, rel=0.35)
    assert found.offset == 0
    assert found.saturation == 4095


def test_a_volume_without_neurites_still_gives_its_background():
    counts = np.random.default_rng(0).poisson(30, (1, 24, 64, 64)).astype(np.uint8)

    found = estimate_params(Volume.from_array(counts, "CZYX"))

    assert found.n_channels == 1
    # 950 counts are what a brightness of 1 gives.
    assert 950 * found.brightness < counts.max()
    assert found.offset + found.background_level[0] == pytest.approx(30, abs=3)
    assert found.autofluorescence < 0.05
    assert found.saturation == 255


def test_fractions_are_brought_to_counts(mine):
    raw = np.asarray(mine.czyx())[:, 16:48, 32:96, 32:96] / np.float32(4095)
    size = mine.voxel_size_zyx

    found = estimate_params(Volume.from_array(raw, "CZYX", voxel_size=size))

    # Neurites are as bright beside what is dark as they were in whole counts.
    dark = found.offset + found.background_level[1]
    assert dark / found.brightness == pytest.approx(140 / MINE.brightness, rel=0.5)


def test_it_can_be_stopped(mine):
    with pytest.raises(Cancelled):
        estimate_params(mine, JobContext(is_cancelled=lambda: True))


def test_the_command_line_paints_like_a_volume(mine, tmp_path):
    truth = simulate(MINE.model_copy(update={"shape": (24, 64, 64)}))
    raw = write_simulation(tmp_path / "mine.zarr", truth)

    result = CliRunner().invoke(
        app,
        ["simulate", "--like", str(raw), "--shape", "24,48,48", "--neurons", "2",
         "--voxel-size", "0.6,0.3,0.3", "--out", str(tmp_path / "painted")],
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    painted = tmp_path / "painted" / "semi-synthetic-0.zarr"
    made = open_volume(painted)
    assert made.shape == (2, 24, 48, 48)
    assert np.asarray(made.czyx()).min() > 80
    record = painted.with_name(f"{painted.name}.provenance.json")
    params = json.loads(record.read_text("utf-8"))["params"]
    # What was said goes before what was estimated.
    assert params["n_neurons"] == 2
    assert params["offset"] == pytest.approx(100, abs=20)
