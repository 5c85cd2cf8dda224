"""BrainSCUBA's projection and LaVCa's score, by their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import InputError
from striate_cortex import caption_accuracy, project


def by_formula(w, m, tau):
    n = np.linalg.norm(m, axis=1)
    d = m / n[:, None]
    s = np.exp((w / np.linalg.norm(w)) @ d.T / tau)
    s /= s.sum()
    direction = s @ d
    return (s @ n) * direction / np.linalg.norm(direction), s


def test_the_projection_is_the_published_formula(monkeypatch):
    from striate_cortex.captions import projection

    # Several pieces of the library and of the units.
    monkeypatch.setattr(projection, "_ITEMS", 300)
    monkeypatch.setattr(projection, "_UNITS", 4)
    rng = np.random.default_rng(0)
    w = rng.normal(size=(9, 16))
    library = rng.normal(size=(1000, 16)) * rng.uniform(5, 15, (1000, 1))

    found = project(w, library, tau=1 / 20, top=5)

    for i in range(9):
        vector, s = by_formula(w[i], library, 1 / 20)
        np.testing.assert_allclose(found.vectors[i], vector, atol=1e-4)
        assert found.effective_n[i] == pytest.approx(1 / (s**2).sum(), rel=1e-3)
        assert found.top[i].tolist() == np.argsort(-s)[:5].tolist()
        np.testing.assert_allclose(found.top_weights[i], np.sort(s)[::-1][:5],
                                   rtol=1e-3)  # fmt: skip


def test_temperature_goes_from_the_nearest_image_to_the_mean_of_all():
    rng = np.random.default_rng(1)
    library = rng.normal(size=(50, 8)) * 10
    w = library[[7]] * 0.01

    near, far = project(w, library, tau=1e-4), project(w, library, tau=1e4)

    np.testing.assert_allclose(near.vectors[0], library[7], rtol=1e-4)
    assert near.effective_n[0] == pytest.approx(1)
    assert far.effective_n[0] == pytest.approx(50, rel=1e-3)


def test_units_without_weights_and_bad_input():
    library = np.eye(4, dtype=np.float32)

    found = project(np.zeros((1, 4)), library, top=2)

    assert np.isnan(found.vectors).all()
    with pytest.raises(InputError, match="same encoder"):
        project(np.ones((1, 3)), library)
    with pytest.raises(InputError, match="temperature above 0"):
        project(np.ones((1, 4)), library, tau=0)


def test_a_caption_that_ranks_images_as_the_unit_does_scores_one():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(2)
    captions = rng.normal(size=(3, 12))
    stimuli = rng.normal(size=(40, 5, 12))
    unit = stimuli / np.linalg.norm(stimuli, axis=2, keepdims=True)
    likeness = np.einsum("icd,vd->iv", unit, captions)
    activity = np.stack(
        [np.exp(likeness[:, 0]), -likeness[:, 1], rng.normal(size=40)], axis=1
    )

    rho = caption_accuracy(captions, stimuli, activity)

    assert rho[0] == pytest.approx(1)
    assert rho[1] == pytest.approx(-1)
    expected = spearmanr(likeness[:, 2], activity[:, 2]).statistic
    assert rho[2] == pytest.approx(expected)
    with pytest.raises(InputError, match="images by units"):
        caption_accuracy(captions, stimuli, activity[:-1])
