"""Segmenting on a cluster of real processes: the same neurons as here."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from tests.app.cluster_parts import await_workers, dask_scheduler, dask_worker
from tests.filaments.drawn import picture, tube

from striate.cli import main
from striate_filaments import read_neurons

pytest.importorskip("distributed")

SHAPE = (40, 96, 128)
OPTIONS = ("--axes", "CZYX", "--block", "32", "--json")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A TIFF with two neurons."""
    lights = (
        (tube(SHAPE, (8, 10, 5), (32, 80, 120)), (300, 20, 10)),
        (tube(SHAPE, (30, 90, 10), (6, 8, 100)), (10, 300, 20)),
    )
    path = tmp_path_factory.mktemp("stack") / "raw.tif"
    tifffile.imwrite(path, picture(*lights).astype(np.uint16))
    return path


def segment(path, out, *options):
    """Neurons that the command finds."""
    given = ["filaments", "segment", str(path), "--out", str(out), *OPTIONS, *options]
    assert main(given) == 0
    return read_neurons(out)


def assert_same(a, b):
    assert a.ids == b.ids
    assert len(a) >= 2
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one.coordinates(), other.coordinates())


@pytest.mark.parametrize("method", ["colour", "learned"])
def test_a_cluster_finds_the_same_also_when_a_worker_is_killed(
    stack, tmp_path, monkeypatch, method
):
    choice = ("--method", method)
    here = segment(stack, tmp_path / "here.neurons.zarr", *choice)
    with (
        dask_scheduler(tmp_path) as address,
        dask_worker(address),
        dask_worker(address) as lost,
    ):
        await_workers(address, 2)
        kill_when_blocks_are_done(monkeypatch, lost, 3)

        there = segment(
            stack, tmp_path / "there.neurons.zarr", *choice, "--scheduler", address
        )

        assert lost.wait(30) != 0
    assert_same(there, here)


def kill_when_blocks_are_done(monkeypatch, process, count):
    """SIGKILL a worker as soon as so many blocks have come back."""
    from striate_filaments.segmentation.kept import KeptBlocks

    add = KeptBlocks.add

    def and_kill(self, number, found):
        add(self, number, found)
        if len(self) == count:
            process.kill()

    monkeypatch.setattr(KeptBlocks, "add", and_kill)
