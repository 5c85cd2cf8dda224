"""A write that fails leaves the folder as it was, and says why in one sentence."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from striate import open_volume
from striate.data import Volume, check_target, replacing, write_ome_tiff, write_ome_zarr
from striate.errors import InputError, OutputError

NOISE = np.random.default_rng(2).integers(0, 65535, (8, 300, 300), dtype=np.uint16)
VOLUME = Volume.from_array(NOISE, "ZYX")
SMALL = Volume.from_array(np.ones((4, 5), np.uint8), "YX")
WRITERS = pytest.mark.parametrize(
    ("write", "name"), [(write_ome_zarr, "a.zarr"), (write_ome_tiff, "a.ome.tif")]
)


def names_in(folder):
    return sorted(p.name for p in folder.iterdir())


@WRITERS
def test_an_existing_target_is_kept_unless_it_may_go(tmp_path, write, name):
    write(tmp_path / name, SMALL)

    with pytest.raises(OutputError) as caught:
        write(tmp_path / name, VOLUME)

    assert str(caught.value) == (
        f"{tmp_path / name} already exists: choose another name, or allow overwriting "
        "(--overwrite)."
    )
    assert open_volume(tmp_path / name).shape == (4, 5)

    write(tmp_path / name, VOLUME, overwrite=True)

    assert open_volume(tmp_path / name).shape == (8, 300, 300)
    assert names_in(tmp_path) == [name]


@WRITERS
def test_a_disk_that_takes_no_more(tmp_path, write, name, largest_file):
    expected = pytest.raises(OutputError, match="was not written: files of this size")
    with largest_file(100_000), expected:
        write(tmp_path / name, VOLUME)

    assert names_in(tmp_path) == []


@WRITERS
def test_a_full_disk_keeps_the_old_file(tmp_path, write, name, largest_file):
    write(tmp_path / name, SMALL)

    with largest_file(100_000), pytest.raises(OutputError):
        write(tmp_path / name, VOLUME, overwrite=True)

    assert names_in(tmp_path) == [name]
    assert open_volume(tmp_path / name).shape == (4, 5)


@WRITERS
def test_a_folder_that_may_not_be_written_to(read_only_folder, write, name):
    with pytest.raises(OutputError, match="cannot be written to"):
        write(read_only_folder / "new" / name, SMALL)
    with pytest.raises(OutputError, match="cannot be written to"):
        write(read_only_folder / name, SMALL)

    assert names_in(read_only_folder) == ["a.tif"]


@WRITERS
def test_a_source_that_is_damaged(tmp_path, write, name):
    source = tmp_path / "source.tif"
    tifffile.imwrite(source, NOISE, compression="zlib", photometric="minisblack")
    volume = open_volume(source)
    data = bytearray(source.read_bytes())
    data[700_000:700_100] = bytes(100)
    source.write_bytes(data)

    with pytest.raises(InputError, match=r"source\.tif could not be read at"):
        write(tmp_path / name, volume)

    assert names_in(tmp_path) == ["source.tif"]


@WRITERS
def test_missing_folders_are_made(tmp_path, write, name):
    write(tmp_path / "new" / "folder" / name, SMALL)

    assert open_volume(tmp_path / "new" / "folder" / name).shape == (4, 5)


# ---- The same promise for whoever writes


def fail(target, error):
    with replacing(target) as part:
        part.mkdir()
        (part / "half").touch()
        raise error


def test_the_whole_disk_is_full_in_words(tmp_path):
    error = OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"The disk is full: .*a\.zarr was not"):
        fail(tmp_path / "a.zarr", error)

    assert names_in(tmp_path) == []


def test_ctrl_c_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fail(tmp_path / "a", KeyboardInterrupt())

    assert names_in(tmp_path) == []


def test_nothing_is_there_before_all_is(tmp_path):
    with replacing(tmp_path / "a.txt") as part:
        part.write_text("whole")
        assert not (tmp_path / "a.txt").exists()

    assert (tmp_path / "a.txt").read_text() == "whole"


def test_a_file_replaces_a_folder_and_back(tmp_path):
    target = tmp_path / "a"
    target.mkdir()
    (target / "inside").touch()
    with replacing(target, overwrite=True) as part:
        part.write_text("a file now")
    assert target.read_text() == "a file now"

    with replacing(target, overwrite=True) as part:
        part.mkdir()
    assert target.is_dir()
    assert names_in(tmp_path) == ["a"]


def test_a_target_can_be_checked_before_long_work(tmp_path, read_only_folder):
    check_target(read_only_folder.parent / "home" / "a.zarr")

    with pytest.raises(OutputError, match="cannot be written to"):
        check_target(read_only_folder / "a.zarr")
    with pytest.raises(OutputError, match="already exists"):
        check_target(read_only_folder / "a.tif")
