"""The score equals the official evaluator's, number for number."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from striate_filaments.metrics import FLYLIGHT, score

CASES = [
    "r14a02_identity",
    "r14a02_splits",
    "r14a02_merge",
    "r14a02_overlap_gt",
    "r14a02_overlap_both",
    "r14a02_partly",
    "r14a02_complete_only1",
    "fisbe_crop_argmax_cc",
    "fisbe_crop_identity",
]


@pytest.fixture(scope="module", params=CASES)
def case(request, real_data):
    """Ours and the official result of one case."""
    folder = real_data("fisbe_golden_metrics")
    official = json.loads((folder / "expected.json").read_text())[request.param]
    asked = official["args"]
    with np.load(folder / f"{request.param}.npz") as arrays:
        ours = score(
            arrays["pred"],
            arrays["gt"],
            partly=asked["partly"],
            preset=replace(
                FLYLIGHT, remove_small=asked["remove_small_components"] or 0
            ),
        )
    return ours, official["metrics"]


def test_the_headline_equals_the_official_one(case):
    ours, official = case
    general = official["general"]
    expected = {
        "S": general["avg_f1_cov_score"],
        "avF1": official["confusion_matrix"]["avFscore19"],
        "C": general["avg_gt_skel_coverage"],
        "clDiceTP": general["avg_TP_05_cldice"],
        "tp": general["TP_05_rel"],
        "FS": general["FS"],
        "FM": general["FM"],
    }
    assert dict(ours) == pytest.approx(expected, abs=1e-6)
    assert (ours["FS"], ours["FM"]) == (general["FS"], general["FM"])


def test_every_neuron_equals_the_official_one(case):
    ours, official = case
    general = official["general"]
    assert ours.coverage == pytest.approx(general["gt_skel_coverage"], abs=1e-6)
    assert ours.cldice == pytest.approx(general["TP_05_cldice"], abs=1e-6)
    found = (len(ours.agreement.gt), len(ours.agreement.pred))
    assert found == (general["Num GT"], general["Num Pred"])


def test_every_threshold_equals_the_official_one(case):
    ours, official = case
    for at in ours.thresholds:
        name = f"th_{at.threshold}".replace(".", "_")
        expected = official["confusion_matrix"][name]
        counts = (at.TP, at.FP, at.FN, at.splits, at.merges)
        names = ("AP_TP", "AP_FP", "AP_FN", "false_split", "false_merge")
        assert counts == tuple(expected[n] for n in names), at.threshold
        shares = [at.precision, at.recall, at.ap, at.f1]
        names = ("precision", "recall", "AP", "fscore")
        assert shares == pytest.approx([expected[n] for n in names], abs=1e-6)


def test_all_of_it_is_json(case):
    ours, _ = case
    read = json.loads(json.dumps(ours.to_dict()))
    assert read["S"] == ours["S"]
    assert len(read["thresholds"]) == 14
