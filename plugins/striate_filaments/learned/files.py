"""Model files: safetensors whose header says what network they are for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate.models import ModelCard, default_card, fetch, find_card, load_weights
from striate.provenance import fingerprint
from striate_filaments.learned.config import TASK, LearnedConfig

if TYPE_CHECKING:
    from striate_filaments.learned.network import SegmenterNet

__all__ = ["ModelFile", "find_model", "load_model", "load_network", "save_network"]

ARCHITECTURE = "striate-segmenter-1"
_HEADER = "striate"


@dataclass(frozen=True)
class ModelFile:
    """A model on this machine, checked but not loaded.

    Parameters
    ----------
    id
        Of its card, or the name of its file.
    path, sha256
        The weights.
    config
        Of the network.
    """

    id: str
    path: Path
    sha256: str
    config: LearnedConfig


def find_model(name: str | Path = "") -> ModelFile:
    """Find the model a person means.

    Parameters
    ----------
    name
        The id of a model card, a model folder, a card or a ``.safetensors`` file;
        empty: the model that is the default for segmenting.

    Raises
    ------
    InputError
        When there is none of that name, or it is a model for something else.
    """
    card = _card(str(name))
    if card.task != TASK:
        raise InputError(
            f"{card.id} is a model for {card.task} and cannot segment: choose one for "
            f"{TASK}."
        )
    path = fetch(card)
    return ModelFile(card.id, path, fingerprint(path).sha256, _config(path))


def load_model(name: str | Path = "", device: str = "cpu") -> SegmenterNet:
    """Find and load a model, ready to be trained further.

    Raises
    ------
    InputError
        See :func:`find_model`; also when the file is damaged.
    """
    found = find_model(name)
    return load_network(found.path, found.config, device)


def load_network(
    path: Path, config: LearnedConfig, device: str = "cpu"
) -> SegmenterNet:
    """Load the weights of a network of known shape."""
    from striate_filaments.learned.network import SegmenterNet

    net = SegmenterNet(config)
    try:
        net.load_state_dict(load_weights(path, device), strict=True)
    except RuntimeError as error:
        raise InputError(
            f"{path.name} does not hold the weights its header promises: it was made "
            "by another version of Striate, or is damaged."
        ) from error
    return net.to(device)


def save_network(net: SegmenterNet, path: Path) -> None:
    """Write the weights with their configuration in the header."""
    from safetensors.torch import save_file

    tensors = {k: v.detach().cpu().contiguous() for k, v in net.state_dict().items()}
    header = {"architecture": ARCHITECTURE, "config": net.config.model_dump()}
    save_file(tensors, path, {_HEADER: json.dumps(header)})


# ---- Private functions


def _card(name: str) -> ModelCard:
    if not name:
        return default_card(TASK)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        return find_card(name, TASK)
    for place in (folder / "card.json", folder / "model.safetensors"):
        if place.is_file():
            return find_card(str(place), TASK)
    raise InputError(f"{folder} holds no model: there is no model.safetensors in it.")


def _config(path: Path) -> LearnedConfig:
    header = _header(path)
    if header.get("architecture") != ARCHITECTURE:
        raise InputError(
            f"{path.name} is no segmenter of Striate: name a model made by `striate "
            "filaments train`."
        )
    try:
        return LearnedConfig.model_validate(header.get("config"))
    except ValueError as error:
        raise InputError(
            f"{path.name} was made by another version of Striate, whose networks this "
            "one does not know."
        ) from error


def _header(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            said = (file.metadata() or {}).get(_HEADER, "{}")
        header = json.loads(said)
    except (SafetensorError, OSError, ValueError):
        return {}
    return header if isinstance(header, dict) else {}
