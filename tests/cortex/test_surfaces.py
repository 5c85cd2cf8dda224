"""Surfaces: hemispheres, the morph, left and right, flat maps, folding, neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cortex.brains import SIZE, fsaverage5, grid_faces, s1, sheet, small_brain

from striate.errors import InputError
from striate_cortex.surfaces import (
    Brain,
    Hemisphere,
    Morph,
    Neighbours,
    curvature_greys,
    mean_curvature,
)
from striate_cortex.surfaces.shading import lit, vertex_normals

N = SIZE * SIZE


@pytest.fixture(params=["fsaverage5", "S1"])
def real_brain(request, real_data):
    if request.param == "fsaverage5":
        return fsaverage5()
    return s1(real_data("pycortex_S1"))


# ---- Hemispheres


def test_left_vertices_come_first():
    brain = small_brain()
    assert (brain.n_left, brain.n_vertices) == (N, 2 * N)
    assert brain.side_of(N - 1) == ("left", N - 1)
    assert brain.side_of(N + 3) == ("right", 3)
    assert brain.vertices("white")[:N, 0].tolist() == [-10] * N
    assert brain.faces()[len(grid_faces())].min() >= N


def test_one_side_alone_keeps_its_vertex_numbers():
    brain = small_brain()
    assert brain.faces(sides=("right",)).min() == N
    assert brain.faces(sides=()).shape == (0, 3)


def test_cut_faces_are_left_out_of_the_flat_map():
    brain = small_brain()
    assert len(brain.faces()) - len(brain.faces(flat=True)) == 4


def test_surfaces_of_two_subjects_are_refused():
    points = np.zeros((4, 3), "f4")
    with pytest.raises(InputError, match=r"pial surface has 5 vertices.*4"):
        Hemisphere(
            "left",
            {"white": points, "pial": np.zeros((5, 3), "f4")},
            np.array([[0, 1, 2]]),
        )


def test_faces_of_another_surface_are_refused():
    with pytest.raises(InputError, match="names vertex 9 of 4"):
        Hemisphere("left", {"white": np.eye(4, 3)}, np.array([[0, 1, 9]]))


def test_curvature_of_another_surface_is_refused():
    with pytest.raises(InputError, match="3 values for 49 vertices"):
        sheet("left", -10, curvature=np.zeros(3))


def test_points_that_are_no_numbers_are_refused():
    points = np.full((3, 3), np.nan)
    with pytest.raises(InputError, match="no numbers"):
        Hemisphere("left", {"white": points}, np.array([[0, 1, 2]]))


def test_swapped_hemispheres_are_refused():
    with pytest.raises(InputError, match="swapped"):
        Brain(sheet("left", 10), sheet("right", -10))
    with pytest.raises(InputError, match="right hemisphere is given as the left"):
        Brain(sheet("right", 10), None)


def test_unknown_surface_is_named_with_those_there_are():
    with pytest.raises(InputError, match="white, pial, inflated, flat"):
        small_brain().vertices("sphere")


# ---- The morph


def test_stops_are_the_surfaces_themselves():
    brain = small_brain()
    morph = Morph(brain)
    np.testing.assert_array_equal(morph.at(0), brain.vertices("white"))
    np.testing.assert_array_equal(morph.at(1), brain.vertices("pial"))


def test_half_way_is_the_mean():
    brain = small_brain()
    both = brain.vertices("white") + brain.vertices("pial")
    np.testing.assert_allclose(Morph(brain).at(0.5), both / 2)


def test_surface_is_cut_open_only_on_the_way_to_the_flat_map():
    morph = Morph(small_brain())
    assert [morph.is_flat(p) for p in (0, 1, 2, 2.01, 3)] == [
        False, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("position", [2, 2.3, 2.7, 3])
def test_inflated_and_flat_hemispheres_lie_apart(position, real_brain):
    points = Morph(real_brain).at(position)
    left, right = points[: real_brain.n_left, 0], points[real_brain.n_left :, 0]
    assert left.max() == pytest.approx(-6, abs=1e-3)
    assert right.min() == pytest.approx(6, abs=1e-3)


def test_morph_never_jumps(real_brain):
    morph = Morph(real_brain)
    for stop in range(1, len(morph.stops)):
        before, after = morph.at(stop - 1e-3), morph.at(stop)
        assert np.abs(after - before).max() < 1.5


def test_brain_without_a_flat_map_morphs_to_inflated():
    half = sheet("left", -10)
    surfaces = {k: v for k, v in half.surfaces.items() if k != "flat"}
    morph = Morph(Brain(Hemisphere("left", surfaces, half.faces), None))
    assert morph.stops == ("white", "pial", "inflated")
    assert not morph.is_flat(morph.last)


def test_single_surface_has_one_position():
    half = sheet("right", 10)
    morph = Morph(Brain(None, Hemisphere("right", {"white": half.surfaces["white"]},
                                         half.faces)))  # fmt: skip
    assert morph.last == 0
    np.testing.assert_array_equal(morph.at(1), half.surfaces["white"])


# ---- Left is left, up is up


@pytest.mark.parametrize("kind", ["white", "pial", "inflated", "flat"])
def test_left_is_left_and_superior_is_up_on_every_surface(kind, real_brain):
    morph = Morph(real_brain)
    points = morph.at(morph.stop(kind))
    left, right = points[: real_brain.n_left], points[real_brain.n_left :]
    assert left[:, 0].mean() < 0 < right[:, 0].mean()
    shown = np.unique(real_brain.faces(flat=kind == "flat"))
    height = real_brain.vertices("white")[shown, 2]
    assert np.corrcoef(points[shown, 2], height)[0, 1] > 0.8


def test_front_of_a_flat_map_is_outside_and_the_back_in_the_middle(real_brain):
    morph = Morph(real_brain)
    flat, front = morph.at(morph.last), real_brain.vertices("white")[:, 1]
    shown = np.unique(real_brain.faces(flat=True))
    for side in (shown[shown < real_brain.n_left], shown[shown >= real_brain.n_left]):
        assert np.corrcoef(np.abs(flat[side, 0]), front[side])[0, 1] > 0.8


def test_flat_map_shows_its_outside_to_a_viewer_behind(real_brain):
    """Triangles are counter-clockwise, x to the right and z up: none is mirrored."""
    morph = Morph(real_brain)
    flat = morph.at(morph.last).astype(float)
    assert np.ptp(flat[:, 1]) < 1e-3
    a, b, c = (flat[real_brain.faces(flat=True)[:, i]] for i in range(3))
    u, v = b - a, c - a
    turned = u[:, 0] * v[:, 2] - u[:, 2] * v[:, 0]
    assert np.mean(turned > 0) > 0.999


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 140])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_and_mirrored_flat_maps_come_out_alike(degrees, mirrored):
    rows, columns = np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij")
    upright = np.stack([columns.ravel(), rows.ravel(), 0 * rows.ravel()], 1) - 3.0
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle), 0],
                     [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])  # fmt: skip
    given = upright @ turn * np.array([-1 if mirrored else 1, 1, 1])
    half = sheet("right", 10, flat=given)
    assert half.surfaces["flat"][:, 2].tolist() == [0] * N
    np.testing.assert_allclose(
        half.surfaces["flat"][:, :2], 4 * upright[:, :2], atol=1e-4
    )


def test_a_map_that_leans_a_little_is_left_as_its_author_drew_it(real_brain):
    morph = Morph(real_brain)
    shown = np.unique(real_brain.faces(flat=True))
    shown = shown[shown < real_brain.n_left]
    flat = morph.at(morph.last)[shown]
    height = real_brain.vertices("white")[shown, 2].astype(float)
    design = np.column_stack([flat[:, [0, 2]], np.ones(len(flat))])
    slope = np.linalg.lstsq(design, height, rcond=None)[0]
    lean = np.degrees(np.arctan2(slope[0], slope[1]))
    assert 4 < abs(lean) < 15


# ---- Folding


def icosphere(radius: float):
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=3, radius=radius)
    return np.asarray(ball.vertices, "f4"), np.asarray(ball.faces, "i4")


def test_ball_of_20_mm_is_a_gyrus_of_one_over_20():
    curvature = mean_curvature(*icosphere(20))
    np.testing.assert_allclose(curvature, -1 / 20, rtol=0.03)


def test_turned_inside_out_it_is_a_sulcus():
    points, faces = icosphere(20)
    np.testing.assert_allclose(
        mean_curvature(points, faces[:, ::-1]), 1 / 20, rtol=0.03
    )


def test_our_curvature_agrees_with_freesurfer_s():
    import nibabel

    brain = fsaverage5()
    import nilearn

    folder = next(iter(nilearn.__path__)) + "/datasets/data/fsaverage5"
    theirs = nibabel.load(f"{folder}/curv_left.gii.gz").darrays[0].data
    assert np.corrcoef(brain.curvature[: brain.n_left], theirs)[0, 1] > 0.8


def test_sulci_are_darker_than_gyri():
    greys = curvature_greys(np.array([-1.0, 0.0, 1.0, np.nan], "f4"))
    assert greys[0, 0] > greys[1, 0] > greys[2, 0]
    assert greys[3, 0] == greys[1, 0]
    assert curvature_greys(np.zeros(3, "f4")).std() == 0


# ---- Light


def test_normals_point_outwards_and_light_dims_what_turns_away():
    points, faces = icosphere(20)
    normals = vertex_normals(points, faces)
    np.testing.assert_allclose(normals, points / 20, atol=0.02)
    white = np.ones((len(points), 4), "f4")
    out = np.empty_like(white)
    lit(white, normals, (0, 0, 5), out)
    assert out[points[:, 2].argmax(), 0] == pytest.approx(1, abs=0.01)
    assert out[points[:, 2].argmin(), 0] == pytest.approx(0.55)
    assert out[:, 3].tolist() == [1] * len(out)


# ---- Neighbours


def test_neighbours_share_an_edge():
    neighbours = Neighbours(grid_faces(3), 9)
    assert sorted(neighbours[4]) == [0, 1, 3, 5, 7, 8]
    assert sorted(neighbours[0]) == [1, 3, 4]


def test_vertex_without_faces_has_no_neighbours():
    assert Neighbours(np.array([[0, 1, 2]], "i4"), 5)[4].tolist() == []
