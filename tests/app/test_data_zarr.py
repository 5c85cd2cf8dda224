"""OME-Zarr, FISBe zarr and plain zarr, in both versions of the format."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import zarr

from striate import open_volume
from striate.errors import InputError

RNG = np.random.default_rng(5)
STACK = RNG.integers(1, 4000, (2, 6, 40, 50), dtype=np.uint16)  # CZYX


def plain(path, data=STACK, *, zarr_format=3, chunks=(1, 2, 20, 25), **attributes):
    array = zarr.create_array(
        path, shape=data.shape, chunks=chunks, dtype=data.dtype, zarr_format=zarr_format
    )
    array[:] = data
    array.attrs.update(attributes)
    return path


def ome(path, version="0.5", *, levels=2, unit="micrometer", axes="czyx", **more):
    """Write an image as the specification has it, without our writer."""
    group = zarr.open_group(path, mode="w", zarr_format=3 if version == "0.5" else 2)
    datasets, data, scale = [], STACK, [1.0, 2.0, 0.5, 0.25]
    for level in range(levels):
        group.create_array(str(level), data=data, chunks=(1, 2, 20, 25))
        step = {"type": "scale", "scale": list(scale)}
        datasets.append({"path": str(level), "coordinateTransformations": [step]})
        data, scale = data[..., ::2, ::2], [*scale[:2], scale[2] * 2, scale[3] * 2]
    kinds = {"t": "time", "c": "channel"}
    listed = [{"name": a, "type": kinds.get(a, "space")} for a in axes]
    for axis in listed:
        if axis["type"] == "space" and unit:
            axis["unit"] = unit
    multiscale = {"version": version, "axes": listed, "datasets": datasets}
    facts = {"multiscales": [multiscale], **more}
    if version == "0.5":
        group.attrs["ome"] = {"version": "0.5", **facts}
    else:
        group.attrs.update(facts)
    return path


# ---- Real files


def test_the_fisbe_crop(real_data):
    path = real_data("fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr")

    found = open_volume(path)

    assert found.format == "FISBe zarr"
    assert (found.axes, found.shape) == ("CZYX", (3, 50, 50, 50))
    assert (found.voxel_size, found.unit) == ((0.44, 0.44, 0.44), "µm")
    assert "0.44 µm" in found.metadata["assumed"]
    means = found.data.mean(axis=(1, 2, 3)).compute()
    assert means == pytest.approx([66, 35, 26], abs=0.5)


def test_the_ground_truth_of_the_fisbe_crop(real_data):
    path = real_data("fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr")

    truth = open_volume(path, dataset="volumes/gt_instances")

    counts = (truth.data > 0).sum(axis=(1, 2, 3)).compute()
    assert counts.tolist() == [3765, 6193, 14246]


# ---- OME-Zarr


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_ome_zarr_pyramid(tmp_path, version):
    found = open_volume(ome(tmp_path / "a.zarr", version, levels=3))

    assert found.format == f"OME-Zarr {version}"
    assert found.axes == "CZYX"
    assert [level.shape[-2:] for level in found.levels] == [
        (40, 50),
        (20, 25),
        (10, 13),
    ]
    assert found.voxel_size == (2.0, 0.5, 0.25)
    assert found.unit == "µm"
    assert np.array_equal(found.data.compute(), STACK)
    assert np.array_equal(found.levels[2].compute(), STACK[..., ::4, ::4])


@pytest.mark.parametrize(
    ("unit", "size", "said"),
    [
        ("nanometer", (0.002, 0.0005, 0.00025), "µm"),
        ("millimeter", (2000.0, 500.0, 250.0), "µm"),
        (None, (1.0, 1.0, 1.0), "px"),
        ("parsec", (1.0, 1.0, 1.0), "px"),
    ],
)
def test_units_become_micrometres(tmp_path, unit, size, said):
    found = open_volume(ome(tmp_path / "a.zarr", unit=unit))

    assert found.voxel_size == pytest.approx(size)
    assert found.unit == said


def test_channels_of_omero(tmp_path):
    channels = [
        {"label": "GFP", "color": "00FF00", "window": {"start": 10, "end": 900}},
        {"color": "ff00ff", "window": {"start": 5, "end": 5}},
    ]
    found = open_volume(ome(tmp_path / "a.zarr", omero={"channels": channels}))

    assert [c.name for c in found.channels] == ["GFP", "Channel 2"]
    assert [c.colour for c in found.channels] == ["#00FF00", "#FF00FF"]
    assert [c.limits for c in found.channels] == [(10.0, 900.0), None]


def test_a_wrong_number_of_omero_channels_is_not_believed(tmp_path):
    found = open_volume(ome(tmp_path / "a.zarr", omero={"channels": [{"label": "x"}]}))

    assert [c.name for c in found.channels] == ["Channel 1", "Channel 2"]


def test_a_scale_for_all_levels_counts_too(tmp_path):
    path = ome(tmp_path / "a.zarr", "0.4")
    meta = json.loads((path / ".zattrs").read_text())
    step = {"type": "scale", "scale": [1, 10, 1, 2]}
    meta["multiscales"][0]["coordinateTransformations"] = [step]
    (path / ".zattrs").write_text(json.dumps(meta))

    assert open_volume(path).voxel_size == (20.0, 0.5, 0.5)


def test_a_series_as_bioformats_writes_it(tmp_path):
    path = tmp_path / "a.zarr"
    zarr.open_group(path, mode="w", zarr_format=2).attrs["bioformats2raw.layout"] = 3
    ome(path / "0", "0.4")
    ome(path / "1", "0.4", levels=1)

    assert len(open_volume(path).levels) == 2
    second = open_volume(path, series=1)
    assert len(second.levels) == 1
    assert second.metadata["series"] == {"open": 1}
    with pytest.raises(InputError, match="has no series 7"):
        open_volume(path, series=7)


def test_a_plate_says_what_to_open(tmp_path):
    path = tmp_path / "plate.zarr"
    zarr.open_group(path, mode="w", zarr_format=2).attrs["plate"] = {"wells": []}

    with pytest.raises(InputError, match=r"such as plate.zarr/A/1/0"):
        open_volume(path)


# ---- Plain zarr


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", ["a.zarr", "folder"])
def test_a_plain_array(tmp_path, zarr_format, name):
    found = open_volume(plain(tmp_path / name, zarr_format=zarr_format))

    assert (found.format, found.axes, found.shape) == ("zarr", "CZYX", STACK.shape)
    assert "axes CZYX" in found.metadata["guessed"]
    assert np.array_equal(found.data.compute(), STACK)


def test_named_dimensions(tmp_path):
    path = plain(
        tmp_path / "a.zarr", zarr_format=2, _ARRAY_DIMENSIONS=["z", "c", "y", "x"]
    )
    assert open_volume(path).shape == (6, 2, 40, 50)

    zarr.create_array(
        tmp_path / "b.zarr", data=STACK, dimension_names=["z", "channel", "y", "x"]
    )
    found = open_volume(tmp_path / "b.zarr")
    assert found.axes == "CZYX"
    assert found.shape == (6, 2, 40, 50)
    assert "guessed" not in found.metadata


def test_sharded_arrays(tmp_path):
    zarr.create_array(
        tmp_path / "a.zarr", data=STACK, chunks=(1, 1, 20, 25), shards=(1, 6, 40, 50)
    )
    found = open_volume(tmp_path / "a.zarr")

    assert np.array_equal(found.data.compute(), STACK)
    assert "warnings" not in found.metadata


def test_one_of_several_arrays(tmp_path):
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w")
    group.create_array("raw", data=STACK)
    group.create_array("other/deep", data=STACK[0])

    with pytest.raises(InputError, match=r"say which one with --dataset \(.*raw"):
        open_volume(path)
    assert open_volume(path, dataset="other/deep").shape == (6, 40, 50)
    with pytest.raises(InputError, match="has no 'nope': it holds other/deep, raw"):
        open_volume(path, dataset="nope")
    with pytest.raises(InputError, match="is a group and not an array"):
        open_volume(path, dataset="other")


# ---- Bad files


def test_missing_chunks_read_as_the_fill_value_and_are_counted(tmp_path):
    path = ome(tmp_path / "a.zarr", "0.4", levels=1)
    (path / "0" / "1.2.1.1").unlink(missing_ok=True)
    (path / "0" / "1" / "2" / "1" / "1").unlink(missing_ok=True)

    found = open_volume(path)

    assert found.metadata["warnings"] == [
        "1 of 24 chunks are not in the file and read as 0"
    ]
    assert found.data[1, 4:, 20:, 25:].compute().max() == 0
    assert np.array_equal(found.data[0].compute(), STACK[0])


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_truncated_chunk_is_said_with_its_place(tmp_path, zarr_format):
    path = plain(tmp_path / "a.zarr", zarr_format=zarr_format)
    chunk = path / ("1.2.1.1" if zarr_format == 2 else "c/1/2/1/1")
    data = chunk.read_bytes()
    chunk.write_bytes(data[: len(data) // 2])
    found = open_volume(path)

    with pytest.raises(InputError) as caught:
        found.data.compute()

    assert str(caught.value).startswith(f"{path} could not be read at ")
    assert "the file is damaged or incomplete" in str(caught.value)


def test_a_level_that_was_not_copied(tmp_path):
    path = ome(tmp_path / "a.zarr", levels=3)
    shutil.rmtree(path / "2")

    with pytest.raises(InputError, match=r"lacks the resolution level .*2.* the copy"):
        open_volume(path)


@pytest.mark.parametrize("name", ["zarr.json", ".zattrs", ".zgroup"])
@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_damaged_metadata(tmp_path, name, content):
    path = ome(tmp_path / "a.zarr", "0.5" if name == "zarr.json" else "0.4")
    (path / name).write_text(content)

    with pytest.raises(InputError) as caught:
        open_volume(path)

    assert str(path.name) in str(caught.value)


@pytest.mark.parametrize(
    "multiscales",
    [[], {}, [{}], [{"axes": [], "datasets": []}], [{"datasets": [{"no": "path"}]}]],
)
def test_metadata_that_are_no_multiscale_image(tmp_path, multiscales):
    path = ome(tmp_path / "a.zarr", "0.4")
    (path / ".zattrs").write_text(json.dumps({"multiscales": multiscales}))

    with pytest.raises(InputError, match=r"a\.zarr"):
        open_volume(path)


def test_axes_that_do_not_fit_the_array(tmp_path):
    path = ome(tmp_path / "a.zarr", axes="zyx")

    with pytest.raises(InputError, match="say which axes they are"):
        open_volume(path)
    assert open_volume(path, axes="CZYX").shape == STACK.shape


def test_an_empty_folder_that_calls_itself_zarr(tmp_path):
    (tmp_path / "a.zarr").mkdir()

    with pytest.raises(InputError, match="no readable zarr"):
        open_volume(tmp_path / "a.zarr")


def test_neurons_are_no_image(tmp_path):
    group = zarr.open_group(tmp_path / "n.zarr", mode="w")
    group.attrs["format"] = "striate-neurons"

    with pytest.raises(InputError, match="a set of neurons and not an image"):
        open_volume(tmp_path / "n.zarr")
