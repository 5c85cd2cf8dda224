"""Real brains come in whole, and what was published of them comes out."""

from __future__ import annotations

import numpy as np
import pytest

from striate_cortex import read_subject
from striate_cortex.reading import read_volume


def test_the_haxby_slice_decodes_as_published(real_data):
    """Eight categories from 530 voxels, a run left out at a time: chance is 0.125."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    folder = real_data("haxby_pymvpa") / "mvpa2" / "data"
    bold = read_volume(folder / "bold.nii.gz").data
    mask = read_volume(folder / "mask.nii.gz").data[..., 0] > 0
    rows = [r.split() for r in (folder / "attributes_literal.txt").read_text()
            .strip().splitlines()]  # fmt: skip
    labels, runs = np.array([r[0] for r in rows]), np.array([int(r[1]) for r in rows])
    x = bold[mask].T
    assert x.shape == (1452, 530)
    for run in np.unique(runs):
        part = x[runs == run]
        slope = np.polyfit(np.arange(len(part)), part, 1)
        part = part - np.outer(np.arange(len(part)), slope[0]) - slope[1]
        x[runs == run] = part / part.std(axis=0).clip(1e-6)
    blocks, names, groups = [], [], []
    for run in np.unique(runs):
        for name in np.unique(labels[labels != "rest"]):
            here = (runs == run) & (labels == name)
            blocks.append(x[here])
            names.append(labels[here])
            groups.append(runs[here])
    x, labels, runs = (np.concatenate(v) for v in (blocks, names, groups))

    right = []
    for run in np.unique(runs):
        scale = StandardScaler().fit(x[runs != run])
        model = LogisticRegression(C=1e-2, max_iter=200)
        model.fit(scale.transform(x[runs != run]), labels[runs != run])
        right.append(model.score(scale.transform(x[runs == run]), labels[runs == run]))

    assert np.mean(right) == pytest.approx(0.64, abs=0.04)


def test_pycortex_s1_opens_without_a_manifest(real_data):
    subject = read_subject(real_data("pycortex_S1"))

    assert subject.kinds == ("white", "pial", "inflated", "flat")
    assert subject.n_vertices == (152_893, 151_487)
    assert set(subject.manifest.transforms) == {"fullhead", "retinotopy"}
    assert len(subject.units) == 304_380
