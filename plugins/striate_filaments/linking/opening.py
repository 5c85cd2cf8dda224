"""Which linking model goes with a segmentation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from striate.models import default_card, fetch, list_cards
from striate.provenance import fingerprint
from striate_filaments.linking.model import (
    NETWORK_TASK,
    TASK,
    LinkModel,
    load_links,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BESIDE", "find_links"]

BESIDE = "links.safetensors"
"""Name of a linking model that lies in the folder of the network it was trained for."""


def find_links(network: Path | None = None) -> LinkModel | None:
    """Find the links that were trained for what a network finds, or the ridge filter.

    Parameters
    ----------
    network
        File of the network; None: voxels are found by the ridge filter.

    Returns
    -------
    None when there are none
    """
    if network and (beside := network.parent / BESIDE).is_file():
        return _read(beside, fingerprint(beside).sha256)
    task = NETWORK_TASK if network else TASK
    if not any(card.default for card in list_cards(task)):
        return None
    path = fetch(default_card(task))
    return _read(path, fingerprint(path).sha256)


@cache
def _read(path: Path, sha256: str) -> LinkModel:
    return load_links(path, {"links": path.name, "links_sha256": sha256})
