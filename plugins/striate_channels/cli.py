"""``striate channels``: parse, make params, run the same job as the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from striate.errors import InputError
from striate.terminal import Terminal, common_options

__all__ = ["app"]

app = typer.Typer(
    help="Images with any channels in one embedding space.",
    no_args_is_help=True,
    add_completion=False,
)

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what is there already.")
]


@app.command()
@common_options
def embed(
    terminal: Terminal,
    images: Images,
    out: Annotated[
        Path, typer.Option("--out", metavar="E.parquet", help="Where to write.")
    ],
    model: Annotated[
        str,
        typer.Option(metavar="ID|PATH", help="A model card or file; default: shipped."),
    ] = "",
    num_heads: Annotated[
        int | None,
        typer.Option("--num-heads", metavar="H", help="Instead of the model's own."),
    ] = None,
    normalise: Annotated[
        str, typer.Option(help="channel, percentile, minmax or none.")
    ] = "channel",
    scope: Annotated[
        str, typer.Option(help="crop or image: what the normalisation is measured on.")
    ] = "crop",
    background: Annotated[
        str, typer.Option(help="none, median or low: what is subtracted first.")
    ] = "none",
    size: Annotated[
        str, typer.Option(metavar="native|model|PX", help="Edge of each picture.")
    ] = "model",
    channels: Annotated[
        str,
        typer.Option(metavar="0,2,…", help="Which, in which order; default: all."),
    ] = "",
    projection: Annotated[
        str, typer.Option(help="Of stacks: max, mean, middle, slices or views.")
    ] = "max",
    tile: Annotated[int, typer.Option(metavar="PX", help="Embed tiles.")] = 0,
    overlap: Annotated[float, typer.Option(help="Share that tiles overlap.")] = 0.0,
    labels: Annotated[
        list[Path] | None,
        typer.Option(help="Embed each object of this label image; one per IMAGE."),
    ] = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="Hide what is not the object.")
    ] = False,
    margin: Annotated[float, typer.Option(help="Around an object, as a share.")] = 0.1,
    minimum: Annotated[int, typer.Option(help="Smallest object, in voxels.")] = 1,
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Columns by 'source' (and 'object_id')."),
    ] = None,
    pooling: Annotated[
        str, typer.Option(help="mean or concatenate, for one-channel models.")
    ] = "mean",
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Store every patch's vector too.")
    ] = False,
    batch: Annotated[int, typer.Option(help="Pictures prepared together.")] = 32,
    axes: Annotated[
        str | None, typer.Option(help="The files' axes in their order, such as CZYX.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Which array of a zarr group or HDF5 file.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Embed images, their tiles, or their labelled objects."""
    from striate_channels.workspace import EMBED

    resize, pixels = _size(size)
    steps = {
        "normalise": normalise,
        "scope": scope,
        "background": background,
        "projection": projection,
        "channels": _channels(channels),
        "size": pixels,
    }
    what = {"tile": tile, "overlap": overlap, "margin": margin, "mask": mask,
            "minimum": minimum}  # fmt: skip
    params: dict[str, Any] = {
        "out": out,
        "overwrite": overwrite,
        "embed": {
            "images": images, "labels": labels or [], "metadata": metadata,
            "model": model, "num_heads": num_heads, "pooling": pooling,
            "resize": resize, "preprocessing": steps, "objects": what,
            "tokens": tokens, "batch": batch, "axes": axes, "dataset": dataset,
        },
    }  # fmt: skip
    outcome = terminal.run(EMBED, params)
    text = f"{outcome.rows:,} embeddings by {outcome.model}: {outcome.embeddings}"
    terminal.answer(outcome, text)


