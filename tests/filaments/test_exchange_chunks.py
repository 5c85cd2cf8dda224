"""HDF5 labels are read chunk by chunk, and come out as they were."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from striate.errors import InputError
from striate_filaments.exchange import read_any
from striate_filaments.exchange.chunks import labelled_voxels


def labels():
    image = np.zeros((21, 34, 45), np.int32)
    image[2:5, 3:30, 7] = 4
    image[20, 33, 40:] = 9
    image[10:20, 10, 10:12] = 1
    return image


@pytest.mark.parametrize("packing", ["gzip", "shuffle", "lzf", None])
def test_labels_come_out_as_they_were(tmp_path, packing):
    options = {
        "gzip": {"compression": "gzip", "chunks": (8, 16, 16)},
        "shuffle": {"compression": "gzip", "shuffle": True},
        "lzf": {"compression": "lzf"},
        None: {},
    }[packing]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("labels", data=labels(), **options)
        assert (labelled_voxels(made) is None) == (packing != "gzip")
    neurons = read_any(tmp_path / "a.h5")
    assert neurons.ids == [1, 4, 9]
    for neuron in neurons:
        expected = np.argwhere(labels() == neuron.id)
        assert np.array_equal(neuron.coordinates(), expected)


def test_chunks_never_written_are_background(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset(
            "labels", (64, 64, 64), np.uint16, chunks=(16, 16, 16), compression="gzip"
        )
        made[3, 4, 5] = 2
    neurons = read_any(tmp_path / "a.h5")
    assert neurons[2].coordinates().tolist() == [[3, 4, 5]]


def test_negative_labels_and_damage_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset(
            "labels", data=-labels(), chunks=(8, 16, 16), compression="gzip"
        )
        where = made.id.get_chunk_info(0)
    with pytest.raises(InputError, match="negative"):
        read_any(tmp_path / "a.h5")
    data = bytearray((tmp_path / "a.h5").read_bytes())
    data[where.byte_offset : where.byte_offset + 8] = b"damaged!"
    (tmp_path / "a.h5").write_bytes(data)
    with pytest.raises(InputError, match="damaged or incomplete"):
        read_any(tmp_path / "a.h5")
