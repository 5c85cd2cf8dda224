"""What is embedded: whole images, tiles that cover, each labelled object."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
import zarr

from striate import open_volume
from striate.data import Volume
from striate.errors import InputError
from striate_channels.objects import (
    ObjectParams,
    Pixels,
    open_image,
    open_labels,
    plan_items,
)
from striate_channels.objects import pixels as pixels_module
from striate_channels.objects.images import remark_on
from striate_channels.preprocessing import Remarks


def volume(shape, axes, **rest):
    n = int(np.prod(shape))
    return Volume.from_array(np.arange(n).reshape(shape), axes, **rest)


def test_a_whole_image_is_one_item_and_each_time_point_its_own():
    [item] = plan_items(volume((2, 5, 6), "CYX"), ObjectParams())
    assert (item.kind, item.start, item.stop) == ("image", (0, 0, 0), (1, 5, 6))
    series = plan_items(volume((3, 4, 5, 6), "TZYX"), ObjectParams())
    assert [(i.t, i.object_id) for i in series] == [(0, 0), (1, 1), (2, 2)]


@pytest.mark.parametrize(("edge", "overlap"), [(4, 0.0), (4, 0.5), (7, 0.0), (50, 0)])
def test_tiles_cover_every_pixel(edge, overlap):
    items = plan_items(volume((10, 13), "YX"), ObjectParams(tile=edge, overlap=overlap))
    seen = np.zeros((10, 13), int)
    for item in items:
        (_, y0, x0), (_, y1, x1) = item.window
        assert (y1 - y0, x1 - x0) == (min(edge, 10), min(edge, 13))
        seen[y0:y1, x0:x1] += 1
    assert seen.min() >= 1
    assert [i.object_id for i in items] == list(range(len(items)))


def test_labelled_objects_have_tight_boxes_and_square_windows(stack):
    image, mask = stack
    labels = open_labels(mask)
    items = plan_items(open_volume(image), ObjectParams(margin=0), labels)
    assert [i.object_id for i in items] == [1, 2, 3, 4]
    first = items[0]
    assert (first.start, first.stop) == ((0, 4, 4), (2, 14, 16))
    assert first.voxels == 2 * 10 * 12
    (z0, y0, x0), (z1, y1, x1) = first.window
    assert (z1 - z0) == (y1 - y0) == (x1 - x0) == 12


def test_a_window_has_equal_physical_edges():
    labels = np.zeros((10, 40, 40), np.uint8)
    labels[4:6, 10:20, 10:20] = 1
    source = volume((10, 40, 40), "ZYX", voxel_size=(2.0, 0.5, 0.5))
    objects = open_labels_of(labels)
    [item] = plan_items(source, ObjectParams(margin=0), objects)
    size = np.subtract(item.window[1], item.window[0]) * (2.0, 0.5, 0.5)
    # The object is 4 x 5 x 5 µm; voxels of 2 µm round 5 up to 8.
    assert size.tolist() == [8.0, 5.0, 5.0]


def open_labels_of(array):
    from striate_channels.objects.labelled import LabelImage

    return LabelImage(Volume.from_array(array, "ZYX"))


def test_boxes_are_the_same_when_a_volume_is_read_in_blocks(monkeypatch):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 5, (9, 6, 7)).astype(np.uint32) * 1_000_000
    whole = open_labels_of(labels).boxes
    monkeypatch.setattr("striate_channels.objects.labelled.BLOCK_VOXELS", 6 * 7)
    assert open_labels_of(labels).boxes == whole
    assert {k: v[1] for k, v in whole.items()} == {
        i * 1_000_000: int((labels == i * 1_000_000).sum()) for i in range(1, 5)
    }


def test_small_objects_are_left_out_and_none_at_all_is_refused(stack):
    image, mask = stack
    source, labels = open_volume(image), open_labels(mask)
    with pytest.raises(InputError, match="no object of at least 241 voxels"):
        plan_items(source, ObjectParams(minimum=241), labels)


def test_labels_of_another_shape_are_refused(stack, tmp_path):
    image, _ = stack
    other = tmp_path / "other.tif"
    tifffile.imwrite(other, np.ones((3, 48, 63), np.uint8))
    with pytest.raises(InputError, match=r"\(3, 48, 63\).*\(3, 48, 64\)"):
        plan_items(open_volume(image), ObjectParams(), open_labels(other))


def test_an_image_is_no_label_image(stack, tmp_path):
    with pytest.raises(InputError, match="is no label image"):
        open_labels(stack[0])
    floats = tmp_path / "floats.tif"
    tifffile.imwrite(floats, np.ones((8, 8), np.float32))
    with pytest.raises(InputError, match="whole numbers"):
        open_labels(floats)


def test_a_window_that_reaches_outside_is_filled_with_the_median():
    pixels = Pixels(volume((1, 4, 4), "CYX"))
    crop = pixels.window((0, -1, 2), (1, 2, 6))
    assert crop.shape == (1, 1, 3, 4)
    assert crop[0, 0, 1:, :2].tolist() == [[2, 3], [6, 7]]
    assert crop[0, 0, 0].tolist() == [4, 4, 4, 4]  # median of 2, 3, 6, 7, as int


def test_large_images_are_read_crop_by_crop(monkeypatch):
    monkeypatch.setattr(pixels_module, "KEEP_BYTES", 0)
    pixels = Pixels(volume((2, 3, 8, 8), "CZYX"))
    crop = pixels.read((1, 2, 3), (3, 5, 4))
    assert crop.shape == (2, 2, 3, 1)
    assert pixels._whole is None


def test_neurons_are_read_by_the_documented_layout(tmp_path):
    """Two neurons that share a voxel, written by hand."""
    path = tmp_path / "x.neurons.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=3)
    group.attrs.update({"format": "striate-neurons", "version": 1, "shape": [2, 4, 5]})
    arrays = {
        "ids": np.array([3, 8]),
        # Neuron 3: voxels (0,1,1) (0,1,2) (1,2,2); neuron 8: (1,2,2).
        "boxes": np.array([[[0, 1, 1], [2, 3, 3]], [[1, 2, 2], [2, 3, 3]]]),
        "offsets": np.array([0, 3, 4]),
        "voxels": np.array([0, 1, 6, 0], np.uint32),
    }
    for name, values in arrays.items():
        made = group.create_array(name, shape=values.shape, dtype=values.dtype)
        made[:] = values
    neurons = open_labels(path)
    assert neurons.shape == (2, 4, 5)
    assert neurons.boxes[3] == (((0, 1, 1), (2, 3, 3)), 3)
    found = np.argwhere(neurons.mask(3, ((0, 0, 0), (2, 4, 5)))).tolist()
    assert found == [[0, 1, 1], [0, 1, 2], [1, 2, 2]]
    assert neurons.mask(8, ((1, 2, 2), (2, 3, 3))).tolist() == [[[True]]]
    items = plan_items(volume((2, 4, 5), "ZYX"), ObjectParams(), neurons)
    assert [(i.object_id, i.voxels) for i in items] == [(3, 3), (8, 1)]


def test_real_neurons_of_the_other_workspace_are_read_alike(tmp_path):
    filaments = pytest.importorskip("striate_filaments")
    rng = np.random.default_rng(2)
    masks = [rng.random((6, 7, 8)) < 0.2 for _ in range(3)]
    neurons = [filaments.Neuron.from_mask(i + 1, m) for i, m in enumerate(masks)]
    path = tmp_path / "n.neurons.zarr"
    filaments.write_neurons(path, filaments.NeuronSet((6, 7, 8), neurons=neurons))
    ours = open_labels(path)
    for i, mask in enumerate(masks):
        whole = ours.mask(i + 1, ((0, 0, 0), (6, 7, 8)))
        np.testing.assert_array_equal(whole, mask)


# ---- Suspicious images


def test_a_photograph_is_called_one_and_a_stain_is_not(tmp_path):
    import imageio.v3 as imageio
    from skimage.data import astronaut

    imageio.imwrite(tmp_path / "photo.png", astronaut())
    rng = np.random.default_rng(0)
    stains = rng.poisson(30, (3, 64, 64)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "stains.tif", stains, metadata={"axes": "CYX"})
    photo, cells = (
        open_image(tmp_path / "photo.png"),
        open_image(tmp_path / "stains.tif"),
    )
    assert photo.axes == "CYX"
    assert photo.shape == (3, 512, 512)
    remarks = Remarks()
    remark_on(photo, "channel", remarks)
    assert "looks like an RGB photograph" in remarks.lines()[0]
    remark_on(cells, "channel", fresh := Remarks())
    assert fresh.lines() == []


def test_a_grey_png_has_one_channel_and_alpha_is_no_light(tmp_path):
    import imageio.v3 as imageio

    grey = np.random.default_rng(0).integers(0, 255, (20, 30), np.uint8)
    imageio.imwrite(tmp_path / "grey.png", np.stack([grey] * 3, -1))
    alpha = np.dstack([grey, grey.T[:20, :20].repeat(2, 1)[:, :30], grey[::-1], grey])
    imageio.imwrite(tmp_path / "alpha.png", alpha)
    assert open_image(tmp_path / "grey.png").shape == (1, 20, 30)
    assert open_image(tmp_path / "alpha.png").shape == (3, 20, 30)


def test_twelve_bit_counts_without_normalisation_are_remarked_on():
    twelve = Volume.from_array(np.array([[0, 4095], [7, 9]], np.uint16), "YX")
    remarks = Remarks()
    remark_on(twelve, "channel", remarks)
    assert remarks.lines() == []
    remark_on(twelve, "none", remarks)
    assert "12-bit values in a 16-bit file" in remarks.lines()[0]
