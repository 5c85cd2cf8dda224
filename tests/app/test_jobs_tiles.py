"""How large a tile is, and what becomes of it when memory runs out."""

from __future__ import annotations

import psutil
import pytest

from striate.errors import OutOfMemoryError
from striate.jobs.tiles import Tiles, free_bytes

GIB = 1 << 30


def fitting(available, **changes):
    options = {"most": 192, "step": 16, "available": available} | changes
    return Tiles.fitting("cpu", 1000.0, **options)


def test_the_tile_is_the_largest_that_fits_in_six_tenths_of_what_is_free():
    # 0.6 GiB for 1000 bytes per voxel: 644 thousand voxels, 86 a side.
    assert (fitting(GIB).edge, fitting(GIB).batch) == (80, 1)


def test_what_is_left_over_goes_to_more_tiles_at_once():
    # 12 GiB hold one of 192 voxels (7 GB) and not two; 60 GiB hold five.
    assert (fitting(12 * GIB).edge, fitting(12 * GIB).batch) == (192, 1)
    assert (fitting(60 * GIB).edge, fitting(60 * GIB).batch) == (192, 5)


def test_those_who_run_at_once_share_the_memory():
    assert fitting(2 * GIB, sharers=2).edge == fitting(GIB).edge


def test_a_tile_is_never_smaller_than_the_least():
    assert fitting(1000, least=48).edge == 48


def test_free_memory_of_the_cpu_is_the_ram_that_is_available():
    assert 0 < free_bytes("cpu") <= psutil.virtual_memory().total


def test_out_of_memory_halves_the_batch_and_then_the_tile():
    tiles, tried = Tiles("cpu", 96, 2, least=16, step=16), []

    def predict(edge, batch):
        tried.append((edge, batch))
        if edge > 48:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return edge

    assert tiles.run(predict) == 48
    assert tried == [(96, 2), (96, 1), (48, 1)]
    assert tiles.run(predict) == 48
    assert len(tried) == 4
    facts = {"device": "cpu", "tile": 48, "batch": 1, "tile_halved": 2}
    assert tiles.facts() == facts


def test_of_a_few_tiles_half_are_tried_next_whatever_the_batch_was():
    tiles, tried = Tiles("cpu", 48, 8, least=48), []

    def predict(edge, batch):
        tried.append(batch)
        if batch > 2:
            raise MemoryError

    tiles.run(predict, count=5)
    assert tried == [5, 2]


def test_memory_that_never_suffices_is_said_in_one_sentence():
    def predict(edge, batch):
        raise MemoryError

    with pytest.raises(OutOfMemoryError, match="on cuda:1 for a tile of 32 voxels"):
        Tiles("cuda:1", 64, least=32).run(predict)


def test_other_errors_are_not_tried_again():
    tried = []

    def predict(edge, batch):
        tried.append(edge)
        raise ValueError("wrong shape")

    with pytest.raises(ValueError, match="wrong shape"):
        Tiles("cpu", 64).run(predict)
    assert tried == [64]
