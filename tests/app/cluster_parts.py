"""Real schedulers and workers of Dask, as a person starts them in a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def dask_scheduler(folder, *options, host="127.0.0.1"):
    """Give the address of a scheduler that runs while this is open."""
    place = folder / "scheduler.json"
    command = ["scheduler", "--port", "0", "--host", host, "--no-dashboard",
               "--scheduler-file", str(place), *options]  # fmt: skip
    with _process(*command):
        yield _until(lambda: json.loads(place.read_text())["address"])


@contextlib.contextmanager
def dask_worker(address, *options, path=(), threads=1):
    """Give a worker process that joins the scheduler at `address`."""
    command = ["worker", address, "--nthreads", str(threads), "--no-nanny",
               "--no-dashboard", *options]  # fmt: skip
    with _process(*command, path=path) as process:
        yield process


def await_workers(address, count):
    """Wait until so many workers have joined."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


def tasks(where):
    """A function that says, in a file, that an item was begun, and by whom."""

    def work(item):
        (Path(where) / f"{item}-{os.getpid()}").touch()
        time.sleep(0.05)
        return item * item

    return work


def begun_by(where, pid):
    """How many items a process has begun."""
    return len(list(Path(where).glob(f"*-{pid}")))


@contextlib.contextmanager
def _process(*command, path=()):
    places = [*map(str, path), str(ROOT)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    module = f"distributed.cli.dask_{command[0]}"
    process = subprocess.Popen(
        [sys.executable, "-m", module, *command[1:]],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(ask, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (OSError, ValueError):
            assert time.monotonic() < deadline
            time.sleep(0.05)
