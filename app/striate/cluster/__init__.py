"""Clusters: work that is too big for one machine, on Dask by address.

Here live reaching a scheduler, its credentials, and a cluster on this machine. No
scheduler of our own, no Qt, no napari. Public entry: :func:`connect`.

Any Dask cluster will do whose workers have the same Striate and see the same files
under the same paths. It is named by address: ``--scheduler ADDRESS`` on the command
line, or "Dask scheduler" in the preferences.

*This machine.* ``striate cluster start`` starts a scheduler and workers that speak
TLS with credentials made for the occasion, and prints the address.

*Several machines.* On one ``dask scheduler``, on the others
``dask worker tcp://HOST:8786``. With certificates of one's own (``--tls-ca-file``,
``--tls-cert``, ``--tls-key``) the address begins with ``tls://``, and Striate takes
its certificate from Dask's configuration (``distributed.comm.tls``).

*SLURM, PBS, LSF, SGE.* With ``pip install dask-jobqueue``, in a notebook or script
that stays open while Striate works::

    from dask_jobqueue import SLURMCluster

    cluster = SLURMCluster(
        cores=8, processes=4, memory="32GB", walltime="04:00:00",
        job_script_prologue=["source /home/me/striate/.venv/bin/activate"],
    )
    cluster.adapt(minimum=1, maximum=64)
    print(cluster.scheduler_address)     # give this to --scheduler

The address must be one that the machine with Striate can reach; workers may come and
go, and what a lost one was at is done again.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.cluster.connecting import connect

__all__ = ["connect"]


def __getattr__(name: str) -> Any:
    if name == "connect":
        return import_module("striate.cluster.connecting").connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
