"""Neurons against tracings, as the Allen Institute counts it."""

from __future__ import annotations

import csv
import zipfile

import numpy as np
import pytest

from striate.errors import InputError
from striate_filaments.exchange import read_any
from striate_filaments.exchange.swc import read_swc
from striate_filaments.metrics import overall, score_tracings
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.skeletons import Skeleton

COLUMNS = {
    "run_length": "SWC Run Length",
    "splits": "# Splits",
    "merges": "# Merges",
    "split_edges": "% Split Edges",
    "omitted_edges": "% Omit Edges",
    "merged_edges": "% Merged Edges",
    "erl": "ERL",
    "normalised_erl": "Normalized ERL",
    "edge_accuracy": "Edge Accuracy",
    "split_rate": "Split Rate",
    "merge_rate": "Merge Rate",
}


@pytest.fixture(scope="module")
def exaspim(real_data, tmp_path_factory):
    """Ours on the exaSPIM sample, and the published table."""
    folder = real_data("allen_exaspim_seg_swc")
    place = tmp_path_factory.mktemp("swc")
    with zipfile.ZipFile(folder / "target_swcs.zip") as archive:
        archive.extractall(place)
    files = sorted((place / "target_swcs").glob("*.swc"))
    trees = {f.stem: read_swc(f, columns="zyx") for f in files}
    with (folder / "results.csv").open(encoding="utf-8") as file:
        published = {row[""]: row for row in csv.DictReader(file)}
    return score_tracings(read_any(folder / "pred_segmentation.tif"), trees), published


def test_every_published_number_comes_out(exaspim):
    ours, published = exaspim
    assert len(ours) == 14
    for name, row in published.items():
        for mine, theirs in COLUMNS.items():
            # The published table is rounded to two digits in places.
            expected = pytest.approx(float(row[theirs] or "nan"), abs=5e-3, nan_ok=True)
            assert getattr(ours[name], mine) == expected, (name, mine)


def test_the_published_averages_come_out(exaspim):
    ours, _ = exaspim
    found = overall(ours)
    assert (found["splits"], found["merges"]) == (30, 0)
    assert found["erl"] == pytest.approx(173.3273, abs=1e-2)
    assert found["normalised_erl"] == pytest.approx(0.3788, abs=1e-4)
    assert found["edge_accuracy"] == pytest.approx(91.9169, abs=1e-2)


def line(y, n=100):
    """A tracing of n nodes one µm apart along x."""
    points = np.stack([np.full(n, 5.0), np.full(n, float(y)), np.arange(n) + 0.5], 1)
    return Skeleton(points, np.ones(n), np.arange(n) - 1)


def rod(id, ys, x0, x1):
    mask = np.zeros((10, 60, 100), bool)
    mask[5, list(ys), x0:x1] = True
    return Neuron.from_mask(id, mask)


def neurons(*found):
    return NeuronSet((10, 60, 100), (1.0, 1.0, 1.0), "µm", found)


def test_a_split_in_the_middle_halves_the_run_length():
    ours = score_tracings(
        neurons(rod(1, [20], 0, 50), rod(2, [20], 50, 100)), {"a": line(20)}
    )
    found = ours["a"]
    assert (found.splits, found.merges) == (1, 0)
    assert found.erl == pytest.approx(49)
    assert found.split_edges == pytest.approx(100 / 99)
    assert found.split_at.tolist() == [[5.0, 20.0, 50.0]]


def test_a_neuron_along_two_tracings_merges_both():
    both = rod(7, [20, 40], 0, 100)
    ours = score_tracings(neurons(both), {"a": line(20), "b": line(40)})
    for found in ours.values():
        assert (found.splits, found.merges) == (0, 1)
        assert found.erl == 0
        assert found.merged_edges == pytest.approx(100)


def test_a_gap_inside_one_neuron_is_forgiven_and_one_between_two_is_not():
    same = neurons(Neuron.from_coordinates(
        1, [(5, 20, x) for x in range(100) if not 40 <= x < 50]
    ))  # fmt: skip
    assert score_tracings(same, {"a": line(20)})["a"].omitted_edges == 0
    apart = neurons(rod(1, [20], 0, 40), rod(2, [20], 50, 100))
    found = score_tracings(apart, {"a": line(20)})["a"]
    assert found.omitted_edges == pytest.approx(9 * 100 / 99)
    assert len(found.omitted_at) == 10


def test_where_neurons_overlap_the_longer_one_counts():
    found = score_tracings(
        neurons(rod(1, [20], 0, 100), rod(2, [20], 30, 40)), {"a": line(20)}
    )["a"]
    assert (found.splits, found.normalised_erl) == (0, 1.0)


def test_nothing_to_score_against_is_a_plain_error():
    with pytest.raises(InputError, match="no tracing"):
        score_tracings(neurons(rod(1, [20], 0, 9)), {})
    with pytest.raises(InputError, match="has no link"):
        score_tracings(neurons(rod(1, [20], 0, 9)), {"dot": line(20, 1)})
