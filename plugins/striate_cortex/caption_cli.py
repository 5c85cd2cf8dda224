"""``striate cortex caption``, ``predict``, ``atlas`` and ``library``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from striate.terminal import Terminal, common_options
from striate_cortex.cli_options import LibraryFolder, ModelFile, Overwrite, Units

if TYPE_CHECKING:
    from striate_cortex.library import Library

__all__ = ["add_commands", "library_app"]

library_app = typer.Typer(
    help="Libraries: images and texts that units are read with.",
    no_args_is_help=True, add_completion=False,
)  # fmt: skip

Method = Annotated[
    str, typer.Option(help="brainscuba: one caption; lavca: keywords in a sentence.")
]
Above = Annotated[
    str,
    typer.Option(
        metavar="NAME=N", help="Only units as good: ceiling=10, r2=0.05, any score."
    ),
]
Tau = Annotated[float, typer.Option(help="Temperature of the projection.")]
Decode = Annotated[
    str, typer.Option(help="CLIPCap: auto (where its files are here), never, clipcap.")
]
Captioner = Annotated[
    str, typer.Option(metavar="CARD", help="Model that captions bare pictures.")
]
Keyworder = Annotated[
    str, typer.Option(metavar="CARD", help="Language model for keywords.")
]
Pmi = Annotated[
    float, typer.Option(help="Against captions of anything; MILAN's lambda is 0.2.")
]
Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="SOURCE...",
        help="Pictures, folders, captions (COCO JSON, CSV, TXT); or one file of "
        "ready vectors (npy, npz, parquet).",
    ),
]
Images = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where the pictures are that captions name."),
]
Index = Annotated[
    bool, typer.Option("--index", help="Build an index for fast search (faiss).")
]
Captions = Annotated[
    Path | None, typer.Option(metavar="TXT", help="A line for each ready vector.")
]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to those of ``striate cortex``."""
    app.command()(caption)
    app.command()(predict)
    app.command()(atlas)
    app.add_typer(library_app, name="library")


