"""``X.neurons.zarr``: nothing is lost, and damage is told in one sentence."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from tests.filaments.neuron_sets import crossing_pair, masks, neuron_sets

from striate.errors import InputError, OutputError
from striate_filaments import read_neurons, write_neurons
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.storage import is_neurons


@pytest.fixture
def written(tmp_path):
    return write_neurons(tmp_path / "x.neurons.zarr", crossing_pair())


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(neurons=neuron_sets())
def test_round_trip_keeps_everything(tmp_path, neurons):
    path = write_neurons(tmp_path / "x.neurons.zarr", neurons, overwrite=True)

    back = read_neurons(path)

    assert masks(back) == masks(neurons)
    for kept, given_ in zip(back, neurons, strict=True):
        assert (kept.id, kept.state, kept.name) == (
            given_.id,
            given_.state,
            given_.name,
        )
        assert (kept.start, kept.stop) == (given_.start, given_.stop)
        assert kept.metadata == given_.metadata
        assert kept.colour == pytest.approx(given_.colour)
    assert back.shape == neurons.shape
    assert back.voxel_size == neurons.voxel_size
    assert (back.unit, back.channels) == (neurons.unit, neurons.channels)
    assert back.provenance == neurons.provenance


def test_the_layout_is_the_documented_one(written):
    group = zarr.open_group(written, mode="r")

    assert group.metadata.zarr_format == 3
    assert group.attrs["format"] == "striate-neurons"
    assert group.attrs["version"] == 1
    assert group["ids"][:].tolist() == [1, 2]
    assert group["offsets"][:].tolist() == [0, 27, 45]
    assert group["boxes"][0].tolist() == [[2, 4, 2], [5, 5, 11]]
    # A full box is one run: the first index, then steps of one.
    assert group["voxels"][:27].tolist() == [0] + [1] * 26


def test_no_neurons_is_a_set_too(tmp_path):
    path = write_neurons(tmp_path / "none.neurons.zarr", NeuronSet((3, 4, 5)))

    back = read_neurons(path)

    assert len(back) == 0
    assert back.shape == (3, 4, 5)


def test_neurons_are_told_from_other_folders(written, tmp_path):
    other = tmp_path / "raw.zarr"
    zarr.create_array(other, shape=(2, 2), dtype="u1")

    assert is_neurons(written)
    assert not is_neurons(other)
    assert not is_neurons(tmp_path / "nowhere")


# ---- Bad input


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.zarr does not exist"):
        read_neurons(tmp_path / "nowhere.zarr")


def test_an_image_is_no_neurons(tmp_path):
    zarr.open_group(tmp_path / "raw.zarr", mode="w")

    with pytest.raises(InputError, match="holds no neurons of Striate"):
        read_neurons(tmp_path / "raw.zarr")


def test_a_newer_layout_asks_for_an_update(written):
    note = written / "zarr.json"
    facts = json.loads(note.read_text("utf-8"))
    facts["attributes"]["version"] = 2
    facts.pop("consolidated_metadata", None)
    note.write_text(json.dumps(facts), "utf-8")

    with pytest.raises(InputError, match=r"newer Striate \(layout 2\): update"):
        read_neurons(written)


@pytest.mark.parametrize("part", ["ids", "boxes", "offsets", "voxels"])
def test_a_missing_array(written, part):
    shutil.rmtree(written / part)

    with pytest.raises(InputError, match=r"x\.neurons\.zarr cannot be read: it is dam"):
        read_neurons(written)


@pytest.mark.parametrize("part", ["ids", "boxes", "offsets", "voxels"])
def test_missing_chunks_are_noticed(written, part):
    shutil.rmtree(written / part / "c")

    with pytest.raises(InputError, match=r"x\.neurons\.zarr cannot be read: it is dam"):
        read_neurons(written)


def test_a_truncated_chunk(written):
    chunk = next(p for p in (written / "voxels" / "c").rglob("*") if p.is_file())
    chunk.write_bytes(chunk.read_bytes()[:5])

    with pytest.raises(InputError, match="damaged or incomplete"):
        read_neurons(written)


def test_voxels_outside_their_box(written):
    group = zarr.open_group(written, mode="r+")
    group["voxels"][0] = np.uint32(900)

    with pytest.raises(InputError, match="voxels of neuron 1 do not fit its box"):
        read_neurons(written)


# ---- Writing


def test_an_existing_target_needs_permission(written):
    with pytest.raises(OutputError, match="--overwrite"):
        write_neurons(written, NeuronSet((1, 1, 1)))

    assert len(read_neurons(written)) == 2


def test_a_name_that_is_no_zarr(tmp_path):
    with pytest.raises(InputError, match=r"should end in \.neurons\.zarr"):
        write_neurons(tmp_path / "x.tif", crossing_pair())


def test_a_folder_that_cannot_be_written_to(read_only_folder):
    with pytest.raises(OutputError, match="cannot be written to"):
        write_neurons(read_only_folder / "x.neurons.zarr", crossing_pair())


def test_a_full_disk_leaves_what_was_there(written, largest_file):
    rng = np.random.default_rng(0)
    big = NeuronSet((64, 64, 64))
    voxels = np.argwhere(rng.random(big.shape) < 0.3)
    big.add(Neuron.from_coordinates(1, voxels))

    with largest_file(1000), pytest.raises(OutputError):
        write_neurons(written, big, overwrite=True)

    assert len(read_neurons(written)) == 2
    assert [p.name for p in written.parent.iterdir()] == ["x.neurons.zarr"]
