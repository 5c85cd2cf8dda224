"""From an encoder's name to an encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate_cortex.encoders.cards import TASK, TOKENS
from striate_cortex.encoders.starter import STARTER, StarterEncoder

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_cortex.encoders.clip import ClipEncoder
    from striate_cortex.encoders.contract import Encoder

__all__ = ["list_encoders", "open_encoder"]

_TIMM = "timm:"


def open_encoder(name: str = "", *, ctx: JobContext | None = None) -> Encoder:
    """Open the encoder a person means.

    Parameters
    ----------
    name
        ``"starter"`` (the default; works offline); the id or file of a model card for
        the task ``cortex.encode``; ``"timm:resnet50"`` for any image model of timm; or
        a folder in the layout of transformers (config.json, weights, tokenizer.json).
    ctx
        Says on which device; hears of downloads.

    Raises
    ------
    InputError
        When it is no encoder that can be run here.
    OfflineError
        When it must be downloaded and cannot be.
    MissingDependencyError
        When it needs a package that is not installed; names the extra.
    """
    device = ctx.device if ctx else "cpu"
    if name in ("", STARTER.name):
        return StarterEncoder(device)
    if name.startswith(_TIMM):
        from striate_cortex.encoders.images_only import load_timm

        return load_timm(name.removeprefix(_TIMM), device)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _of_folder(folder, device)
    return _of_card(name, device, ctx)


def list_encoders() -> list[tuple[str, str]]:
    """Return (name, what it is) of each encoder, those that work offline first."""
    from striate.models import list_cards

    found = [(STARTER.name, f"{STARTER.title}: {STARTER.quality}")]
    return found + [(c.id, f"{c.title}: {c.description}") for c in list_cards(TASK)]


def _of_card(name: str, device: str, ctx: JobContext | None) -> Encoder:
    from striate.models import fetch, find_card

    card = find_card(name, TASK)
    family = str(card.details.get("family", "clip"))
    weights = fetch(card, ctx)
    if family == "resnet18":
        from striate_cortex.encoders.images_only import load_resnet18

        return load_resnet18(weights, card.id, device)
    if family not in ("clip", "siglip"):
        raise InputError(
            f"The card of {card.id} says {family!r}: encoders are of the family clip, "
            "siglip or resnet18."
        )
    from striate_cortex.encoders.clip import load_clip

    tokens = card.details.get("tokenizer")
    path = None
    if tokens:
        beside = weights.parent / str(tokens)
        path = beside if beside.is_file() else fetch(find_card(tokens, TOKENS), ctx)
    facts = {"title": card.title, "licence": card.licence, "quality": card.description}
    return load_clip(
        weights, card.id, {**facts, **card.details}, tokenizer=path, device=device
    )


def _of_folder(folder: Path, device: str) -> ClipEncoder:
    from striate_cortex.encoders.clip import load_clip

    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is no model folder: it has no readable config.json."
        ) from error
    family = str(config.get("model_type", ""))
    if family not in ("clip", "siglip"):
        raise InputError(
            f"{folder} is a {family or 'nameless'} model: encoders are clip or siglip."
        )
    names = ("model.safetensors", "pytorch_model.bin")
    weights = next((folder / n for n in names if (folder / n).exists()), None)
    if weights is None:
        raise InputError(f"{folder} holds neither {' nor '.join(names)}.")
    tokenizer = folder / "tokenizer.json"
    return load_clip(
        weights,
        folder.name,
        {"family": family, "config": config},
        tokenizer=tokenizer if tokenizer.exists() else None,
        device=device,
    )
