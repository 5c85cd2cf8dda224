"""Credentials of clusters started on this machine: found by address, gone with them.

One file per cluster, which only its user may read, for as long as the cluster runs.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from striate.processes import is_running, this_process
from striate.settings import home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["credentials_of", "published"]

_ROLES = ("client", "scheduler", "worker")


@contextlib.contextmanager
def published(address: str, security: Any) -> Iterator[Path]:
    """Let other programs of this user find the credentials while this is open."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{_name(address)}.json"
    path.unlink(missing_ok=True)
    facts = {
        "address": address,
        "owner": this_process(),
        "certificate": security.tls_ca_file,
        "key": security.tls_client_key,
    }
    # Never readable by others, not even for the moment between making and closing.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        yield path
    finally:
        path.unlink(missing_ok=True)


def credentials_of(address: str) -> Any:
    """Return the ``Security`` of a cluster started here, or None.

    Credentials whose program has died without removing them are removed.
    """
    for path in _folder().glob("*.json"):
        try:
            facts = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if not is_running(str(facts.get("owner", ""))):
            path.unlink(missing_ok=True)
        elif facts.get("address") == address:
            return _security(facts["certificate"], facts["key"])
    return None


def _security(certificate: str, key: str) -> Any:
    from distributed.security import Security

    roles = {f"tls_{role}_cert": certificate for role in _ROLES}
    roles |= {f"tls_{role}_key": key for role in _ROLES}
    return Security(require_encryption=True, tls_ca_file=certificate, **roles)


def _folder() -> Path:
    return home() / "clusters"


def _name(address: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in address)
