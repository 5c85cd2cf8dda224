"""``striate filaments``: parse, make params, run the same job as the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from striate.terminal import Terminal, common_options
from striate_filaments.typed import numbers, region, settings_of

__all__ = ["app"]

app = typer.Typer(
    help="Neurons in volumes.", no_args_is_help=True, add_completion=False
)

Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what is there already.")
]
Dataset = Annotated[
    str | None,
    typer.Option(help="Which array of a zarr group or HDF5 file.", metavar="NAME"),
]


@app.command()
@common_options
def segment(
    terminal: Terminal,
    volume: Annotated[
        Path, typer.Argument(metavar="VOLUME", help="Image file or folder.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="X.neurons.zarr", help="Where to write.")
    ],
    method: Annotated[
        str,
        typer.Option(metavar="colour|learned", help="colour unless a model is named."),
    ] = "",
    model: Annotated[
        str,
        typer.Option(
            metavar="ID|PATH", help="Of the learned method; its own unless given."
        ),
    ] = "",
    roi: Annotated[
        str,
        typer.Option(metavar="z0:z1,y0:y1,x0:x1", help="Only this part, in voxels."),
    ] = "",
    sensitivity: Annotated[
        float, typer.Option(help="0 to 1; higher finds dimmer neurites.")
    ] = 0.5,
    thickness: Annotated[
        float, typer.Option(help="Diameter of a neurite in µm; 0: from the data.")
    ] = 0.0,
    gap: Annotated[
        float, typer.Option(help="Widest break to bridge in µm; 0: from the data.")
    ] = 0.0,
    colour_tolerance: Annotated[
        float, typer.Option(help="Hue angle in degrees; 0: from the data.")
    ] = 0.0,
    minimum_length: Annotated[
        float, typer.Option(help="Shortest neuron in µm; 0: from the data.")
    ] = 0.0,
    block: Annotated[
        int, typer.Option(help="Edge of the pieces held in memory, in voxels.")
    ] = 128,
    dataset: Dataset = None,
    series: Annotated[
        int, typer.Option(help="Which image of a file with several.")
    ] = 0,
    axes: Annotated[
        str | None,
        typer.Option(help="The file's axes in its order, such as CZYX."),
    ] = None,
    voxel_size: Annotated[
        str, typer.Option(metavar="Z,Y,X", help="In µm, where the file is silent.")
    ] = "",
    overwrite: Overwrite = False,
) -> None:
    """Find the neurons in a volume."""
    from striate_filaments.workspace import SEGMENT, SEGMENT_LEARNED

    choices = {
        # Whoever names a model wants it used.
        "method": method or ("learned" if model else "colour"),
        "model": model,
        "sensitivity": sensitivity,
        "thickness": thickness,
        "gap": gap,
        "colour_tolerance": colour_tolerance,
        "minimum_length": minimum_length,
        "block": block,
        "roi": region(roi) if roi else None,
    }
    params = {
        "volume": volume,
        "out": out,
        "overwrite": overwrite,
        "dataset": dataset,
        "series": series,
        "axes": axes,
        "voxel_size": numbers(voxel_size, "--voxel-size") or None,
        "segment": choices,
    }
    learned = choices["method"] == "learned"
    outcome = terminal.run(SEGMENT_LEARNED if learned else SEGMENT, params)
    found = f"{outcome.count} neuron{'' if outcome.count == 1 else 's'}"
    terminal.answer(outcome, f"{found} in {outcome.seconds:.1f} s: {outcome.neurons}")


@app.command()
@common_options
def score(
    terminal: Terminal,
    pred: Annotated[
        Path,
        typer.Argument(metavar="PRED", help="Neurons, FISBe zarr or label image."),
    ],
    gt: Annotated[Path, typer.Argument(metavar="GT", help="The truth; any of these.")],
    partly: Annotated[
        bool, typer.Option("--partly", help="Only some neurons are labelled in GT.")
    ] = False,
    preset: Annotated[str, typer.Option(help="What the benchmark fixes.")] = "flylight",
    as_json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write every number there."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw every error: a page (.html) or picture (.png)."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Score neurons against the truth, as the FISBe benchmark does."""
    from striate_filaments.workspace import SCORE

    params = {
        "pred": pred,
        "gt": gt,
        "partly": partly,
        "preset": preset,
        "out": as_json,
        "report": report,
        "overwrite": overwrite,
    }
    outcome = terminal.run(SCORE, params)
    for name, value in outcome.numbers.items():
        terminal.say(f"{name:9} {value:.4g}")


