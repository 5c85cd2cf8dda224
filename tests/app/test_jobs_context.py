"""What a job may say and ask, run in this process: the context every door gives."""

from __future__ import annotations

import threading
import time

import pytest
from pydantic import BaseModel
from tests.app.job_parts import KINDS

from striate.cluster import connecting
from striate.errors import Cancelled, InputError, OutOfMemoryError, StriateError
from striate.jobs import ConsoleListener, JobContext, run_inline
from striate.jobs import console as console_module
from striate.jobs import parallel as module
from striate.jobs.memory import run_with_retry
from striate.jobs.parallel import iterate_items
from striate.jobs.protocol import Done, Progress, decode, encode

COUNT = next(kind for kind in KINDS if kind.name == "test.count")


class Notes:
    """Writes down what a job says."""

    def __init__(self) -> None:
        self.progress, self.partial, self.log = [], [], []

    def on_progress(self, done, total, text):
        self.progress.append((done, total, text))

    def on_partial(self, value):
        self.partial.append(value)

    def on_log(self, text, level):
        self.log.append((level, text))


def test_the_same_function_runs_here_as_in_the_worker(tmp_path):
    notes = Notes()

    outcome = run_inline(COUNT, {"n": 2}, JobContext(notes, folder=tmp_path))

    assert outcome.total == 3
    assert outcome.path == str(tmp_path / "result.txt")
    assert notes.progress == [(1, 2, "Counting 1"), (2, 2, "Counting 2")]
    assert notes.partial == [{"so_far": 2}]
    assert notes.log == [("info", "counted")]


def test_wrong_params_are_told_by_their_name():
    with pytest.raises(InputError, match=r"^n: Input should be a valid integer"):
        run_inline(COUNT, {"n": "many"}, JobContext())


def test_a_context_without_a_folder_makes_one():
    ctx = JobContext()

    (ctx.folder / "x").write_text("1")

    assert (ctx.folder / "x").read_text() == "1"
    assert JobContext().folder != ctx.folder


def test_saying_progress_stops_a_job_that_was_cancelled():
    ctx = JobContext(is_cancelled=lambda: True)

    with pytest.raises(Cancelled):
        ctx.progress(1, 2)
    with pytest.raises(Cancelled):
        ctx.check_cancelled()


def test_ctrl_c_is_a_cancel():
    kind = next(kind for kind in KINDS if kind.name == "test.interrupted")

    with pytest.raises(Cancelled):
        run_inline(kind, {}, JobContext())


# ---- Memory


class Tiled(BaseModel):
    tile: int = 64

    def smaller(self):
        return self.model_copy(update={"tile": self.tile // 2})


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ],
)
def test_memory_that_runs_out_is_tried_once_more_with_half_the_tile(error):
    seen = []

    def run(params, ctx):
        seen.append(params.tile)
        raise error

    with pytest.raises(OutOfMemoryError, match="Not enough memory on cuda:1"):
        run_with_retry(run, Tiled(), JobContext(device="cuda:1"))
    assert seen == [64, 32]


def test_other_errors_are_not_tried_again():
    seen = []

    def run(params, ctx):
        seen.append(params.tile)
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        run_with_retry(run, Tiled(), JobContext())
    assert seen == [64]


# ---- Items in parallel


def test_items_run_at_the_same_time_and_come_back_in_order():
    meeting = threading.Barrier(2, timeout=10)

    def meet(item):
        meeting.wait()
        return item * 10

    assert JobContext(workers=2).map(meet, range(4)) == [0, 10, 20, 30]


def test_a_cancel_between_items_drops_those_not_started():
    started = []
    ctx = JobContext(workers=1, is_cancelled=lambda: len(started) >= 3)

    def work(item):
        started.append(item)

    with pytest.raises(Cancelled):
        ctx.map(work, range(1000))
    assert len(started) < 10


def test_few_items_are_in_flight_however_slowly_results_are_taken():
    started = []
    ctx = JobContext(workers=2)
    items = iterate_items(ctx, started.append, range(100))

    next(items)
    time.sleep(0.05)

    assert len(started) <= 2 * module.AHEAD + 1
    items.close()


def test_an_error_in_an_item_is_the_jobs_error():
    def work(item):
        raise InputError("block 3 is damaged: copy it again.")

    with pytest.raises(InputError, match="block 3 is damaged"):
        JobContext().map(work, range(4))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.5)
    ctx = JobContext(scheduler="tcp://127.0.0.1:9")

    with pytest.raises(StriateError, match=r"No Dask scheduler answers at tcp://127"):
        ctx.map(str, range(2))


# ---- Words


def test_a_message_survives_the_pipe():
    message = Progress(job="a", done=1, total=3, text="línea\nzwei")

    line = encode(message)

    assert line.count(b"\n") == 1
    assert decode(line) == message


def test_a_file_name_that_is_no_unicode_does_not_break_the_pipe():
    line = encode(Done(job="a", outcome={"path": "scan\udcff.tif"}))

    assert decode(line).outcome == {"path": "scan?.tif"}


@pytest.mark.parametrize("line", [b"", b"\xff\xfe", b"{}", b'{"type": "nonsense"}'])
def test_noise_on_the_pipe_is_dropped(line):
    assert decode(line) is None


def test_without_a_terminal_each_new_step_is_a_line(capsys):
    with ConsoleListener() as console:
        ctx = JobContext(console)
        ctx.progress(0, 2, "Reading [red]scan.tif")
        ctx.progress(1, 2, "Reading [red]scan.tif")
        ctx.progress(0, 9, "Writing neuron 1")
        ctx.progress(1, 9, "Writing neuron 2")
        ctx.log("fine")
        ctx.log("3 blocks are empty", "warning")

    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Reading [red]scan.tif",
        "Writing neuron 1",
        "3 blocks are empty",
    ]


def test_a_step_that_goes_on_says_how_far_it_is(capsys, monkeypatch):
    monkeypatch.setattr(console_module, "AGAIN_SECONDS", -1)
    with ConsoleListener() as console:
        console.on_progress(1, 9, "Block 1")
        console.on_progress(2, 9, "Block 2")

    assert capsys.readouterr().err.splitlines() == ["Block 1", "Block 2: 2 of 9"]


def test_quiet_says_errors_only_and_verbose_everything(capsys):
    for verbosity, said in ((-1, ["bad"]), (1, ["fine", "so so", "bad"])):
        with ConsoleListener(verbosity) as console:
            console.on_log("fine", "info")
            console.on_log("so so", "warning")
            console.on_log("bad", "error")
        assert capsys.readouterr().err.splitlines() == said
