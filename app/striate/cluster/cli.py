"""``striate cluster``: a Dask cluster on this machine, and a look at any."""

from __future__ import annotations

import json
import signal
import threading
from typing import Annotated, Any

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Dask clusters for work that is too big for one process.",
    no_args_is_help=True,
    epilog="On several machines: `dask scheduler` on one and `dask worker "
    "tcp://HOST:8786` on the others; on SLURM: dask-jobqueue's SLURMCluster. Give the "
    "address to any command with --scheduler.",
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def _cluster() -> None:
    """Take what stands before the command."""


@app.command()
def start(
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes; 0: one for each core.")
    ] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each worker.")] = 1,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the scheduler; 0: any free one.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Start a scheduler and workers on this machine, until Ctrl+C.

    They speak TLS with credentials made for the occasion; Striate finds them by the
    address, and they are gone when the cluster is.
    """
    from striate.cluster.local import local_cluster

    over = threading.Event()
    with local_cluster(workers, threads, port) as cluster:
        # After the workers were started, who must not take these for theirs.
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: over.set())
        address, count = cluster.scheduler_address, len(cluster.workers)
        if as_json:
            typer.echo(json.dumps({"address": address, "workers": count}))
        else:
            typer.echo(_how_to_use(address, count, threads))
        # A wait without end would not let the signal through everywhere.
        while not over.wait(1.0):
            pass
    if not as_json:
        typer.echo("Stopped.")


@app.command()
def check(
    address: Annotated[
        str, typer.Argument(metavar="ADDR", help="Such as tcp://host:8786.")
    ],
    as_json: Json = False,
) -> None:
    """See whether a cluster can be reached and its workers will do."""
    from striate.cluster.connecting import connect
    from striate.jobs.console import ConsoleListener
    from striate.jobs.context import JobContext

    with ConsoleListener() as listener, connect(address, JobContext(listener)) as found:
        workers: dict[str, Any] = found.nthreads()
    if as_json:
        typer.echo(json.dumps({"address": address, "workers": workers}))
        return
    typer.echo(
        f"{address}: {_many(len(workers), 'worker')} with "
        f"{_many(sum(workers.values()), 'thread')}, all with this Striate."
    )


def _how_to_use(address: str, workers: int, threads: int) -> str:
    each = f" of {_many(threads, 'thread')}" if threads > 1 else ""
    return (
        f"{_many(workers, 'worker')}{each} at {address}\n"
        f"Use it:  striate filaments segment VOLUME --out X.neurons.zarr "
        f"--scheduler {address}\n"
        'or put that address into "Dask scheduler" in the preferences.\n'
        "Ctrl+C stops it."
    )


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
