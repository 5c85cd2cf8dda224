"""Vertices and voxels: nearest, trilinear, through the ribbon, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from tests.cortex.brains import s1

from striate.errors import InputError
from striate_cortex.surfaces import VoxelMapper, sample_to_vertices

SHAPE = (5, 6, 7)
AFFINE = np.array([[-2, 0, 0, 8], [0, 3, 0, -6], [0, 0, 1.5, 1], [0, 0, 0, 1]], float)


def to_mm(index) -> np.ndarray:
    return np.asarray(index, float) @ AFFINE[:3, :3].T + AFFINE[:3, 3]


@pytest.fixture
def volume():
    return np.random.default_rng(0).normal(size=SHAPE)


def test_nearest_takes_the_voxel_a_point_lies_in(volume):
    points = to_mm([[1, 2, 3], [1.4, 2.4, 2.6], [0, 0, 0]])
    found = VoxelMapper(points, AFFINE, SHAPE, interpolation="nearest")
    np.testing.assert_allclose(
        found.to_vertices(volume),
        [volume[1, 2, 3], volume[1, 2, 3], volume[0, 0, 0]],
        rtol=1e-6,
    )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_trilinear_agrees_with_scipy_inside_the_volume(seed):
    rng = np.random.default_rng(seed)
    volume = rng.normal(size=SHAPE)
    index = rng.uniform(0, np.array(SHAPE) - 1, (20, 3))
    found = VoxelMapper(to_mm(index), AFFINE, SHAPE).to_vertices(volume)
    wanted = map_coordinates(volume, index.T, order=1)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_outside_is_nan_and_the_outer_half_of_a_border_voxel_is_not(volume):
    points = to_mm([[-0.4, 0, 0], [-0.6, 0, 0], [4.4, 5, 6], [4.6, 5, 6]])
    for interpolation in ("nearest", "trilinear"):
        found = VoxelMapper(points, AFFINE, SHAPE, interpolation=interpolation)
        sampled = found.to_vertices(volume)
        assert np.isnan(sampled).tolist() == [False, True, False, True]
        assert sampled[0] == pytest.approx(volume[0, 0, 0], rel=1e-6)


def test_nan_voxels_are_left_out_of_the_mean(volume):
    volume[1, 2, 3] = np.nan
    points = to_mm([[1.5, 2, 3], [1, 2, 3]])
    found = VoxelMapper(points, AFFINE, SHAPE).to_vertices(volume)
    assert found[0] == pytest.approx(volume[2, 2, 3], rel=1e-6)
    assert np.isnan(found[1])


def test_time_series_keep_their_axis():
    series = np.random.default_rng(1).normal(size=(*SHAPE, 4))
    found = VoxelMapper(to_mm([[1, 2, 3]]), AFFINE, SHAPE).to_vertices(series)
    np.testing.assert_allclose(found, series[1, 2, 3][None], rtol=1e-6)


def test_back_in_voxels_is_the_mean_of_their_vertices():
    points = to_mm([[1, 2, 3], [1.2, 2, 3], [4, 0, 0]])
    mapper = VoxelMapper(points, AFFINE, SHAPE, interpolation="nearest")
    found = mapper.to_voxels(np.array([1.0, 3.0, 7.0]))
    assert found[1, 2, 3] == 2
    assert found[4, 0, 0] == 7
    assert np.isfinite(found).sum() == 2


def test_depths_go_from_white_to_pial():
    ramp = np.broadcast_to(np.arange(7.0), SHAPE)
    white, pial = to_mm([[2, 2, 1], [2, 2, 2]]), to_mm([[2, 2, 5], [2, 2, 4]])
    by_depth = sample_to_vertices(ramp, AFFINE, white, pial, depths=(0, 0.25, 1))
    np.testing.assert_allclose(by_depth, [[1, 2, 5], [2, 2.5, 4]], rtol=1e-6)
    middle = sample_to_vertices(ramp, AFFINE, white, pial, depths=0.5)
    np.testing.assert_allclose(middle, [3, 3], rtol=1e-6)


def test_bad_input_is_refused_in_a_sentence(volume):
    points = to_mm([[1, 2, 3]])
    with pytest.raises(InputError, match="white surface has 1 vertices and the pial"):
        sample_to_vertices(volume, AFFINE, points, np.zeros((2, 3)))
    with pytest.raises(InputError, match="from 0"):
        sample_to_vertices(volume, AFFINE, points, points, depths=1.5)
    with pytest.raises(InputError, match="nearest or trilinear"):
        VoxelMapper(points, AFFINE, SHAPE, interpolation="cubic")
    with pytest.raises(InputError, match="can be inverted"):
        VoxelMapper(points, np.zeros((4, 4)), SHAPE)
    with pytest.raises(InputError, match="not of one space"):
        VoxelMapper(points, AFFINE, SHAPE).to_vertices(np.zeros((2, 2, 2)))


def test_the_ribbon_of_s1_lies_within_its_own_anatomy(real_data):
    """On the T1 the ribbon is grey: brighter at the white surface than at the pial."""
    import nibabel

    folder = real_data("pycortex_S1")
    image = nibabel.load(folder / "anatomicals" / "raw.nii.gz")
    brain = s1(folder)
    pick = np.arange(0, brain.n_vertices, 97)
    sampled = sample_to_vertices(
        np.asarray(image.dataobj, "f4"),
        image.affine,
        brain.vertices("white")[pick],
        brain.vertices("pial")[pick],
        depths=(0, 1),
    )
    assert np.isfinite(sampled).all()
    assert np.mean(sampled[:, 0] > sampled[:, 1]) > 0.9
