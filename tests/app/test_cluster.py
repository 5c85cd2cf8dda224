"""Work on clusters of real scheduler and worker processes, reached by address."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from tests.app.cluster_parts import (
    await_workers,
    begun_by,
    dask_scheduler,
    dask_worker,
    tasks,
)
from tests.app.job_parts import is_gone

from striate.cluster import connecting, credentials
from striate.errors import Cancelled, MissingDependencyError, StriateError
from striate.jobs import JobContext

dask = pytest.importorskip("dask")
pytest.importorskip("distributed")
pytest.importorskip("cryptography")

ITEMS = range(40)
SQUARES = [n * n for n in ITEMS]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler with one worker of two threads."""
    with (
        dask_scheduler(tmp_path_factory.mktemp("plain")) as address,
        dask_worker(address, threads=2),
    ):
        yield address


# ---- The same results


@pytest.fixture
def begun(tmp_path):
    """The folder in which items are noted."""
    folder = tmp_path / "begun"
    folder.mkdir()
    return folder


def test_items_are_worked_on_in_the_worker_and_results_come_in_order(scheduler, begun):
    ctx = JobContext(scheduler=scheduler)

    assert ctx.map(tasks(begun), ITEMS, "Squaring") == SQUARES
    assert begun_by(begun, os.getpid()) == 0
    assert len(list(begun.iterdir())) == 40


def test_a_worker_that_is_killed_takes_nothing_with_it(scheduler, begun):
    with dask_worker(scheduler, threads=2) as lost:
        await_workers(scheduler, 2)
        ctx = JobContext(Killing(lost, begun), scheduler=scheduler)

        assert ctx.map(tasks(begun), ITEMS) == SQUARES
        assert lost.wait(10) == -signal.SIGKILL
        assert 0 < begun_by(begun, lost.pid) < 20


class Killing:
    """A listener that kills a process once it has begun an item."""

    def __init__(self, process, where):
        self._process, self._where = process, where

    def on_progress(self, done, total, text):
        if begun_by(self._where, self._process.pid):
            self._process.kill()

    def on_partial(self, value):
        """Nothing partial comes from here."""

    def on_log(self, text, level):
        """Not listened to."""


def test_an_error_of_an_item_is_the_jobs_error(scheduler):
    def refuse(item):
        raise StriateError("block 3 is damaged: copy it again.")

    with pytest.raises(StriateError, match="block 3 is damaged"):
        JobContext(scheduler=scheduler).map(refuse, range(3))


def test_without_a_worker_one_waits_and_may_cancel(tmp_path):
    heard = threading.Event()

    class Waiting(Killing):
        def __init__(self):
            """Nothing to kill."""

        def on_progress(self, done, total, text):
            if text == "Waiting for a worker":
                heard.set()

    with dask_scheduler(tmp_path) as address:
        ctx = JobContext(Waiting(), scheduler=address, is_cancelled=heard.is_set)

        with pytest.raises(Cancelled):
            ctx.map(str, ITEMS)


