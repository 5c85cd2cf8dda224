"""The learned finder on blocks: neither their size nor the threads show."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from tests.filaments.drawn import picture, tube

from striate.jobs.context import JobContext
from striate_filaments.learned.opening import make_finder
from striate_filaments.segmentation.blocks import collect, make_detector
from striate_filaments.segmentation.foreground import Optics

SHAPE = (40, 70, 100)


@pytest.fixture(scope="module")
def searched():
    """An array with two neurons, a finder for it, and what it finds in one block."""
    lights = (
        (tube(SHAPE, (8, 10, 5), (32, 60, 95)), (300, 20, 10)),
        (tube(SHAPE, (30, 65, 10), (6, 8, 90)), (10, 200, 60)),
    )
    array, ctx = da.from_array(picture(*lights)), JobContext()
    optics = Optics.of(SHAPE, (1.0, 1.0, 1.0), 2.0)
    finder = make_finder(make_detector(array, optics, 5.0, ctx), SHAPE, "", ctx)
    return array, finder, collect(array, finder, 1024, ctx)


@pytest.mark.parametrize(("edge", "workers"), [(32, 2), (64, 1)])
def test_every_block_size_finds_the_same_to_the_bit(searched, edge, workers):
    array, finder, whole = searched

    cut = collect(array, finder, edge, JobContext(workers=workers))

    assert len(whole) > 500
    np.testing.assert_array_equal(cut.index, whole.index)
    np.testing.assert_array_equal(cut.score, whole.score)
    np.testing.assert_array_equal(cut.extra, whole.extra)


def test_what_ran_is_told_for_the_provenance(searched):
    array, finder, _ = searched
    ctx = JobContext()

    collect(array, finder, 64, ctx)

    facts = ctx.notes["finder"]
    assert (facts["device"], facts["tile"], facts["batch"]) == ("cpu", 48, 1)
    assert facts["model_sha256"] == finder.sha256
