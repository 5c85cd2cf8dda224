"""Opening reads metadata only; a plane reads the chunks it lies in."""

from __future__ import annotations

from pathlib import Path

import h5py
import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile
import zarr

from striate import open_volume
from striate.data import Volume, lazy, write_ome_tiff, write_ome_zarr

IO = Path("/proc/self/io")
pytestmark = pytest.mark.skipif(not IO.exists(), reason="counts reads as Linux does")

# Noise does not compress: the files are as large as the array, 6.3 MB.
STACK = np.random.default_rng(1).integers(0, 65535, (48, 256, 256), dtype=np.uint16)


def bytes_read() -> int:
    return int(IO.read_text().splitlines()[0].split()[1])


def slices(path):
    path.mkdir()
    for i, plane in enumerate(STACK):
        imageio.imwrite(path / f"{i}.png", plane)
    return path


def hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("raw", data=STACK, chunks=(4, 64, 64))
    return path


def tiff(path, **options):
    tifffile.imwrite(path, STACK, photometric="minisblack", **options)
    return path


def plain(path):
    zarr.create_array(path, data=STACK, chunks=(4, 64, 64))
    return path


VOLUME = Volume.from_array(STACK, "ZYX")
MAKERS = {
    "TIFF": lambda folder: tiff(folder / "a.tif"),
    "compressed TIFF": lambda folder: tiff(folder / "a.tif", compression="zlib"),
    "ImageJ": lambda folder: tiff(folder / "a.tif", imagej=True),
    "OME-TIFF": lambda folder: write_ome_tiff(folder / "a.ome.tif", VOLUME),
    "OME-Zarr": lambda folder: write_ome_zarr(folder / "a.zarr", VOLUME),
    "zarr": lambda folder: plain(folder / "a.zarr"),
    "HDF5": lambda folder: hdf5(folder / "a.h5"),
    "slices": lambda folder: slices(folder / "a"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Make each file once."""
    made: dict[str, Path] = {}

    def get(kind):
        if kind not in made:
            made[kind] = MAKERS[kind](tmp_path_factory.mktemp("lazy"))
            open_volume(made[kind]).data[0].compute()  # Imports are read too.
        return made[kind]

    return get


@pytest.mark.parametrize("kind", MAKERS)
def test_opening_reads_no_pixels(files, kind):
    path = files(kind)

    before = bytes_read()
    found = open_volume(path)
    used = bytes_read() - before

    assert found.shape == STACK.shape
    # A TIFF reads some 8 kB around the tags of each page.
    assert used < 0.1 * STACK.nbytes


@pytest.mark.parametrize("kind", [k for k in MAKERS if k != "OME-Zarr"])
def test_a_plane_reads_the_chunks_it_lies_in(files, kind, monkeypatch):
    monkeypatch.setattr(lazy, "CHUNK_BYTES", 1 << 20)
    found = open_volume(files(kind))

    before = bytes_read()
    plane = found.data[20].compute()
    used = bytes_read() - before

    assert np.array_equal(plane, STACK[20])
    assert used < 1.2 * (1 << 20)


def test_a_corner_of_an_ome_zarr_is_one_chunk(files):
    assert open_volume(files("OME-Zarr")).data.chunksize == (48, 256, 256)


def test_a_file_larger_than_memory_opens(tmp_path):
    path = tmp_path / "huge.npy"
    shape = (200_000, 1024, 1024)  # 420 GB, of which the disk holds nothing.
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint16, shape=shape)

    found = open_volume(path)

    assert found.shape == shape
    assert found.data[150_000, :4, :4].compute().max() == 0


def test_chunks_are_near_sixteen_megabytes_and_fit_those_of_the_file(tmp_path):
    zarr.create_array(
        tmp_path / "a.zarr", shape=(4, 512, 2048, 2048), chunks=(1, 16, 128, 128),
        dtype="uint16",
    )  # fmt: skip

    chunks = open_volume(tmp_path / "a.zarr").data.chunksize

    assert all(
        ours % own == 0 for ours, own in zip(chunks, (1, 16, 128, 128), strict=True)
    )
    assert 8 << 20 <= np.prod(chunks) * 2 <= 16 << 20


@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_opened_again_is_read_again(files, kind):
    """Viewers cache chunks by the name of a dask array, and files change."""
    first, second = open_volume(files(kind)), open_volume(files(kind))

    assert first.data.name != second.data.name
