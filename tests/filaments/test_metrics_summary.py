"""Whole test sets are scored by the benchmark's own rule."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from striate.errors import InputError
from striate_filaments.metrics import Case, Tally, score, score_many, summarise
from striate_filaments.metrics.presets import AVERAGED


def official_rows(folder):
    """The published rows per image, those over all, and which are complete."""
    with (folder / "summary_brainbow_combined.csv").open(encoding="utf-8") as file:
        rows = {row["sample"]: row for row in csv.DictReader(file, delimiter=";")}
    numbers = {
        name: {key.split(" ", 1)[1]: row[key] for key in row if key.startswith("gen")}
        | {key: row[key] for key in row if key.startswith("th_")}
        for name, row in rows.items()
    }
    text = (folder / "sample_list_per_split.txt").read_text(encoding="utf-8")
    tests = [part.split("(")[0] for part in text.split("test:")[1:]]
    return numbers, set(tests[0].split())


def tally_of(row, partly):
    """The counts behind a published row, from its shares."""
    n_gt, n_pred = int(float(row["Num GT"])), int(float(row["Num Pred"]))
    tp, fp = (int(float(row[f"th_0_5 AP_{k}"])) for k in ("TP", "FP"))
    # Predictions that count: on a partly labelled image those near a true neuron.
    counted = tp + fp if partly else n_pred
    at = {}
    for t in AVERAGED:
        f1 = float(row[f"th_{t} fscore".replace(".", "_")])
        # A few more count where one matched at a low threshold lies on background.
        found, total = next(
            (round(n), total)
            for total in (counted, counted + 1, counted + 2)
            if abs((n := f1 * (total + n_gt) / 2) - round(n)) < 1e-6 and n <= total
        )
        at[t] = (found, total - found, n_gt - found)
    dice = 0.0 if tp == 0 else float(row["avg_TP_05_cldice"])
    faint, both = int(float(row["GT_dim"])), int(float(row["GT_overlap"]))
    return Tally(
        n_gt,
        n_pred,
        at,
        [float(row["avg_gt_skel_coverage"])] * n_gt,
        [dice] * tp,
        int(float(row["FS"])),
        int(float(row["FM"])),
        (faint, int(float(row["TP_05_dim"])), [float(row["avg_gt_cov_dim"])] * faint),
        (
            both,
            int(float(row["TP_05_overlap"])),
            [float(row["avg_gt_cov_overlap"])] * both,
        ),
    )


def test_the_published_row_of_the_baseline_comes_out(real_data):
    rows, complete = official_rows(real_data("fisbe_baseline_predictions"))
    images = [name for name in rows if name not in ("mean", "sum", "avg_inst")]
    assert len(images) == 23
    assert len(complete) == 7
    summary = summarise(
        {n: (tally_of(rows[n], n not in complete), n not in complete) for n in images}
    )
    published = {k: float(v) for k, v in rows["avg_inst"].items()}
    row = summary.combined
    assert row["S"] == pytest.approx(published["avg_f1_cov_score"], abs=1e-6)
    assert row["C"] == pytest.approx(published["avg_gt_skel_coverage"], abs=1e-6)
    assert row["clDiceTP"] == pytest.approx(published["avg_TP_05_cldice"], abs=1e-6)
    assert row["tp"] == pytest.approx(published["TP_05_rel"])
    assert (row["FS"], row["FM"]) == (45, 29)
    assert (row["n_gt"], row["n_pred"], row["TP"]) == (134, 293, 50)
    for t in AVERAGED:
        name = f"th_{t} fscore".replace(".", "_")
        assert row[f"F1_{t}"] == pytest.approx(published[name], abs=1e-6)
    assert row["dim_tp"] == pytest.approx(1 / 36)
    assert row["dim_C"] == pytest.approx(published["avg_gt_cov_dim"], abs=1e-6)
    assert row["overlapping_found"] == 22
    assert row["overlapping_C"] == pytest.approx(
        published["avg_gt_cov_overlap"], abs=1e-6
    )


def test_the_leaderboard_has_a_row_per_set(real_data):
    rows, complete = official_rows(real_data("fisbe_baseline_predictions"))
    images = [name for name in rows if name not in ("mean", "sum", "avg_inst")]
    board = summarise(
        {n: (tally_of(rows[n], n not in complete), n not in complete) for n in images}
    ).leaderboard("Duan et al.")
    found = {row["test set"]: row for row in board.to_pylist()}
    rounded = {k: round(v, 2) for k, v in found["combined"].items() if k != "method"
               and k != "test set"}  # fmt: skip
    assert rounded == {
        "S": 0.30, "avF1": 0.27, "C": 0.33, "clDiceTP": 0.77, "tp": 0.37, "FS": 45,
        "FM": 29,
    }  # fmt: skip
    rounded = {k: round(found["completely"][k], 2) for k in ("S", "avF1", "C", "tp")}
    assert rounded == {"S": 0.28, "avF1": 0.23, "C": 0.33, "tp": 0.38}


def tube(shape, value, z, y, length=40):
    """A straight tube of 3 x 3 voxels along x."""
    labels = np.zeros(shape, np.uint8)
    labels[z : z + 3, y : y + 3, 4 : 4 + length] = value
    return labels


def test_images_are_pooled_by_neuron_not_averaged():
    shape = (16, 24, 60)
    one = tube(shape, 1, 4, 4, 50)
    three = np.stack([tube(shape, i + 1, 4, 5 * i, 50) for i in range(3)])
    cases = [
        Case("found", one * 1, one),
        Case("lost", np.zeros(shape, np.uint8), three),
    ]
    from striate_filaments.metrics import Preset

    keep = Preset("any", remove_small=0)
    summary = score_many(cases, preset=keep)
    # One neuron of four is covered; of true positives 1, of misses 3: F1 = 2 / 5.
    assert summary.complete["C"] == pytest.approx(1 / 4)
    assert summary.complete["avF1"] == pytest.approx(2 / 5)
    assert summary.complete["S"] == pytest.approx(0.325)
    assert summary.images["found"]["S"] == 1.0
    assert summary.combined == {}
    assert score(one, one, preset=keep)["S"] == 1.0


def test_no_image_is_a_plain_error():
    with pytest.raises(InputError, match="no image"):
        summarise({})
