"""The demo fits, maps and queries, and tells numbers a person can check."""

from __future__ import annotations

import numpy as np

from striate.jobs.context import JobContext
from striate_cortex.demo import demo


def test_the_demo_finds_each_region_by_its_phrase(tmp_path):
    summary = demo(tmp_path, JobContext())

    simulated, real = (
        summary["samples"][n] for n in ("simulated-cortex", "bold5000-csi3")
    )
    assert simulated["simulated"] is True
    assert real["simulated"] is False
    r2 = simulated["regions"]["r2"]
    assert r2["simulated FFA"] > 0.15 > abs(r2["All units"])
    assert 0.4 < simulated["regions"]["r2/ceiling"]["simulated PPA"] < 1.1
    if isinstance(simulated["phrases"], dict):
        face = simulated["phrases"]["a face"]
        assert face["simulated FFA"] > 0.95 > 0.7 > face["simulated PPA"]
    for sample in summary["samples"].values():
        for name, path in sample["files"].items():
            if path.endswith(".png"):
                picture = _pixels(path)
                assert picture.std() > 10, name


def _pixels(path):
    from PIL import Image

    return np.asarray(Image.open(path).convert("L"), float)
