"""FISBe zarr: one channel per neuron, as the benchmark's own files are."""

from __future__ import annotations

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from tests.filaments.neuron_sets import crossing_pair, masks, neuron_sets

from striate.data import Volume, open_volume
from striate.errors import InputError, OutputError
from striate_filaments.exchange import read_any
from striate_filaments.exchange.fisbe import read_fisbe, write_fisbe
from striate_filaments.neurons import Neuron, NeuronSet

CROP = "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr"


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(neurons=neuron_sets())
def test_round_trip_keeps_overlaps(tmp_path, neurons):
    path = write_fisbe(tmp_path / "x.zarr", neurons, overwrite=True)

    back = read_fisbe(path)

    # The values count up: ids are not kept, order and voxels are.
    assert back.ids == list(range(1, len(neurons) + 1))
    assert list(masks(back).values()) == list(masks(neurons).values())
    assert back.shape == neurons.shape
    assert back.voxel_size == neurons.voxel_size
    assert [n.metadata.get("dim") for n in back] == [
        n.metadata.get("dim") for n in neurons
    ]
    assert [n.colour for n in back] == [n.colour for n in neurons]


def test_the_layout_that_other_programs_expect(tmp_path):
    neurons = crossing_pair()
    neurons.replace(neurons[2].changed(metadata={"dim": True}))
    counts = np.arange(3 * 8 * 12 * 14, dtype="u2").reshape(3, 8, 12, 14)
    raw = Volume.from_array(counts, "CZYX")

    write_fisbe(tmp_path / "x.zarr", neurons, raw=raw)

    group = zarr.open_group(tmp_path / "x.zarr", mode="r")
    instances = group["volumes/gt_instances"]
    assert group.metadata.zarr_format == 2
    assert instances.shape == (2, 8, 12, 14)
    assert instances.dtype == "u1"
    assert [np.unique(channel).tolist() for channel in instances] == [[0, 1], [0, 2]]
    assert instances.attrs["dim_neurons"] == [2]
    assert (group["volumes/raw"][:] == np.asarray(raw.data)).all()


def test_more_neurons_than_a_byte_counts(tmp_path):
    neurons = NeuronSet((1, 1, 300))
    for i in range(300):
        neurons.add(Neuron.from_coordinates(i + 1, [(0, 0, i)]))

    write_fisbe(tmp_path / "x.zarr", neurons)

    array = zarr.open_group(tmp_path / "x.zarr", mode="r")["volumes/gt_instances"]
    assert array.dtype == "u2"
    assert array[299].max() == 300


def test_no_neurons(tmp_path):
    write_fisbe(tmp_path / "x.zarr", NeuronSet((2, 3, 4)))

    back = read_fisbe(tmp_path / "x.zarr")

    assert len(back) == 0
    assert back.shape == (2, 3, 4)


# ---- Real data


def test_the_real_crop(real_data):
    neurons = read_any(real_data(CROP))

    # Counted in the file: 3 neurons, of which 2315 voxels have more than one.
    assert neurons.ids == [1, 2, 3]
    assert neurons.voxel_size == (0.44, 0.44, 0.44)
    owners = np.zeros(neurons.shape, int)
    for neuron in neurons:
        owners[tuple(neuron.coordinates().T)] += 1
    assert (owners > 1).sum() == 2315


def test_the_real_crop_is_written_as_it_was(real_data, tmp_path):
    source = real_data(CROP)

    write_fisbe(tmp_path / "x.zarr", read_any(source), raw=open_volume(source))

    for name in ("volumes/gt_instances", "volumes/raw"):
        ours = zarr.open_group(tmp_path / "x.zarr", mode="r")[name]
        theirs = zarr.open_group(source, mode="r")[name]
        np.testing.assert_array_equal(ours[:], theirs[:])
        assert ours.dtype == theirs.dtype


# ---- Bad input


def test_a_zarr_without_instances(tmp_path):
    zarr.open_group(tmp_path / "x.zarr", mode="w")

    with pytest.raises(InputError, match="holds no volumes/gt_instances"):
        read_fisbe(tmp_path / "x.zarr")


def test_a_truncated_chunk(tmp_path):
    write_fisbe(tmp_path / "x.zarr", crossing_pair())
    chunk = tmp_path / "x.zarr/volumes/gt_instances/0.0.0.0"
    chunk.write_bytes(chunk.read_bytes()[:7])

    with pytest.raises(InputError, match=r"x\.zarr cannot be read: it is damaged"):
        read_fisbe(tmp_path / "x.zarr")


def test_a_folder_that_cannot_be_written_to(read_only_folder):
    with pytest.raises(OutputError, match="cannot be written to"):
        write_fisbe(read_only_folder / "x.zarr", crossing_pair())
