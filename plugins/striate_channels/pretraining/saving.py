"""From images to a model folder: weights, configuration, and a card that tells all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from striate.data.atomic import check_target, replacing
from striate.errors import InputError
from striate.models import ModelCard
from striate.models.cards import PathSource
from striate.provenance import Provenance
from striate_channels.chadavit import save_chadavit
from striate_channels.pretraining.loop import Pretrained, pretrain
from striate_channels.pretraining.pool import ImagePool, MixedPool, Pool, SimulatedPool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.data import Volume
    from striate.jobs.context import JobContext
    from striate_channels.chadavit import ChAdaViT
    from striate_channels.pretraining.params import PretrainParams

__all__ = ["PretrainOutcome", "pretrain_into"]


class PretrainOutcome(BaseModel):
    """The model's folder, its card, and how the training went."""

    folder: Path
    card: Path
    steps: int
    pictures: int
    minutes: float
    loss: float
    bytes: int


def pretrain_into(
    folder: Path,
    params: PretrainParams,
    ctx: JobContext,
    *,
    name: str,
    images: Sequence[Path] = (),
    continue_from: str = "",
    overwrite: bool = False,
) -> PretrainOutcome:
    """Train, and write ``model.safetensors``, ``config.json`` and ``card.json``.

    Raises
    ------
    InputError
        When an image cannot be trained on.
    OutputError
        When the folder exists or cannot be written to.
    """
    check_target(folder, overwrite=overwrite)
    start = _start(continue_from)
    size = start.config.img_size if start else params.img_size
    volumes = _opened(images, start.config.patch_size if start else params.patch_size)
    made = pretrain(_pool(volumes, params, size), params, ctx, start=start)
    with replacing(folder, overwrite=overwrite) as part:
        save_chadavit(made.model, part)
        weights = part / "model.safetensors"
        card = _card(name, weights, made, params, images, continue_from, ctx.seed)
        values = card.model_dump(mode="json")
        (part / "card.json").write_text(json.dumps(values, indent=1), "utf-8")
        bytes_ = weights.stat().st_size
    record = Provenance.record("channels.pretrain", params, images, seed=ctx.seed)
    record.write_beside(folder)
    return PretrainOutcome(
        folder=folder,
        card=folder / "card.json",
        steps=made.steps,
        pictures=made.pictures,
        minutes=round(made.seconds / 60, 2),
        loss=_last(made),
        bytes=bytes_,
    )


def _start(name: str) -> ChAdaViT | None:
    if not name:
        return None
    from striate_channels.chadavit import load_chadavit

    return load_chadavit(name)


def _opened(images: Sequence[Path], patch: int) -> list[Volume]:
    from striate_channels.objects.images import open_image

    volumes = [open_image(path) for path in images]
    for path, volume in zip(images, volumes, strict=True):
        if min(volume.shape[-2:]) < patch:
            raise InputError(
                f"{path.name} is {volume.shape[-2]} x {volume.shape[-1]} pixels, "
                f"smaller than one patch of {patch} x {patch}."
            )
    return volumes


def _pool(volumes: list[Volume], params: PretrainParams, size: int) -> Pool:
    edge = round(1.5 * size)
    simulated = SimulatedPool(edge)
    if not volumes:
        return simulated
    return MixedPool(simulated, ImagePool(volumes, edge), params.simulated)


def _card(
    name: str,
    weights: Path,
    made: Pretrained,
    params: PretrainParams,
    images: Sequence[Path],
    continue_from: str,
    seed: int,
) -> ModelCard:
    share = params.simulated if images else 1.0
    real = ", ".join(p.name for p in images) or "no real image"
    after = f", continuing {continue_from}" if continue_from else ""
    details: dict[str, Any] = {
        "architecture": "chadavit",
        "config": made.model.config.model_dump(),
        "normalise": "channel",
        "simulated_training": share > 0,
        "training": {
            "method": "self-distillation (DINO) with KoLeo, without labels",
            "simulated_share": share,
            "images": [p.name for p in images],
            "continued_from": continue_from,
            "steps": made.steps,
            "pictures": made.pictures,
            "minutes": round(made.seconds / 60, 1),
            "last_loss": _last(made),
            "seed": seed,
            "params": params.model_dump(mode="json"),
        },
    }
    return ModelCard(
        id=name,
        title=name,
        task="channels.embed",
        source=PathSource(path=Path("model.safetensors")),
        licence="not stated",
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        size=weights.stat().st_size,
        description=f"A small ChAda-ViT trained on this machine for {made.steps} steps "
        f"on {real} and simulated fields ({share:.0%} of the steps){after}.",
        recommended_use="For pictures like those it was trained on; compare it with "
        "the published checkpoint on your own labels.",
        details=details,
    )


def _last(made: Pretrained) -> float:
    recent = made.losses[-50:]
    return round(sum(recent) / max(1, len(recent)), 4)
