"""From counts to pictures: every step on values a person can check."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from striate.errors import InputError
from striate_channels import normalise_channels
from striate_channels.preprocessing import (
    Preprocessing,
    Remarks,
    measure_scale,
    prepare,
)

NONE = Preprocessing(normalise="none")


def run(stack, params=NONE, **rest):
    remarks = Remarks()
    return prepare(np.asarray(stack), params, remarks, **rest), remarks


def test_normalise_channels_is_mean_0_and_variance_1_per_channel():
    image = np.array([[[0, 2], [4, 6]], [[5, 5], [5, 5]]], np.uint16)
    out = normalise_channels(image)
    assert out.dtype == np.float32
    # mean 3, variance 5: (0 - 3) / sqrt(5.00001)
    np.testing.assert_allclose(out[0, 0, 0], -3 / np.sqrt(5 + 1e-5), rtol=1e-6)
    assert (out[1] == 0).all()
    with pytest.raises(InputError, match="C, H, W"):
        normalise_channels(image[0])


def test_normalise_channels_survives_large_counts():
    image = np.full((1, 64, 64), 60000, np.uint16)
    image[0, 0, 0] = 60001
    assert np.isfinite(normalise_channels(image)).all()


@pytest.mark.parametrize(
    ("projection", "expected"),
    [("max", [[3]]), ("mean", [[2]]), ("middle", [[2]]), ("slices", [[1], [2], [3]])],
)
def test_a_stack_becomes_pictures(projection, expected):
    stack = np.array([1, 2, 3], float).reshape(1, 3, 1, 1)
    pictures, _ = run(stack, Preprocessing(normalise="none", projection=projection))
    assert [p.ravel().tolist() for p in pictures] == expected


def test_views_are_the_three_projections():
    stack = np.arange(24, dtype=float).reshape(1, 2, 3, 4)
    pictures, _ = run(stack, Preprocessing(normalise="none", projection="views"))
    assert [p.shape for p in pictures] == [(1, 3, 4), (1, 2, 4), (1, 2, 3)]
    np.testing.assert_array_equal(pictures[1], stack.max(2))


def test_channels_are_picked_in_the_order_asked_for():
    stack = np.array([10, 20, 30], float).reshape(3, 1, 1, 1)
    pictures, _ = run(stack, Preprocessing(normalise="none", channels=(2, 0)))
    assert pictures[0].ravel().tolist() == [30, 10]
    with pytest.raises(InputError, match=r"3 channels.*channel 5 does not exist"):
        run(stack, Preprocessing(channels=(5,)))
    with pytest.raises(ValidationError, match="different"):
        Preprocessing(channels=(1, 1))


def test_background_is_subtracted_and_nothing_falls_below_zero():
    stack = np.array([1, 5, 5, 9], float).reshape(1, 1, 2, 2)
    params = Preprocessing(normalise="none", background="median")
    pictures, _ = run(stack, params)
    assert pictures[0].ravel().tolist() == [0, 0, 0, 4]


@pytest.mark.parametrize(
    ("how", "low", "high"), [("minmax", 0, 1), ("percentile", -0.02, 1.1)]
)
def test_other_normalisations_bring_counts_to_about_0_and_1(how, low, high):
    stack = np.arange(1000, 2000, dtype=float).reshape(1, 1, 25, 40)
    pictures, _ = run(stack, Preprocessing(normalise=how))
    assert low <= pictures[0].min() < 0.02
    assert 0.98 < pictures[0].max() <= high


def test_the_scale_of_the_image_keeps_a_bright_cell_bright():
    image = np.array([[0.0, 10.0]])
    scale = measure_scale(image, "minmax", "none")
    bright, _ = run(np.full((1, 1, 2, 2), 9.0), scale=scale)
    dim, _ = run(np.full((1, 1, 2, 2), 1.0), scale=scale)
    np.testing.assert_allclose([bright[0].mean(), dim[0].mean()], [0.9, 0.1])


def test_resizing_keeps_the_mean():
    stack = np.random.default_rng(0).random((2, 1, 64, 64))
    pictures, _ = run(stack, Preprocessing(normalise="none", size=32))
    assert pictures[0].shape == (2, 32, 32)
    np.testing.assert_allclose(
        pictures[0].mean((1, 2)), stack.mean((1, 2, 3)), rtol=2e-3
    )


def test_values_that_are_not_finite_become_the_median_and_are_counted():
    stack = np.array([1.0, np.nan, 3, np.inf, 2]).reshape(1, 1, 1, 5)
    pictures, remarks = run(stack)
    assert pictures[0].ravel().tolist() == [1, 2, 3, 2, 2]
    assert any("not finite" in line and "2 times" in line for line in remarks.lines())
    with pytest.raises(InputError, match="channel 1 holds no finite value"):
        run(np.full((1, 1, 2, 2), np.nan))


def test_a_constant_channel_is_remarked_on():
    stack = np.stack([np.ones((1, 4, 4)), np.eye(4)[None]])
    _, remarks = run(stack, name="a.tif")
    assert remarks.lines() == ["a.tif: channel 1 is constant and says nothing"]


def test_a_mask_hides_the_neighbour():
    stack = np.zeros((1, 1, 4, 4))
    stack[0, 0, :, 0], stack[0, 0, :, 3] = 5, 9
    mask = np.zeros((1, 4, 4), bool)
    mask[..., 0] = True
    pictures, _ = run(stack, mask=mask)
    assert pictures[0].max() == 5
    assert (pictures[0][0, :, 1:] == 0).all()
