"""Picking: exact on every surface, at every stage of a morph; walking on from there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cortex.brains import fsaverage5, grid_faces, s1, small_brain

from striate.errors import InputError
from striate_cortex.picking import SurfacePicker, walk
from striate_cortex.surfaces import Morph, Neighbours

TRIANGLE = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0]], float)
ONE = np.array([[0, 1, 2]])


def brute_force(points, faces, origin, direction):
    """Moller and Trumbore (1997) over all triangles, in float64: (face, distance)."""
    a, b, c = (points[faces[:, i]].astype(np.float64) for i in range(3))
    e1, e2 = b - a, c - a
    way = direction / np.linalg.norm(direction)
    h = np.cross(way, e2)
    det = np.einsum("ij,ij->i", e1, h)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = origin - a
        u = np.einsum("ij,ij->i", s, h) / det
        q = np.cross(s, e1)
        v = q @ way / det
        t = np.einsum("ij,ij->i", e2, q) / det
    met = (u >= 0) & (v >= 0) & (u + v <= 1) & (t >= 0) & (det != 0)
    if not met.any():
        return None
    depth = np.where(met, t, np.inf)
    return int(depth.argmin()), float(depth.min())


# ---- One triangle


def test_hit_names_face_vertex_point_and_distance():
    hit = SurfacePicker(TRIANGLE, ONE).hit([0.5, 2.5, 5], [0, 0, -2])
    assert (hit.face, hit.vertex, hit.distance) == (0, 2, 5.0)
    assert hit.point.tolist() == [0.5, 2.5, 0]


@pytest.mark.parametrize(
    ("origin", "direction"),
    [((3, 3, 5), (0, 0, -1)), ((1, 1, 5), (0, 0, 1)), ((1, 1, 5), (1, 0, 0))],
)
def test_beside_behind_and_along_is_no_hit(origin, direction):
    assert SurfacePicker(TRIANGLE, ONE).hit(origin, direction) is None


def test_both_sides_of_a_triangle_count():
    assert SurfacePicker(TRIANGLE, ONE).hit([1, 1, -5], [0, 0, 1]).distance == 5


def test_nearest_of_several_is_hit_whatever_their_order():
    points = np.concatenate([TRIANGLE + np.array([0, 0, z]) for z in (-3, 0, 2)])
    faces = np.arange(9).reshape(3, 3)[[1, 2, 0]]
    assert SurfacePicker(points, faces).hit([1, 1, 9], [0, 0, -1]).face == 1


def test_no_ray_slips_through_an_edge_or_a_corner():
    rows, columns = np.meshgrid(np.arange(5), np.arange(5), indexing="ij")
    points = np.stack([columns.ravel(), rows.ravel(), 0 * rows.ravel()], 1) / 3.0
    picker = SurfacePicker(points, grid_faces(5))
    for x in np.arange(0, 4.01, 0.25) / 3.0:
        for y in np.arange(0, 4.01, 0.25) / 3.0:
            way = np.array([x, y, 0]) - [0.7, 0.3, 2]
            hit = picker.hit([0.7, 0.3, 2], way)
            assert hit is not None or {x, y} & {0, 4 / 3.0}


def test_degenerate_and_missing_triangles_are_passed_over():
    points = np.concatenate([TRIANGLE, np.full((1, 3), np.nan)])
    faces = np.array([[0, 0, 1], [0, 1, 3], [0, 1, 2]])
    assert SurfacePicker(points, faces).hit([1, 1, 5], [0, 0, -1]).face == 2
    assert SurfacePicker(points, np.zeros((0, 3))).hit([1, 1, 5], [0, 0, -1]) is None


def test_moved_vertices_are_where_they_are_now():
    picker = SurfacePicker(TRIANGLE, ONE)
    picker.move(TRIANGLE + np.array([0, 0, 2]))
    assert picker.hit([1, 1, 5], [0, 0, -1]).distance == 3
    with pytest.raises(InputError, match="2 positions are given for 3"):
        picker.move(TRIANGLE[:2])


def test_bad_input_is_refused_in_a_sentence():
    picker = SurfacePicker(TRIANGLE, ONE)
    for ray in (([0, 0, 1], [0, 0, 0]), ([0, 0, np.nan], [0, 0, 1])):
        with pytest.raises(InputError, match="direction"):
            picker.hit(*ray)
    with pytest.raises(InputError, match="names vertex 7 of 3"):
        SurfacePicker(TRIANGLE, np.array([[0, 1, 7]]))
    with pytest.raises(InputError, match="triangles"):
        SurfacePicker(TRIANGLE, np.array([[0, 1, 2, 2]]))
    with pytest.raises(InputError, match="3-D points"):
        SurfacePicker(TRIANGLE[:, :2], ONE)


# ---- Agreement with brute force on real surfaces

POSITIONS = [0, 1, 1.4, 2, 2.5, 3]


def random_rays(points, shown, rng, n):
    """Rays from around the brain towards places near its vertices."""
    low, high = points[shown].min(0), points[shown].max(0)
    reach = 2 * np.linalg.norm(high - low)
    for _ in range(n):
        way = rng.normal(size=3)
        origin = (low + high) / 2 + reach * way / np.linalg.norm(way)
        target = points[rng.choice(shown)] + rng.normal(scale=4, size=3)
        yield origin, target - origin


def assert_agrees(brain, position, seed, n):
    morph = Morph(brain)
    points, faces = morph.at(position), brain.faces(flat=morph.is_flat(position))
    picker = SurfacePicker(points, faces)
    hits = 0
    rng = np.random.default_rng(seed)
    for origin, way in random_rays(points, np.unique(faces), rng, n):
        hit, wanted = picker.hit(origin, way), brute_force(points, faces, origin, way)
        if wanted is None:
            assert hit is None
            continue
        hits += 1
        assert hit.distance == pytest.approx(wanted[1], rel=1e-9, abs=1e-6)
        assert hit.face == wanted[0] or np.isclose(hit.distance, wanted[1])
        assert hit.vertex in faces[hit.face]
        corners = points[faces[hit.face]].astype(float)
        nearest = ((corners - hit.point) ** 2).sum(1).argmin()
        assert hit.vertex == faces[hit.face][nearest]
        np.testing.assert_allclose(
            hit.point, origin + hit.distance * way / np.linalg.norm(way), atol=1e-9
        )
    return hits


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), position=st.floats(0, 3))
def test_picking_agrees_with_brute_force_on_fsaverage5(seed, position):
    assert_agrees(fsaverage5(), position, seed, 8)


@pytest.mark.parametrize("position", POSITIONS)
def test_random_rays_do_meet_fsaverage5(position):
    assert assert_agrees(fsaverage5(), position, 1, 40) > 20


@pytest.mark.parametrize("position", POSITIONS)
def test_picking_agrees_with_brute_force_on_s1(position, real_data):
    assert assert_agrees(s1(real_data("pycortex_S1")), position, 2, 6) > 1


def test_flat_map_is_picked_straight_on():
    brain = fsaverage5()
    morph = Morph(brain)
    points, faces = morph.at(3), brain.faces(flat=True)
    picker = SurfacePicker(points, faces)
    for vertex in np.unique(faces)[::500]:
        hit = picker.hit(points[vertex] - [0, 100, 0], [0, 1, 0])
        assert hit.distance == pytest.approx(100, abs=1e-3)
        assert np.linalg.norm(points[hit.vertex] - points[vertex]) < 1e-3


# ---- Walking


@pytest.fixture
def ground():
    brain = small_brain()
    faces = brain.faces(sides=("right",))
    points = brain.vertices("white")
    return Neighbours(faces, brain.n_vertices), points


def test_walk_goes_to_the_neighbour_in_that_direction(ground):
    neighbours, points = ground
    start = 49 + 24
    assert points[start].tolist() == [10, 3, 3]
    for way in ([0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]):
        reached = walk(start, way, neighbours, points)
        np.testing.assert_array_equal(points[reached] - points[start], way)


def test_walk_of_a_distance_takes_as_many_steps(ground):
    neighbours, points = ground
    reached = walk(49 + 21, [0, 1, 0], neighbours, points, distance=4.5)
    assert points[reached].tolist() == [10, 5, 3]


def test_walk_ends_where_the_surface_does(ground):
    neighbours, points = ground
    reached = walk(49 + 24, [0, 1, 0], neighbours, points, distance=100)
    assert points[reached].tolist() == [10, 6, 3]
    assert walk(reached, [0, 1, 0], neighbours, points) == reached
    assert walk(0, [0, 1, 0], neighbours, points) == 0
