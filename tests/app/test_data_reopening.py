"""Volumes travel to other processes by name: no pixel goes with them."""

from __future__ import annotations

import pickle

import h5py
import numpy as np
import pytest
import tifffile

from striate.data import Volume, open_volume, write_ome_tiff, write_ome_zarr
from striate.errors import InputError

pytest.importorskip("distributed")
STACK = np.random.default_rng(0).integers(0, 9999, (2, 6, 64, 80), np.uint16)
VOLUME = Volume.from_array(STACK, "CZYX", voxel_size=(1.0, 0.5, 0.5))


def write_hdf5(path):
    with h5py.File(path, "w") as file:
        file["raw"] = STACK


MAKERS = {
    "a.ome.zarr": lambda path: write_ome_zarr(path, VOLUME),
    "a.ome.tif": lambda path: write_ome_tiff(path, VOLUME),
    "packed.tif": lambda path: tifffile.imwrite(path, STACK[0], compression="zlib"),
    "a.npy": lambda path: np.save(path, STACK),
    "a.h5": write_hdf5,
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_volume_is_pickled_by_name_and_opened_anew(tmp_path, name):
    from distributed.protocol.pickle import dumps, loads

    MAKERS[name](tmp_path / name)
    array = open_volume(tmp_path / name).czyx()

    packed = dumps(array)

    assert len(packed) < 8000 < STACK.nbytes
    there = np.asarray(loads(packed).compute(scheduler="synchronous"))
    np.testing.assert_array_equal(there, STACK[: len(there)])


def test_a_file_that_is_not_there_on_the_other_machine_is_named(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, STACK[0])
    packed = pickle.dumps(open_volume(path, axes="ZYX").data)
    path.unlink()

    with pytest.raises(InputError, match="must see it under the same path"):
        pickle.loads(packed)
