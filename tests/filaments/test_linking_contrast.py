"""The colour of a piece by what rises in it."""

from __future__ import annotations

import numpy as np
import pytest

from striate_filaments.linking.contrast import Contrast
from striate_filaments.segmentation.colour import Palette

RED = np.array([1.0, 0.0, 0.0])


def neurite(colour, light):
    """Voxels of a neurite along x, 5 wide and high, that `colour` falls off from.

    `light` gives (n, 3) light on top, from (n, 3) places. Returns places, signal and
    score, which follows the neurite alone.
    """
    points = np.stack(np.meshgrid(range(5), range(5), range(12), indexing="ij"), -1)
    points = points.reshape(-1, 3)
    profile = np.exp(-((points[:, :2] - 2) ** 2).sum(axis=1) / 4)
    signal = 50 * profile[:, None] * colour + light(points)
    return points, signal.astype(np.float32), (20 * profile).astype(np.float32)


def measured(points, signal, score, label=None, noise=1.0):
    spread = np.full(signal.shape, noise, np.float32)
    palette = Palette(signal, spread, np.ones(3), 4.0, np.zeros(3))
    label = np.zeros(len(points), np.int64) if label is None else label
    return Contrast.of(label, int(label.max()) + 1, palette, score, points)


def direction(vector):
    return vector / np.linalg.norm(vector)


def test_light_that_lies_evenly_over_a_neurite_does_not_change_its_hue():
    def haze(points):
        return np.full((len(points), 3), (0.0, 40.0, 20.0))

    points, signal, score = neurite(RED, haze)

    assert direction(signal.sum(axis=0))[0] < 0.5
    assert direction(measured(points, signal, score).total[0]) == pytest.approx(RED)


def test_neither_does_light_that_falls_off_to_one_side():
    def beside(points):
        return points[:, [1]] * np.array([[0.0, 30.0, 0.0]])

    found = measured(*neurite(RED, beside))

    assert direction(found.total[0]) == pytest.approx(RED, abs=0.05)


def test_it_is_as_sure_as_noise_leaves_it():
    rng = np.random.default_rng(5)
    points, signal, score = neurite(RED, lambda p: np.zeros((len(p), 3)))
    totals = []
    for _ in range(200):
        noisy = signal + rng.normal(0, 2.0, signal.shape).astype(np.float32)
        totals.append(measured(points, noisy, score).total[0])

    one = measured(points, signal, score, noise=2.0)
    # Noise is taken to be alike over 4 voxels; here it is not.
    assert one.variance[0] / 4 == pytest.approx(np.var(totals, axis=0), rel=0.3)


def test_each_piece_has_its_own():
    points, signal, score = neurite(RED, lambda p: np.zeros((len(p), 3)))
    label = (points[:, 2] >= 6).astype(np.int64)
    signal[label == 1] = signal[label == 1][:, [1, 0, 2]]

    found = measured(points, signal, score, label)

    assert direction(found.total[0]) == pytest.approx([1, 0, 0], abs=1e-6)
    assert direction(found.total[1]) == pytest.approx([0, 1, 0], abs=1e-6)
    assert found.relief[0] == pytest.approx(found.relief[1])


def test_a_voxel_alone_says_nothing():
    found = measured(
        np.zeros((1, 3), np.int64), np.ones((1, 3), np.float32), np.ones(1, np.float32)
    )

    assert found.total.tolist() == [[0, 0, 0]]
    assert found.relief.tolist() == [0]
