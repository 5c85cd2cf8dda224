"""Which linking model goes with a segmentation."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from striate.models import default_card, fetch, list_cards
from striate.provenance import fingerprint
from striate_filaments.linking.model import TASK, LinkModel, load_links

if TYPE_CHECKING:
    from striate.models import ModelCard

__all__ = ["BESIDE", "find_links"]

BESIDE = "links.safetensors"
"""Name of a linking model that lies in the folder of the network it was trained for."""


def find_links(model: str | Path = "") -> LinkModel | None:
    """Find the links that were trained for a network, or else the shipped ones.

    Parameters
    ----------
    model
        What a person named as the model of the learned method.

    Returns
    -------
    None when none ship
    """
    place = Path(model).expanduser() if model else None
    if place and (beside := _folder(place) / BESIDE).is_file():
        return _read(beside, fingerprint(beside).sha256)
    if not any(card.default for card in list_cards(TASK)):
        return None
    card: ModelCard = default_card(TASK)
    path = fetch(card)
    return _read(path, fingerprint(path).sha256)


def _folder(place: Path) -> Path:
    return place if place.is_dir() else place.parent


@cache
def _read(path: Path, sha256: str) -> LinkModel:
    return load_links(path, {"links": path.name, "links_sha256": sha256})
