"""The sparse thinning is scikit-image's, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.morphology import skeletonize

from striate_filaments.exchange import read_any
from striate_filaments.neurons import Neuron
from striate_filaments.thinning import thin


def expected(neuron):
    return np.argwhere(skeletonize(neuron.mask())) + np.asarray(neuron.start)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 2.5), st.floats(0.5, 0.97))
def test_blobs_and_threads_thin_to_the_same_voxels(seed, smooth, threshold):
    noise = gaussian_filter(
        np.random.default_rng(seed).normal(size=(14, 18, 22)), smooth
    )
    neuron = Neuron.from_mask(
        1, noise > np.quantile(noise, threshold), origin=(3, 1, 7)
    )
    assert np.array_equal(thin(neuron), expected(neuron))


@pytest.mark.parametrize(
    "size", [(1, 1, 1), (1, 2, 2), (2, 2, 2), (3, 3, 3), (1, 9, 9), (5, 5, 30)]
)
def test_boxes_thin_to_the_same_voxels(size):
    neuron = Neuron.from_mask(1, np.ones(size, bool))
    assert np.array_equal(thin(neuron), expected(neuron))


def test_real_neurons_thin_to_the_same_voxels(real_data):
    folder = real_data("allen_exaspim_seg_swc")
    neurons = sorted(read_any(folder / "pred_segmentation.tif"), key=len)[-5:]
    for neuron in neurons:
        assert np.array_equal(thin(neuron), expected(neuron))
