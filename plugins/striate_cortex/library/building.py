"""Embed pictures and captions once, into a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.library.importing import source_fact
from striate_cortex.library.items import Item, read_items
from striate_cortex.library.store import Library, open_library
from striate_cortex.library.writing import add_batches, write_library

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoders import Encoder

__all__ = ["add_to_library", "build_library"]

_BATCH = 64


def build_library(
    sources: Sequence[Path],
    out: Path,
    encoder: Encoder,
    *,
    images: Path | None = None,
    overwrite: bool = False,
    ctx: JobContext | None = None,
) -> Library:
    """Embed what sources offer, and write it.

    An item is embedded by its picture; one without, by the mean of its captions.
    Pictures that cannot be read are left out, and the log says how many.

    Parameters
    ----------
    sources
        See :func:`~striate_cortex.library.items.read_items`.
    out
        Folder to make.
    encoder
        Whose space the library will be of.
    images
        Folder of the pictures that caption files name.

    Raises
    ------
    InputError
        When a source is bad, or no item can be used.
    OutputError
        When `out` exists and `overwrite` is False, or cannot be written.
    """
    from striate.data.atomic import check_target
    from striate.jobs.context import JobContext

    ctx = ctx or JobContext()
    check_target(out, overwrite=overwrite)
    items, told = _read(sources, images)
    lost: list[str] = []
    facts = {"sources": told, "encoder": encoder.space.model_dump(mode="json")}
    write_library(
        out, _batches(items, encoder, lost, ctx), space=encoder.space.name,
        facts=facts, overwrite=overwrite,
    )  # fmt: skip
    _say_lost(lost, ctx)
    return open_library(out)


def add_to_library(
    path: Path,
    sources: Sequence[Path],
    encoder: Encoder,
    *,
    images: Path | None = None,
    ctx: JobContext | None = None,
) -> Library:
    """Embed more sources into a library; it stays as it was until all are in.

    Raises
    ------
    InputError
        When the encoder is another than the library's, or as :func:`build_library`.
    """
    from striate.jobs.context import JobContext

    ctx = ctx or JobContext()
    library = open_library(path)
    library.check(encoder.space.name, encoder.space.dimension)
    items, told = _read(sources, images)
    lost: list[str] = []
    facts = {**library.facts, "sources": [*library.facts.get("sources", []), *told]}
    add_batches(path, _batches(items, encoder, lost, ctx), facts)
    _say_lost(lost, ctx)
    return open_library(path)


def _read(
    sources: Sequence[Path], images: Path | None
) -> tuple[list[Item], list[dict[str, Any]]]:
    found = [(source, read_items(source, images)) for source in sources]
    items = [item for _, some in found for item in some]
    if not items:
        raise InputError("There is nothing to embed: give pictures or captions.")
    return items, [source_fact(source, len(some)) for source, some in found]


def _say_lost(lost: list[str], ctx: JobContext) -> None:
    if lost:
        ctx.log(f"{len(lost):,} items were left out; the first: {lost[0]}", "warning")


def _batches(
    items: list[Item], encoder: Encoder, lost: list[str], ctx: JobContext
) -> Iterator[tuple[NDArray[np.float32], list[Item]]]:
    for first in range(0, len(items), _BATCH):
        batch = items[first : first + _BATCH]
        for part, embed in (([i for i in batch if i.image], _pictures),
                            ([i for i in batch if not i.image], _texts)):  # fmt: skip
            if part:
                vectors, kept = embed(part, encoder, lost)
                if kept:
                    yield vectors, kept
        ctx.progress(min(len(items), first + _BATCH), len(items), "Embedding")


def _pictures(
    items: list[Item], encoder: Encoder, lost: list[str]
) -> tuple[Any, list[Item]]:
    try:
        return encoder.embed_images([i.image for i in items]), items
    except InputError as error:
        if len(items) == 1:
            lost.append(str(error))
            return None, []
    # One bad picture must not cost its batch: find it.
    found = [_pictures([item], encoder, lost) for item in items]
    good = [(v, i) for v, kept in found for i in kept]
    return np.concatenate([v for v, _ in good]) if good else None, [i for _, i in good]


def _texts(
    items: list[Item], encoder: Encoder, lost: list[str]
) -> tuple[NDArray[np.float32], list[Item]]:
    counts = [len(i.captions) for i in items]
    vectors = encoder.embed_texts([c for i in items for c in i.captions])
    parts = np.split(vectors, np.cumsum(counts)[:-1])
    means = np.stack([p.mean(axis=0) for p in parts])
    if encoder.space.unit_length:
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return means.astype(np.float32), items
