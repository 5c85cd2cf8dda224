"""CZI and ND2: made files, for the makers' own are too large to keep here."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from striate import open_volume
from striate.errors import InputError, MissingDependencyError

RNG = np.random.default_rng(13)
CZYX = RNG.integers(0, 4000, (2, 3, 20, 32), dtype=np.uint16)
ZCYX = CZYX.transpose(1, 0, 2, 3)


@pytest.fixture
def czi(tmp_path, sibling):
    pytest.importorskip("czifile")
    path = tmp_path / "a.czi"
    sibling("czi_file").write_czi(path, CZYX)
    return path


@pytest.fixture
def nd2(tmp_path, sibling):
    pytest.importorskip("nd2")
    path = tmp_path / "a.nd2"
    sibling("nd2_file").write_nd2(path, ZCYX)
    return path


def test_czi_with_its_size_names_and_colours(czi):
    found = open_volume(czi)

    assert found.format == "CZI"
    assert (found.axes, found.shape, found.dtype) == ("CZYX", (2, 3, 20, 32), np.uint16)
    assert found.voxel_size == pytest.approx((2.0, 0.5, 0.25))
    assert found.unit == "µm"
    assert [c.name for c in found.channels] == ["EGFP", "mCherry"]
    assert [c.colour for c in found.channels] == ["#00FF00", "#FF0000"]
    assert np.array_equal(found.data.compute(), CZYX)


def test_czi_whose_metadata_are_damaged_is_an_image_still(tmp_path, sibling):
    pytest.importorskip("czifile")
    path = tmp_path / "a.czi"
    sibling("czi_file").write_czi(path, CZYX, xml="<Image")

    found = open_volume(path)

    assert found.metadata["warnings"] == ["its metadata are missing or damaged"]
    assert not found.calibrated
    assert [c.name for c in found.channels] == ["Channel 1", "Channel 2"]
    assert np.array_equal(found.data.compute(), CZYX)


def test_czi_of_one_scene_in_time(tmp_path, sibling):
    pytest.importorskip("czifile")
    path = tmp_path / "a.czi"
    stack = CZYX.reshape(1, 2, 3, 20, 32)
    sibling("czi_file").write_czi(path, stack, axes="STZYX")

    found = open_volume(path)

    assert (found.axes, found.shape) == ("TZYX", (2, 3, 20, 32))


def test_nd2_with_its_size_names_and_colours(nd2):
    found = open_volume(nd2)

    assert found.format == "ND2"
    assert (found.axes, found.shape, found.dtype) == ("CZYX", (2, 3, 20, 32), np.uint16)
    assert found.voxel_size == (2.0, 0.25, 0.25)
    assert [(c.name, c.colour) for c in found.channels] == [
        ("GFP", "#00FF00"),
        ("RFP", "#FF0000"),
    ]
    assert np.array_equal(found.data.compute(), CZYX)


def test_one_of_several_positions_of_nd2(tmp_path, sibling):
    pytest.importorskip("nd2")
    path = tmp_path / "a.nd2"
    stacks = np.stack([ZCYX, ZCYX + 1])
    sibling("nd2_file").write_nd2(path, stacks, positions=2)

    found = open_volume(path, series=1)

    assert found.metadata["series"] == {"open": 1, "count": 2}
    assert np.array_equal(found.data.compute(), CZYX + 1)
    with pytest.raises(InputError, match="position 2 does not exist"):
        open_volume(path, series=2)


def test_nd2_that_was_not_calibrated_claims_no_size(tmp_path, sibling):
    pytest.importorskip("nd2")
    path = tmp_path / "a.nd2"
    sibling("nd2_file").write_nd2(path, ZCYX, calibrated=False)

    assert open_volume(path).unit == "px"


@pytest.mark.parametrize("kind", ["czi", "nd2"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
def test_what_was_cut_off_is_refused(request, kind, share):
    path = request.getfixturevalue(kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(InputError, match="damaged or incomplete"):
        open_volume(path).data.compute()


@pytest.mark.parametrize("kind", ["czi", "nd2"])
def test_without_the_reader_the_extra_is_named(request, kind, monkeypatch):
    path = request.getfixturevalue(kind)
    monkeypatch.setitem(sys.modules, {"czi": "czifile", "nd2": "nd2"}[kind], None)

    with pytest.raises(MissingDependencyError) as caught:
        open_volume(path)

    assert str(caught.value) == (
        f"Reading {kind.upper()} files needs one more package: "
        'pip install "striate[microscopes]".'
    )