@common_options
def caption(
    terminal: Terminal,
    model: ModelFile,
    units: Units = "all",
    above: Above = "",
    library: LibraryFolder = None,
    method: Method = "brainscuba",
    tau: Tau = 1 / 150,
    top: Annotated[int, typer.Option(help="Items of the library looked at.")] = 50,
    pmi: Pmi = 0.0,
    repeats: Annotated[
        int, typer.Option(help="Random halves of the library to average over.")
    ] = 1,
    decode: Decode = "auto",
    captioner: Captioner = "",
    keyworder: Keyworder = "",
    stimuli: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Captions of what was seen, for caption accuracy."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="P", help=".json, .csv or .parquet."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Say in words what units are selective for; goes on where it was cut off."""
    from striate_cortex.workspace import CAPTION

    params = {
        "model": model, "units": units, "above": above, "library": library,
        "method": method, "tau": tau, "top": top, "pmi": pmi, "repeats": repeats,
        "decode": decode,
        "captioner": captioner, "keyworder": keyworder, "stimuli": stimuli, "out": out,
        "overwrite": overwrite,
    }  # fmt: skip
    outcome = terminal.run(CAPTION, params)
    lines = [f"{outcome.units:,} units, the first: {outcome.first}"]
    if outcome.simulated:
        lines[0] += " (simulated)"
    if outcome.accuracy is not None:
        lines.append(f"Caption accuracy, median: {outcome.accuracy:.3f}")
    for name, told in outcome.regions.items():
        nouns = ", ".join(noun for noun, _ in told["nouns"][:5])
        lines.append(f"{name:24} {told['units']:7,}  {nouns}")
    terminal.answer(outcome, "\n".join([*lines, str(outcome.path)]))


@common_options
def predict(
    terminal: Terminal,
    model: ModelFile,
    units: Units,
    text: Annotated[
        str, typer.Option("--text", metavar="SENTENCE", help="What an image shows.")
    ] = "",
    concept: Annotated[
        str, typer.Option(help="Instead: what this word adds to captions.")
    ] = "",
    library: LibraryFolder = None,
) -> None:
    """Predict what units do to a sentence, beside the library's captions."""
    from striate_cortex.captions import open_answers
    from striate_cortex.mapping import find_model
    from striate_cortex.unit_choice import choose_units

    with terminal.context(uses_device=True) as ctx:
        subject, found, name = find_model(model)
        answers = open_answers(subject, found, library, name=name, ctx=ctx)
        rows = choose_units(units, subject, len(found)).tolist()
        told: list[Any] = [
            answers.effect(u, concept, ctx=ctx) if concept
            else answers.predict(u, text, ctx)
            for u in rows
        ]  # fmt: skip
    lines = []
    for one in told:
        if concept:
            lines.append(f"{one.unit:8}  effect of {one.concept}: {one.effect:+.2f} SD")
        else:
            lines.append(
                f"{one.unit:8}  {one.response:+9.3g}  z {one.z or 0:+5.2f}  percentile "
                f"{one.percentile:5.1f} of {one.count} {one.reference}"
            )
    values = [one.model_dump(mode="json") for one in told]
    terminal.answer({"units": values}, "\n".join(lines))


@common_options
def atlas(
    terminal: Terminal,
    model: ModelFile,
    units: Units = "all",
    above: Above = "",
    library: LibraryFolder = None,
    topics: Annotated[int, typer.Option(help="0: found from the data.")] = 0,
    search: Annotated[
        str, typer.Option(metavar="WORD", help="Also list units told by this word.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="P", help=".parquet or .csv.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Lay captioned units out in a plane, with topics (UMAP, fixed seed)."""
    from striate_cortex.atlas_job import read_atlas
    from striate_cortex.captions.atlas import search_atlas
    from striate_cortex.workspace import ATLAS

    params = {"model": model, "units": units, "above": above, "library": library,
              "topics": topics, "out": out, "overwrite": overwrite}  # fmt: skip
    outcome = terminal.run(ATLAS, params)
    lines = [f"{t['units']:7,}  {t['name']}" for t in outcome.topics]
    if search:
        rows, _ = read_atlas(outcome.path)
        for i in search_atlas(rows, search):
            lines.append(f"{rows[i]['unit']:8}  {rows[i]['caption']}")
    terminal.answer(outcome, "\n".join([*lines, str(outcome.path)]))


# ---- Libraries


@library_app.command()
@common_options
def build(
    terminal: Terminal,
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", metavar="L", help="Folder to make.")],
    encoder: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="starter, a card or folder; of ready vectors, whose they are.",
        ),
    ] = "",
    images: Images = None,
    captions: Captions = None,
    index: Index = False,
    overwrite: Overwrite = False,
) -> None:
    """Embed pictures and captions, or take ready vectors."""
    from striate_cortex.workspace import LIBRARY

    params = {"sources": sources, "out": out, "encoder": encoder, "images": images,
              "captions": captions, "index": index, "overwrite": overwrite}  # fmt: skip
    outcome = terminal.run(LIBRARY, params)
    terminal.answer(outcome, _sizes(outcome))


@library_app.command()
@common_options
def add(
    terminal: Terminal,
    library: Annotated[Path, typer.Argument(metavar="L", help="A library.")],
    sources: Sources,
    images: Images = None,
    captions: Captions = None,
    index: Index = False,
) -> None:
    """Add pictures, captions or vectors to a library."""
    from striate_cortex.workspace import LIBRARY_ADD

    params = {"library": library, "sources": sources, "images": images,
              "captions": captions, "index": index}  # fmt: skip
    outcome = terminal.run(LIBRARY_ADD, params)
    terminal.answer(outcome, _sizes(outcome))


@library_app.command()
@common_options
def info(
    terminal: Terminal,
    library: Annotated[Path, typer.Argument(metavar="L", help="A library.")],
) -> None:
    """Say what a library holds, and where it comes from."""
    from striate_cortex.library import open_library
    from striate_cortex.library.index import open_index

    found = open_library(library)
    index = open_index(found)
    told = {
        "path": str(found.path or library), "items": len(found), "space": found.space,
        "dimension": found.dimension, "captioned": found.captioned,
        "recall": index.recall if index else None, "facts": found.facts,
    }  # fmt: skip
    lines = [f"{len(found):,} items of {found.space} ({found.dimension} dimensions)"]
    for source in found.facts.get("sources", []):
        lines.append(f"{source['items']:9,}  {source['path']}")
    if index:
        lines.append(f"Index: finds {index.recall:.1%} of the exact ten nearest")
    terminal.answer(told, "\n".join(lines))


@library_app.command("search")
@common_options
def search_library(
    terminal: Terminal,
    library: Annotated[Path, typer.Argument(metavar="L", help="A library.")],
    query: Annotated[
        str, typer.Argument(metavar="TEXT|IMAGE", help="A phrase, or a picture file.")
    ],
    top: Annotated[int, typer.Option(help="Items to list.")] = 10,
    fast: Annotated[
        bool, typer.Option("--fast", help="By the index; may miss some.")
    ] = False,
) -> None:
    """List the items nearest to a phrase or a picture."""
    from striate_cortex.encoders import open_encoder
    from striate_cortex.library import open_library

    found = open_library(library)
    with terminal.context(uses_device=True) as ctx:
        encoder = open_encoder(found.space, ctx=ctx)
        picture = Path(query).expanduser()
        vector = (
            encoder.embed_images([picture])
            if picture.is_file()
            else encoder.embed_texts([query])
        )
        near = found.search(vector, top, exact=not fast, ctx=ctx)
    rows = _rows(found, near.items[0].tolist(), near.scores[0].tolist())
    lines = [f"{r['cosine']:6.3f}  {r['caption'] or r['name']}  ({r['origin']})"
             for r in rows]  # fmt: skip
    terminal.answer({"items": rows}, "\n".join(lines))


def _rows(library: Library, places: list[int], scores: list[float]) -> list[Any]:
    items = library.items_at(places)
    return [
        {"item": p, "cosine": s, "name": i.name, "origin": i.origin,
         "caption": i.captions[0] if i.captions else ""}
        for p, s, i in zip(places, scores, items, strict=True)
    ]  # fmt: skip


def _sizes(outcome: Any) -> str:
    text = (
        f"{outcome.items:,} items of {outcome.space}, {outcome.captioned:,} with "
        f"captions: {outcome.path}"
    )
    if outcome.recall is not None:
        text += f"\nThe index finds {outcome.recall:.1%} of the exact ten nearest."
    return text
