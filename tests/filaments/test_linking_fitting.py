"""Fitting what decides: rules that hold elsewhere, from few and noisy lessons."""

from __future__ import annotations

import numpy as np
import pytest

from striate_filaments.linking.fitting import fit


def lesson(rng, rows):
    """40 features of which the first says what is right, nine times of ten."""
    features = rng.normal(size=(rows, 40))
    right = (features[:, 0] > 0) ^ (rng.random(rows) < 0.1)
    return features, right.astype(float)


def loss(scorer, features, right):
    odds = scorer(features)
    return float(np.mean(np.logaddexp(0, odds) - right * odds))


def test_what_is_learned_holds_for_what_was_not_seen():
    rng = np.random.default_rng(2)
    features, right = lesson(rng, 8000)

    scorer = fit(features, right, np.ones(8000), seed=0, epochs=200)

    # The best there can be is 0.33, knowing nothing 0.69, knowing it by heart 0.75.
    assert loss(scorer, *lesson(rng, 5000)) < 0.45


def test_rows_count_by_their_weight():
    features = np.repeat([[1.0], [-1.0]], 500, axis=0)
    right = np.tile([1.0, 0.0], 500)
    weight = np.where(right == (features[:, 0] > 0), 9.0, 1.0)

    scorer = fit(features, right, weight, seed=0)

    # Nine to one for what the feature says.
    odds = scorer(np.array([[1.0], [-1.0]]))
    assert odds == pytest.approx([np.log(9), -np.log(9)], abs=0.7)


def test_one_seed_gives_the_same_numbers():
    features, right = lesson(np.random.default_rng(4), 300)

    one, same, other = (
        fit(features, right, np.ones(300), seed, epochs=20) for seed in (1, 1, 2)
    )

    assert (one(features) == same(features)).all()
    assert (one(features) != other(features)).any()
