"""TIFF in its dialects: real files, made files, and files that were cut off."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from striate import open_volume
from striate.errors import InputError

RNG = np.random.default_rng(3)
STACK = RNG.integers(0, 4000, (3, 4, 20, 30), dtype=np.uint16)  # ZCYX


# ---- Real files


def test_a_brainbow_stack(real_data):
    path = real_data("brainbow_chroms_cortex/chroms_cortex_sample.tif")

    found = open_volume(path)

    assert found.format == "ImageJ hyperstack"
    assert (found.axes, found.shape) == ("CZYX", (3, 20, 251, 256))
    assert found.dtype == np.uint16
    assert found.voxel_size[0] == 1.5
    assert len({c.colour for c in found.channels}) == 3
    expected = tifffile.imread(path)[7, 2]
    assert np.array_equal(found.data[2, 7].compute(), expected)


def test_a_light_sheet_stack(real_data):
    path = real_data("cellfinder_lightsheet_2ch/cellfinder_crop_zcyx.tif")

    found = open_volume(path)

    assert (found.axes, found.shape) == ("CZYX", (2, 30, 510, 667))
    assert np.array_equal(
        found.data[1, 29, 500:].compute(), tifffile.imread(path)[29, 1, 500:]
    )


@pytest.mark.parametrize(
    ("name", "shape", "dtype"),
    [
        ("stardist_3d/img3d.tif", (31, 61, 57), "uint16"),
        ("stardist_3d/mask3d.tif", (31, 61, 57), "uint16"),
        ("nuclei3d_bio_sample/nuclei.tif", (60, 256, 256), "uint16"),
        ("nuclei3d_bio_sample/nuclei_label.tif", (60, 256, 256), "uint32"),
    ],
)
def test_stacks_that_do_not_name_their_axes(real_data, name, shape, dtype):
    found = open_volume(real_data(name))

    assert (found.axes, found.shape, found.dtype) == ("ZYX", shape, np.dtype(dtype))
    assert np.array_equal(found.data.compute(), tifffile.imread(real_data(name)))


# ---- Made files


def test_ome_names_units_and_colours(tmp_path):
    path = tmp_path / "a.ome.tif"
    facts = {
        "axes": "ZCYX",
        "PhysicalSizeX": 250,
        "PhysicalSizeXUnit": "nm",
        "PhysicalSizeY": 0.25,
        "PhysicalSizeZ": 0.002,
        "PhysicalSizeZUnit": "mm",
        "Channel": {"Name": list("abcd"), "Color": [-16776961, 16711935, 65535, -1]},
    }
    tifffile.imwrite(path, STACK, metadata=facts)

    found = open_volume(path)

    assert found.format == "OME-TIFF"
    assert (found.axes, found.shape) == ("CZYX", (4, 3, 20, 30))
    assert found.voxel_size == pytest.approx((2.0, 0.25, 0.25))
    assert found.unit == "µm"
    assert [c.name for c in found.channels] == ["a", "b", "c", "d"]
    assert [c.colour for c in found.channels] == [
        "#FF0000",
        "#00FF00",
        "#0000FF",
        "#FFFFFF",
    ]
    assert np.array_equal(found.data.compute(), STACK.transpose(1, 0, 2, 3))


def test_an_ome_pyramid(tmp_path):
    path = tmp_path / "pyramid.ome.tif"
    fine = RNG.integers(0, 255, (2, 64, 96), dtype=np.uint8)
    with tifffile.TiffWriter(path, ome=True) as tif:
        options = {"tile": (32, 32), "photometric": "minisblack"}
        tif.write(fine, subifds=2, metadata={"axes": "CYX"}, **options)
        tif.write(fine[:, ::2, ::2], subfiletype=1, **options)
        tif.write(fine[:, ::4, ::4], subfiletype=1, **options)

    found = open_volume(path)

    assert [level.shape for level in found.levels] == [
        (2, 64, 96),
        (2, 32, 48),
        (2, 16, 24),
    ]
    assert np.array_equal(found.levels[2].compute(), fine[:, ::4, ::4])


def test_an_ome_set_of_two_files_and_with_one_missing(tmp_path):
    first, second = tmp_path / "a.ome.tif", tmp_path / "b.ome.tif"
    ids = [f"urn:uuid:00000000-0000-0000-0000-00000000000{i}" for i in (1, 2)]
    blocks = "".join(
        f"<TiffData FirstZ='{z}' PlaneCount='1'>"
        f"<UUID FileName='{path.name}'>{ids[z]}</UUID></TiffData>"
        for z, path in enumerate((first, second))
    )
    for path, uuid, plane in ((first, ids[0], 0), (second, ids[1], 1)):
        xml = (
            "<OME xmlns='http://www.openmicroscopy.org/Schemas/OME/2016-06' "
            f"UUID='{uuid}'><Image ID='Image:0'><Pixels ID='Pixels:0' Type='uint16' "
            "DimensionOrder='XYZCT' SizeX='30' SizeY='20' SizeZ='2' SizeC='1' "
            f"SizeT='1'><Channel ID='Channel:0' SamplesPerPixel='1'/>{blocks}"
            "</Pixels></Image></OME>"
        )
        tifffile.imwrite(path, STACK[plane, 0], description=xml, metadata=None)

    assert np.array_equal(open_volume(first).data.compute(), STACK[:2, 0])

    second.unlink()
    found = open_volume(first)
    assert found.metadata["warnings"] == ["1 of 2 planes are missing and read as 0"]
    assert np.array_equal(found.data[0].compute(), STACK[0, 0])


def test_an_imagej_hyperstack_with_units_and_ranges(tmp_path):
    path = tmp_path / "a.tif"
    lut = np.zeros((3, 256), np.uint8)
    green, magenta = lut.copy(), lut.copy()
    green[1] = magenta[0] = magenta[2] = np.arange(256)
    tifffile.imwrite(
        path,
        STACK[:, :2],
        imagej=True,
        resolution=(4.0, 2.0),
        metadata={
            "axes": "ZCYX",
            "spacing": 1.5,
            "unit": "micron",
            "LUTs": [green, magenta],
            "Ranges": (10.0, 900.0, 0.0, 70.0),
        },
    )

    found = open_volume(path)

    assert (found.axes, found.shape) == ("CZYX", (2, 3, 20, 30))
    assert found.voxel_size == pytest.approx((1.5, 0.5, 0.25))
    assert [c.colour for c in found.channels] == ["#00FF00", "#FF00FF"]
    assert [c.limits for c in found.channels] == [(10.0, 900.0), (0.0, 70.0)]


def test_imagej_in_time(tmp_path):
    path = tmp_path / "a.tif"
    movie = RNG.integers(0, 99, (5, 3, 2, 8, 9), dtype=np.uint8)
    tifffile.imwrite(path, movie, imagej=True, metadata={"axes": "TZCYX"})

    found = open_volume(path)

    assert (found.axes, found.shape) == ("TCZYX", (5, 2, 3, 8, 9))
    assert not found.calibrated
    assert np.array_equal(found.czyx(t=4).compute(), movie[4].transpose(1, 0, 2, 3))


def test_a_photograph_has_three_channels(tmp_path):
    path = tmp_path / "photo.tif"
    photo = RNG.integers(0, 255, (12, 15, 3), dtype=np.uint8)
    tifffile.imwrite(path, photo, photometric="rgb")

    found = open_volume(path)

    assert (found.axes, found.shape) == ("CYX", (3, 12, 15))
    assert [c.name for c in found.channels] == ["Red", "Green", "Blue"]
    assert found.metadata["rgb"] is True
    assert np.array_equal(found.data.compute(), photo.transpose(2, 0, 1))


def test_a_single_plane(tmp_path):
    path = tmp_path / "plane.tif"
    tifffile.imwrite(path, STACK[0, 0])

    found = open_volume(path)

    assert (found.axes, found.shape) == ("YX", (20, 30))
    assert found.n_channels == 1


def test_guessed_axes_are_said_and_can_be_given(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK, metadata=None, photometric="minisblack")
    guess = open_volume(path)
    assert guess.shape == (12, 20, 30)
    assert "axes ZYX" in guess.metadata["guessed"]

    given = open_volume(
        path, axes="CYX", voxel_size=(0.5,), channel_names="abcdefghijkl"
    )

    assert (given.axes, given.voxel_size) == ("CYX", (0.5, 0.5))
    assert given.channels[11].name == "l"


def test_one_of_several_images(tmp_path):
    path = tmp_path / "two.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(STACK[0, 0], photometric="minisblack")
        tif.write(STACK[:, 0, :5], photometric="minisblack")

    found = open_volume(path, series=1)

    assert found.shape == (3, 5, 30)
    assert found.metadata["series"] == {"open": 1, "count": 2}
    with pytest.raises(InputError, match="series 2 does not exist"):
        open_volume(path, series=2)


@pytest.mark.parametrize("name", ["movie.tif", "movie.dat"])
def test_the_content_decides_whatever_the_name(tmp_path, name):
    path = tmp_path / name
    tifffile.imwrite(path, STACK[0, 0], bigtiff=True, byteorder=">")

    assert np.array_equal(open_volume(path).data.compute(), STACK[0, 0])


# ---- Bad files


def test_thirteen_channels(tmp_path):
    path = tmp_path / "many.ome.tif"
    data = RNG.integers(0, 99, (13, 8, 9), dtype=np.uint8)
    tifffile.imwrite(path, data, metadata={"axes": "CYX"}, photometric="minisblack")

    found = open_volume(path)

    assert (found.axes, found.n_channels) == ("CYX", 13)
    assert np.array_equal(found.data.compute(), data)


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ("ZYX", "give 4 different letters of TCZYX in the order of the file"),
        ("ZZYX", "give 4 different letters"),
        ("ZCYS", "give 4 different letters"),
        ("ZCTX", "needs Y and X"),
    ],
)
def test_axes_that_do_not_fit(tmp_path, axes, said):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, STACK, metadata={"axes": "ZCYX"})

    with pytest.raises(InputError, match=said):
        open_volume(path, axes=axes)


def test_wrong_numbers_of_sizes_and_names(tmp_path):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, STACK, metadata={"axes": "ZCYX"})

    with pytest.raises(InputError, match="one voxel size for each, not 2"):
        open_volume(path, voxel_size=(1, 2))
    with pytest.raises(InputError, match="4 channels, and 2 names"):
        open_volume(path, channel_names=["a", "b"])


def test_damaged_ome_metadata_leave_the_image(tmp_path):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, STACK, metadata={"axes": "ZCYX"})
    data = path.read_bytes()
    path.write_bytes(data.replace(b'SizeX="30"', b'SizeX=<<0"'))

    found = open_volume(path, axes="ZYX")

    assert found.shape == (12, 20, 30)


KINDS = {
    "plain": {"photometric": "minisblack"},
    "compressed": {"photometric": "minisblack", "compression": "zlib"},
    "tiled": {
        "photometric": "minisblack",
        "compression": "zlib",
        "tile": (16, 16),
        "metadata": None,
    },
    "pages": {"photometric": "minisblack", "metadata": None, "contiguous": False},
    "ome": {"ome": True, "metadata": {"axes": "ZCYX"}, "compression": "zlib"},
    "imagej": {"imagej": True, "metadata": {"axes": "ZCYX"}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_is_never_taken_for_the_whole(tmp_path, kind):
    """Wherever a file ends too early, opening or reading says so."""
    path = tmp_path / "a.tif"
    write(path, KINDS[kind])
    whole = path.read_bytes()
    original = np.asarray(open_volume(path).data)

    for share in (0.0005, 0.01, 0.1, 0.3, 0.5, 0.8, 0.95, 0.99, 0.9999):
        path.write_bytes(whole[: int(len(whole) * share)])
        said = refusal(path, original)
        assert said is None or str(path) in said, f"{kind} cut at {share}: {said}"
        assert "\n" not in (said or "")


def refusal(path, original):
    """Return what is said about a file that is not all there, None if it is."""
    try:
        read = np.asarray(open_volume(path).data)
    except InputError as error:
        return str(error)
    assert np.array_equal(read, original), f"{path} reads as something else"
    return None


def write(path, options):
    options = dict(options)
    contiguous = options.pop("contiguous", True)
    if contiguous:
        tifffile.imwrite(path, STACK, **options)
        return
    with tifffile.TiffWriter(path) as tif:
        for plane in STACK.reshape(-1, 20, 30):
            tif.write(plane, contiguous=False, **options)


def test_a_truncated_file_says_how_much_is_missing(tmp_path):
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, STACK, photometric="minisblack")
    whole = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(whole - 5000)

    with pytest.raises(InputError) as caught:
        open_volume(path)

    assert str(caught.value).startswith(f"{path} is truncated: it needs at least ")
    assert str(caught.value).endswith("Copy it again from the microscope.")


def test_files_that_are_no_tiff(tmp_path):
    for content in (b"", b"II*\0", b"not a picture", b"II*\0\xff\xff\xff\xff"):
        path = tmp_path / "a.tif"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"no readable TIFF|no image is left"):
            open_volume(path)


def test_complex_values_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, STACK[0, 0].astype(np.complex64))

    with pytest.raises(InputError, match="holds complex64 values"):
        open_volume(path)
