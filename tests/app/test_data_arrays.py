"""Files that hold arrays and little else: HDF5 and npy."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from striate import open_volume
from striate.errors import InputError

RNG = np.random.default_rng(7)
STACK = RNG.integers(0, 255, (6, 20, 30), dtype=np.uint8)


# ---- HDF5


def hdf5(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, data in datasets.items():
            file[name.replace("__", "/")] = data
    return path


def test_an_ovule_with_its_voxel_size(real_data):
    path = real_data("plantseg_ovule/sample_ovule.h5")

    found = open_volume(path)

    assert found.format == "HDF5"
    assert (found.axes, found.shape, found.dtype) == ("ZYX", (32, 128, 128), np.uint8)
    assert found.voxel_size == pytest.approx((0.235, 0.15, 0.15))
    assert found.unit == "µm"
    assert found.metadata["dataset"] == "raw"
    with h5py.File(path) as file:
        assert np.array_equal(found.data.compute(), file["raw"][:])


def test_the_labels_of_the_ovule(real_data):
    found = open_volume(real_data("plantseg_ovule/sample_ovule.h5"), dataset="/label")

    assert found.dtype == np.uint16
    assert found.data.max().compute() > 1


def test_without_a_usual_name_the_largest_is_taken(tmp_path):
    path = hdf5(tmp_path / "a.h5", small=STACK[:2], s__large=STACK, table=np.arange(9))

    found = open_volume(path)

    assert found.metadata["dataset"] == "s/large"
    assert not found.calibrated
    with pytest.raises(InputError, match="has no 'nope': it holds s/large, small"):
        open_volume(path, dataset="nope")


def test_hdf5_without_an_image(tmp_path):
    path = hdf5(tmp_path / "a.h5", table=np.arange(9), nothing=h5py.Empty("f"))

    with pytest.raises(InputError, match=r"a\.h5 holds no image"):
        open_volume(path)


def test_hdf5_with_tables(tmp_path):
    table = np.zeros((4, 5), dtype=[("id", "i4"), ("size", "f4")])

    with pytest.raises(InputError, match="an image needs integers"):
        open_volume(hdf5(tmp_path / "a.h5", table=table))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_hdf5_that_was_cut_off(tmp_path, share):
    path = hdf5(tmp_path / "a.h5", raw=STACK)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(InputError, match="damaged or incomplete"):
        open_volume(path).data.compute()


# ---- npy


def test_an_npy_file(tmp_path):
    np.save(tmp_path / "a.npy", STACK)

    found = open_volume(tmp_path / "a.npy", voxel_size=(2, 1, 1), unit="µm")

    assert (found.format, found.axes, found.voxel_size) == ("npy", "ZYX", (2, 1, 1))
    assert np.array_equal(found.data.compute(), STACK)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((20, 30), "YX"),
        ((3, 20, 30), "CYX"),
        ((6, 20, 30), "ZYX"),
        ((12, 6, 20, 30), "CZYX"),
        ((20, 6, 30, 3), "ZYXC"),
        ((20, 3, 20, 30), "ZCYX"),
        ((5, 2, 6, 8, 9), "TCZYX"),
    ],
)
def test_axes_are_guessed_from_the_shape_and_that_is_said(tmp_path, shape, axes):
    np.save(tmp_path / "a.npy", np.zeros(shape, np.uint8))

    found = open_volume(tmp_path / "a.npy")

    assert found.metadata["guessed"] == f"axes {axes}"
    assert found.axes == "".join(sorted(axes, key="TCZYX".index))


def test_thirteen_channels_need_to_be_named(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((13, 6, 20, 30), np.uint8))

    assert open_volume(tmp_path / "a.npy", axes="CZYX").n_channels == 13


@pytest.mark.parametrize("shape", [(5,), (), (1, 2, 3, 4, 5, 6)])
def test_arrays_that_are_no_image(tmp_path, shape):
    np.save(tmp_path / "a.npy", np.zeros(shape))

    with pytest.raises(InputError, match=r"a\.npy"):
        open_volume(tmp_path / "a.npy")


def test_an_empty_array_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((0, 20, 30)))

    with pytest.raises(InputError, match="empty"):
        open_volume(tmp_path / "a.npy")


def test_objects_are_not_unpickled(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[{}, 1]], dtype=object), allow_pickle=True)

    with pytest.raises(InputError, match="no readable npy file"):
        open_volume(tmp_path / "a.npy")


@pytest.mark.parametrize("share", [0.0, 0.005, 0.5, 0.99])
def test_npy_that_was_cut_off(tmp_path, share):
    path = tmp_path / "a.npy"
    np.save(path, STACK)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(InputError, match="no readable npy file"):
        open_volume(path)
