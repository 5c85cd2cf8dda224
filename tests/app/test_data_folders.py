"""A folder of slices, a zipped TIFF, and how a reader is chosen."""

from __future__ import annotations

import zipfile

import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile

from striate import open_volume
from striate.data import is_volume
from striate.errors import InputError

RNG = np.random.default_rng(9)
STACK = RNG.integers(0, 4000, (12, 20, 30), dtype=np.uint16)


def slices(folder, stack=STACK, suffix="tif"):
    folder.mkdir()
    for i, plane in enumerate(stack):
        # Without leading zeros: slice 10 must not come after slice 1.
        imageio.imwrite(folder / f"slice {i}.{suffix}", plane)
    return folder


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_slices_in_the_order_of_their_numbers(tmp_path, suffix):
    folder = slices(tmp_path / "a", suffix=suffix)
    (folder / "notes.txt").write_text("kept beside the images")
    (folder / "._slice 0.tif").write_bytes(b"what macOS leaves behind")

    found = open_volume(folder, voxel_size=(2.0, 0.5, 0.5))

    assert found.format == "folder of slices"
    assert (found.axes, found.shape, found.dtype) == ("ZYX", (12, 20, 30), np.uint16)
    assert np.array_equal(found.data.compute(), STACK)


def test_slices_in_colour(tmp_path):
    stack = RNG.integers(0, 255, (3, 20, 30, 3), dtype=np.uint8)
    found = open_volume(slices(tmp_path / "a", stack, "png"))

    assert (found.axes, found.shape) == ("CZYX", (3, 3, 20, 30))
    assert np.array_equal(found.data.compute(), stack.transpose(3, 0, 1, 2))


def test_a_slice_that_does_not_belong_is_named(tmp_path):
    folder = slices(tmp_path / "a")
    tifffile.imwrite(folder / "slice 5.tif", STACK[0, :10])

    with pytest.raises(InputError, match=r"slice 5\.tif is .*\(10, 30\)"):
        open_volume(folder)


def test_a_slice_that_is_damaged_is_named(tmp_path):
    folder = slices(tmp_path / "a")
    (folder / "slice 7.tif").write_bytes(b"II*\0")

    with pytest.raises(InputError, match=r"slice 7\.tif cannot be read"):
        open_volume(folder)


def test_a_slice_that_was_cut_off_is_named(tmp_path):
    folder = slices(tmp_path / "a", suffix="png")
    path = folder / "slice 7.png"
    path.write_bytes(path.read_bytes()[:400])

    with pytest.raises(InputError, match=r"slice 7\.png cannot be read"):
        open_volume(folder).data.compute()


def test_a_stack_among_slices_is_named(tmp_path):
    (tmp_path / "a").mkdir()
    tifffile.imwrite(tmp_path / "a" / "1.tif", STACK, photometric="minisblack")

    with pytest.raises(InputError, match=r"1\.tif is no single slice"):
        open_volume(tmp_path / "a")


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("")

    with pytest.raises(InputError, match="holds no slices"):
        open_volume(tmp_path)
    assert not is_volume(tmp_path)


# ---- Zip


def test_a_zipped_neuron(real_data):
    found = open_volume(real_data("rivulet_neuron_stack/test.tif.zip"))

    assert found.format == "zipped TIFF"
    assert (found.axes, found.shape, found.dtype) == ("ZYX", (119, 415, 409), np.uint8)
    assert found.data.mean().compute() == pytest.approx(0.10, abs=0.005)


def zipped(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".tif", content)
    return path


@pytest.fixture
def tiff_bytes(tmp_path):
    tifffile.imwrite(tmp_path / "plane.tif", STACK[0])
    return (tmp_path / "plane.tif").read_bytes()


def test_it_is_unpacked_once(tmp_path, own_home, tiff_bytes):
    path = zipped(tmp_path / "a.zip", plane=tiff_bytes)
    open_volume(path)
    (unpacked,) = (own_home / "cache" / "unpacked").rglob("*.tif")
    before = unpacked.stat().st_mtime_ns

    assert np.array_equal(open_volume(path).data.compute(), STACK[0])
    assert unpacked.stat().st_mtime_ns == before


def test_a_name_in_a_zip_cannot_lead_out_of_the_cache(tmp_path, own_home, tiff_bytes):
    open_volume(zipped(tmp_path / "a.zip", **{"..__..__out": tiff_bytes}))

    assert [p.name for p in own_home.rglob("out.tif")] == ["out.tif"]
    assert not (tmp_path / "out.tif").exists()


def test_a_zip_of_two_stacks(tmp_path, tiff_bytes):
    path = zipped(tmp_path / "a.zip", one=tiff_bytes, two=tiff_bytes)

    with pytest.raises(InputError, match="holds 2 TIFF files: a zip must hold one"):
        open_volume(path)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9])
def test_a_zip_that_was_cut_off(tmp_path, own_home, tiff_bytes, share):
    path = zipped(tmp_path / "a.zip", plane=tiff_bytes)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(InputError, match="no readable zip file"):
        open_volume(path)


def test_a_zip_that_was_damaged_inside(tmp_path, own_home, tiff_bytes):
    path = zipped(tmp_path / "a.zip", plane=tiff_bytes)
    data = bytearray(path.read_bytes())
    data[200:260] = bytes(60)
    path.write_bytes(data)

    with pytest.raises(InputError, match="no readable zip file"):
        open_volume(path)
    assert [p for p in own_home.rglob("*") if p.is_file()] == []


# ---- Which reader


def test_a_file_of_no_known_kind(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")

    with pytest.raises(InputError) as caught:
        open_volume(path)

    assert str(caught.value) == (
        "notes.txt is no image that Striate reads: it opens TIFF, OME-Zarr, zarr, "
        "HDF5, npy, CZI, ND2 and folders of slices."
    )
    assert not is_volume(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="does not exist: check the name"):
        open_volume(tmp_path / "nothing.tif")
    assert not is_volume(tmp_path / "nothing.tif")


def test_what_looks_like_an_image(tmp_path):
    folder = slices(tmp_path / "a")

    assert is_volume(folder)
    assert is_volume(folder / "slice 1.tif")


def test_what_may_not_be_read(closed_folder):
    for path in (closed_folder, closed_folder / "a.tif"):
        with pytest.raises(InputError, match="cannot be opened: Permission"):
            open_volume(path)
        assert not is_volume(path)
