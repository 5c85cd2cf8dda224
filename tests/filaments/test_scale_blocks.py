"""Blocks: they do not show in the result, and those that are done stay done."""

from __future__ import annotations

import dataclasses

import dask.array as da
import numpy as np
import psutil
import pytest
from tests.app.job_parts import Ear
from tests.filaments.drawn import picture, tube

from striate.data import Volume, write_ome_zarr
from striate.errors import Cancelled
from striate.jobs import JobRequest, Supervisor
from striate.jobs.context import JobContext
from striate.jobs.unfinished import going_on
from striate_filaments import read_neurons
from striate_filaments.jobs import SegmentJob
from striate_filaments.segmentation import SegmentParams, segment
from striate_filaments.segmentation.blocks import collect, make_detector
from striate_filaments.segmentation.foreground import Optics, Voxels
from striate_filaments.segmentation.kept import KeptBlocks, Searched, identity
from striate_filaments.workspace import workspace

SHAPE = (40, 90, 100)
WAYS = (
    (((20, 10, 5), (24, 80, 95)), (300, 20, 10)),
    (((5, 85, 10), (35, 8, 90)), (10, 300, 20)),
    (((2, 45, 2), (38, 45, 98)), (60, 10, 70)),
)


class Listener:
    """Keeps what it hears."""

    def __init__(self):
        self.lines, self.done = [], []

    def on_progress(self, done, total, text):
        if text == "Finding neurites":
            self.done.append(done)

    def on_partial(self, value):
        """Nothing partial comes from here."""

    def on_log(self, text, level):
        self.lines.append(text)


@dataclasses.dataclass(frozen=True)
class Bright:
    """The simplest finder: every voxel above a value."""

    above: float
    device: str = dataclasses.field(default="cpu", compare=False)
    halo = (0, 0, 0)
    grid = 8

    def background(self, channel, start, stop):
        return np.zeros(np.subtract(stop, start), np.float32)

    def is_empty(self, raw):
        return raw.max() <= self.above

    def find(self, raw, start, core, shape):
        assert raw.max() > self.above, "an empty block must not come here"
        found = np.argwhere(raw[0] > self.above)
        index = np.ravel_multi_index(tuple((found + start).T), shape)
        signal = raw[:, *found.T].T
        return Voxels(index, signal, signal[:, 0], extra=2 * signal)

    def facts(self):
        return {"device": self.device}


@pytest.fixture(scope="module")
def raw():
    lights = [(tube(SHAPE, *way), colour) for way, colour in WAYS]
    slope = np.linspace(0, 30, SHAPE[2], dtype=np.float32)
    made = picture(*lights, seed=1) + slope
    made[1, 3, 4:9] = np.nan
    return made


@pytest.fixture(scope="module")
def whole(raw):
    """The neurons, found in one block."""
    return segment(Volume.from_array(raw, "CZYX"), SegmentParams(block=1024))


def assert_same(a, b):
    assert a.ids == b.ids
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one.coordinates(), other.coordinates())
        assert one.colour == pytest.approx(other.colour, abs=1e-6)


def listening(tmp_path=None, **options):
    return JobContext(Listener(), keep=tmp_path, **options)


# ---- The way a volume is cut up does not show


@pytest.mark.parametrize(
    ("voxel_size", "thickness"),
    [((1.0, 1.0, 1.0), 2.0), ((4.0, 0.5, 0.5), 1.0), ((0.7, 0.4, 0.4), 1.5)],
    ids=["isotropic", "coarse planes", "thick neurites"],
)
def test_every_block_size_finds_the_same_voxels_to_the_bit(raw, voxel_size, thickness):
    array, ctx = da.from_array(raw), JobContext()
    optics = Optics.of(SHAPE, voxel_size, thickness)
    detector = make_detector(array, optics, 5.0, ctx)

    whole = collect(array, detector, 1024, ctx)

    assert len(whole) > 1000
    for edge in (32, 47):
        cut = collect(array, detector, edge, ctx)
        np.testing.assert_array_equal(cut.index, whole.index)
        np.testing.assert_array_equal(cut.signal, whole.signal)
        np.testing.assert_array_equal(cut.score, whole.score)


@pytest.mark.parametrize("edge", [32, 47])
def test_every_block_size_gives_the_same_neurons_to_the_voxel(raw, whole, edge):
    cut = segment(Volume.from_array(raw, "CZYX"), SegmentParams(block=edge))

    assert len(whole) >= 3
    assert_same(cut, whole)


def test_a_finder_of_ones_own_never_sees_an_empty_block():
    array = np.zeros((2, 64, 64, 64), np.uint16)
    array[:, 40:44, 5, 6:9] = 7
    ctx = JobContext()

    found = collect(da.from_array(array), Bright(3.0), 32, ctx)

    z, y, x = np.unravel_index(found.index, (64, 64, 64))
    assert (len(found), set(z), set(y), set(x)) == (
        12,
        {*range(40, 44)},
        {5},
        {6, 7, 8},
    )
    np.testing.assert_array_equal(found.extra, np.full((12, 2), 14))
    assert ctx.notes == {"finder": {"device": "cpu"}}


# ---- What is done stays done


def run(array, finder, ctx, edge=32, **facts):
    with going_on(ctx, "test", facts, []):
        return collect(array, finder, edge, ctx)


def cut_off(array, finder, keep, after=3, edge=32):
    """Cancel a run when `after` blocks are done, or a few more; says how many."""
    ears = Listener()
    over = lambda: bool(ears.done) and ears.done[-1] >= after  # noqa: E731
    ctx = JobContext(ears, keep=keep, is_cancelled=over, workers=1)
    with pytest.raises(Cancelled):
        run(array, finder, ctx, edge)
    (log,) = keep.glob("*/blocks-*.bin")
    ctx.unfinished = log.parent
    with KeptBlocks(ctx, log.stem.removeprefix("blocks-")) as kept:
        assert after <= len(kept) < 12
        return len(kept)


