"""One part: a few hundred objects of one image become rows of a table.

A part is independent of the others and of the process it runs in, so that the same
function serves a loop on this machine and tasks on a Dask cluster.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.jobs.context import JobContext
from striate_channels.embedders.opening import open_embedder
from striate_channels.embedding.metadata import Metadata
from striate_channels.embedding.plan import open_planned
from striate_channels.embedding.table import POSITION, schema_for
from striate_channels.objects.images import sample
from striate_channels.objects.pixels import Pixels
from striate_channels.preprocessing.normalise import Scale, measure_scale
from striate_channels.preprocessing.prepare import chosen_channels, prepare
from striate_channels.preprocessing.remarks import Remarks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from striate_channels.embedders.contract import Embedder
    from striate_channels.embedding.params import EmbedParams
    from striate_channels.objects.items import Item
    from striate_channels.objects.labelled import LabelledObjects

__all__ = ["PartTask", "Source", "embed_part", "forget"]


@dataclass(frozen=True)
class PartTask:
    """What one part needs; pickles."""

    params: EmbedParams
    image: int
    path: Path
    items: list[Item]
    channels: tuple[str, ...]
    facts: dict[str, Any]
    device: str


class Source:
    """An image that is open while its parts are made."""

    def __init__(self, params: EmbedParams, image: int) -> None:
        self.volume, self.labels = open_planned(params, image)
        self.name = params.images[image].name
        self._params = params.preprocessing
        self._pixels: dict[int, Pixels] = {}
        self._scales: dict[int, Scale] = {}

    def pictures(
        self, item: Item, remarks: Remarks, *, masked: bool
    ) -> tuple[list[NDArray[np.float32]], list[float]]:
        """Read one object: its pictures, and the mean counts of its channels."""
        if item.t not in self._pixels:
            self._pixels = {item.t: Pixels(self.volume, item.t)}
        pixels = self._pixels[item.t]
        mask = None
        if masked and self.labels is not None:
            mask = _mask(self.labels, pixels, item)
        crop = pixels.window(*item.window)
        pictures = prepare(
            crop,
            self._params,
            remarks,
            name=self.name,
            mask=mask,
            scale=self._scale(item.t),
        )
        return pictures, self._light(crop, mask)

    def _light(self, crop: NDArray[Any], mask: NDArray[np.bool_] | None) -> list[float]:
        """Mean counts per channel: the baseline that an embedding must beat."""
        shown = chosen_channels(crop, self._params, self.name)
        values = shown.reshape(len(shown), -1) if mask is None else shown[:, mask]
        return [float(v) for v in np.nanmean(values.astype(np.float64), axis=1)]

    def _scale(self, t: int) -> Scale | None:
        p = self._params
        if p.scope == "crop":
            return None
        if t not in self._scales:
            values = chosen_channels(sample(self.volume, t), p, self.name)
            values = values[:, np.isfinite(values).all(0)]
            self._scales[t] = measure_scale(values, p.normalise, p.background)
        return self._scales[t]


def embed_part(
    task: PartTask,
    ctx: JobContext | None = None,
    said: Callable[[int], None] = lambda n: None,
) -> tuple[pa.Table, Remarks]:
    """Make the rows of one part; `said` hears how many objects are done."""
    embedder = _embedder(task.params, ctx or JobContext(device=task.device))
    source = _source(task.params, task.image)
    remarks = Remarks()
    vectors: list[NDArray[np.float32]] = []
    tokens: list[NDArray[np.float32]] = []
    light: list[list[float]] = []
    for start in range(0, len(task.items), task.params.batch):
        items = task.items[start : start + task.params.batch]
        masked = task.params.objects.mask
        made = [source.pictures(i, remarks, masked=masked) for i in items]
        batch = [pictures for pictures, _ in made]
        light += [mean for _, mean in made]
        vectors += _embedded(embedder, batch)
        if task.params.tokens:
            tokens += _tokens(embedder, batch)
        said(len(items))
    return _table(task, vectors, light, tokens), remarks


def _embedded(
    embedder: Embedder, batch: list[list[NDArray[np.float32]]]
) -> list[NDArray[np.float32]]:
    """Embed all pictures of a batch together; an object is the mean of its own."""
    flat = embedder.embed([picture for pictures in batch for picture in pictures])
    ends = np.cumsum([len(pictures) for pictures in batch])
    return [part.mean(0) for part in np.split(flat, ends[:-1])]


def _tokens(
    embedder: Embedder, batch: list[list[NDArray[np.float32]]]
) -> list[NDArray[np.float32]]:
    answers = iter(embedder.embed_tokens([p for pictures in batch for p in pictures]))
    return [np.concatenate([next(answers) for _ in pictures]) for pictures in batch]


def _mask(labels: LabelledObjects, pixels: Pixels, item: Item) -> NDArray[np.bool_]:
    start, stop = item.window
    found = np.zeros(tuple(b - a for a, b in zip(start, stop, strict=True)), bool)
    inner = pixels.clip(start, stop)
    place = tuple(
        slice(a - s, b - s) for a, b, s in zip(inner[0], inner[1], start, strict=True)
    )
    found[place] = labels.mask(item.object_id, inner)
    return found


def _table(
    task: PartTask,
    vectors: list[NDArray[np.float32]],
    light: list[list[float]],
    tokens: list[NDArray[np.float32]],
) -> pa.Table:
    import pyarrow as pa

    metadata = Metadata(task.params.metadata) if task.params.metadata else None
    rows = [_row(task, item, metadata) for item in task.items]
    for i, row in enumerate(rows):
        row["embedding"], row["mean_intensity"] = vectors[i], light[i]
        if task.params.tokens:
            row["tokens"] = list(tokens[i])
    schema = schema_for(
        len(vectors[0]), metadata, tokens=task.params.tokens, facts=task.facts
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _row(task: PartTask, item: Item, metadata: Metadata | None) -> dict[str, Any]:
    ends = [v for pair in zip(item.start, item.stop, strict=True) for v in pair]
    return {
        "source": str(task.path),
        "object_id": item.object_id,
        "kind": item.kind,
        "t": item.t,
        **dict(zip(POSITION, ends, strict=True)),
        "voxels": item.voxels,
        "n_channels": len(task.channels),
        "channels": list(task.channels),
        **(metadata.row(task.path, item.object_id) if metadata else {}),
    }


# ---- Kept open from one part to the next

_SOURCES: OrderedDict[str, Source] = OrderedDict()
_EMBEDDERS: OrderedDict[str, Embedder] = OrderedDict()


def forget() -> None:
    """Close what was kept open: files may have changed since."""
    _SOURCES.clear()
    _EMBEDDERS.clear()


def _source(params: EmbedParams, image: int) -> Source:
    key = f"{params.model_dump_json()}#{image}"
    if key not in _SOURCES:
        _SOURCES.clear()
        _SOURCES[key] = Source(params, image)
    return _SOURCES[key]


def _embedder(params: EmbedParams, ctx: JobContext) -> Embedder:
    key = f"{params.model}|{params.num_heads}|{params.pooling}|{ctx.device}"
    if key not in _EMBEDDERS:
        _EMBEDDERS.clear()
        _EMBEDDERS[key] = open_embedder(
            params.model, num_heads=params.num_heads, pooling=params.pooling, ctx=ctx
        )
    return _EMBEDDERS[key]
