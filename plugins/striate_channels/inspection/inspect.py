"""One region through one model: its vector, without each channel, and its attention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from striate.data import replacing
from striate.errors import InputError
from striate_channels.embedders.joint import JointEmbedder
from striate_channels.embedders.opening import open_embedder
from striate_channels.objects.images import open_image
from striate_channels.objects.pixels import Pixels
from striate_channels.preprocessing import Remarks, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_channels.embedders.contract import Embedder
    from striate_channels.inspection.params import InspectParams

__all__ = ["Inspected", "ablation", "inspect_region"]


class Inspected(BaseModel):
    """Where the arrays lie (``.npz``), and how much each channel matters.

    `moved` is the cosine distance, from 0 to 2, between the embedding and the one
    without the channel; None where leaving it out leaves nothing. The file holds
    ``embedding`` (D,), ``moved`` (C,), and for a joint model ``space`` (C, h, w)
    and ``between`` (C, C).
    """

    arrays: Path
    channels: list[str]
    moved: list[float | None]
    start: tuple[int, int, int]
    stop: tuple[int, int, int]
    attention: bool
    model: str
    remarks: list[str] = []


def inspect_region(
    params: InspectParams, out: Path, ctx: JobContext, *, overwrite: bool = False
) -> Inspected:
    """Inspect one region.

    Raises
    ------
    InputError
        When the region is not in the image, or the model does not take it.
    """
    embedder = open_embedder(params.model, num_heads=params.num_heads, ctx=ctx)
    ctx.progress(1, 3, "Reading the region")
    volume = open_image(params.image, axes=params.axes, dataset=params.dataset)
    pixels = Pixels(volume, params.t)
    start, stop = params.start or (0, 0, 0), params.stop or pixels.shape
    if pixels.clip(start, stop) != (start, stop) or any(
        a >= b for a, b in zip(start, stop, strict=True)
    ):
        raise InputError(
            f"The region {start} to {stop} is not in {params.image.name}, which has "
            f"{pixels.shape} voxels (z, y, x)."
        )
    remarks = Remarks()
    size = embedder.space.size if params.resize else 0
    steps = params.preprocessing.model_copy(update={"size": size})
    [picture, *_] = prepare(
        pixels.read(start, stop), steps, remarks, name=params.image.name
    )
    ctx.progress(2, 3, "Leaving out one channel after the other")
    vector, moved = ablation(embedder, picture)
    arrays: dict[str, Any] = {"embedding": vector, "moved": moved, "picture": picture}
    arrays |= _attention(embedder, picture, params.block)
    with replacing(out, overwrite=overwrite) as part, part.open("wb") as file:
        np.savez(file, **arrays)
    names = [volume.channels[c].name for c in steps.channels] or [
        c.name for c in volume.channels
    ]
    ctx.progress(3, 3, "Done")
    return Inspected(
        arrays=out,
        channels=names,
        moved=[None if np.isnan(m) else round(float(m), 5) for m in moved],
        start=start,
        stop=stop,
        attention="space" in arrays,
        model=embedder.space.name,
        remarks=remarks.lines(),
    )


def ablation(
    embedder: Embedder, picture: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the embedding, and how far it moves when each channel is dropped.

    Returns
    -------
    (D,) vector and (C,) cosine distances; NaN for the only channel of a picture.
    """
    n = len(picture)
    fewer = [np.delete(picture, c, axis=0) for c in range(n)] if n > 1 else []
    vectors = embedder.embed([picture, *fewer]).astype(np.float64)
    if not fewer:
        return vectors[0].astype(np.float32), np.array([np.nan])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[0].astype(np.float32), 1 - unit[1:] @ unit[0]


def _attention(
    embedder: Embedder, picture: NDArray[np.float32], block: int
) -> dict[str, NDArray[np.float32]]:
    if not isinstance(embedder, JointEmbedder):
        return {}
    from striate_channels.chadavit import attention_maps

    maps = attention_maps(embedder.model, picture, block=block)
    return {"space": maps.space, "between": maps.between}
