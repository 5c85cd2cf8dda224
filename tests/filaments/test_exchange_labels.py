"""Label images: overlaps by a stated rule, and files that other tools open."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from tests.filaments.neuron_sets import crossing_pair, masks, neuron_sets

from striate.data import open_volume
from striate.errors import InputError, OutputError
from striate.widgets.layers import volume_layers
from striate_filaments.exchange import read_any
from striate_filaments.exchange.labels import (
    from_labels,
    lazy_labels,
    to_labels,
    write_labels,
)
from striate_filaments.neurons import Neuron, NeuronSet


@settings(deadline=None)
@given(neuron_sets(overlapping=False))
def test_neurons_apart_come_back(neurons):
    labels, report = to_labels(neurons)

    assert masks(from_labels(labels)) == masks(neurons)
    assert report.voxels == 0


@settings(deadline=None)
@given(neuron_sets())
def test_what_overlaps_is_counted(neurons):
    labels, report = to_labels(neurons)

    painted = {n.id: {tuple(v) for v in np.argwhere(labels == n.id)} for n in neurons}
    own = masks(neurons)
    lost = {id: len(own[id] - painted[id]) for id in own if own[id] - painted[id]}
    owners = np.zeros(neurons.shape, int)
    for neuron in neurons:
        owners[tuple(neuron.coordinates().T)] += 1
    assert report.lost == lost
    assert report.voxels == (owners > 1).sum()


@pytest.mark.parametrize(
    ("rule", "keeper", "loser"), [("smaller", 2, 1), ("larger", 1, 2), ("first", 1, 2)]
)
def test_who_keeps_a_voxel_of_two(rule, keeper, loser):
    labels, report = to_labels(crossing_pair(), rule)

    # The bars of 27 and 18 voxels share a column of 3.
    assert labels[3, 4, 5] == keeper
    assert report.lost == {loser: 3}
    assert report.sentence() == (
        "3 voxels belong to more than one neuron; a label image holds one each, and "
        f"the {rule} neuron kept them."
    )


@pytest.mark.parametrize(
    ("largest", "dtype"), [(255, "u1"), (256, "u2"), (70_000, "u4")]
)
def test_the_smallest_type_that_holds_the_ids(largest, dtype):
    neurons = NeuronSet(
        (1, 1, 2), neurons=[Neuron.from_coordinates(largest, [(0,) * 3])]
    )

    labels, _ = to_labels(neurons)

    assert labels.dtype == dtype
    assert labels.max() == largest


# ---- Larger than memory


@settings(deadline=None, max_examples=25)
@given(neuron_sets())
def test_painted_where_it_is_looked_at_it_is_the_same_image(neurons):
    for rule in ("smaller", "larger", "first"):
        whole, report = to_labels(neurons, rule)
        lazy, same = lazy_labels(neurons, rule)
        np.testing.assert_array_equal(lazy.compute(), whole)
        assert same == report


def test_of_a_petabyte_only_the_part_asked_for_is_painted():
    spot = (60_000, 70_000, 80_000)
    neurons = NeuronSet((100_000,) * 3, neurons=[Neuron.from_coordinates(7, [spot])])

    labels, _ = lazy_labels(neurons)

    part = np.asarray(labels[59_999:60_002, 69_999:70_002, 79_999:80_002])
    assert (part.sum(), part[1, 1, 1]) == (7, 7)


def test_a_written_image_opens_lazily_as_a_pyramid_of_labels(tmp_path):
    line = [(3, 301, x) for x in range(1000)]
    neurons = NeuronSet((4, 600, 1024), neurons=[Neuron.from_coordinates(9, line)])
    write_labels(tmp_path / "x.zarr", neurons)

    volume = open_volume(tmp_path / "x.zarr")

    assert [level.shape for level in volume.levels] == [
        (4, 600, 1024), (2, 300, 512), (1, 150, 256)
    ]  # fmt: skip
    assert volume.metadata["labels"] is True
    ((data, options, kind),) = volume_layers(volume)
    assert (kind, options["multiscale"], len(data)) == ("labels", True, 3)
    assert "colormap" not in options
    assert np.asarray(data[0][3, 301, 990:1010]).tolist() == [9] * 10 + [0] * 10
    # A line one voxel thin is still whole where everything is four times coarser.
    assert np.asarray(data[2][0, 75, :250]).tolist() == [9] * 250
    assert volume.metadata.get("warnings") is None
    # Empty chunks are not stored: only those of the line are there.
    stored = (tmp_path / "x.zarr" / "0" / "c").rglob("*")
    assert sum(path.is_file() for path in stored) == 4


# ---- What other tools read


def test_tiff_opens_in_tifffile(tmp_path):
    neurons = crossing_pair()

    write_labels(tmp_path / "x.tif", neurons)

    with tifffile.TiffFile(tmp_path / "x.tif") as tif:
        assert tif.is_ome
        assert tif.series[0].axes == "ZYX"
        np.testing.assert_array_equal(tif.asarray(), to_labels(neurons)[0])
        assert 'PhysicalSizeZ="1.0"' in tif.ome_metadata
        assert 'PhysicalSizeX="0.5"' in tif.ome_metadata


def test_ome_zarr_opens_in_ome_zarr_py(tmp_path):
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    neurons = crossing_pair()

    write_labels(tmp_path / "x.zarr", neurons)

    node = next(iter(Reader(parse_url(tmp_path / "x.zarr"))()))
    np.testing.assert_array_equal(np.asarray(node.data[0]), to_labels(neurons)[0])
    scale = node.metadata["coordinateTransformations"][0][0]["scale"]
    assert scale == [1.0, 0.5, 0.5]


def test_hdf5_opens_in_h5py(tmp_path):
    neurons = crossing_pair()

    write_labels(tmp_path / "x.h5", neurons)

    with h5py.File(tmp_path / "x.h5") as file:
        np.testing.assert_array_equal(file["labels"][:], to_labels(neurons)[0])
        assert file["labels"].attrs["element_size_um"].tolist() == [1.0, 0.5, 0.5]
        assert "smaller neuron kept them" in file["labels"].attrs["overlaps"]


@pytest.mark.parametrize("name", ["x.tif", "x.zarr", "x.h5"])
def test_every_form_is_read_back(tmp_path, name):
    neurons = crossing_pair()
    apart = NeuronSet(neurons.shape, neurons.voxel_size, "µm", [neurons[2]])

    write_labels(tmp_path / name, apart)

    back = read_any(tmp_path / name)
    assert masks(back) == masks(apart)
    assert back.voxel_size == (1.0, 0.5, 0.5)
    assert back.unit == "µm"


@pytest.mark.parametrize("name", ["x.tif", "x.zarr", "x.h5"])
def test_no_neurons_is_an_image_of_zeros(tmp_path, name):
    write_labels(tmp_path / name, NeuronSet((3, 4, 5)))

    back = read_any(tmp_path / name)
    assert back.shape == (3, 4, 5)
    assert len(back) == 0


# ---- Real data


def test_real_labels_of_full_size(real_data):
    place = real_data("fisbe_baseline_predictions/R14A02-20180905_65_A6.hdf")

    neurons = read_any(place)

    with h5py.File(place) as file:
        labels = file["volumes/gmm_label_cleaned"][:]
    assert neurons.shape == (385, 685, 686)
    ids, counts = np.unique(labels[labels > 0], return_counts=True)
    assert {n.id: len(n) for n in neurons} == dict(
        zip(ids.tolist(), counts.tolist(), strict=True)
    )


# ---- Bad input


def test_an_intensity_image_is_no_label_image():
    with pytest.raises(InputError, match="intensity image and not a label image"):
        from_labels(np.full((2, 2, 2), 0.5))
    with pytest.raises(InputError, match="intensity image and not a label image"):
        from_labels(np.full((2, 2, 2), np.nan))


def test_labels_as_floats_are_taken_when_whole():
    assert from_labels(np.full((1, 1, 2), 3.0)).ids == [3]


def test_negative_labels():
    with pytest.raises(InputError, match="must not be negative"):
        from_labels(np.full((2, 2, 2), -1))


def test_a_flat_label_image_gets_one_plane():
    assert from_labels(np.eye(3, dtype="u1")).shape == (1, 3, 3)


def test_four_dimensions():
    with pytest.raises(InputError, match=r"is \(Z, Y, X\)"):
        from_labels(np.ones((2, 2, 2, 2), int))


def test_a_raw_stack_of_colours_is_no_label_image(tmp_path):
    tifffile.imwrite(
        tmp_path / "raw.tif", np.ones((3, 2, 4, 4), "u2"), metadata={"axes": "ZCYX"},
        imagej=True,
    )  # fmt: skip

    with pytest.raises(InputError, match=r"raw\.tif is no label image"):
        read_any(tmp_path / "raw.tif")


def test_another_suffix(tmp_path):
    with pytest.raises(InputError, match=r"x\.png: labels are written as"):
        write_labels(tmp_path / "x.png", crossing_pair())


def test_an_existing_target_stays(tmp_path):
    (tmp_path / "x.tif").write_text("mine")

    with pytest.raises(OutputError, match="already exists"):
        write_labels(tmp_path / "x.tif", crossing_pair())

    assert (tmp_path / "x.tif").read_text() == "mine"
