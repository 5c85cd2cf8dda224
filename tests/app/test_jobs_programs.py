"""Jobs among several programs, a Dask cluster, a full disk and little memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests.app.job_parts import KINDS, Ear, ask, is_gone

from striate.errors import OutputError, StriateError
from striate.jobs import Supervisor
from striate.jobs.queue import read_queue, this_process
from striate.settings import Settings

# ---- Two programs on one queue

_PROGRAM = """
import sys
from tests.app.job_parts import KINDS, Ear, ask
from striate.jobs import Supervisor
s = Supervisor(sys.argv[1], kinds=KINDS)
ear = Ear(s)
ids = [s.submit(ask("count", n=3)) for _ in range(3)]
slow = s.submit(ask("count", n=600, seconds=0.05))
for job in ids:
    ear.wait(job)
ear.wait(slow, ("progress",))
print(*ids, slow, flush=True)
print(*ear.wait(slow), flush=True)
sys.stdin.readline()
s.close()
"""


@pytest.fixture
def other_program(tmp_path, root):
    """Start a second program on the queue; ids of its jobs, the last still running."""
    program = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "jobs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield program, program.stdout.readline().split()
    program.kill()
    program.communicate()


def test_two_programs_share_a_queue_and_each_runs_its_own_jobs_once(
    supervisor, ear, other_program
):
    _, (*theirs, slow) = other_program
    ours = [supervisor.submit(ask("count", n=3)) for _ in range(3)]
    for job in ours:
        ear.wait(job)

    records = {r.id: r for r in supervisor.jobs()}

    assert {records[j].state for j in (*ours, *theirs)} == {"done"}
    assert {records[j].owner for j in ours} == {this_process()}
    assert {records[j].owner for j in theirs} == {records[slow].owner}
    assert records[slow].owner != this_process()
    assert records[slow].state == "running"
    assert not [h for h in ear.heard if h[1] in (*theirs, slow)]


def test_one_program_cancels_what_another_runs(supervisor, other_program):
    program, (*_, slow) = other_program

    supervisor.cancel(slow)

    assert program.stdout.readline().split() == ["cancelled", slow]
    assert supervisor.record(slow).state == "cancelled"


def test_a_crash_of_one_program_is_seen_by_the_other_while_it_runs(
    supervisor, ear, other_program, monkeypatch
):
    from striate.jobs import supervisor as module

    monkeypatch.setattr(module, "RECOVER_SECONDS", 0.1)
    program, (*_, slow) = other_program
    workers = [p.pid for p in psutil.Process(program.pid).children(recursive=True)]

    program.kill()
    program.wait()

    assert workers
    assert all(is_gone(pid) for pid in workers)
    assert ear.wait(slow, ("lost",)) == ("lost", slow)
    assert supervisor.record(slow).state == "lost"


# ---- The same context from every door


def test_a_job_gets_device_seed_scheduler_and_threads_of_its_request(tmp_path, root):
    settings = Settings(workers=2, scheduler="tcp://far:8786", device="mps")
    supervisor = Supervisor(tmp_path / "jobs", kinds=KINDS, settings=settings)
    ear = Ear(supervisor)
    request = ask("tells_its_context").model_copy(update={"seed": 7})
    try:
        job = supervisor.submit(request)
        # A job without a model stays on the CPU whatever the preference.
        assert ear.wait(job)[2]["path"] == "cpu tcp://far:8786 7 2"
        assert supervisor.record(job).request.device == "mps"
    finally:
        supervisor.close()


def test_a_job_works_on_the_dask_scheduler_of_its_request(supervisor, ear):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=":0"
    ) as cluster:
        request = ask("where_items_run", n=6, scheduler=cluster.scheduler_address)
        job = supervisor.submit(request)
        end = ear.wait(job)
        (pid,) = [nanny.pid for nanny in cluster.workers.values()]

    assert end[0] == "finished", end
    assert end[2]["total"] == pid != int(end[2]["path"])
    assert end[2]["tile"] == 1
    assert supervisor.record(job).done == 6


# ---- Little memory, no disk


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_memory_that_runs_out_for_real_is_tried_again_with_half(supervisor, ear):
    job = supervisor.submit(ask("needs_much", tile=500))

    end = ear.wait(job)

    assert end[0] == "finished", end
    assert (end[2]["tile"], end[2]["total"]) == (250, 250_000_000)
    assert "Unable to allocate" in supervisor.log_text(job)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_memory_that_never_suffices_is_one_sentence(supervisor, ear):
    job = supervisor.submit(ask("needs_much", tile=4000))

    end = ear.wait(job)

    assert end[0] == "failed"
    assert end[2].startswith("Not enough memory on cpu (Unable to allocate")
    assert ear.wait(supervisor.submit(ask("count")))[0] == "finished"


full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@full
def test_a_full_disk_is_one_sentence(supervisor, ear):
    job = supervisor.submit(ask("fills_the_disk"))

    assert ear.wait(job)[2] == (
        "The disk is full: free some space, or choose another disk."
    )


@full
def test_a_job_whose_log_cannot_grow_works_all_the_same(supervisor, ear):
    busy = supervisor.submit(ask("count", n=600, seconds=0.05))
    job = supervisor.submit(ask("chatty", n=3))
    (supervisor.folder(job) / "log.txt").symlink_to("/dev/full")
    supervisor.cancel(busy)

    end = ear.wait(job)

    assert end[0] == "finished", end
    assert end[2]["total"] == 3


def test_a_log_that_cannot_be_opened_fails_only_its_job(supervisor, ear):
    busy = supervisor.submit(ask("count", n=600, seconds=0.05))
    job = supervisor.submit(ask("count"))
    (supervisor.folder(job) / "log.txt").mkdir()
    supervisor.cancel(busy)

    assert ear.wait(job)[2].endswith("log.txt: Is a directory.")
    assert ear.wait(supervisor.submit(ask("count")))[0] == "finished"


def test_a_jobs_folder_that_cannot_be_made_is_told_before_anything_runs(
    read_only_folder,
):
    with pytest.raises(StriateError, match="cannot be used"):
        read_queue(read_only_folder / "jobs")


def test_a_jobs_folder_that_has_gone_is_told_when_a_job_is_submitted(supervisor):
    folder = supervisor.folder("any").parent
    shutil.rmtree(folder)
    folder.write_text("")

    with pytest.raises(OutputError, match="cannot be written to"):
        supervisor.submit(ask("count"))