@app.command()
@common_options
def export(
    terminal: Terminal,
    neurons: Annotated[
        Path,
        typer.Argument(
            metavar="X.neurons.zarr", help="Neurons, FISBe zarr or label image."
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(metavar="P", help="Label image: .tif, .zarr or .h5."),
    ] = None,
    fisbe: Annotated[
        Path | None,
        typer.Option(metavar="P", help="FISBe zarr: one channel per neuron."),
    ] = None,
    swc: Annotated[
        Path | None, typer.Option(metavar="DIR", help="One skeleton per neuron, µm.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="P", help="Measurements: .csv or .parquet.")
    ] = None,
    mesh: Annotated[
        Path | None, typer.Option(metavar="DIR", help="One surface per neuron, µm.")
    ] = None,
    mesh_kind: Annotated[str, typer.Option(help="ply or obj.")] = "ply",
    overlaps: Annotated[
        str,
        typer.Option(
            help="Who keeps a voxel of several neurons in a label image: the "
            "smaller, the larger or the first."
        ),
    ] = "smaller",
    ids: Annotated[str, typer.Option(metavar="ID,ID", help="Only these neurons.")] = "",
    dataset: Dataset = None,
    overwrite: Overwrite = False,
) -> None:
    """Write neurons for other programs: all forms asked for, or none."""
    from striate_filaments.workspace import EXPORT

    params = {
        "neurons": neurons,
        "dataset": dataset,
        "labels": labels,
        "fisbe": fisbe,
        "swc": swc,
        "table": table,
        "mesh": mesh,
        "mesh_kind": mesh_kind,
        "overlap_rule": overlaps,
        "ids": [int(n) for n in numbers(ids, "--ids")] or None,
        "overwrite": overwrite,
    }
    outcome = terminal.run(EXPORT, params)
    lines = [f"{form:7} {path}" for form, path in outcome.files.items()]
    terminal.answer(outcome, "\n".join(lines))


@app.command()
@common_options
def train(
    terminal: Terminal,
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA...",
            help="simulated, a FISBe zarr, or VOLUME=NEURONS; with "
            "@z0:z1,y0:y1,x0:x1 after it only that region.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="MODEL", help="Folder to write.")
    ],
    validation: Annotated[
        list[str] | None,
        typer.Option(metavar="DATA", help="Measure S here, and never train on it."),
    ] = None,
    partly: Annotated[
        bool,
        typer.Option("--partly", help="Only some neurons are labelled in the data."),
    ] = False,
    start: Annotated[
        str,
        typer.Option(
            metavar="ID|PATH|none",
            help="Model to train further; the shipped one unless given.",
        ),
    ] = "",
    name: Annotated[str, typer.Option(help="Of the model.")] = "my-segmenter",
    steps: Annotated[int, typer.Option(help="At most.")] = 400,
    batch: Annotated[int, typer.Option(help="Crops per step.")] = 2,
    crop: Annotated[int, typer.Option(help="Edge of a crop in voxels.")] = 48,
    rate: Annotated[float, typer.Option(help="Learning rate; 0: by the start.")] = 0.0,
    simulated: Annotated[
        float, typer.Option(help="Share of simulated crops among others.")
    ] = 0.25,
    volumes: Annotated[int, typer.Option(help="Simulated volumes to paint.")] = 8,
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="VOLUME", help="Simulated volumes look like this raw volume."
        ),
    ] = None,
    check_every: Annotated[int, typer.Option(help="Steps between two S.")] = 50,
    patience: Annotated[
        int, typer.Option(help="Stop after so many S that are no better; 0: never.")
    ] = 4,
    keep: Annotated[
        str,
        typer.Option(metavar="best|last", help="Of the networks: S chooses, or time."),
    ] = "best",
    threads: Annotated[int, typer.Option(help="0 leaves it to torch.")] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Train a model for the learned method; a run that was cut off goes on."""
    from striate_filaments.training import TrainSource
    from striate_filaments.workspace import TRAIN

    def read(texts: list[str]) -> list[dict[str, Any]]:
        sources = [TrainSource.model_validate(text) for text in texts]
        return [s.model_dump() | {"partly": partly} for s in sources]

    params = {
        "data": read(data), "validation": read(validation or []), "out": out,
        "overwrite": overwrite, "name": name, "start": start, "steps": steps,
        "batch": batch, "crop": crop, "rate": rate, "simulated": simulated,
        "volumes": volumes, "like": like, "check_every": check_every,
        "patience": patience, "keep": keep, "threads": threads,
    }  # fmt: skip
    outcome = terminal.run(TRAIN, params)
    terminal.answer(
        outcome,
        f"S {outcome.start_S:.3f} before, {outcome.best_S:.3f} after "
        f"{outcome.best_step} of {outcome.steps} steps ({outcome.minutes:.1f} min): "
        f"use it with --model {outcome.folder}",
    )


@app.command()
@common_options
def simulate(
    terminal: Terminal,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder.")],
    n: Annotated[int, typer.Option("--n", help="How many volumes.")] = 1,
    shape: Annotated[
        str, typer.Option(metavar="Z,Y,X", help="Size in voxels.")
    ] = "128,256,256",
    neurons: Annotated[
        int | None, typer.Option(help="Neurons in each volume; 6 if none is said.")
    ] = None,
    channels: Annotated[
        int | None, typer.Option(help="Colour channels; 3 if none is said.")
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="VOLUME",
            help="Look like this raw volume: its channels, light, noise, background "
            "and blur are estimated.",
        ),
    ] = None,
    dataset: Dataset = None,
    axes: Annotated[
        str | None, typer.Option(help="The axes of VOLUME in their order: CZYX.")
    ] = None,
    voxel_size: Annotated[
        str, typer.Option(metavar="Z,Y,X", help="In µm, where VOLUME is silent.")
    ] = "",
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Further settings, as a JSON object."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Paint semi-synthetic volumes with exact truth, in FISBe's layout."""
    from striate_filaments.workspace import SIMULATE

    chosen = {
        "shape": [int(v) for v in numbers(shape, "--shape")],
        "n_neurons": neurons,
        "n_channels": channels,
        "seed": terminal.seed,
        **(settings_of(settings) if settings else {}),
    }
    given = {k: v for k, v in chosen.items() if v is not None}
    picture = {
        "volume": like,
        "dataset": dataset,
        "axes": axes,
        "voxel_size": numbers(voxel_size, "--voxel-size") or None,
    }
    params = {
        "out": out,
        "count": n,
        "overwrite": overwrite,
        "like": picture if like else None,
        "simulate": given,
    }
    outcome = terminal.run(SIMULATE, params)
    lines = [f"semi-synthetic: {path}" for path in outcome.files]
    terminal.answer(outcome, "\n".join(lines))
