"""Which linking model goes with a network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from striate.provenance import fingerprint
from striate_filaments.linking.model import LinkModel, load_links

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BESIDE", "find_links"]

BESIDE = "links.safetensors"
"""Name of a linking model that lies in the folder of the network it was trained for."""


def find_links(network: Path) -> LinkModel | None:
    """Find the links that were trained for what a network finds.

    Parameters
    ----------
    network
        File of its weights.

    Returns
    -------
    None when there are none: its pieces are joined by colour
    """
    beside = network.parent / BESIDE
    return _read(beside, fingerprint(beside).sha256) if beside.is_file() else None


@cache
def _read(path: Path, sha256: str) -> LinkModel:
    return load_links(path, {"links": path.name, "links_sha256": sha256})
