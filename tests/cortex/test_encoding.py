"""Fits are exact, scores are what they say, and bad input is told apart."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import Cancelled, InputError
from striate.jobs.context import JobContext
from striate_cortex import EncodingModel, fit_ridge, noise_ceiling
from striate_cortex.encoding import (
    SessionResponses,
    false_discovery_rate,
    ncsnr_of_repeats,
    permutation_p,
    split_half_reliability,
)
from striate_cortex.encoding.scores import both_scores

ALPHAS = np.logspace(-2, 4, 13)


@pytest.fixture(scope="module")
def data():
    """400 images, 30 correlated features, 200 units of differing noise."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 30)) @ rng.normal(size=(30, 30)) + 5
    w = rng.normal(size=(200, 30)) / 10
    noise = np.geomspace(0.1, 30, 200)
    y = x @ w.T + rng.normal(size=(400, 200)) * noise + rng.normal(size=200) * 50
    return x, y


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_given_penalties_give_the_weights_of_scikit_learn(data, dtype):
    from sklearn.linear_model import Ridge

    x, y = data
    alpha = np.geomspace(0.01, 1e4, y.shape[1])

    model = fit_ridge(x, y.astype(dtype), alpha=alpha)

    peer = Ridge(alpha=alpha).fit(x, y)
    tolerance = 1e-9 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(model.weights, peer.coef_, rtol=0, atol=tolerance)
    expected = peer.predict(x)
    np.testing.assert_allclose(model.predict(x), expected, rtol=0, atol=tolerance * 100)
    assert model.weights.dtype == dtype


def test_generalised_cross_validation_is_the_textbook_formula(data):
    x, y = data
    model = fit_ridge(x, y, alphas=ALPHAS)

    n, ones = len(x), np.ones((len(x), 1))
    gcv = []
    for alpha in ALPHAS:
        c = x - x.mean(axis=0)
        hat = ones @ ones.T / n
        hat += c @ np.linalg.solve(c.T @ c + alpha * np.eye(c.shape[1]), c.T)
        rest = y - hat @ y
        gcv.append((rest**2).sum(axis=0) / (n - np.trace(hat)) ** 2)
    np.testing.assert_array_equal(model.alpha, ALPHAS[np.argmin(gcv, axis=0)])
    null = ((y - y.mean(axis=0)) ** 2).sum(axis=0) / (n - 1) ** 2
    np.testing.assert_allclose(
        model.scores["r2_gcv"], 1 - np.min(gcv, axis=0) / null, atol=1e-6
    )


def test_k_folds_choose_what_refitting_every_fold_would(data):
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold

    x, y = data
    model = fit_ridge(x, y, alphas=ALPHAS, method="kfold", folds=5, keep_folds=True)

    error = np.zeros((len(ALPHAS), y.shape[1]))
    null = np.zeros(y.shape[1])
    for train, test in KFold(5).split(x):
        null += ((y[test] - y[train].mean(axis=0)) ** 2).sum(axis=0)
        for a, alpha in enumerate(ALPHAS):
            rest = y[test] - Ridge(alpha=alpha).fit(x[train], y[train]).predict(x[test])
            error[a] += (rest**2).sum(axis=0)
    best = error.argmin(axis=0)
    np.testing.assert_array_equal(model.alpha, ALPHAS[best])
    np.testing.assert_allclose(
        model.scores["r2_cv"], 1 - error.min(axis=0) / null, atol=1e-6
    )
    first = next(KFold(5).split(x))[0]
    peer = Ridge(alpha=ALPHAS[best]).fit(x[first], y[first])
    np.testing.assert_allclose(model.fold_weights[0], peer.coef_, atol=1e-8)
    agreement = model.agreement()
    assert agreement[0] > 0.99 > agreement[-1]


def test_runs_can_be_left_out_together(data):
    x, y = data
    runs = np.arange(len(x)) % 4

    model = fit_ridge(x, y, method="kfold", folds=runs, keep_folds=True)

    alone = fit_ridge(x[runs != 2], y[runs != 2], alpha=model.alpha)
    np.testing.assert_allclose(model.fold_weights[2], alone.weights, atol=1e-8)


@pytest.mark.parametrize("method", ["gcv", "kfold"])
def test_sessions_read_one_by_one_give_the_fit_of_all(data, method):
    x, y = data
    sessions = SessionResponses([y[:100], y[100:130], y[130:]])

    model = fit_ridge(x, sessions, alphas=ALPHAS, method=method)

    whole = fit_ridge(x, y, alphas=ALPHAS, method=method)
    np.testing.assert_allclose(model.weights, whole.weights, atol=1e-9)
    np.testing.assert_array_equal(model.alpha, whole.alpha)


