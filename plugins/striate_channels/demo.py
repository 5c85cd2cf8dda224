"""``striate demo channels``: embed, map and cluster the sample, with figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate import resources
from striate_channels.embedding import EmbedParams, embed_files, read_embeddings
from striate_channels.objects.images import open_image
from striate_channels.objects.pixels import Pixels
from striate_channels.preprocessing.prepare import resized
from striate_channels.profiles import ProfileParams, profile_embeddings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_channels.embedding import Embeddings

__all__ = ["demo", "gallery"]

SAMPLE = "samples/brainbow_cortex/chroms_cortex_sample.tif"
TILE, EXAMPLES, EDGE = 40, 8, 64


def demo(folder: Path, ctx: JobContext) -> dict[str, Any]:
    """Embed overlapping tiles of the real Brainbow stack and see which are alike.

    Writes ``embeddings.parquet``, the folder ``profile`` and ``examples.png``: a
    row of tiles for each cluster, those nearest to its middle first.
    """
    sample = resources.path(SAMPLE)
    params = EmbedParams(images=(sample,), objects={"tile": TILE, "overlap": 0.5})
    embedded = embed_files(params, folder / "embeddings.parquet", ctx)
    profiled = profile_embeddings(
        ProfileParams(
            embeddings=embedded.embeddings, clusters="kmeans", n_clusters=4, map="pca"
        ),
        folder / "profile",
        ctx,
    )
    table = read_embeddings(embedded.embeddings)
    clusters = _clusters(profiled.points)
    gallery(folder / "examples.png", table, clusters)
    return {
        "sample": "real: Brainbow cortex, 3 channels (BSD-3-Clause)",
        "model": embedded.model,
        "model_note": "the small model that ships; the published ChAda-ViT is better",
        "tiles": embedded.rows,
        "clusters": profiled.clusters,
        "pca_variance": profiled.pca_variance,
        "embeddings": str(embedded.embeddings),
        "map": str(profiled.folder / "map.svg"),
        "examples": str(folder / "examples.png"),
    }


def gallery(path: Path, table: Embeddings, clusters: NDArray[np.int64]) -> None:
    """Write a picture with a row of examples for each cluster."""
    from PIL import Image, ImageDraw, ImageFont

    rows = _examples(table.vectors, clusters)
    left, gap = 90, 4
    width = left + EXAMPLES * (EDGE + gap)
    image = Image.new("RGB", (width, len(rows) * (EDGE + gap) + gap), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=13)
    for i, members in enumerate(rows):
        y = gap + i * (EDGE + gap)
        text = f"cluster {i}\n{(clusters == i).sum()} tiles"
        draw.text((8, y + 14), text, fill="black", font=font)
        for j, row in enumerate(members):
            tile = Image.fromarray(_tile(table, int(row)))
            image.paste(tile, (left + j * (EDGE + gap), y))
    image.save(path, "PNG")


def _examples(
    vectors: NDArray[np.float32], clusters: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    from striate_channels.profiles.space import comparable

    ready, rows = comparable(vectors), []
    for cluster in range(int(clusters.max()) + 1):
        own = np.flatnonzero(clusters == cluster)
        middle = ready[own].mean(0)
        order = np.argsort(-(ready[own] @ middle), kind="stable")
        rows.append(own[order][:EXAMPLES])
    return rows


def _tile(table: Embeddings, row: int) -> NDArray[np.uint8]:
    get = {n: table.table[n][row].as_py() for n in table.table.column_names}
    volume = open_image(get["source"])
    crop = Pixels(volume, get["t"]).read(
        (get["z0"], get["y0"], get["x0"]), (get["z1"], get["y1"], get["x1"])
    )
    picture = resized(crop.astype(np.float32).max(1), EDGE)
    low = np.percentile(picture, 1, axis=(1, 2), keepdims=True)
    high = np.percentile(picture, 99.7, axis=(1, 2), keepdims=True)
    unit = np.clip((picture - low) / np.maximum(high - low, 1e-6), 0, 1)
    rgb = np.zeros((EDGE, EDGE, 3), np.float32)
    rgb[..., : min(3, len(unit))] = np.moveaxis(unit[:3], 0, -1)
    return (255 * rgb).astype(np.uint8)


def _clusters(points: Path) -> NDArray[np.int64]:
    import pyarrow.parquet as pq

    return np.asarray(pq.read_table(points, columns=["cluster"])["cluster"])
