"""From a model's id, file or folder to an embedder."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from striate.errors import InputError

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate.models import ModelCard
    from striate_channels.embedders.bag import Backbone
    from striate_channels.embedders.contract import Embedder, Pooling

__all__ = ["TASK", "open_embedder"]

TASK = "channels.embed"


def open_embedder(
    name: str = "",
    *,
    num_heads: int | None = None,
    pooling: Pooling = "mean",
    ctx: JobContext | None = None,
) -> Embedder:
    """Open the embedder a person means.

    Parameters
    ----------
    name
        Id of a model card, a file or folder of ChAda-ViT weights, or a card's JSON
        file; empty means the default.
    num_heads
        Instead of the configuration's.
    pooling
        Of a bag of channels.
    ctx
        Says on which device; hears of downloads and warnings.

    Raises
    ------
    InputError
        When it is no model that can be run here.
    OfflineError
        When it must be downloaded and cannot be.
    """
    device = ctx.device if ctx else "cpu"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        embedder = _open(name, num_heads, pooling, device, ctx)
    for warning in said:
        if ctx is not None and issubclass(warning.category, UserWarning):
            ctx.log(str(warning.message), "warning")
    return embedder


def _open(
    name: str,
    heads: int | None,
    pooling: Pooling,
    device: str,
    ctx: JobContext | None,
) -> Embedder:
    from striate.models import default_card, fetch, find_card

    path = Path(name).expanduser()
    if name and path.exists() and path.suffix != ".json":
        return _chadavit(path, path.name, heads, device, {})
    card = find_card(name, TASK) if name else default_card(TASK)
    fetch(card, ctx)
    if _architecture(card) == "chadavit":
        return _chadavit(name or card.id, card.id, heads, device, _facts(card))
    return _bag(card, heads, pooling, device)


def _architecture(card: ModelCard) -> str:
    return str(card.details.get("architecture", "chadavit"))


def _facts(card: ModelCard) -> dict[str, Any]:
    wanted = ("normalise", "simulated_training")
    return {k: card.details[k] for k in wanted if k in card.details}


def _chadavit(
    where: str | Path, name: str, heads: int | None, device: str, facts: dict[str, Any]
) -> Embedder:
    from striate_channels.chadavit import load_chadavit
    from striate_channels.embedders.joint import JointEmbedder

    model = load_chadavit(where, num_heads=heads, device=device)
    return JointEmbedder(model, name, **facts)


def _bag(card: ModelCard, heads: int | None, pooling: Pooling, device: str) -> Embedder:
    from striate.models import fetch
    from striate.provenance import fingerprint
    from striate_channels.embedders.bag import BagOfChannels

    details = card.details | ({"num_heads": heads} if heads else {})
    path = fetch(card)
    backbone = _backbone(_architecture(card), path, details, device, card.id)
    return BagOfChannels(
        backbone,
        card.id,
        pooling=pooling,
        device=device,
        size=int(details.get("size", 224)),
        model={"weights": str(path), "sha256": fingerprint(path).sha256},
        **_facts(card),
    )


def _backbone(
    kind: str, path: Path, details: dict[str, Any], device: str, name: str
) -> Backbone:
    if kind == "vit":
        from striate_channels.embedders.vit_loading import load_vit

        return cast("Backbone", load_vit(path, details, device))
    if kind == "timm":
        from striate_channels.embedders.timm_backbone import load_timm

        return load_timm(path, details, device)
    raise InputError(
        f"The card of {name} asks for the architecture {kind!r}: Striate runs "
        "chadavit, vit and timm."
    )