@pytest.mark.parametrize("method", ["gcv", "kfold"])
def test_many_cores_give_the_fit_of_one_and_leave_responses_alone(method):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(60, 5)), rng.normal(size=(60, 2500)).astype(np.float32)
    before = y.copy()

    one, many = (
        fit_ridge(x, y, method=method, ctx=JobContext(workers=k)) for k in (1, 3)
    )

    np.testing.assert_array_equal(one.alpha, many.alpha)
    np.testing.assert_allclose(one.weights, many.weights, atol=1e-6)
    np.testing.assert_array_equal(y, before)


def test_a_cancelled_fit_stops_and_gives_linear_algebra_its_threads_back(data):
    from threadpoolctl import threadpool_info

    x, y = data
    before = [library["num_threads"] for library in threadpool_info()]
    ctx = JobContext(workers=2, is_cancelled=lambda: True)

    with pytest.raises(Cancelled):
        fit_ridge(x, np.tile(y, 8), ctx=ctx)

    assert [library["num_threads"] for library in threadpool_info()] == before


def test_held_out_images_are_read_once(data):
    x, y = data
    reads = []

    class Slow:
        shape, dtype = y[300:].shape, y.dtype

        def __getitem__(self, key):
            reads.append(key)
            return y[300:][key]

    model = fit_ridge(x[:300], y[:300], alphas=ALPHAS)
    r2, r = both_scores(model, x[300:], SessionResponses([Slow()]))

    assert len(reads) == 1
    np.testing.assert_allclose(r2, model.r2(x[300:], y[300:]))
    np.testing.assert_allclose(r, model.r(x[300:], y[300:]))


def test_more_features_than_images():
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(40, 90)), rng.normal(size=(40, 6))

    model = fit_ridge(x, y, alpha=2.0)

    np.testing.assert_allclose(model.weights, Ridge(2.0).fit(x, y).coef_, atol=1e-9)


def test_features_are_brought_to_unit_length_in_fit_and_prediction(data):
    x, y = data
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)

    model = fit_ridge(x, y, alpha=1e-3, normalise=True)

    plain = fit_ridge(unit, y, alpha=1e-3)
    np.testing.assert_allclose(model.predict(7 * x), plain.predict(unit), atol=1e-8)


def test_scores_of_held_out_images_are_those_of_scikit_learn(data):
    from sklearn.metrics import r2_score

    x, y = data
    model = fit_ridge(x[:300], y[:300], alphas=ALPHAS)

    r2, r = model.r2(x[300:], y[300:]), model.r(x[300:], y[300:])

    predicted = model.predict(x[300:])
    expected = r2_score(y[300:], predicted, multioutput="raw_values")
    np.testing.assert_allclose(r2, expected, atol=1e-10)
    np.testing.assert_allclose(r[7], np.corrcoef(y[300:, 7], predicted[:, 7])[0, 1])


def test_constant_units_and_nan_are_told_and_the_others_fitted(data):
    x, y = data
    bad = y.copy()
    bad[:, 3] = 12.5
    bad[17, 5] = np.nan

    with pytest.warns(UserWarning, match="2 of 200 units are constant or hold"):
        model = fit_ridge(x, bad, alphas=ALPHAS)

    whole = fit_ridge(x, y, alphas=ALPHAS)
    rest = np.delete(np.arange(200), [3, 5])
    np.testing.assert_allclose(model.weights[rest], whole.weights[rest], atol=1e-9)
    assert not model.weights[[3, 5]].any()
    assert np.isnan(model.scores["r2_gcv"][[3, 5]]).all()
    assert np.isnan(model.r2(x, bad)[[3, 5]]).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda x, y: (x, y[:-50]), "responses are too short"),
        (lambda x, y: (x[:-50], y), "features are too short"),
        (lambda x, y: (np.where(x > 9, np.nan, x), y), "not finite"),
        (lambda x, y: (x, np.zeros_like(y)), "nothing to fit"),
        (lambda x, y: (x, y[:, 0]), "trials by units"),
        (lambda x, y: (x, y.astype(str)), "must be numbers"),
    ],
)
def test_what_cannot_be_fitted_is_refused(data, change, sentence):
    with pytest.raises(InputError, match=sentence):
        fit_ridge(*change(*data))


