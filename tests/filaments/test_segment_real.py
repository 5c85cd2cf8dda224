"""Segmentation of real stacks (where the data is present) and a semi-synthetic one."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

import striate
from striate.jobs.context import JobContext, SilentListener
from striate_filaments import score
from striate_filaments.exchange import read_any
from striate_filaments.segmentation import SegmentParams, segment
from striate_filaments.simulation import SimulateParams, simulate


def test_the_fisbe_crop_is_segmented_better_than_half(real_data):
    path = real_data("fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr")

    neurons = segment(striate.open_volume(path))

    got = score(neurons, read_any(path))
    assert got["tp"] == 1.0
    assert got["S"] > 0.5


def test_one_sparse_neuron_comes_out_as_one(real_data, tmp_path):
    with zipfile.ZipFile(real_data("rivulet_neuron_stack/test.tif.zip")) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("test.tif")][:1]
        archive.extract(name, tmp_path)

    neurons = segment(striate.open_volume(tmp_path / name))

    assert len(neurons) == 1
    (neuron,) = neurons
    shape = np.subtract(neuron.stop, neuron.start)
    assert (shape > np.array([20, 250, 250])).all()


def test_packed_cell_bodies_are_not_called_neurites(real_data):
    path = real_data("brainbow_chroms_cortex/chroms_cortex_sample.tif")
    said = []
    ctx = JobContext(SilentListener())
    ctx.log = lambda text, level="info": said.append(text)

    neurons = segment(striate.open_volume(path), ctx=ctx)

    assert len(neurons) == 0
    assert neurons.shape == (20, 251, 256)
    assert any("raise the sensitivity" in text for text in said)


@pytest.fixture(scope="module")
def simulated():
    return simulate(SimulateParams(shape=(64, 128, 128), n_neurons=3, seed=3))


def test_semi_synthetic_neurons_are_found(simulated):
    got = score(segment(simulated.volume), simulated.neurons)

    assert got["S"] > 0.6


def test_a_preview_of_a_region_finds_what_the_whole_finds_there(simulated):
    roi = ((0, 64), (32, 128), (32, 128))

    preview = segment(simulated.volume, SegmentParams(roi=roi))

    whole = np.zeros(simulated.volume.shape[1:], bool)
    for n in segment(simulated.volume):
        whole[tuple(n.coordinates().T)] = True
    part = np.zeros_like(whole)
    for n in preview:
        part[tuple(n.coordinates().T)] = True
    inside = tuple(slice(a, b) for a, b in roi)
    assert (part & whole)[inside].sum() > 0.8 * part.sum()
    assert part[inside].sum() == part.sum()