@pytest.fixture
def spots():
    array = np.zeros((1, 64, 64, 96), np.uint16)
    rng = np.random.default_rng(0)
    array[0, *rng.integers(0, 64, (3, 500))] = rng.integers(1, 99, 500)
    return da.from_array(array)


def test_a_run_that_was_cut_off_goes_on_at_the_blocks_that_are_left(spots, tmp_path):
    done = cut_off(spots, Bright(3.0), tmp_path)
    ctx = listening(tmp_path)

    found = run(spots, Bright(3.0), ctx)

    told = f"{done} of 12 blocks are done"
    assert any(told in line for line in ctx.listener.lines)
    assert ctx.listener.done[0] == done
    fresh = run(spots, Bright(3.0), JobContext())
    np.testing.assert_array_equal(found.index, fresh.index)
    np.testing.assert_array_equal(found.signal, fresh.signal)
    np.testing.assert_array_equal(found.extra, fresh.extra)


def test_another_device_may_go_on(spots, tmp_path):
    done = cut_off(spots, Bright(3.0), tmp_path)
    ctx = listening(tmp_path)

    run(spots, Bright(3.0, device="cuda"), ctx)

    assert ctx.listener.done[0] == done
    assert ctx.notes["finder"] == [{"device": "cpu"}, {"device": "cuda"}]


@pytest.mark.parametrize(
    ("finder", "edge", "facts"),
    [(Bright(4.0), 32, {}), (Bright(3.0), 48, {}), (Bright(3.0), 32, {"model": "b"})],
    ids=["finder", "block", "params"],
)
def test_other_work_begins_anew(spots, tmp_path, finder, edge, facts):
    cut_off(spots, Bright(3.0), tmp_path)
    ctx = listening(tmp_path)

    run(spots, finder, ctx, edge, **facts)

    assert ctx.listener.done[0] == 0


def test_a_record_that_was_torn_off_is_searched_again(spots, tmp_path):
    done = cut_off(spots, Bright(3.0), tmp_path)
    (log,) = tmp_path.glob("*/blocks-*.bin")
    log.write_bytes(log.read_bytes()[:-5])
    ctx = listening(tmp_path)

    run(spots, Bright(3.0), ctx)

    assert ctx.listener.done[0] == done - 1


def test_nothing_is_left_when_all_went_well(spots, tmp_path):
    run(spots, Bright(3.0), listening(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_is_no_reason_to_stop(spots, tmp_path, monkeypatch):
    ctx = listening()
    # On this device every write finds no space.
    monkeypatch.setattr(ctx, "unfinished", tmp_path)
    key = identity(Bright(3.0), (1, 64, 64, 96), "uint16", 32)
    (tmp_path / f"blocks-{key}.bin").symlink_to("/dev/full")

    found = collect(spots, Bright(3.0), 32, ctx)

    assert len(found) == len(run(spots, Bright(3.0), JobContext()))
    assert any("cannot be kept" in line for line in ctx.listener.lines)


def test_kept_blocks_come_back_as_they_were(tmp_path):
    ctx = JobContext()
    ctx.unfinished = tmp_path
    some = Voxels(np.array([5, 9]), np.float32([[1, 2], [3, 4]]), np.float32([6, 7]))
    empty = Voxels.joined([], 2)

    with KeptBlocks(ctx, "k") as kept:
        kept.add(0, Searched(empty, 0, {}))
        kept.add(7, Searched(some, 3, {"tile": 64}))
    with KeptBlocks(ctx, "k") as again:
        assert (len(again), 0 in again, 7 in again, 1 in again) == (
            2,
            True,
            True,
            False,
        )
        assert again[0].voxels.signal.shape == (0, 2)
        assert (again[7].unreal, again[7].facts) == (3, {"tile": 64})
        np.testing.assert_array_equal(again[7].voxels.signal, some.signal)
        assert again[7].voxels.extra is None


# ---- A worker that is killed


def test_after_kill_9_run_again_goes_on_and_finds_the_same(raw, whole, tmp_path):
    path = tmp_path / "raw.ome.zarr"
    write_ome_zarr(path, Volume.from_array(raw, "CZYX"))
    asked = SegmentJob(volume=path, segment=SegmentParams(block=32))
    request = JobRequest(kind="filaments.segment", params=asked.model_dump(mode="json"))
    supervisor = Supervisor(tmp_path / "jobs", kinds=workspace().job_kinds)
    ear = Ear(supervisor)
    try:
        first = supervisor.submit(request)
        kill_worker_after(supervisor, tmp_path / "jobs" / "unfinished", 5_000)
        assert ear.wait(first, seconds=120)[0] == "failed"

        second = supervisor.run_again(first)
        end = ear.wait(second, seconds=120)
        assert end[0] == "finished", end
        assert "Going on where an earlier run stopped" in supervisor.log_text(second)
    finally:
        supervisor.close()
    found = read_neurons(end[2]["neurons"])
    assert_same(found, whole)
    assert not list((tmp_path / "jobs" / "unfinished").glob("*"))


def kill_worker_after(supervisor, folder, size):
    """SIGKILL the worker as soon as the kept blocks are of this size."""
    children = psutil.Process().children
    while True:
        kept = list(folder.glob("*/blocks-*.bin"))
        if kept and kept[0].stat().st_size > size:
            break
        assert not any(r.state in ("done", "failed") for r in supervisor.jobs())
    for child in children():
        if "striate.jobs.worker" in " ".join(child.cmdline()):
            child.kill()
