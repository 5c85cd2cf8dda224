"""A volume knows its axes, size and channels, and refuses what does not fit."""

from __future__ import annotations

import subprocess
import sys

import dask.array as da
import numpy as np
import pytest

from striate.data import Channel, Volume
from striate.errors import InputError


def volume(shape=(2, 4, 6, 8), axes="CZYX", **more):
    array = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    return Volume.from_array(array, axes, **more)


def test_it_describes_itself():
    found = volume(voxel_size=(2.0, 0.5, 0.25))

    assert found.describe() == (
        "2 C x 4 Z x 6 Y x 8 X, uint16, 2 x 0.5 x 0.25 µm, array"
    )
    assert found.spatial_axes == "ZYX"
    assert found.voxel_size_zyx == (2.0, 0.5, 0.25)
    assert found.calibrated


def test_without_a_voxel_size_it_is_in_pixels():
    found = volume((6, 8), "YX")

    assert (found.voxel_size, found.unit) == ((1.0, 1.0), "px")
    assert found.voxel_size_zyx == (1.0, 1.0, 1.0)
    assert not found.calibrated
    assert found.describe() == "6 Y x 8 X, uint16, no voxel size, array"


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((6, 8), "YX", (1, 1, 6, 8)),
        ((4, 6, 8), "ZYX", (1, 4, 6, 8)),
        ((3, 6, 8), "CYX", (3, 1, 6, 8)),
        ((3, 4, 6, 8), "CZYX", (3, 4, 6, 8)),
        ((5, 3, 4, 6, 8), "TCZYX", (3, 4, 6, 8)),
    ],
)
def test_any_volume_can_be_had_as_czyx(shape, axes, expected):
    assert volume(shape, axes).czyx().shape == expected


def test_a_time_point_that_does_not_exist():
    found = volume((5, 4, 6, 8), "TZYX")

    assert found.czyx(t=4)[0, 0, 0, 0].compute() == 4 * 4 * 6 * 8
    with pytest.raises(InputError, match="Time point 5 does not exist: there are 5"):
        found.czyx(t=5)


def test_a_crop_keeps_its_place_and_its_channels():
    channels = (Channel("GFP", "#00FF00"), Channel("RFP", "#FF0000"))
    found = volume(channels=channels, voxel_size=(2.0, 0.5, 0.25))

    part = found.crop(c=(1, 2), z=(1, 3), x=(2, 8))

    assert part.shape == (1, 2, 6, 6)
    assert part.channels == (channels[1],)
    assert part.metadata["origin"] == [1, 0, 2]
    assert np.array_equal(part.data.compute(), found.data.compute()[1:2, 1:3, :, 2:8])


@pytest.mark.parametrize("bounds", [{"z": (0, 5)}, {"y": (3, 3)}, {"x": (-1, 4)}])
def test_a_crop_outside_is_refused(bounds):
    with pytest.raises(InputError, match="lies outside the volume"):
        volume().crop(**bounds)


def test_a_crop_of_an_axis_it_lacks_is_refused():
    with pytest.raises(InputError, match="has no axis t"):
        volume().crop(t=(0, 1))


def test_thirteen_channels_have_names_and_colours():
    found = volume((13, 6, 8), "CYX")

    assert [c.name for c in found.channels[::12]] == ["Channel 1", "Channel 13"]
    assert len({c.colour for c in found.channels[:12]}) == 12


@pytest.mark.parametrize(
    ("shape", "axes", "more", "said"),
    [
        ((4, 6), "XY", {}, "must be in the order"),
        ((4, 6, 8), "QYX", {}, "not a subset"),
        ((4, 6, 8), "YYX", {}, "each once"),
        ((4, 6), "ZY", {}, "must end with YX"),
        ((4, 6), "ZYX", {}, "do not fit an array of 2 dimensions"),
        ((0, 6), "YX", {}, "is empty"),
        ((4, 6), "YX", {"voxel_size": (1.0,)}, "one voxel size for each of YX"),
        ((4, 6), "YX", {"voxel_size": (1.0, 0.0)}, "must be positive"),
        ((4, 6), "YX", {"voxel_size": (1.0, float("nan"))}, "must be positive"),
        ((4, 6), "YX", {"channels": (Channel("a"), Channel("b"))}, "2 channel names"),
    ],
)
def test_what_does_not_fit_is_refused(shape, axes, more, said):
    with pytest.raises(InputError, match=said):
        Volume.from_array(da.zeros(shape), axes, **more)


def test_writing_a_table_pays_for_neither_dask_nor_zarr():
    code = (
        "import sys; from striate.data import check_target, replacing; "
        "print(sorted({'dask', 'tifffile', 'zarr'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout == "[]\n"
