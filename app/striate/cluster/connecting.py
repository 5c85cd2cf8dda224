"""Reach a Dask scheduler by its address, and see that its workers will do."""

from __future__ import annotations

import contextlib
import gc
import platform
import socket
import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from striate.errors import MissingDependencyError, StriateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from striate.jobs.context import JobContext

__all__ = ["connect"]

CONNECT_SECONDS = 10
LOOK_SECONDS = 0.5
_BUSY = (
    "This machine is too busy to talk to the scheduler: wait until other work has "
    "ended, and try again."
)
_NO_ADDRESS = (
    "{} is no address of a Dask scheduler: it looks like tcp://host:8786 or "
    "tls://host:8786."
)


@contextlib.contextmanager
def connect(address: str, ctx: JobContext) -> Iterator[Any]:
    """Give a ``distributed.Client`` of the scheduler, once a worker is there.

    Raises
    ------
    MissingDependencyError
        Without the extra ``cluster``.
    StriateError
        When nothing answers, the credentials are wrong, or the workers have another
        Striate or another Python.
    Cancelled
        While it waits for a worker.
    """
    client = _client(address)
    try:
        _await_workers(client, address, ctx)
        _check_workers(client, address)
        yield client
    finally:
        client.close()


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingDependencyError(
            "Working on a Dask cluster needs one more package: pip install "
            '"striate[cluster]".'
        ) from error
    from striate.cluster.credentials import credentials_of

    if urlsplit(address).scheme in ("", "http", "https", "file"):
        raise StriateError(_NO_ADDRESS.format(address))

    def ask() -> Any:
        # A client that never connected closes itself when it is collected; while
        # the next one starts its thread, that would wait for a lock for ever.
        gc.collect()
        return Client(
            address,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            security=credentials_of(address),
        )

    try:
        try:
            return ask()
        except AssertionError:
            # Its thread has ten seconds to start; where much else runs it needs more.
            return ask()
    except AssertionError as error:
        raise StriateError(_BUSY) from error
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        raise StriateError(_why_not(address)) from error


def _why_not(address: str) -> str:
    """Say why no connection came about; whoever listens there is told apart."""
    place = urlsplit(address)
    if place.scheme not in ("tcp", "tls") or not place.hostname:
        return _NO_ADDRESS.format(address)
    try:
        socket.create_connection((place.hostname, place.port or 8786), 5).close()
    except (OSError, ValueError):
        return (
            f"No Dask scheduler answers at {address}: start one with `dask scheduler` "
            "or `striate cluster start`, or leave the scheduler out to work on this "
            "machine."
        )
    if place.scheme == "tls":
        return (
            f"The scheduler at {address} does not accept our certificate: name the "
            "cluster's own in Dask's configuration (distributed.comm.tls), and see "
            "that `striate cluster start` runs as the same user."
        )
    return (
        f"What listens at {address} is no Dask scheduler that speaks tcp: if it uses "
        "TLS, the address begins with tls://."
    )


def _await_workers(client: Any, address: str, ctx: JobContext) -> None:
    if client.nthreads():
        return
    ctx.log(f"{address} has no workers yet: waiting for one.", "warning")
    while not client.nthreads():
        ctx.progress(0, 0, "Waiting for a worker")
        time.sleep(LOOK_SECONDS)


def _check_workers(client: Any, address: str) -> None:
    """Two versions may disagree on what a task means, and pickles on how it is said."""
    from striate import __version__

    ours = ".".join(platform.python_version_tuple()[:2])
    # Functions of the standard library alone: a worker may have no Striate at all.
    pythons = client.run(platform.python_version_tuple, on_error="return")
    found = client.run(version, "striate", on_error="return")
    for worker, theirs in found.items():
        python = ".".join(pythons[worker][:2])
        if python != ours:
            raise StriateError(
                f"The worker {worker} of {address} runs Python {python}, and this is "
                f"Python {ours}: start the workers from the same environment."
            )
        if isinstance(theirs, PackageNotFoundError):
            raise StriateError(
                f"The worker {worker} of {address} has no Striate: start the workers "
                "from an environment with the same Striate."
            )
        if theirs != __version__:
            raise StriateError(
                f"The worker {worker} of {address} has Striate {theirs}, and this is "
                f"{__version__}: bring both to the same version."
            )
