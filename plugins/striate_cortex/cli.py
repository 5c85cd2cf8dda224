"""``striate cortex``: parse, make params, run the same job as the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from striate.terminal import Terminal, common_options
from striate_cortex.caption_cli import add_commands
from striate_cortex.cli_options import LibraryFolder, ModelFile, Overwrite, Units

__all__ = ["app"]

app = typer.Typer(
    help="Responses of the cortex to images.", no_args_is_help=True,
    add_completion=False,
)  # fmt: skip
add_commands(app)


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
            'difference:OTHER, "caption accuracy", person, words:dog,cat, or any '
            "score of the model."
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
    library: LibraryFolder = None,
    overwrite: Overwrite = False,
) -> None:
    """Map a model's quality, tuning, or any phrase onto the cortex."""
    from striate_cortex.workspace import MAP

    params = {"model": model, "what": what, "out": out, "subject": subject,
              "encoder": encoder, "library": library,
              "overwrite": overwrite}  # fmt: skip
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


@app.command()
@common_options
def synthesize(
    terminal: Terminal,
    model_file: ModelFile,
    units: Units,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")],
    minus: Annotated[
        str, typer.Option(metavar="UNITS", help="Units to drive less: a contrast.")
    ] = "",
    method: Annotated[
        str,
        typer.Option(
            help="activation: by gradient, offline; guided: diffusion led by the "
            "units; text: from their caption, or --prompt."
        ),
    ] = "activation",
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Diffusion model: a card, a folder of diffusers, or owner/name.",
        ),
    ] = "",
    prompt: Annotated[str, typer.Option(help="Text of text, or to lean towards.")] = "",
    seeds: Annotated[int, typer.Option(help="How many images are made.")] = 3,
    keep: Annotated[
        float | None,
        typer.Option(help="Share that is kept; default: a fifth of ten or more."),
    ] = None,
    steps: Annotated[int, typer.Option(help="0: 120 by gradient, else 50.")] = 0,
    size: Annotated[int, typer.Option(help="Edge in pixels; 0: the method's.")] = 0,
    scale: Annotated[float, typer.Option(help="Strength of guidance.")] = 130.0,
    sag_scale: Annotated[
        float, typer.Option(help="Strength of self-attention guidance.")
    ] = 0.75,
    guidance_scale: Annotated[
        float | None, typer.Option(help="Strength of the prompt.")
    ] = None,
    schedule: Annotated[str, typer.Option(help="dpm++, ddim, unipc or own.")] = "",
    batch: Annotated[int, typer.Option(help="Images at a time; 0: by method.")] = 0,
    like: Annotated[
        list[Path] | None,
        typer.Option(metavar="IMAGE", help="More like this; may be repeated."),
    ] = None,
    jitter: Annotated[float, typer.Option(help="How far from --like, 0 to 1.")] = 0.3,
    facets: Annotated[
        bool, typer.Option("--facets", help="Begin with the facets, by activation.")
    ] = False,
    library: LibraryFolder = None,
    overwrite: Overwrite = False,
) -> None:
    """Make images that units are predicted to respond to."""
    from striate_cortex.workspace import SYNTHESIZE

    settings = {
        "method": method, "model": model, "prompt": prompt, "seeds": seeds,
        "keep": keep, "steps": steps, "size": size, "scale": scale,
        "sag_scale": sag_scale, "guidance_scale": guidance_scale,
        "schedule": schedule, "batch": batch, "jitter": jitter,
    }  # fmt: skip
    params = {
        "model": model_file, "units": units, "minus": minus, "library": library,
        "synthesis": settings, "like": like or [], "facets": facets, "out": out,
        "overwrite": overwrite,
    }  # fmt: skip
    outcome = terminal.run(SYNTHESIZE, params)
    terminal.answer(outcome, _told_of_images(outcome))


def _told_of_images(outcome: Any) -> str:
    """One line an image: which, what is predicted, where that stands."""
    lines = [outcome.title + (f": {outcome.prompt}" if outcome.prompt else "")]
    for k, path in enumerate(outcome.images):
        line = f"{path.name:20} predicted {outcome.predicted[k] or 0:8.3g}"
        if outcome.z[k] is not None:
            line += f"  z {outcome.z[k]:+5.1f}  percentile {outcome.percentile[k]:5.1f}"
        lines.append(line)
    return "\n".join([*lines, str(outcome.path)])


def _alphas(text: str) -> tuple[float, float, int]:
    from striate.errors import InputError

    try:
        low, high, count = text.split(",")
        return float(low), float(high), int(count)
    except ValueError:
        raise InputError(
            f"--alphas {text}: give lowest, highest and how many, such as 0.01,1e7,20."
        ) from None
