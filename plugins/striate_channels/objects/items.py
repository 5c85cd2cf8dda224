"""The list of what is embedded: whole images, tiles, or each labelled object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from striate.data import Volume
    from striate_channels.objects.labelled import Box, LabelledObjects

__all__ = ["Item", "Kind", "ObjectParams", "plan_items"]

Kind = Literal["image", "tile", "object"]


class ObjectParams(BaseModel):
    """What of each image is embedded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tile: int = Field(
        0,
        ge=0,
        le=16384,
        title="Tile",
        description="Edge of square tiles; 0 embeds the image as a whole.",
        json_schema_extra={"unit": "px"},
    )
    overlap: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Overlap",
        description="Share of a tile that its neighbour sees too.",
    )
    margin: float = Field(
        0.1,
        ge=0,
        le=2,
        title="Margin",
        description="Around a labelled object, as a share of its size.",
    )
    mask: bool = Field(
        False,
        title="Mask",
        description="Hide what does not belong to the labelled object.",
    )
    minimum: int = Field(
        1,
        ge=1,
        title="Smallest object",
        description="Labelled objects with fewer voxels are left out.",
        json_schema_extra={"unit": "voxels"},
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to embed.

    Parameters
    ----------
    object_id
        Label of the object, or number of the image (time point) or tile.
    start, stop
        Its own box (z, y, x) in voxels.
    window
        The box that is cut out; may reach outside the image.
    voxels
        How many belong to it.
    """

    object_id: int
    kind: Kind
    t: int
    start: tuple[int, int, int]
    stop: tuple[int, int, int]
    window: Box
    voxels: int


def plan_items(
    volume: Volume, params: ObjectParams, labels: LabelledObjects | None = None
) -> list[Item]:
    """List what of an image is embedded, in a fixed order.

    Raises
    ------
    InputError
        When labels have another shape than the image, or there are none.
    """
    n_times = volume.shape[0] if volume.axes.startswith("T") else 1
    shape = _shape(volume)
    if labels is not None:
        return _labelled(volume, shape, params, labels, n_times)
    if params.tile:
        return list(_tiles(shape, params, n_times))
    box: Box = ((0, 0, 0), shape)
    size = int(np.prod(shape))
    return [Item(t, "image", t, *box, box, size) for t in range(n_times)]


def _shape(volume: Volume) -> tuple[int, int, int]:
    sizes = dict(zip(volume.axes, volume.shape, strict=True))
    return sizes.get("Z", 1), sizes["Y"], sizes["X"]


def _tiles(
    shape: tuple[int, int, int], params: ObjectParams, n_times: int
) -> Iterator[Item]:
    depth, height, width = shape
    number = 0
    for t in range(n_times):
        for y in _starts(height, params.tile, params.overlap):
            for x in _starts(width, params.tile, params.overlap):
                stop = min(height, y + params.tile), min(width, x + params.tile)
                box: Box = ((0, y, x), (depth, *stop))
                size = depth * (stop[0] - y) * (stop[1] - x)
                yield Item(number, "tile", t, *box, box, size)
                number += 1


def _starts(length: int, tile: int, overlap: float) -> list[int]:
    """Starts that cover all of an axis; the last tile ends where the image does."""
    if length <= tile:
        return [0]
    step = max(1, round(tile * (1 - overlap)))
    starts = list(range(0, length - tile + 1, step))
    if starts[-1] + tile < length:
        starts.append(length - tile)
    return starts


def _labelled(
    volume: Volume,
    shape: tuple[int, int, int],
    params: ObjectParams,
    labels: LabelledObjects,
    n_times: int,
) -> list[Item]:
    name = volume.source.name if volume.source else "the image"
    if labels.shape != shape:
        raise InputError(
            f"The labels of {name} have the shape {labels.shape} (z, y, x) and the "
            f"image {shape}: give the labels that were made from this image."
        )
    if n_times > 1:
        raise InputError(
            f"{name} has {n_times} time points and its labels have none: save one "
            "time point as its own file."
        )
    items = [
        Item(id, "object", 0, *box, _window(box, volume, params.margin), voxels)
        for id, (box, voxels) in sorted(labels.boxes.items())
        if voxels >= params.minimum
    ]
    if not items:
        raise InputError(
            f"The labels of {name} hold no object of at least {params.minimum} voxels."
        )
    return items


def _window(box: Box, volume: Volume, margin: float) -> Box:
    """Return a cube (a square in a flat image) of equal physical edges around a box."""
    size = np.array(volume.voxel_size_zyx)
    start, stop = np.array(box[0]), np.array(box[1])
    extent = (stop - start) * size
    flat = "Z" not in volume.axes
    edge = (extent[1:] if flat else extent).max() * (1 + 2 * margin)
    half = np.maximum(np.ceil(edge / size / 2), 1).astype(int)
    middle = (start + stop) // 2
    low, high = middle - half, middle + half
    if flat:
        low[0], high[0] = 0, 1
    return (int(low[0]), int(low[1]), int(low[2])), (
        int(high[0]), int(high[1]), int(high[2]),
    )  # fmt: skip
