"""Jobs through the real worker process: ends, crashes, memory, cancels, restarts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.app.job_parts import KINDS, Ear, ask, is_gone

from striate.jobs import Supervisor


def test_a_job_reports_progress_partial_results_and_its_outcome(supervisor, ear):
    job = supervisor.submit(ask("count", n=4))

    end = ear.wait(job)

    assert end[0] == "finished"
    assert end[2]["total"] == 10
    assert Path(end[2]["path"]).read_text() == "4"
    last = [h for h in ear.heard if h[0] == "progress"][-1]
    assert last[2:] == (4, 4, "Counting 4")
    assert ("partial", job, {"so_far": 4}) in ear.heard
    record = supervisor.record(job)
    assert (record.state, record.done, record.total) == ("done", 4, 4)
    assert "counted" in supervisor.log_text(job)


def test_what_a_job_prints_goes_to_its_log_and_harms_nothing(supervisor, ear):
    job = supervisor.submit(ask("noisy"))

    assert ear.wait(job)[0] == "finished"
    assert "child speaks" in supervisor.log_text(job)


def test_a_users_mistake_is_one_sentence_without_a_traceback(supervisor, ear):
    job = supervisor.submit(ask("refuses"))

    assert ear.wait(job)[2] == "scan.tif is truncated: copy it again."
    assert "Traceback" not in supervisor.log_text(job)


def test_wrong_params_are_told_by_their_name(supervisor, ear):
    job = supervisor.submit(ask("count", n="many"))

    assert ear.wait(job)[2].startswith("n: Input should be a valid integer")


def test_a_bug_keeps_its_traceback_in_the_log(supervisor, ear):
    job = supervisor.submit(ask("bug"))

    assert "KeyError" in ear.wait(job)[2]
    assert "Traceback" in supervisor.log_text(job)


@pytest.mark.parametrize(
    ("name", "words"), [("dies", "lack of memory"), ("segfaults", "SIGSEGV")]
)
def test_a_dead_worker_fails_its_job_and_the_next_gets_a_new_one(
    supervisor, ear, name, words
):
    first = supervisor.submit(ask("where"))
    old = ear.wait(first)[2]["total"]

    job = supervisor.submit(ask(name))

    end = ear.wait(job)
    assert end[0] == "failed"
    assert words in end[2]
    new = ear.wait(supervisor.submit(ask("where")))[2]["total"]
    assert new != old


def test_kill_9_from_outside_fails_only_the_running_job(supervisor, ear):
    job = supervisor.submit(ask("count", n=600, seconds=0.1))
    ear.wait(job, ("progress",))
    (lane,) = supervisor._lanes.values()

    os.kill(lane.process.pid, signal.SIGKILL)

    assert "killed by the system" in ear.wait(job)[2]
    assert ear.wait(supervisor.submit(ask("count")))[0] == "finished"


def test_one_worker_serves_job_after_job(supervisor, ear):
    jobs = [supervisor.submit(ask("where")) for _ in range(3)]

    pids = {ear.wait(job)[2]["total"] for job in jobs}

    assert len(pids) == 1


def test_a_job_with_a_lane_of_its_own_does_not_wait_for_a_long_one(supervisor, ear):
    long = supervisor.submit(ask("count", n=600, seconds=0.05))
    ear.wait(long, ("progress",))

    preview = supervisor.submit(ask("count", lane="preview"))

    assert ear.wait(preview)[0] == "finished"
    assert supervisor.record(long).state == "running"


def test_out_of_memory_halves_the_tile_once(supervisor, ear):
    job = supervisor.submit(ask("fits_when_halved", tile=64))

    assert ear.wait(job)[2]["tile"] == 32
    assert "half the tile" in supervisor.log_text(job)


def test_out_of_memory_for_good_is_a_plain_sentence(supervisor, ear):
    job = supervisor.submit(ask("never_fits"))

    assert ear.wait(job)[2].startswith("Not enough memory on cpu")


def test_cancel_stops_a_willing_job_at_its_next_check(supervisor, ear):
    job = supervisor.submit(ask("count", n=600, seconds=0.05))
    ear.wait(job, ("progress",))

    supervisor.cancel(job)

    assert ear.wait(job)[0] == "cancelled"
    assert supervisor.record(job).state == "cancelled"


def test_the_cancel_ladder_ends_a_job_that_ignores_everything(supervisor, ear):
    job = supervisor.submit(ask("hangs"))
    ear.wait(job, ("progress",))
    note = supervisor.folder(job) / "child.pid"
    while not note.exists() or not note.read_text():
        time.sleep(0.02)

    supervisor.cancel(job)
    supervisor.cancel(job)

    assert ear.wait(job)[0] == "cancelled"
    assert is_gone(int(note.read_text()))


def test_a_queued_job_is_cancelled_at_once(supervisor, ear):
    busy = supervisor.submit(ask("count", n=600, seconds=0.05))
    waiting = supervisor.submit(ask("count"))
    ear.wait(busy, ("started",))

    supervisor.cancel(waiting)

    assert ear.wait(waiting)[0] == "cancelled"
    supervisor.cancel(busy)
    ear.wait(busy)


def test_another_program_can_ask_for_a_cancel(supervisor, ear, tmp_path):
    from striate.jobs.queue import ask_to_cancel, read_queue

    job = supervisor.submit(ask("count", n=600, seconds=0.05))
    ear.wait(job, ("progress",))

    ask_to_cancel(read_queue(tmp_path / "jobs"), job)

    assert ear.wait(job)[0] == "cancelled"


def test_items_of_a_job_run_in_parallel_and_come_back_in_order(supervisor, ear):
    job = supervisor.submit(ask("square_all", n=20))

    assert ear.wait(job)[2]["total"] == sum(i * i for i in range(20))


_PROGRAM = """
import sys, time
from tests.app.job_parts import KINDS, ask
from striate.jobs import Supervisor
s = Supervisor(sys.argv[1], kinds=KINDS)
ids = [s.submit(ask("count", n=600, seconds=0.05)), s.submit(ask("count", n=2))]
while s.record(ids[0]).state != "running" or not s.record(ids[0]).done:
    time.sleep(0.02)
