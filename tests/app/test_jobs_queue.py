"""The queue: what may follow what, what a dead program leaves, what makes room."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
import time

import pytest

from striate.errors import StriateError
from striate.jobs import JobRequest
from striate.jobs.history import prune
from striate.jobs.queue import JobQueue, ask_to_cancel, is_alive, this_process


@pytest.fixture
def queue(tmp_path):
    made = JobQueue(tmp_path / "jobs")
    yield made
    made.close()


def add(queue: JobQueue, job_id: str, **values):
    return queue.add(job_id, JobRequest(kind="test.count", **values))


def give_to_a_dead_program(queue: JobQueue, *job_ids: str) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for job_id in job_ids:
        queue.note(job_id, owner=f"{gone.pid}:1.00:{platform.node()}")


def test_a_job_is_remembered_as_it_was_asked_for(queue):
    add(queue, "a", title="Count", params={"n": 3}, device="cuda:1", seed=5)

    record = queue.record("a")

    assert (record.state, record.title, record.seed) == ("queued", "Count", 5)
    assert record.request.params == {"n": 3}
    assert record.request.device == "cuda:1"
    assert record.owner == this_process()
    assert record.log_path == str(queue.folder / "a" / "log.txt")


def test_states_follow_one_another_only_forward(queue):
    add(queue, "a")

    assert not queue.move("a", "running")
    assert queue.move("a", "starting")
    assert queue.move("a", "running")
    assert not queue.move("a", "queued")
    assert queue.move("a", "done", outcome={"path": "x"})
    assert not queue.move("a", "failed", error="late")

    record = queue.record("a")
    assert (record.state, record.outcome, record.error) == ("done", {"path": "x"}, "")
    assert record.created <= record.started <= record.finished


def test_of_two_programs_only_one_starts_a_job(queue):
    other = JobQueue(queue.folder)
    add(queue, "a")

    assert [queue.move("a", "starting"), other.move("a", "starting")] == [True, False]
    other.close()


def test_what_a_dead_program_ran_is_lost_and_what_it_queued_is_ours(queue):
    for job_id in ("runs", "starts", "waits", "done", "mine"):
        add(queue, job_id)
    for job_id in ("runs", "starts", "done"):
        queue.move(job_id, "starting")
    for job_id in ("runs", "done"):
        queue.move(job_id, "running")
    queue.move("done", "done")
    give_to_a_dead_program(queue, "runs", "starts", "waits", "done")

    assert queue.recover() == (["runs", "starts"], ["waits"])

    states = {r.id: r.state for r in queue.records()}
    assert states == {"runs": "lost", "starts": "lost", "waits": "queued",
                      "done": "done", "mine": "queued"}  # fmt: skip
    assert queue.record("waits").owner == this_process()


def test_who_only_looks_adopts_nothing(queue):
    add(queue, "waits")
    give_to_a_dead_program(queue, "waits")
    owner = queue.record("waits").owner

    assert queue.recover(adopt=False) == ([], [])
    assert queue.record("waits").owner == owner


def test_a_process_is_known_by_its_start_not_by_its_number_alone():
    pid, created, node = this_process().split(":")

    assert is_alive(this_process())
    assert not is_alive(f"{pid}:{float(created) - 60}:{node}")
    assert not is_alive("")
    assert is_alive(f"{pid}:1.00:another-machine")


def test_a_cancel_from_outside_is_noted_for_who_runs_it(queue):
    add(queue, "a")
    queue.move("a", "starting")

    ask_to_cancel(queue, "a")

    record = queue.record("a")
    assert record.cancel_asked
    assert record.state == "starting"


def test_a_job_nobody_runs_is_cancelled_at_once(queue):
    add(queue, "a")
    give_to_a_dead_program(queue, "a")

    ask_to_cancel(queue, "a")

    assert queue.record("a").state == "cancelled"


def test_cancelling_what_is_not_there_or_over_says_so(queue):
    add(queue, "a")
    queue.move("a", "cancelled")

    with pytest.raises(StriateError, match="no job b: see `striate jobs list`"):
        ask_to_cancel(queue, "b")
    with pytest.raises(StriateError, match="has ended already: it is cancelled"):
        ask_to_cancel(queue, "a")


def test_a_damaged_queue_is_told_with_its_folder(tmp_path):
    (tmp_path / "queue.sqlite").write_bytes(b"this was a database" * 100)

    with pytest.raises(StriateError, match="move that folder away"):
        JobQueue(tmp_path)


def test_a_queue_of_a_newer_version_is_left_alone(queue):
    with sqlite3.connect(queue.folder / "queue.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StriateError, match="newer Striate"):
        JobQueue(queue.folder)


def test_the_oldest_ended_jobs_make_room_with_their_folders(queue):
    for number, job_id in enumerate(("old", "older", "runs", "young")):
        add(queue, job_id)
        (queue.folder / job_id).mkdir()
        (queue.folder / job_id / "result.bin").write_bytes(bytes(1000))
        queue.note(job_id, created=number)
        if job_id != "runs":
            queue.move(job_id, "cancelled")
    for job_id, finished in (("old", 2.0), ("older", 1.0), ("young", time.time())):
        queue.note(job_id, finished=finished)

    assert prune(queue, limit=2500) == ["old"]
    assert not (queue.folder / "old").exists()
    assert prune(queue, limit=0) == ["older"]
    assert {r.id for r in queue.records()} == {"runs", "young"}
    assert (queue.folder / "young" / "result.bin").exists()


def test_copies_of_images_stay_as_long_as_a_job_names_them(queue):
    inputs = queue.folder / "inputs"
    names = ("of-a-job.ome.zarr", "of-none.ome.zarr", "being-made.ome.zarr")
    for name in names:
        (inputs / name).mkdir(parents=True)
        (inputs / name / "chunk").write_bytes(bytes(1000))
        if name != "being-made.ome.zarr":
            os.utime(inputs / name, (1.0, 1.0))
    add(queue, "a", params={"volume": str(inputs / "of-a-job.ome.zarr")})
    queue.move("a", "cancelled")

    assert prune(queue) == []
    left = {p.name for p in inputs.iterdir()}
    assert left == {"of-a-job.ome.zarr", "being-made.ome.zarr"}

    queue.note("a", finished=1.0)
    # What a job's copy holds counts as its own.
    assert prune(queue, limit=999) == ["a"]
    assert [p.name for p in inputs.iterdir()] == ["being-made.ome.zarr"]
