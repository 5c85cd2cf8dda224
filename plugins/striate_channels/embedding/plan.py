"""The plan of an embedding: every image opened, every object listed, once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from striate.errors import InputError
from striate.provenance import fingerprint
from striate_channels.objects.images import open_image, remark_on
from striate_channels.objects.items import Item, plan_items
from striate_channels.objects.labelled import LabelledObjects, open_labels

if TYPE_CHECKING:
    from pathlib import Path

    from striate.data import Volume
    from striate.jobs.context import JobContext
    from striate_channels.embedders.contract import EmbeddingSpace
    from striate_channels.embedding.params import EmbedParams
    from striate_channels.preprocessing import Remarks

__all__ = ["Planned", "digest", "make_plan", "open_planned"]


@dataclass
class Planned:
    """One image and what of it is embedded."""

    path: Path
    items: list[Item]
    channels: tuple[str, ...]


def make_plan(
    params: EmbedParams, space: EmbeddingSpace, remarks: Remarks, ctx: JobContext
) -> list[Planned]:
    """Open every image and list what is embedded, before any work is done.

    Raises
    ------
    InputError
        For the first image that cannot be embedded; nothing is written then.
    """
    plan = []
    for number, path in enumerate(params.images):
        ctx.progress(number, len(params.images), "Looking at the images")
        volume, labels = open_planned(params, number)
        names = _channel_names(volume, params, space, path)
        remark_on(volume, params.preprocessing.normalise, remarks)
        plan.append(Planned(path, plan_items(volume, params.objects, labels), names))
    return plan


def open_planned(
    params: EmbedParams, number: int
) -> tuple[Volume, LabelledObjects | None]:
    """Open an image of the plan, and its labels."""
    volume = open_image(params.images[number], **params.open_options())
    labels = open_labels(params.labels[number]) if params.labels else None
    return volume, labels


def digest(params: EmbedParams, space: EmbeddingSpace) -> str:
    """Identify a plan: the same inputs, choices and weights give the same."""
    chosen = params.model_dump(mode="json", exclude={"batch"})
    files = [*params.images, *params.labels]
    files += [params.metadata] if params.metadata else []
    marks = [fingerprint(f).model_dump(mode="json") for f in files]
    text = json.dumps([chosen, space.model_dump(mode="json"), marks], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _channel_names(
    volume: Volume, params: EmbedParams, space: EmbeddingSpace, path: Path
) -> tuple[str, ...]:
    names = [c.name for c in volume.channels]
    chosen = params.preprocessing.channels or range(len(names))
    if max(chosen) >= len(names):
        raise InputError(
            f"{path.name} has {len(names)} channels, numbered from 0: channel "
            f"{max(chosen)} does not exist."
        )
    if space.max_channels is not None and len(chosen) > space.max_channels:
        raise InputError(
            f"{path.name} has {len(chosen)} channels and {space.name} takes at most "
            f"{space.max_channels}: choose which with --channels, or take a model "
            "that sees one channel at a time."
        )
    return tuple(names[c] for c in chosen)