# ---- TLS


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Files of a certificate, and the address of a cluster that asks for it."""
    from distributed.security import Security

    folder = tmp_path_factory.mktemp("tls")
    made = Security.temporary()
    (folder / "cert.pem").write_text(made.tls_ca_file)
    (folder / "key.pem").write_text(made.tls_client_key)
    files = [str(folder / name) for name in ("cert.pem", "cert.pem", "key.pem")]
    options = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), files, strict=True)
    flat = [word for pair in options for word in pair]
    with (
        dask_scheduler(folder, "--protocol", "tls", *flat) as address,
        dask_worker(address, *flat),
    ):
        yield address, files


def test_a_tls_cluster_takes_the_certificate_of_dasks_configuration(tls):
    address, files = tls
    names = ("ca-file", "client.cert", "client.key")
    ours = {f"distributed.comm.tls.{n}": f for n, f in zip(names, files, strict=True)}

    assert address.startswith("tls://")
    with dask.config.set(ours):
        assert JobContext(scheduler=address).map(str, range(3)) == ["0", "1", "2"]


def test_a_certificate_that_is_not_accepted_is_told_from_silence(tls, monkeypatch):
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 2)
    address, _ = tls

    with pytest.raises(StriateError, match="does not accept our certificate"):
        JobContext(scheduler=address).map(str, range(3))
    with pytest.raises(StriateError, match="begins with tls://"):
        JobContext(scheduler=address.replace("tls", "tcp")).map(str, range(3))


# ---- What cannot be done is said in one sentence


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.5)

    with pytest.raises(StriateError, match=r"No Dask scheduler answers at tcp://127"):
        JobContext(scheduler="tcp://127.0.0.1:9").map(str, range(2))


def test_a_thread_that_starts_late_is_waited_for_once_and_then_told(monkeypatch):
    import distributed

    tries = []

    def late(*_args, **_kwargs):
        tries.append(1)
        raise AssertionError

    monkeypatch.setattr(distributed, "Client", late)

    with pytest.raises(StriateError, match="too busy to talk to the scheduler"):
        JobContext(scheduler="tcp://127.0.0.1:9").map(str, range(2))
    assert len(tries) == 2


@pytest.mark.parametrize("address", ["lab", "http://lab:8786"])
def test_what_is_no_address_is_told_so(monkeypatch, address):
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.5)

    with pytest.raises(StriateError, match="no address of a Dask scheduler"):
        JobContext(scheduler=address).map(str, range(2))


def test_workers_of_another_striate_are_refused(tmp_path):
    info = tmp_path / "site" / "striate-9.9.dist-info"
    info.mkdir(parents=True)
    text = "Metadata-Version: 2.1\nName: striate\nVersion: 9.9\n"
    (info / "METADATA").write_text(text)
    with (
        dask_scheduler(tmp_path) as address,
        dask_worker(address, path=[tmp_path / "site"]),
        pytest.raises(StriateError, match=r"has Striate 9\.9, and this is"),
    ):
        JobContext(scheduler=address).map(str, range(2))


def test_without_the_extra_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(MissingDependencyError, match=r"striate\[cluster\]"):
        JobContext(scheduler="tcp://127.0.0.1:8786").map(str, range(2))


# ---- striate cluster


@contextlib.contextmanager
def started(*options):
    """Run ``striate cluster start`` and give the process and what it printed."""
    command = [sys.executable, "-m", "striate", "cluster", "start", "--json", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_striate_cluster_start_works_and_leaves_nothing_behind(own_home):
    with started("--workers", "2") as (process, facts):
        address = facts["address"]
        assert facts["workers"] == 2
        assert address.startswith("tls://127.0.0.1:")
        (key,) = (own_home / "clusters").iterdir()
        assert key.stat().st_mode & 0o777 == 0o600

        ctx = JobContext(scheduler=address)
        pids = set(ctx.map(lambda _: os.getpid(), range(12)))
        assert pids
        assert process.pid not in pids

        # As the terminal does: Ctrl+C goes to all of them.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
        assert all(is_gone(pid) for pid in pids)
    assert not list((own_home / "clusters").iterdir())


def test_credentials_of_a_cluster_that_was_killed_are_removed(own_home):
    with started("--workers", "1") as (process, facts):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert list((own_home / "clusters").iterdir())

        assert credentials.credentials_of(facts["address"]) is None
        assert not list((own_home / "clusters").iterdir())


def test_striate_cluster_check_counts_workers_and_threads(
    scheduler, capsys, monkeypatch
):
    from striate.cli import main

    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.5)
    assert main(["cluster", "check", scheduler]) == 0
    assert "1 worker with 2 threads, all with this Striate" in capsys.readouterr().out
    assert main(["cluster", "check", "tcp://127.0.0.1:9"]) == 2
    assert "No Dask scheduler answers" in capsys.readouterr().err
