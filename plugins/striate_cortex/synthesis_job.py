"""Job that makes images for units, and writes them with everything said of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from striate.errors import InputError
from striate.provenance import Provenance
from striate_cortex.synthesis.record import SynthesisParams
from striate_cortex.unit_choice import (
    UnitsJob,
    choose_units,
    library_for,
    number,
    target_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoders import Encoder
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject
    from striate_cortex.synthesis.record import Forming

__all__ = ["SynthesizeJob", "SynthesizeOutcome", "run_synthesize"]


class SynthesizeJob(UnitsJob):
    """Make images for the mean of some units.

    Parameters
    ----------
    minus
        Units to drive less, chosen as ``units`` are; empty: none.
    synthesis
        Method and settings. A prompt that is left empty for ``text`` is the units' own
        caption.
    like
        Pictures: more like these.
    facets
        Whether images by activation begin with the facets of the units' top items.
    """

    minus: str = ""
    synthesis: SynthesisParams = Field(default_factory=SynthesisParams)
    like: tuple[Path, ...] = ()
    facets: bool = False


class SynthesizeOutcome(BaseModel):
    """Where the images are, and what is predicted of them; best first.

    Parameters
    ----------
    path
        Folder with the images, ``sheet.png`` and ``images.json``.
    title
        What they were made for, in words; says "simulated" where it is.
    """

    path: Path
    images: list[Path]
    sheet: Path
    title: str
    seeds: list[int]
    predicted: list[float | None]
    z: list[float | None]
    percentile: list[float | None]
    judged: list[float | None]
    method: str
    prompt: str
    simulated: bool


def run_synthesize(params: SynthesizeJob, ctx: JobContext) -> SynthesizeOutcome:
    """Make images; write them as PNG, with a sheet and their numbers beside."""
    from striate_cortex.encoders import open_encoder
    from striate_cortex.mapping import find_model
    from striate_cortex.synthesis import contrast, synthesize
    from striate_cortex.synthesis.writing import write_synthesis

    subject, model, name = find_model(params.model, params.subject)
    target = target_of(params, f"{name}-images", ctx)
    rows = choose_units(params.units, subject, len(model))
    less = choose_units(params.minus, subject, len(model)) if params.minus else None
    weights = contrast(model.weights, rows, less)
    encoder = open_encoder(model.space, ctx=ctx)
    library = _library(params, subject, model.space, ctx)
    settings = params.synthesis
    if settings.method == "text" and not settings.prompt:
        caption = _caption(weights, library, encoder)
        settings = settings.model_copy(update={"prompt": caption})
    simulated = subject.simulated or model.simulated
    with tempfile.TemporaryDirectory(prefix="striate-forming-") as folder:
        made = synthesize(
            weights, encoder, settings, library=library, normalised=model.normalised,
            simulated=simulated, start=_pictures(params.like), seed=ctx.seed,
            facets=_facets(weights, library) if params.facets else None,
            on_partial=_Telling(Path(folder), ctx), ctx=ctx,
        )  # fmt: skip
    title = _title(params, subject, simulated=simulated)
    facts = {"title": title, "units": params.units, "minus": params.minus,
             "library": _library_name(params, library)}  # fmt: skip
    files = write_synthesis(made, target, facts, overwrite=params.overwrite)
    record = Provenance.record(
        "cortex.synthesize", params, [params.model, *params.like], seed=ctx.seed
    )
    record.model = made.model
    record.notes |= {"simulated": simulated, "prompt": settings.prompt, **made.facts}
    record.write_beside(target)
    columns: dict[str, Any] = {
        key: [number(v) for v in getattr(made, key).tolist()]
        for key in ("predicted", "z", "percentile", "judged")
    }
    return SynthesizeOutcome(
        path=target, images=files, sheet=target / "sheet.png", title=title,
        seeds=made.seeds.tolist(), method=made.method, prompt=settings.prompt,
        simulated=simulated, **columns,
    )  # fmt: skip


class _Telling:
    """Hands images that form to whoever watches the job, as files."""

    def __init__(self, folder: Path, ctx: JobContext) -> None:
        self.folder, self.ctx = folder, ctx

    def __call__(self, forming: Forming) -> None:
        from PIL import Image

        paths = []
        for seed, image in zip(forming.seeds.tolist(), forming.images, strict=True):
            part = self.folder / f"{seed}.part.png"
            Image.fromarray(image).save(part)
            paths.append(str(part.replace(self.folder / f"seed{seed}.png")))
        self.ctx.partial({
            "images": paths, "seeds": forming.seeds.tolist(), "step": forming.step,
            "steps": forming.steps, "done": forming.done, "total": forming.total,
        })  # fmt: skip


def _library(
    params: SynthesizeJob, subject: Subject, space: str, ctx: JobContext
) -> Library | None:
    """Open the library; without one there are images, and no z-scores."""
    if params.library is not None:
        return library_for(params.library, subject, space)
    try:
        return library_for(None, subject, space)
    except InputError as error:
        ctx.log(f"No z-scores: {error}", "warning")
        return None


def _library_name(params: SynthesizeJob, library: Library | None) -> str:
    if library is None:
        return ""
    return str(params.library or library.path or "the subject's own")


def _caption(
    weights: NDArray[np.float32], library: Library | None, encoder: Encoder
) -> str:
    from striate_cortex.captions.describing import describe_units

    if library is None:
        raise InputError(
            "There is no text, and no library to caption the units from: give a text "
            "(--prompt) or a library (--library)."
        )
    told = describe_units(weights[None], library, encoder)[0].caption
    if not told:
        raise InputError("These units have no caption: give a text (--prompt).")
    return told


def _facets(
    weights: NDArray[np.float32], library: Library | None
) -> NDArray[np.float32] | None:
    """(f, d) middles of the facets of the library's top items."""
    import numpy as np

    from striate_cortex.captions.facets import find_facets
    from striate_cortex.captions.projection import project

    if library is None:
        return None
    found = project(weights[None], library.vectors, top=50)
    vectors = np.asarray(library.vectors[found.top[0]], np.float32)
    facets = find_facets(vectors, found.top_weights[0])
    return np.stack([vectors[f.items[:15]].mean(axis=0) for f in facets])


def _pictures(paths: tuple[Path, ...]) -> NDArray[np.uint8] | None:
    """(k, h, w, 3) of the size of the first."""
    import numpy as np

    from striate_cortex.encoders.pictures import as_image

    if not paths:
        return None
    images = [as_image(p.expanduser()) for p in paths]
    edge = min(images[0].size)
    return np.stack([np.asarray(i.resize((edge, edge))) for i in images])


def _title(params: SynthesizeJob, subject: Subject, *, simulated: bool) -> str:
    what = params.units if len(params.units) < 40 else f"{params.units[:36]} …"
    less = f" less {params.minus}" if params.minus else ""
    told = f"Images for {what}{less} of {subject.title}"
    said = "simulated" in told.lower()
    return f"{told} (simulated)" if simulated and not said else told
