"""Segmenting on a cluster of real processes: the same neurons as here."""

from __future__ import annotations

import json

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
    """A TIFF with two neurons, and what is found in it on this machine."""
    folder = tmp_path_factory.mktemp("stack")
    lights = (
        (tube(SHAPE, (8, 10, 5), (32, 80, 120)), (300, 20, 10)),
        (tube(SHAPE, (30, 90, 10), (6, 8, 100)), (10, 300, 20)),
    )
    path = folder / "raw.tif"
    tifffile.imwrite(path, picture(*lights).astype(np.uint16))
    assert segment(path, folder / "here.neurons.zarr") == 0
    return path, read_neurons(folder / "here.neurons.zarr")


def segment(path, out, *options):
    return main(
        ["filaments", "segment", str(path), "--out", str(out), *OPTIONS, *options]
    )


def assert_same(a, b):
    assert a.ids == b.ids
    assert len(a) >= 2
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one.coordinates(), other.coordinates())


def test_a_cluster_finds_the_same_also_when_a_worker_is_killed(
    stack, tmp_path, capsys, monkeypatch
):
    path, here = stack
    out = tmp_path / "there.neurons.zarr"
    with (
        dask_scheduler(tmp_path) as address,
        dask_worker(address),
        dask_worker(address) as lost,
    ):
        await_workers(address, 2)
        kill_when_blocks_are_done(monkeypatch, lost, 4)

        assert segment(path, out, "--scheduler", address) == 0
        assert lost.wait(30) != 0

    assert json.loads(capsys.readouterr().out.splitlines()[-1])["count"] == len(here)
    assert_same(read_neurons(out), here)


def kill_when_blocks_are_done(monkeypatch, process, count):
    """SIGKILL a worker as soon as so many blocks have come back."""
    from striate_filaments.segmentation.kept import KeptBlocks

    add = KeptBlocks.add

    def and_kill(self, number, found):
        add(self, number, found)
        if len(self) == count:
            process.kill()

    monkeypatch.setattr(KeptBlocks, "add", and_kill)
