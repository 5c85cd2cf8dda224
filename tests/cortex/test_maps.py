"""Maps: values, limits, colours over folding, opacity by reliability, regions."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import InputError
from striate_cortex.encoding import EncodingModel
from striate_cortex.maps import (
    COLORMAPS,
    Colouring,
    Limits,
    ceiling_map,
    difference_map,
    limits_of,
    pca_map,
    query_map,
    ramp,
    region_map,
    region_rows,
    score_map,
    share_of_ceiling_map,
)

GREY = np.full((1, 3), 0.5, "f4")


def model(weights, **scores) -> EncodingModel:
    w = np.asarray(weights, "f4")
    nothing = np.zeros(len(w), "f4")
    named = {k: np.asarray(v, "f4") for k, v in scores.items()}
    return EncodingModel(w, nothing, nothing, "tiny", scores=named)


def paint(values, colouring, reliability=None):
    array = np.asarray(values, "f4")
    sure = None if reliability is None else np.asarray(reliability, "f4")
    return colouring.paint(array, np.repeat(GREY, len(array), 0), sure)


# ---- Limits


def test_percentile_leaves_out_as_much_at_either_end():
    assert limits_of(np.arange(101.0), "percentile", 90) == Limits(5, 95)


def test_symmetric_limits_are_around_zero():
    assert limits_of(np.array([-4.0, 1, 2]), "symmetric", 100) == Limits(-4, 4)


def test_nan_and_inf_do_not_count():
    assert limits_of(np.array([np.nan, np.inf, 1, 3]), "range") == Limits(1, 3)
    assert limits_of(np.array([np.nan]), "symmetric") == Limits(0, 1)
    assert limits_of(np.array([2.0, 2.0]), "range") == Limits(2, 3)


# ---- Colours


@pytest.mark.parametrize("name", COLORMAPS)
def test_ramp_starts_and_ends_with_its_stops(name):
    table = ramp(name)
    ends = [bytes.fromhex(COLORMAPS[name][i]) for i in (0, -1)]
    assert [tuple((255 * table[i]).round().astype(int)) for i in (0, -1)] == [
        tuple(e) for e in ends
    ]


def test_unknown_colours_are_refused_with_those_there_are():
    with pytest.raises(InputError, match="viridis"):
        ramp("jet")


def test_ends_of_the_limits_have_the_ends_of_the_table():
    painted = paint([-9, 0, 10, 99], Colouring("viridis", Limits(0, 10)))
    table = ramp("viridis")
    np.testing.assert_allclose(painted[:, :3], table[[0, 0, 255, 255]])
    assert painted[:, 3].tolist() == [1, 1, 1, 1]


def test_unknown_values_show_the_folding():
    painted = paint([np.nan, 1], Colouring("viridis", Limits(0, 1)))
    assert painted[0, :3].tolist() == [0.5, 0.5, 0.5]
    assert painted[1, :3].tolist() == ramp("viridis")[255].tolist()


def test_threshold_is_a_distance_from_zero():
    painted = paint([-2, 0.5, 2], Colouring("red-blue", Limits(-2, 2), threshold=1))
    assert [row.tolist() == [0.5] * 3 for row in painted[:, :3]] == [False, True, False]


def test_threshold_of_scores_hides_negative_ones():
    colouring = Colouring("inferno", Limits(0, 1), threshold=0.1, one_sided=True)
    painted = paint([-0.5, 0.05, 0.5], colouring)
    assert [row.tolist() == [0.5] * 3 for row in painted[:, :3]] == [True, True, False]


def test_half_reliable_is_half_transparent():
    colouring = Colouring("viridis", Limits(0, 1), reliability=Limits(0, 20))
    painted = paint([1, 1, 1, 1], colouring, [0, 10, 30, np.nan])
    full = ramp("viridis")[255]
    np.testing.assert_allclose(painted[0, :3], [0.5] * 3)
    np.testing.assert_allclose(painted[1, :3], (full + 0.5) / 2)
    np.testing.assert_allclose(painted[2, :3], full)
    np.testing.assert_allclose(painted[3, :3], full)


def test_below_the_noise_floor_all_folding_is_gone():
    under = np.array([[0.2] * 3, [0.9] * 3, [0.9] * 3], "f4")
    colouring = Colouring("viridis", Limits(0, 1), floor=5)
    sure = np.array([1, 1, 9], "f4")
    painted = colouring.paint(np.ones(3, "f4"), under, sure)
    assert painted[0].tolist() == painted[1].tolist() == [0.5, 0.5, 0.5, 1]
    np.testing.assert_allclose(painted[2, :3], ramp("viridis")[255])


def test_colours_are_blended_and_clipped():
    values = np.array([[2, -1, 0.5], [np.nan] * 3], "f4")
    painted = Colouring(opacity=0.5).paint(values, np.repeat(GREY, 2, 0))
    np.testing.assert_allclose(painted[0, :3], [0.75, 0.25, 0.5])
    np.testing.assert_allclose(painted[1, :3], [0.5] * 3)


# ---- Layers


def test_score_that_is_not_there_is_refused_with_those_there_are():
    assert score_map(model([[1]], r2=[0.5]), "r2").values.tolist() == [0.5]
    with pytest.raises(InputError, match="has: r2"):
        score_map(model([[1]], r2=[0.5]), "p")


def test_share_of_ceiling_is_unknown_below_the_floor():
    shown = share_of_ceiling_map(model([[1], [1]], r2=[0.2, 0.2]), np.array([40.0, 1]))
    assert shown.values[0] == pytest.approx(0.5)
    assert np.isnan(shown.values[1])
    with pytest.raises(InputError, match="No noise ceiling"):
        share_of_ceiling_map(model([[1]], r2=[0.2]), np.array([np.nan]))


def test_ceiling_is_in_percent():
    assert ceiling_map(np.array([12.0])).label == "Noise ceiling (%)"


def test_units_tuned_alike_have_like_colours_whatever_their_strength():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(60, 8))
    weights[1] = 5 * weights[0]
    weights[2] = -weights[0]
    weights[3] = 0
    colours = pca_map(model(weights)).values
    np.testing.assert_allclose(colours[0], colours[1], atol=1e-5)
    assert np.abs(colours[0] - colours[2]).max() > 0.3
    assert np.isnan(colours[3]).all()
    assert np.nanmin(colours) >= 0
    assert np.nanmax(colours) <= 1


def test_components_are_found_among_reliable_units_only():
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(50, 6)) * np.array([9, 5, 3, 0.1, 0.1, 0.1])
    weights[25:] = rng.normal(size=(25, 6)) * np.array([0.1, 0.1, 0.1, 9, 5, 3])
    reliable = np.arange(50) < 25
    colours = pca_map(model(weights), reliable=reliable).values
    assert np.ptp(colours[:25], axis=0).min() > 0.9
    assert np.ptp(colours[25:], axis=0).max() < 0.9


def test_query_is_the_response_to_a_step_of_length_one():
    shown = query_map(model([[3, 0], [0, -2]]), [10, 0], "a face")
    assert shown.values.tolist() == [3, 0]
    assert (shown.name, shown.kind) == ("text:a face", "signed")


def test_difference_needs_one_subject_and_one_score():
    first, second = model([[1], [1]], r2=[0.5, 0.1]), model([[1], [1]], r2=[0.2, 0.3])
    shown = difference_map(first, second, ("clip", "resnet"))
    np.testing.assert_allclose(shown.values, [0.3, -0.2], atol=1e-6)
    with pytest.raises(InputError, match="not of one subject"):
        difference_map(first, model([[1]], r2=[0]), ("a", "b"))
    with pytest.raises(InputError, match="no score in common"):
        difference_map(first, model([[1], [1]], r=[0, 0]), ("a", "b"))


def test_smaller_region_is_seen_where_two_overlap():
    rois = {"small": np.array([0, 1, 0], bool), "large": np.array([1, 1, 0], bool)}
    shown = region_map(rois, 3)
    small, large = (shown.legend[n] for n in ("small", "large"))
    assert small != large
    drawn = ["#" + bytes((255 * v).round().astype("u1")).hex().upper()
             for v in shown.values[:2]]  # fmt: skip
    assert drawn == [large, small]
    assert np.isnan(shown.values[2]).all()


# ---- Numbers


def test_regions_have_medians_by_side():
    values = np.array([1, 2, 3, np.nan, 10], "f4")
    rois = {"A": np.array([1, 1, 1, 1, 0], bool), "none": np.zeros(5, bool)}
    on_left = np.array([1, 1, 0, 0, 0], bool)
    everything, a, none = region_rows(values, rois, on_left)
    assert (everything["region"], everything["n"]) == ("All units", 4)
    assert (a["n"], a["median"], a["left"], a["right"]) == (3, 2, 1.5, 3)
    assert (a["low"], a["high"]) == (1.5, 2.5)
    assert (none["n"], none["median"], none["left"]) == (0, None, None)