print(*ids, flush=True)
time.sleep(600)
"""


def test_after_a_crash_the_running_job_is_lost_and_the_queued_one_runs(tmp_path, root):
    folder = tmp_path / "jobs"
    program = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True
    )
    running, queued = program.stdout.readline().split()
    program.kill()
    program.communicate()

    supervisor = Supervisor(folder, kinds=KINDS)
    ear = Ear(supervisor)
    try:
        assert supervisor.record(running).state == "lost"
        while supervisor.record(queued).state != "done":
            time.sleep(0.02)
        again = supervisor.run_again(running)
        ear.wait(again, ("progress",))
        assert supervisor.record(again).request == supervisor.record(running).request
    finally:
        supervisor.close()


def test_the_worker_leaves_when_its_program_is_gone(supervisor, ear):
    ear.wait(supervisor.submit(ask("where")))
    (lane,) = supervisor._lanes.values()

    lane.process.stdin.close()

    assert lane.process.wait(20) == 0


def test_an_idle_worker_leaves_and_the_next_job_gets_a_new_one(
    supervisor, ear, monkeypatch
):
    monkeypatch.setenv("STRIATE_WORKER_IDLE", "0.1")
    first = ear.wait(supervisor.submit(ask("where")))[2]["total"]

    assert is_gone(first)
    assert ear.wait(supervisor.submit(ask("where")))[2]["total"] != first


def test_closing_leaves_no_process_behind(tmp_path, root):
    supervisor = Supervisor(tmp_path / "jobs", kinds=KINDS)
    ear = Ear(supervisor)
    job = supervisor.submit(ask("count", n=600, seconds=0.05))
    ear.wait(job, ("progress",))
    (lane,) = supervisor._lanes.values()

    supervisor.close()

    assert not lane.alive
