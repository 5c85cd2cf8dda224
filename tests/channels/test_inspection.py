"""Leaving channels out, and attention over a region."""

from __future__ import annotations

import numpy as np
import pytest

from striate.errors import InputError
from striate.jobs import JobContext
from striate_channels.embedders import open_embedder
from striate_channels.inspection.inspect import ablation, inspect_region
from striate_channels.inspection.params import InspectParams


def test_ablation_is_the_cosine_distance_without_the_channel(tiny):
    embedder = open_embedder(str(tiny))
    picture = np.random.default_rng(0).normal(size=(3, 32, 32)).astype(np.float32)
    vector, moved = ablation(embedder, picture)
    np.testing.assert_allclose(vector, embedder.embed([picture])[0], atol=1e-6)
    without = embedder.embed([picture[[0, 2]]])[0]
    cosine = vector @ without / np.linalg.norm(vector) / np.linalg.norm(without)
    assert moved[1] == pytest.approx(1 - cosine, abs=1e-5)


def test_the_only_channel_cannot_be_left_out(tiny):
    picture = np.zeros((1, 32, 32), np.float32)
    assert np.isnan(ablation(open_embedder(str(tiny)), picture)[1]).all()


def test_a_region_gives_attention_and_ablation(tiny, stack, tmp_path):
    params = InspectParams(
        image=stack[0], model=str(tiny), start=(0, 0, 0), stop=(1, 48, 64)
    )
    found = inspect_region(params, tmp_path / "i.npz", JobContext())
    with np.load(found.arrays) as arrays:
        assert arrays["space"].shape == (2, 4, 4)
        assert arrays["between"].shape == (2, 2)
    assert len(found.moved) == len(found.channels) == 2
    assert found.attention


def test_a_region_outside_is_refused(tiny, stack, tmp_path):
    params = InspectParams(
        image=stack[0], model=str(tiny), start=(0, 0, 0), stop=(9, 48, 64)
    )
    with pytest.raises(InputError, match=r"is not in cells\.tif"):
        inspect_region(params, tmp_path / "i.npz", JobContext())
