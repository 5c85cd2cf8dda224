"""Regions that were drawn on a flat map are the vertices inside."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import InputError
from striate_cortex import read_subject
from striate_cortex.reading.meshes import Mesh
from striate_cortex.reading.overlays import (
    read_overlays,
    regions_of_flat,
    side_by_side,
)

PAGE = """<svg xmlns="http://www.w3.org/2000/svg"
 xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
 width="200" height="100">
<g inkscape:label="rois"><g inkscape:label="shapes">{shapes}</g>
<g inkscape:label="labels"/></g></svg>"""
SQUARE = "M 10 10 L 30 10 L 30 30 L 10 30 Z"


def write(path, **shapes):
    groups = "".join(
        f'<g inkscape:label="{name}" {more}><path d="{d}"/></g>'
        for name, (d, more) in shapes.items()
    )
    path.write_text(PAGE.format(shapes=groups))
    return path


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (SQUARE, ""),
        ("m 10,10 20,0 0,20 -20,0 z", ""),
        ("M10 10h20v20h-20z", ""),
        ("m 0 0 l 20 0 l 0 20 l -20 0 z", 'transform="translate(10,10)"'),
        ("M 5 5 L 15 5 L 15 15 L 5 15", 'transform="scale(2)"'),
        ("M 10 10 H 30 V 30 H 10 Z", 'transform="matrix(1,0,0,1,0,0)"'),
        ("M10,10 C 15,10 25,10 30,10 S 30,25 30,30 Q 20,30 10,30 Z", ""),
    ],
)
def test_paths_however_they_are_written(tmp_path, path, more):
    overlays = read_overlays(write(tmp_path / "overlays.svg", FFA=(path, more)))

    (line,) = overlays.layers["rois"]["FFA"]
    assert overlays.size == (200, 100)
    np.testing.assert_allclose(line.min(axis=0), [10, 10], atol=1e-9)
    np.testing.assert_allclose(line.max(axis=0), [30, 30], atol=1e-9)
    a, b = line, np.roll(line, -1, axis=0)
    area = abs((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / 2
    assert area == pytest.approx(400)


def test_vertices_inside_are_the_region_and_up_is_up(tmp_path):
    overlays = read_overlays(write(tmp_path / "o.svg", FFA=(SQUARE, ""),
                                   far=("M 90 90 L 95 90 L 95 95 Z", "")))  # fmt: skip
    # A page of 200 by 100; the square is at its upper left.
    flat = np.array([[0, 0], [200, 100], [20, 80], [20, 20], [31, 80], [np.nan] * 2])

    found = regions_of_flat(overlays, flat)

    assert list(found) == ["FFA"]
    assert found["FFA"].tolist() == [0, 0, 1, 0, 0, 0]


def test_flat_maps_meet_in_the_middle():
    points = np.array([[5, 1, 0], [9, 2, 0], [7, 3, 0], [100, 4, 0]], np.float32)
    mesh = Mesh(points, np.array([[0, 1, 2]], np.int32))

    flat = side_by_side(mesh, mesh)

    np.testing.assert_array_equal(flat[:3, 0], [-4, 0, -2])
    np.testing.assert_array_equal(flat[4:7, 0], [0, 4, 2])
    assert np.isnan(flat[[3, 7]]).all()


def test_what_is_no_drawing_is_refused(tmp_path):
    path = tmp_path / "overlays.svg"
    path.write_text("<svg")
    with pytest.raises(InputError, match=r"overlays\.svg cannot be read"):
        read_overlays(path)
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>')
    with pytest.raises(InputError, match="no layers of shapes"):
        read_overlays(path)
    write(path, V1=(SQUARE, 'transform="rotate(20)"'))
    with pytest.raises(InputError, match="moved by rotate"):
        read_overlays(path)


def test_regions_of_s1_are_where_anatomy_has_them(real_data):
    subject = read_subject(real_data("pycortex_S1"))

    units, place = subject.units, subject.brain.vertices("pial")
    middle = {
        (name, side): place[inside & (units.on_left == (side == "left"))].mean(axis=0)
        for name, inside in units.rois.items()
        for side in ("left", "right")
    }
    assert {"V1", "V2", "V3", "FFA", "PPA", "OPA", "RSC", "EBA", "AC"} <= set(
        units.rois
    )
    for (_, side), where in middle.items():
        assert (where[0] < 1) == (side == "left")
    for side in ("left", "right"):
        # Early vision is behind, faces beside places, hearing far to the side.
        assert middle["V1", side][1] < middle["FFA", side][1] - 30
        assert abs(middle["FFA", side][0]) > abs(middle["PPA", side][0]) + 5
        assert abs(middle["AC", side][0]) > 50
        assert middle["S1H", side][2] > middle["FFA", side][2] + 40
