"""What we write, others read: the same numbers, axes, sizes, names and colours."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import dask.array as da
import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from striate import open_volume
from striate.data import Channel, Volume, write_ome_tiff, write_ome_zarr
from striate.errors import Cancelled, InputError
from striate.jobs import JobContext

RNG = np.random.default_rng(11)
CHANNELS = (
    Channel("GFP", "#00FF00", (10.0, 900.0)),
    Channel("µ-opioid", "#FF00FF"),
    Channel("DAPI", "#0000FF"),
)
VOLUME = Volume.from_array(
    RNG.integers(0, 4000, (3, 5, 300, 520), dtype=np.uint16),
    "CZYX",
    voxel_size=(2.0, 0.5, 0.25),
    channels=CHANNELS,
)


# ---- OME-Zarr


def test_the_reader_of_ome_zarr_reads_it(tmp_path):
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    path = write_ome_zarr(tmp_path / "a.zarr", VOLUME)

    (node,) = [n for n in Reader(parse_url(path))() if n.data]
    meta = node.metadata
    assert [a["name"] for a in meta["axes"]] == ["c", "z", "y", "x"]
    assert {a.get("unit") for a in meta["axes"][1:]} == {"micrometer"}
    assert meta["channel_names"] == ["GFP", "µ-opioid", "DAPI"]
    first, second = meta["coordinateTransformations"][:2]
    assert first[0]["scale"] == [1.0, 2.0, 0.5, 0.25]
    assert second[0]["scale"] == [1.0, 2.0, 0.5, 0.5]
    assert [level.shape for level in node.data] == [
        (3, 5, 300, 520),
        (3, 5, 300, 260),
        (3, 5, 150, 130),
    ]
    assert np.array_equal(node.data[0].compute(), VOLUME.data.compute())


def test_it_fulfils_the_specification(tmp_path):
    from ome_zarr_models.v05.image import Image

    path = write_ome_zarr(tmp_path / "a.zarr", VOLUME)

    image = Image.from_zarr(zarr.open_group(path, mode="r"))

    assert image.ome_attributes.version == "0.5"
    assert image.ome_attributes.multiscales[0].axes[1].unit == "micrometer"


def test_it_comes_back_as_it_was(tmp_path):
    found = open_volume(write_ome_zarr(tmp_path / "a.ome.zarr", VOLUME))

    assert (found.axes, found.voxel_size, found.unit) == (
        "CZYX",
        (2.0, 0.5, 0.25),
        "µm",
    )
    assert [(c.name, c.colour) for c in found.channels] == [
        (c.name, c.colour) for c in CHANNELS
    ]
    assert found.channels[0].limits == (10.0, 900.0)
    assert np.array_equal(found.data.compute(), VOLUME.data.compute())


def test_levels_are_means_of_images(tmp_path):
    found = open_volume(write_ome_zarr(tmp_path / "a.zarr", VOLUME))

    pairs = VOLUME.data.compute().reshape(3, 5, 300, 260, 2)
    assert np.array_equal(found.levels[1].compute(), np.rint(pairs.mean(axis=-1)))


def test_levels_of_labels_hold_labels(tmp_path):
    labels = Volume.from_array(RNG.choice([0, 7, 900], (301, 517)).astype("u4"), "YX")

    path = write_ome_zarr(tmp_path / "a.zarr", labels, reduce="nearest")

    found = open_volume(path)
    assert found.levels[1].shape == (150, 258)
    assert set(np.unique(found.levels[-1].compute())) <= {0, 7, 900}
    assert "omero" not in zarr.open_group(path, mode="r").attrs["ome"]


@pytest.mark.parametrize(
    ("shape", "axes", "size", "levels"),
    [
        ((1, 600, 600), "ZYX", (0.01, 1.0, 1.0), [(1, 600, 600), (1, 300, 300)]),
        ((40, 600, 2), "ZYX", (1.0, 1.0, 1.0), [(40, 600, 2), (20, 300, 1)]),
        ((8, 520, 520), "ZYX", (4.0, 1.0, 1.0), [(8, 520, 520), (8, 260, 260)]),
        ((2, 600, 600), "TYX", (1.0, 1.0), [(2, 600, 600), (2, 300, 300)]),
        ((256, 256), "YX", (1.0, 1.0), [(256, 256)]),
    ],
)
def test_pyramids_of_odd_shapes_end(tmp_path, shape, axes, size, levels):
    volume = Volume.from_array(np.zeros(shape, np.uint8), axes, voxel_size=size)

    found = open_volume(write_ome_zarr(tmp_path / "a.zarr", volume))

    assert [level.shape for level in found.levels][: len(levels)] == levels
    assert max(found.levels[-1].shape[-2:]) <= 256


def test_further_facts_are_kept(tmp_path):
    volume = VOLUME.crop(z=(1, 2), y=(0, 8), x=(0, 8))

    path = write_ome_zarr(tmp_path / "a.zarr", volume, attributes={"simulated": True})

    kept = open_volume(path).metadata["striate"]
    assert kept == {"origin": [1, 0, 0], "simulated": True}


def test_zarr_needs_its_suffix(tmp_path):
    with pytest.raises(InputError, match=r"should end in \.zarr"):
        write_ome_zarr(tmp_path / "a.tif", VOLUME)


# ---- OME-TIFF


def test_tifffile_reads_it(tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", VOLUME)

    with tifffile.TiffFile(path) as tif:
        assert tif.is_ome
        assert tif.series[0].axes == "CZYX"
        assert np.array_equal(tif.asarray(), VOLUME.data.compute())
        root = ElementTree.fromstring(tif.ome_metadata)
    pixels = next(e for e in root.iter() if e.tag.endswith("Pixels"))
    sizes = [float(pixels.get(f"PhysicalSize{a}")) for a in "ZYX"]
    assert sizes == [2.0, 0.5, 0.25]
    assert {pixels.get(f"PhysicalSize{a}Unit") for a in "ZYX"} == {"µm"}
    channels = [e for e in root.iter() if e.tag.endswith("}Channel")]
    assert [c.get("Name") for c in channels] == ["GFP", "µ-opioid", "DAPI"]
    assert [c.get("Color") for c in channels] == ["16711935", "-16711681", "65535"]


def test_the_schema_of_ome_accepts_it(tmp_path):
    from ome_types import from_xml

    path = write_ome_tiff(tmp_path / "a.ome.tif", VOLUME)

    ome = from_xml(tifffile.TiffFile(path).ome_metadata, validate=False)

    assert ome.images[0].pixels.channels[1].name == "µ-opioid"
    assert ome.images[0].pixels.channels[0].color.as_hex() in ("#0f0", "#00ff00")


def test_tiff_has_no_integers_of_64_bits(tmp_path):
    volume = Volume.from_array(np.zeros((4, 5), np.int64), "YX")

    with pytest.raises(InputError, match="at most 32 bits: write OME-Zarr"):
        write_ome_tiff(tmp_path / "a.tif", volume)
    assert list(tmp_path.iterdir()) == []


def test_chunks_in_depth_are_read_once(tmp_path):
    read = []

    def block(block_info=None):
        read.append(1)
        return np.ones((8, 16, 16), np.uint8)

    data = da.map_blocks(block, chunks=((8, 8), (16,), (16,)), dtype=np.uint8)
    read.clear()

    write_ome_tiff(tmp_path / "a.tif", Volume.from_array(data, "ZYX"))

    assert len(read) == 2


# ---- Round trips


SHAPES = {"T": 2, "C": 3, "Z": 4, "Y": 5, "X": 7}
AXES = st.sampled_from(["YX", "ZYX", "CYX", "TYX", "CZYX", "TZYX", "TCYX", "TCZYX"])
SIZES = st.floats(1e-3, 1e4)
OF_TIFF = ["u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8", "?"]
OF_ZARR = [*OF_TIFF, "u8", "i8", "f2", ">u2", ">f4"]


@st.composite
def volumes(draw, dtypes):
    axes = draw(AXES)
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = tuple(SHAPES[a] for a in axes)
    array = draw(hnp.arrays(dtype, shape, elements=hnp.from_dtype(dtype)))
    size = tuple(draw(SIZES) for a in axes if a in "ZYX")
    return Volume.from_array(array, axes, voxel_size=size)


def assert_same(found, volume, dtype):
    assert found.axes == volume.axes
    assert found.voxel_size == pytest.approx(volume.voxel_size, rel=1e-6)
    assert found.unit == "µm"
    assert found.dtype == dtype
    expected = volume.data.compute().astype(dtype)
    assert np.array_equal(
        found.data.compute(), expected, equal_nan=expected.dtype.kind == "f"
    )


often = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@often
@given(volume=volumes(OF_ZARR))
def test_any_volume_survives_ome_zarr(tmp_path, volume):
    path = write_ome_zarr(tmp_path / "a.zarr", volume, overwrite=True)

    assert_same(open_volume(path), volume, volume.dtype.newbyteorder("="))


@often
@given(volume=volumes([*OF_TIFF, "f2", ">u2"]))
def test_any_volume_survives_ome_tiff(tmp_path, volume):
    path = write_ome_tiff(tmp_path / "a.ome.tif", volume, overwrite=True)

    kept = {"?": "u1", "e": "f4"}.get(volume.dtype.char, volume.dtype)
    assert_same(open_volume(path), volume, np.dtype(kept).newbyteorder("="))


# ---- Progress and cancel


class Ear:
    def __init__(self):
        self.progress = []

    def on_progress(self, done, total, text):
        self.progress.append((done, total))


@pytest.mark.parametrize("write", [write_ome_zarr, write_ome_tiff])
def test_progress_ends_at_its_total(tmp_path, write):
    ear = Ear()

    write(tmp_path / "a.zarr", VOLUME, ctx=JobContext(ear))

    assert ear.progress[-1][0] == ear.progress[-1][1] >= 15
    assert [done for done, _ in ear.progress] == sorted(
        done for done, _ in ear.progress
    )


@pytest.mark.parametrize("write", [write_ome_zarr, write_ome_tiff])
def test_a_cancel_leaves_nothing(tmp_path, write):
    asked = iter([False] * 3 + [True] * 999)
    ctx = JobContext(is_cancelled=lambda: next(asked))

    with pytest.raises(Cancelled):
        write(tmp_path / "a.zarr", VOLUME, ctx=ctx)

    assert list(tmp_path.iterdir()) == []


def test_metadata_are_json(tmp_path):
    path = write_ome_zarr(tmp_path / "a.zarr", VOLUME)

    facts = json.loads((path / "zarr.json").read_text())

    assert facts["attributes"]["ome"]["version"] == "0.5"
