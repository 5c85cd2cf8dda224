"""A scheduler and workers on this machine, for as long as one keeps them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from striate.errors import MissingDependencyError, StriateError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["local_cluster"]

HOST = "127.0.0.1"


@contextlib.contextmanager
def local_cluster(workers: int = 0, threads: int = 1, port: int = 0) -> Iterator[Any]:
    """Run a ``distributed.LocalCluster`` that speaks TLS with new credentials.

    The key is held in memory, and in one file that only this user may read and that
    is removed at the end; Striate finds it by the address.

    Parameters
    ----------
    workers
        Processes; 0 means one for each core.
    threads
        Threads of each.
    port
        Of the scheduler; 0 means any that is free.

    Raises
    ------
    MissingDependencyError
        Without the extra ``cluster``.
    StriateError
        When the port is taken.
    """
    try:
        from distributed import LocalCluster
        from distributed.security import Security

        security = Security.temporary()
    except ImportError as error:
        raise MissingDependencyError(
            'A cluster needs more packages: pip install "striate[cluster]".'
        ) from error
    from striate.cluster.credentials import published

    try:
        cluster = LocalCluster(
            n_workers=workers or os.cpu_count() or 1,
            threads_per_worker=threads,
            host=HOST,
            protocol="tls://",
            scheduler_port=port,
            security=security,
            dashboard_address=None,
        )
    except (OSError, RuntimeError) as error:
        raise StriateError(
            f"A scheduler could not be started on port {port} ({_cause(error)}): "
            "choose another port, or none."
        ) from error
    with cluster, published(cluster.scheduler_address, security):
        yield cluster


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)
