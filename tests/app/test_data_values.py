"""Whatever numbers a file holds, they come out as they are."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from striate import open_volume
from striate.data import Volume, write_ome_zarr

SHAPE = (3, 16, 20)
NAN = np.full(SHAPE, 1.5, np.float32)
NAN[0, 0, 0], NAN[1, 2, 3], NAN[2, 4, 5] = np.nan, np.inf, -np.inf
VALUES = {
    "NaN and infinity": NAN,
    "all zero": np.zeros(SHAPE, np.uint16),
    "bool": np.arange(960).reshape(SHAPE) % 3 == 0,
    "float64": np.linspace(-1, 1, 960).reshape(SHAPE),
    "float16": np.linspace(-1, 1, 960).reshape(SHAPE).astype(np.float16),
    "int8": np.arange(960).reshape(SHAPE).astype(np.int8),
    "uint64": np.arange(960).reshape(SHAPE).astype(np.uint64) << 40,
    "big-endian": np.arange(960).reshape(SHAPE).astype(">u2"),
}


def npy(path, data):
    np.save(path / "a.npy", data)
    return path / "a.npy"


def hdf5(path, data):
    with h5py.File(path / "a.h5", "w") as file:
        file["raw"] = data
    return path / "a.h5"


def tiff(path, data):
    tifffile.imwrite(path / "a.tif", data, photometric="minisblack")
    return path / "a.tif"


def zarr2(path, data):
    zarr.create_array(path / "a.zarr", data=data, zarr_format=2)
    return path / "a.zarr"


def ome_zarr(path, data):
    return write_ome_zarr(path / "a.zarr", Volume.from_array(data, "ZYX"))


@pytest.mark.parametrize("write", [npy, hdf5, tiff, zarr2, ome_zarr])
@pytest.mark.parametrize("name", VALUES)
def test_values_come_out_as_they_are(tmp_path, write, name):
    data = VALUES[name]

    found = open_volume(write(tmp_path, data), axes="ZYX")

    assert found.dtype.kind == data.dtype.kind
    assert found.dtype.itemsize == data.dtype.itemsize
    assert np.array_equal(found.data.compute(), data, equal_nan=data.dtype.kind == "f")


def test_an_image_of_one_pixel(tmp_path):
    assert open_volume(npy(tmp_path, np.ones((1, 1), np.uint8))).shape == (1, 1)