@app.command()
@common_options
def profile(
    terminal: Terminal,
    embeddings: Annotated[
        Path, typer.Argument(metavar="E.parquet", help="Made by embed.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")],
    label: Annotated[str, typer.Option(help="Column to predict.")] = "",
    group: Annotated[
        str, typer.Option(help="Column of plates or animals, kept apart in tests.")
    ] = "",
    batch: Annotated[str, typer.Option(help="Column that should not matter.")] = "",
    centre_batches: Annotated[
        bool, typer.Option("--centre-batches", help="Subtract each batch's mean.")
    ] = False,
    map: Annotated[str, typer.Option(help="umap or pca.")] = "umap",
    clusters: Annotated[str, typer.Option(help="leiden, kmeans or none.")] = "leiden",
    k: Annotated[int, typer.Option("--k", help="Of k-means; 0 finds it.")] = 0,
    resolution: Annotated[float, typer.Option(help="Of Leiden.")] = 1.0,
    neighbours: Annotated[int, typer.Option(help="Of map and Leiden.")] = 15,
    anndata: Annotated[
        bool, typer.Option(help="Write embeddings.h5ad for scanpy too.")
    ] = True,
    overwrite: Overwrite = False,
) -> None:
    """Map, cluster and check a table of embeddings."""
    from striate_channels.workspace import PROFILE

    choices = {
        "embeddings": embeddings, "label": label, "group": group, "batch": batch,
        "centre_batches": centre_batches, "map": map, "clusters": clusters,
        "n_clusters": k, "resolution": resolution, "neighbours": neighbours,
        "anndata": anndata,
    }  # fmt: skip
    params = {"out": out, "overwrite": overwrite, "profile": choices}
    outcome = terminal.run(PROFILE, params)
    lines = [f"{outcome.rows:,} rows, {outcome.clusters} clusters: {outcome.folder}"]
    if outcome.classified is not None:
        found = outcome.classified
        light = found.mean_intensity_knn
        lines.append(
            f"{found.label}: k-NN {found.knn:.1%}, linear probe "
            f"{found.linear_probe:.1%}, chance {found.chance:.1%}"
            + (f", mean intensity alone {light:.1%}" if light is not None else "")
            + ("" if found.grouped else " (not grouped: optimistic)")
        )
    if outcome.batches is not None:
        lines.append(outcome.batches.sentence)
    terminal.answer(outcome, "\n".join(lines))


@app.command()
@common_options
def search(
    terminal: Terminal,
    embeddings: Annotated[
        Path, typer.Argument(metavar="E.parquet", help="Made by embed.")
    ],
    like: Annotated[
        list[str], typer.Option("--like", metavar="FILE[#ID]", help="An example.")
    ],
    top: Annotated[int, typer.Option(min=1, help="How many.")] = 10,
) -> None:
    """Find what looks most like some examples."""
    from striate_channels.embedding import read_embeddings
    from striate_channels.profiles.searching import find_rows, search

    table = read_embeddings(embeddings)
    rows, cosines = search(table.vectors, find_rows(table, like), top)
    sources, ids = table.column("source"), table.column("object_id")
    hits = [
        {"source": str(sources[r]), "object_id": int(ids[r]), "cosine": float(c)}
        for r, c in zip(rows, cosines, strict=True)
    ]
    for hit in hits:
        terminal.say(f"{hit['cosine']:.3f}  {hit['source']}#{hit['object_id']}")
    terminal.answer({"hits": hits})


@app.command()
@common_options
def pretrain(
    terminal: Terminal,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")],
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[IMAGE...]", help="Your images; none: simulated ones."),
    ] = None,
    continue_from: Annotated[
        str, typer.Option(metavar="ID|PATH", help="Train this model further.")
    ] = "",
    name: Annotated[str, typer.Option(help="Of the model.")] = "my-chadavit",
    steps: Annotated[int, typer.Option(help="At most.")] = 2000,
    minutes: Annotated[float, typer.Option(help="At most.")] = 30.0,
    batch: Annotated[int, typer.Option(help="Pictures per step.")] = 32,
    simulated: Annotated[
        float, typer.Option(help="Share of steps on simulated fields.")
    ] = 0.5,
    depth: Annotated[int, typer.Option(help="Blocks.")] = 4,
    embed_dim: Annotated[int, typer.Option(help="Dimensions.")] = 96,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 1e-3,
    threads: Annotated[int, typer.Option(help="0 leaves it to torch.")] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Train a small ChAda-ViT without labels, or train one further."""
    from striate_channels.workspace import PRETRAIN

    choices = {"steps": steps, "minutes": minutes, "batch": batch, "depth": depth,
               "simulated": simulated, "embed_dim": embed_dim, "rate": rate,
               "threads": threads}  # fmt: skip
    params = {
        "out": out, "overwrite": overwrite, "images": images or [], "name": name,
        "continue_from": continue_from, "train": choices,
    }  # fmt: skip
    outcome = terminal.run(PRETRAIN, params)
    terminal.answer(
        outcome,
        f"{outcome.steps} steps in {outcome.minutes:.1f} min, loss {outcome.loss:.3f}: "
        f"use it with --model {outcome.card}",
    )


def _size(text: str) -> tuple[str, int]:
    if text in ("native", "model"):
        return text, 0
    if not text.isdigit() or int(text) < 1:
        raise InputError(f"--size {text}: say native, model, or pixels such as 224.")
    return "custom", int(text)


def _channels(text: str) -> list[int]:
    parts = [p.strip() for p in text.split(",") if p.strip()]
    if not all(p.isdigit() for p in parts):
        raise InputError(f"--channels {text}: give numbers from 0, such as 0,2.")
    return [int(p) for p in parts]
