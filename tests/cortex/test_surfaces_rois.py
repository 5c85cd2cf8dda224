"""Regions: outlines from labels, the geodesic brush, .label and .annot files."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cortex.brains import fsaverage5, grid_faces, sheet

from striate.errors import InputError, OutputError
from striate_cortex.surfaces import (
    GeodesicBrush,
    Outlines,
    RoiPainting,
    write_annot,
    write_label,
)

GRID = 5


def grid() -> np.ndarray:
    rows, columns = np.meshgrid(np.arange(GRID), np.arange(GRID), indexing="ij")
    return np.stack([columns.ravel(), rows.ravel(), 0 * rows.ravel()], 1).astype("f4")


# ---- Outlines


def test_border_of_two_halves_runs_between_them():
    points, faces = grid(), grid_faces(GRID)
    labels = (points[:, 0] >= 2).astype(int)
    segments = Outlines(labels, faces).segments(points)
    assert np.unique(segments[..., 0]).tolist() == [1.5]
    lengths = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1)
    assert lengths.sum() == pytest.approx(GRID - 1)


def test_outline_closes_around_a_region():
    points, faces = grid(), grid_faces(GRID)
    labels = np.zeros(GRID * GRID, int)
    labels[12] = 3
    outlines = Outlines(labels, faces)
    ends = outlines.segments(points).reshape(-1, 3)
    _, times = np.unique(ends, axis=0, return_counts=True)
    assert len(outlines) == 6
    assert times.tolist() == [2] * 6
    assert outlines.sides.max(1).tolist() == [3] * 6
    assert outlines.sides.min(1).tolist() == [0] * 6


def test_three_regions_meet_in_a_star():
    points = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0]], "f4")
    outlines = Outlines(np.array([1, 2, 3]), np.array([[0, 1, 2]], "i4"))
    segments = outlines.segments(points)
    np.testing.assert_allclose(segments[:, 1], [[1, 1, 0]] * 3, atol=1e-6)
    assert sorted(map(tuple, segments[:, 0, :2].tolist())) == [
        (0.0, 1.5), (1.5, 0.0), (1.5, 1.5),
    ]  # fmt: skip


def test_lift_moves_lines_out_of_the_surface():
    points, faces = grid(), grid_faces(GRID)
    outlines = Outlines((points[:, 0] >= 2).astype(int), faces)
    assert np.unique(outlines.segments(points, lift=0.5)[..., 2]).tolist() == [0.5]


def test_strips_lie_on_the_surface_as_wide_as_asked():
    points, faces = grid(), grid_faces(GRID)
    outlines = Outlines((points[:, 0] >= 2).astype(int), faces)
    strips, halves = outlines.ribbons(points, width=0.2, lift=0.1)
    assert np.ptp(strips[:, 0]) == pytest.approx(0.2)
    np.testing.assert_allclose(strips[:, 2], 0.1, atol=1e-6)
    assert len(halves) == 2 * len(outlines)
    a, b, c = (strips[halves[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(0.2 * (GRID - 1 + 0.2 * len(outlines)))


def test_no_region_has_no_outline():
    outlines = Outlines(np.zeros(GRID * GRID, int), grid_faces(GRID))
    assert len(outlines) == 0
    assert outlines.segments(grid(), lift=1).shape == (0, 2, 3)


# ---- The brush


def test_distance_on_a_sheet_is_the_straight_one():
    half = sheet("right", 0)
    brush = GeodesicBrush(half.surfaces["white"], half.faces)
    found = brush.distances(24)
    straight = np.linalg.norm(
        half.surfaces["white"] - half.surfaces["white"][24], axis=1
    )
    assert np.all(found >= straight - 1e-6)
    assert np.all(found <= 1.09 * straight + 1e-6)


def test_distance_on_a_ball_is_along_its_surface():
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=4, radius=30)
    points, faces = np.asarray(ball.vertices, "f4"), np.asarray(ball.faces, "i4")
    found = GeodesicBrush(points, faces).distances(0)
    wanted = 30 * np.arccos(np.clip(points @ points[0] / 900, -1, 1))
    far = wanted > 3
    error = found[far] / wanted[far] - 1
    assert error.min() > -0.01
    assert error.max() < 0.06
    assert error.mean() < 0.03


def test_brush_does_not_jump_over_a_sulcus():
    """Two walls 1 mm apart that join only below: 21 mm along the surface."""
    profile = np.concatenate([np.stack([np.zeros(11), np.arange(10, -1, -1)], 1),
                              np.stack([np.ones(11), np.arange(11)], 1)])  # fmt: skip
    n, m = len(profile), 4
    points = np.array([[x, y, z] for x, z in profile for y in range(m)], "f4")
    index = np.arange(n * m).reshape(n, m)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, :-1].ravel(), index[1:, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    brush = GeodesicBrush(points, faces.astype("i4"))
    assert brush.distances(0)[index[-1, 0]] == pytest.approx(21)
    assert index[-1, 0] not in brush.within(0, 5)


def test_limit_changes_nothing_within_it():
    brain = fsaverage5()
    brush = GeodesicBrush(brain.vertices("white"), brain.faces())
    whole, part = brush.distances(4000), brush.distances(4000, 20)
    near = whole <= 20
    np.testing.assert_allclose(part[near], whole[near])
    assert np.isinf(part[~near]).all()
    assert near.sum() > 50


def test_vertex_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="from 0 to 24"):
        GeodesicBrush(grid(), grid_faces(GRID)).within(25, 1)


# ---- Painting


def test_strokes_are_undone_one_by_one():
    painting = RoiPainting(6)
    first, second = painting.region("FFA"), painting.region("PPA")
    painting.paint(np.array([0, 1, 2]), first)
    painting.paint(np.array([2, 3]), second)
    assert painting.labels.tolist() == [1, 1, 2, 2, 0, 0]
    assert painting.undo()
    assert painting.labels.tolist() == [1, 1, 1, 0, 0, 0]
    painting.paint(np.array([0]), 0)
    assert painting.vertices("FFA").tolist() == [1, 2]
    assert painting.undo()
    assert painting.undo()
    assert not painting.undo()
    assert painting.region("FFA") == first


def test_region_needs_a_name():
    with pytest.raises(InputError, match="name"):
        RoiPainting(3).region("  ")


# ---- Files


def test_label_is_read_by_nibabel(tmp_path):
    from nibabel.freesurfer import read_label

    path = write_label(tmp_path / "lh.FFA.label", np.array([3, 7]), grid())
    assert read_label(path).tolist() == [3, 7]
    assert path.read_text().splitlines()[2] == "3  3.000  0.000  0.000 1.000000"
    with pytest.raises(OutputError):
        write_label(path, np.array([1]), grid())


def test_empty_label_is_a_label(tmp_path):
    path = write_label(tmp_path / "lh.none.label", np.array([], int), grid())
    assert path.read_text().splitlines()[1] == "0"


def test_annot_is_read_by_nibabel(tmp_path):
    from nibabel.freesurfer import read_annot

    labels = np.array([0, 1, 1, 2, 0])
    path = write_annot(
        tmp_path / "lh.own.annot", labels, ["FFA", "PPA"], colours={"PPA": "#0072B2"}
    )
    found, table, names = read_annot(path)
    assert found.tolist() == labels.tolist()
    assert [n.decode() for n in names] == ["unknown", "FFA", "PPA"]
    assert table[2, :3].tolist() == [0, 0x72, 0xB2]


def test_two_regions_of_one_colour_stay_two(tmp_path):
    from nibabel.freesurfer import read_annot

    same = {"a": "#123456", "b": "#123456"}
    path = write_annot(tmp_path / "x.annot", np.array([1, 2]), ["a", "b"], colours=same)
    assert read_annot(path)[0].tolist() == [1, 2]