def test_a_model_comes_back_from_its_file(data, tmp_path):
    x, y = data
    model = fit_ridge(
        x, y, folds=3, keep_folds=True, space="starter", facts={"simulated": True}
    )

    loaded = EncodingModel.load(model.save(tmp_path / "m.safetensors"))

    np.testing.assert_array_equal(loaded.weights, model.weights)
    np.testing.assert_array_equal(loaded.fold_weights, model.fold_weights)
    np.testing.assert_array_equal(loaded.scores["r2_gcv"], model.scores["r2_gcv"])
    assert loaded.space == "starter"
    assert loaded.simulated


def test_a_pickle_is_refused_as_a_model(tmp_path):
    import pickle

    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps({"weights": np.ones((2, 2))}))

    with pytest.raises(InputError, match="a pickle is never loaded"):
        EncodingModel.load(path)


# ---- Ceilings


def test_the_published_median_noise_ceiling_of_nsd():
    medians = [0.490, 0.510, 0.431, 0.392, 0.542, 0.439, 0.371, 0.323]

    ceilings = noise_ceiling(medians, 3)

    expected = [41.9, 43.8, 35.8, 31.6, 46.9, 36.6, 29.2, 23.8]
    np.testing.assert_allclose(ceilings, expected, atol=0.06)
    assert ceilings.mean() == pytest.approx(36.20, abs=0.01)


def test_the_ceiling_of_images_seen_unequally_often():
    assert noise_ceiling(1.0, counts=(5, 0, 0)) == pytest.approx(75.0)
    assert noise_ceiling(1.0, counts=(0, 0, 9)) == pytest.approx(50.0)
    assert noise_ceiling(1.0, counts=(1, 1, 1)) == pytest.approx(100 / (1 + 11 / 18))
    with pytest.raises(InputError, match="not both"):
        noise_ceiling(1.0, 3, counts=(1, 1, 1))


def test_reliability_recovers_the_signal_that_was_put_in():
    rng = np.random.default_rng(5)
    ratio = np.array([0.0, 0.5, 1.0, 2.0])
    signal = rng.normal(size=(2000, 1, 4)) * ratio
    y = signal + rng.normal(size=(2000, 4, 4))

    np.testing.assert_allclose(ncsnr_of_repeats(y), ratio, atol=0.15)
    # The correlation of the means of n trials with n others: s² / (s² + 1/n).
    np.testing.assert_allclose(
        split_half_reliability(y), ratio**2 / (ratio**2 + 1 / 4), atol=0.06
    )


# ---- Significance


def test_chance_is_told_from_signal():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 5))
    y = rng.normal(size=(300, 60))
    y[:, :20] += x @ rng.normal(size=(5, 20))
    model = fit_ridge(x[:200], y[:200], alpha=1.0)

    p = permutation_p(model, x[200:], y[200:], permutations=500)
    q = false_discovery_rate(p)

    assert (q[:20] < 0.05).all()
    assert (q[20:] < 0.05).sum() <= 3
    assert 0.3 < np.median(p[20:]) < 0.7
    assert p.min() == pytest.approx(1 / 501)


def test_false_discovery_rate_of_the_textbook():
    p = [0.01, 0.02, np.nan, 0.03, 0.5]

    np.testing.assert_allclose(false_discovery_rate(p), [0.04, 0.04, np.nan, 0.04, 0.5])


# ---- Several feature spaces


def test_banded_ridge_tells_which_space_explains_a_unit():
    pytest.importorskip("himalaya")
    from striate_cortex.encoding import fit_banded
    from striate_cortex.encoding.banded import r2_of_bands

    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(300, 10)), rng.normal(size=(300, 15)) + 2
    y = np.stack([a @ rng.normal(size=10), b @ rng.normal(size=15)], axis=1)
    y += rng.normal(size=y.shape) + 40

    model = fit_banded(
        {"a": a[:200], "b": b[:200]}, y[:200], alphas=ALPHAS, draws=20, seed=1
    )

    both = np.concatenate([a, b], axis=1)[200:]
    r2, shares = model.r2(both, y[200:]), r2_of_bands(model, both, y[200:])
    assert (r2 > 0.8).all()
    assert shares["r2.a"][0] > 0.8 > 0.1 > abs(shares["r2.a"][1])
    assert shares["r2.b"][1] > 0.8 > 0.1 > abs(shares["r2.b"][0])
    np.testing.assert_allclose(shares["r2.a"] + shares["r2.b"], r2, atol=1e-4)
    assert model.bands == {"a": (0, 10), "b": (10, 25)}
