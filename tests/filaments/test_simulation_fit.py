"""The simulator's constants are those of a real crop, and its pictures have them."""

from __future__ import annotations

import pytest

from striate.errors import InputError
from striate_filaments.exchange.fisbe import write_fisbe
from striate_filaments.neurons import NeuronSet
from striate_filaments.simulation.fitted import FITTED
from striate_filaments.simulation.fitting import refit

CROP = "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr"


@pytest.fixture(scope="module")
def crop(real_data):
    return refit(real_data(CROP))


def test_background(crop):
    assert crop.background_median == FITTED.background_median
    assert crop.background_log_sd == pytest.approx(FITTED.background_log_sd, abs=0.1)


def test_blur(crop):
    assert crop.psf_sigma == pytest.approx(FITTED.psf_sigma, abs=0.06)


def test_noise(crop):
    assert crop.read_noise == pytest.approx(FITTED.read_noise, abs=0.05)
    assert crop.noise_gain == pytest.approx(FITTED.noise_gain, abs=0.1)
    assert crop.texture == pytest.approx(FITTED.texture, abs=0.02)


def test_labels(crop):
    assert crop.label_bright == pytest.approx(FITTED.label_bright, rel=0.02)
    assert crop.label_level == pytest.approx(FITTED.label_level, abs=0.01)
    assert crop.bleed_through == pytest.approx(FITTED.bleed_through, abs=0.01)
    assert 1 <= crop.label_radius <= 2


def test_a_painted_picture_measures_as_the_crop(painted, crop):
    picture = refit(painted)

    assert picture.background_median == pytest.approx(crop.background_median, abs=2)
    assert picture.background_log_sd == pytest.approx(crop.background_log_sd, abs=0.3)
    assert picture.psf_sigma == pytest.approx(crop.psf_sigma, abs=0.1)
    # Thin tubes bend the picture too, which second differences take for grain.
    assert picture.texture == pytest.approx(crop.texture, abs=0.1)
    assert picture.label_bright == pytest.approx(crop.label_bright, rel=0.5)
    assert 1 <= picture.label_radius <= 2


def test_a_sample_without_labels(tmp_path):
    from striate.data import Volume

    raw = Volume.from_array([[[[0] * 4] * 4] * 4] * 3, "CZYX")
    write_fisbe(tmp_path / "x.zarr", NeuronSet((4, 4, 4)), raw=raw)

    with pytest.raises(InputError, match="no labels to measure"):
        refit(tmp_path / "x.zarr")
