"""Semi-synthetic volumes: exact truth, the same for a seed, and labelled as such."""

from __future__ import annotations

import json

import numpy as np
import pytest
import zarr
from tests.filaments.neuron_sets import masks

from striate.data import open_volume
from striate.errors import Cancelled, InputError, OutputError
from striate.jobs import JobContext
from striate.jobs.kind import make_params
from striate_filaments.exchange import read_any
from striate_filaments.simulation import SimulateParams, simulate, write_simulation
from striate_filaments.simulation.sample import make_sample

SMALL = SimulateParams(
    shape=(32, 64, 64), n_neurons=4, cable_length=(50.0, 150.0), seed=3
)


@pytest.fixture(scope="module")
def made():
    return simulate(SMALL)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made):
    again = simulate(SMALL)
    other = simulate(SMALL.model_copy(update={"seed": 4}))

    raw = np.asarray(made.volume.data)
    assert (raw == np.asarray(again.volume.data)).all()
    assert masks(made.neurons) == masks(again.neurons)
    assert not (raw == np.asarray(other.volume.data)).all()


def test_what_is_made_is_what_was_asked_for(made):
    assert made.volume.shape == (3, 32, 64, 64)
    assert made.volume.dtype == np.uint16
    assert np.asarray(made.volume.data).max() <= 4095
    assert made.volume.voxel_size == (0.44, 0.44, 0.44)
    assert made.neurons.shape == (32, 64, 64)
    assert len(made.neurons) == 4


def test_everything_says_that_it_is_semi_synthetic(made):
    assert made.volume.format == "semi-synthetic"
    assert made.volume.metadata["semi_synthetic"] is True
    assert all("semi-synthetic" in c.name for c in made.volume.channels)
    assert made.neurons.provenance["semi_synthetic"] is True
    assert all(n.metadata["semi_synthetic"] for n in made.neurons)


def test_neurons_are_brighter_than_the_rest_and_of_their_colour(made):
    raw = np.asarray(made.volume.data).astype(float)
    labelled = np.zeros(made.neurons.shape, bool)
    for neuron in made.neurons:
        labelled[tuple(neuron.coordinates().T)] = True
    for neuron in made.neurons:
        if neuron.metadata["dim"]:
            continue
        own = raw[:, *neuron.coordinates().T].mean(1)
        rest = raw[:, ~labelled].mean(1)
        strongest = int(np.argmax(neuron.colour))
        assert own[strongest] > 5 * rest[strongest]


def test_neurons_cross_so_that_voxels_have_two_owners():
    crossing = SMALL.model_copy(
        update={"crossing_fraction": 1.0, "alongside_fraction": 0.0}
    )
    neurons = simulate(crossing).neurons

    owners = np.zeros(neurons.shape, int)
    for neuron in neurons:
        owners[tuple(neuron.coordinates().T)] += 1
    assert (owners > 1).sum() > 50


def test_dim_neurons_are_dim_and_counted():
    dim = simulate(SMALL.model_copy(update={"dim_fraction": 1.0}))
    bright = simulate(SMALL.model_copy(update={"dim_fraction": 0.0}))

    assert dim.dim_ids == dim.neurons.ids
    assert bright.dim_ids == []
    assert labelled_mean(dim) < 0.3 * labelled_mean(bright)


def labelled_mean(made):
    raw = np.asarray(made.volume.data)
    places = np.concatenate([n.coordinates() for n in made.neurons])
    return float(raw[:, *places.T].max(axis=0).mean())


def test_what_is_visible_is_part_of_the_truth(made):
    for neuron in made.visible:
        truth = masks(made.neurons)[neuron.id]
        assert masks(made.visible)[neuron.id] <= truth


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels(channels):
    params = SMALL.model_copy(update={"n_channels": channels, "n_neurons": 2})

    made = simulate(params)

    assert made.volume.shape[0] == channels
    assert all(len(n.colour) == channels for n in made.neurons)


# ---- Files


def test_the_file_reads_as_a_fisbe_sample(made, tmp_path):
    path = write_simulation(tmp_path / "x.zarr", made)

    volume, neurons = open_volume(path), read_any(path)
    assert (np.asarray(volume.data) == np.asarray(made.volume.data)).all()
    assert list(masks(neurons).values()) == list(masks(made.neurons).values())
    group = zarr.open_group(path, mode="r")
    dim = [i for i, n in enumerate(made.neurons, 1) if n.id in made.dim_ids]
    assert group["volumes/gt_instances"].attrs["dim_neurons"] == dim
    for node in (group, group["volumes/raw"], group["volumes/gt_instances"]):
        assert node.attrs["semi_synthetic"] is True
        assert node.attrs["description"].startswith("Semi-synthetic: real neuron")
        assert "CC BY 4.0" in node.attrs["attribution"]
    # And so do the neurons that are read from it.
    assert neurons.provenance["semi_synthetic"] is True


def test_a_record_lies_beside_it(made, tmp_path):
    path = write_simulation(tmp_path / "x.zarr", made)

    record = json.loads(path.with_name("x.zarr.provenance.json").read_text("utf-8"))
    assert record["tool"] == "filaments.simulate"
    assert record["seed"] == 3
    assert record["notes"]["semi_synthetic"] is True
    # The recorded params paint the same volume again.
    assert SimulateParams.model_validate(record["params"]) == SMALL


def test_a_target_in_the_way(made, tmp_path):
    (tmp_path / "x.zarr").mkdir()

    with pytest.raises(OutputError, match="already exists"):
        write_simulation(tmp_path / "x.zarr", made)


def test_the_sample_is_painted_once(tmp_path, monkeypatch):
    monkeypatch.setattr("striate_filaments.simulation.sample.SAMPLE", SMALL)
    first = make_sample(tmp_path, JobContext())
    before = first.stat().st_mtime_ns

    assert make_sample(tmp_path, JobContext()) == first
    assert first.stat().st_mtime_ns == before
    assert "semi-synthetic" in first.name


# ---- What cannot be painted


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"shape": (4, 64, 64)}, "shape"),
        ({"n_neurons": 0}, "n_neurons"),
        ({"n_channels": 13}, "n_channels"),
        ({"cable_length": (600, 150)}, "cable_length"),
        ({"radius": (0, 1)}, "radius"),
        ({"psf_sigma": (-1, 0, 0)}, "psf_sigma"),
        ({"voxel_size": (float("nan"), 1, 1)}, "voxel_size"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_params_that_are_not_what_they_should_be(values, named):
    with pytest.raises(InputError, match=named):
        make_params(SimulateParams, values)


def test_it_can_be_stopped():
    with pytest.raises(Cancelled):
        simulate(SMALL, JobContext(is_cancelled=lambda: True))
