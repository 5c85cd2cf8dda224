"""``striate cortex``: parse, make params, run the same job as the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from striate.terminal import Terminal, common_options

__all__ = ["app"]

app = typer.Typer(
    help="Responses of the cortex to images.", no_args_is_help=True,
    add_completion=False,
)  # fmt: skip

Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what is there already.")
]


@app.command()
@common_options
def fit(
    terminal: Terminal,
    subject: Annotated[
        Path, typer.Argument(metavar="SUBJECT", help="Folder with a subject.json.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="MODEL", help="Where to write.")
    ],
    features: Annotated[
        list[str] | None,
        typer.Option(
            metavar="F",
            help="Features of the subject, a file, or encoder:NAME for its stimuli; "
            "several for banded ridge. Default: the subject's first.",
        ),
    ] = None,
    method: Annotated[
        str, typer.Option(help="How alpha is chosen: gcv, kfold.")
    ] = "gcv",
    folds: Annotated[int, typer.Option(help="Of kfold and of banded ridge.")] = 5,
    keep_folds: Annotated[
        bool, typer.Option("--keep-folds", help="Keep the weights of each fold.")
    ] = False,
    alphas: Annotated[
        str, typer.Option(metavar="LOW,HIGH,COUNT", help="Penalties to choose from.")
    ] = "0.01,1e7,20",
    normalise: Annotated[
        bool, typer.Option("--normalise", help="Bring features to unit length first.")
    ] = False,
    held_out: Annotated[
        float, typer.Option(help="Share of the images, the last, to test on.")
    ] = 0.2,
    permutations: Annotated[
        int, typer.Option(help="Shuffles of the images held out, for p and q.")
    ] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Fit an encoding model to a subject's responses."""
    from striate_cortex.workspace import FIT

    low, high, count = _alphas(alphas)
    choices: dict[str, Any] = {
        "method": method, "folds": folds, "keep_folds": keep_folds,
        "alpha_low": low, "alpha_high": high, "alpha_count": count,
        "normalise": normalise, "held_out": held_out, "permutations": permutations,
    }  # fmt: skip
    params = {"subject": subject, "features": features or [], "out": out,
              "overwrite": overwrite, "fit": choices}  # fmt: skip
    outcome = terminal.run(FIT, params)
    text = f"{outcome.units:,} units, {outcome.features:,} features: {outcome.model}"
    if outcome.r2_median is not None:
        text += (
            f"\nR² of {outcome.held_out:,} images held out: median "
            f"{outcome.r2_median:.3f}, best percent {outcome.r2_top:.3f}"
        )
    terminal.answer(outcome, text)


@app.command()
@common_options
def map(
    terminal: Terminal,
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A model, or a subject for its first one."
        ),
    ],
    what: Annotated[
        str,
        typer.Option(
            help='r2, r, ceiling, r2/ceiling, pc, roi, text:"a face", '
            "difference:OTHER, or any score of the model."
        ),
    ] = "r2",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="P", help=".png, .csv, .npy or .func.gii."),
    ] = None,
    subject: Annotated[
        Path | None,
        typer.Option(metavar="SUBJECT", help="Whose model it is, if it does not say."),
    ] = None,
    encoder: Annotated[
        str, typer.Option(metavar="NAME", help="For text; default: the model's own.")
    ] = "",
    overwrite: Overwrite = False,
) -> None:
    """Map a model's quality, tuning, or any phrase onto the cortex."""
    from striate_cortex.workspace import MAP

    params = {"model": model, "what": what, "out": out, "subject": subject,
              "encoder": encoder, "overwrite": overwrite}  # fmt: skip
    outcome = terminal.run(MAP, params)
    lines = [f"{outcome.title}{' (simulated)' if outcome.simulated else ''}"]
    for row in outcome.regions:
        if row["median"] is not None:
            lines.append(f"{row['region']:24} {row['n']:7,} {row['median']:10.4g}")
    lines += [str(path) for path in outcome.files]
    terminal.answer(outcome, "\n".join(lines))


@app.command()
@common_options
def embed(
    terminal: Terminal,
    out: Annotated[
        Path, typer.Option("--out", metavar="L.safetensors", help="Where to write.")
    ],
    images: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[IMAGE...]", help="Pictures, or folders of them."),
    ] = None,
    texts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One text a line.")
    ] = None,
    encoder: Annotated[
        str, typer.Option(metavar="NAME", help="starter, a model card, or timm:NAME.")
    ] = "starter",
    overwrite: Overwrite = False,
) -> None:
    """Embed images or texts: features for a fit, or a library."""
    from striate_cortex.workspace import EMBED

    params = {"images": images or [], "texts": texts, "encoder": encoder, "out": out,
              "overwrite": overwrite}  # fmt: skip
    outcome = terminal.run(EMBED, params)
    text = f"{outcome.count:,} vectors of {outcome.encoder}: {outcome.library}"
    terminal.answer(outcome, text)


Units = Annotated[
    str, typer.Option("--units", metavar="3,8,20-24|REGION", help="Which units.")
]
LibraryFolder = Annotated[
    Path | None,
    typer.Option("--library", metavar="L", help="Default: the subject's own images."),
]
ModelFile = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A model, or a subject for its first one."),
]


@app.command()
@common_options
def caption(
    terminal: Terminal,
    model: ModelFile,
    units: Units,
    library: LibraryFolder = None,
    method: Annotated[str, typer.Option(help="brainscuba or lavca.")] = "brainscuba",
    tau: Annotated[float, typer.Option(help="Temperature of the projection.")] = (
        1 / 150
    ),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="P.json", help="Where to write.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Say in words what units are selective for."""
    from striate_cortex.workspace import CAPTION

    params = {"model": model, "units": units, "library": library, "method": method,
              "tau": tau, "out": out, "overwrite": overwrite}  # fmt: skip
    outcome = terminal.run(CAPTION, params)
    terminal.answer(
        outcome, f"{outcome.units:,} units, the first: {outcome.first}\n{outcome.path}"
    )


@app.command()
@common_options
def synthesize(
    terminal: Terminal,
    model: ModelFile,
    units: Units,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")],
    contrast: Annotated[
        str, typer.Option(metavar="UNITS", help="Units to drive less.")
    ] = "",
    method: Annotated[
        str, typer.Option(help="activation: by gradient, works offline.")
    ] = "activation",
    library: LibraryFolder = None,
    count: Annotated[int, typer.Option(help="Images.")] = 3,
    steps: Annotated[int, typer.Option(help="Gradient steps.")] = 120,
    overwrite: Overwrite = False,
) -> None:
    """Make images that units are predicted to respond to."""
    from striate.errors import InputError
    from striate_cortex.workspace import SYNTHESIZE

    if method != "activation":
        raise InputError(
            f"--method {method} cannot be run from here: images are made by activation."
        )
    params = {"model": model, "units": units, "library": library, "count": count,
              "contrast": contrast, "steps": steps, "out": out,
              "overwrite": overwrite}  # fmt: skip
    outcome = terminal.run(SYNTHESIZE, params)
    terminal.answer(outcome, f"{len(outcome.images):,} images: {outcome.path}")


def _alphas(text: str) -> tuple[float, float, int]:
    from striate.errors import InputError

    try:
        low, high, count = text.split(",")
        return float(low), float(high), int(count)
    except ValueError:
        raise InputError(
            f"--alphas {text}: give lowest, highest and how many, such as 0.01,1e7,20."
        ) from None
