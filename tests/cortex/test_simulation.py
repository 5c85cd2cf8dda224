"""The simulated subject: the truth that was put in comes out, and it says simulated."""

from __future__ import annotations

import json

import numpy as np
import pytest

from striate import resources
from striate_cortex import read_subject
from striate_cortex.subjects.simulation import REGIONS, simulate_subject
from striate_cortex.tensors import read_arrays


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    simulate_subject(folder, images=400, sessions=4, seed=2)
    return read_subject(folder)


@pytest.fixture(scope="module")
def phrases():
    path = resources.path("samples/simulated_cortex/phrases.safetensors")
    arrays, facts = read_arrays(path, "striate-phrases-1")
    vectors = arrays["vectors"].astype(np.float32)
    return dict(zip(facts["phrases"], vectors, strict=True))


def auc(values, inside):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(inside, values)


@pytest.mark.parametrize(
    ("phrase", "own", "others"),
    [
        ("a face", "FFA", ("PPA", "VWFA")),
        ("a house", "PPA", ("FFA", "EBA")),
        ("an arm", "EBA", ("VWFA", "PPA")),
        ("a written word", "VWFA", ("FFA", "EBA")),
        ("a cake", "food area", ("FFA", "PPA")),
    ],
)
def test_a_phrase_lights_its_region_and_not_the_others(
    subject, phrases, phrase, own, others
):
    rois = subject.units.rois

    lit = subject.model("fitted").query(phrases[phrase])

    assert auc(lit, rois[f"simulated {own}"]) > 0.95
    for other in others:
        assert auc(lit, rois[f"simulated {other}"]) < 0.7


def test_the_fit_recovers_truth_and_ceiling(subject):
    fitted, truth = subject.model("fitted"), subject.model("truth")
    inside = np.any(list(subject.units.rois.values()), axis=0)

    w, t = fitted.weights[inside], truth.weights[inside]
    cosine = (w * t).sum(1) / np.linalg.norm(w, axis=1) / np.linalg.norm(t, axis=1)
    assert np.median(cosine) > 0.5
    r2, ceiling = fitted.scores["r2"], subject.ceiling / 100
    assert 0.3 < np.median(r2[inside] / ceiling[inside]) <= 1.05
    assert abs(np.median(r2[~inside])) < 0.05
    # The truth itself explains what can be explained.
    n = len(subject.features("starter"))
    best = truth.r2(subject.features("starter"), subject.responses)
    assert n == 400
    np.testing.assert_allclose(np.median(best[inside]), np.median(ceiling[inside]),
                               atol=0.03)  # fmt: skip


def test_regions_lie_where_they_were_published(subject):
    units = subject.units
    right_ffa = units.rois["simulated FFA"] & ~units.on_left

    centre = units.mni[right_ffa].mean(axis=0)

    # Kanwisher et al. 1997: Talairach 40, -55, -10; about 44, -57, -17 in MNI.
    assert np.linalg.norm(centre - [44, -57, -17]) < 12
    assert not (units.rois["simulated VWFA"] & ~units.on_left).any()


def test_it_is_called_simulated_wherever_it_appears(subject):
    written = json.loads((subject.folder / "subject.json").read_text())

    assert "imulated" in subject.title
    assert written["simulated"] is True
    assert subject.model("fitted").simulated
    assert subject.model("truth").simulated
    assert all("simulated" in name for name in subject.units.rois)
    assert [t["source"] for t in written["facts"]["truth"]] == [
        r.source for r in REGIONS
    ]


def test_nothing_of_the_surface_is_copied(subject):
    kinds = {p.name for p in subject.folder.iterdir()}

    assert not any(name.endswith(".gii") for name in kinds)
    assert subject.n_vertices == (10_242, 10_242)
