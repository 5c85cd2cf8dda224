"""Job that makes images for units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from striate.data.atomic import replacing
from striate.errors import InputError
from striate.provenance import Provenance
from striate_cortex.unit_choice import (
    UnitsJob,
    choose_units,
    library_for,
    number,
    target_of,
)

if TYPE_CHECKING:
    from striate.jobs.context import JobContext

__all__ = ["SynthesizeJob", "SynthesizeOutcome", "run_synthesize"]


class SynthesizeJob(UnitsJob):
    """Make images for the mean of units by gradient; needs no diffusion model."""

    contrast: str = ""
    count: int = 3
    steps: int = 120


class SynthesizeOutcome(BaseModel):
    """Where the images are, and what is predicted of them."""

    path: Path
    images: list[Path]
    z: list[float | None]
    percentile: list[float | None]
    judged: list[float]
    simulated: bool


def run_synthesize(params: SynthesizeJob, ctx: JobContext) -> SynthesizeOutcome:
    """Make images and write them as PNG, with their numbers beside."""
    from PIL import Image

    from striate_cortex.mapping import find_model
    from striate_cortex.synthesis import preferred_images, standing

    subject, model, name = find_model(params.model, params.subject)
    target = target_of(params, f"{name}-images", ctx)
    if model.space != "starter":
        raise InputError(
            f"The model is of {model.space or 'an unnamed encoder'}: images by "
            "gradient need one fitted with the starter encoder."
        )
    weights = model.weights[choose_units(params.units, subject, len(model))].mean(0)
    if params.contrast:
        less = choose_units(params.contrast, subject, len(model))
        weights = weights - model.weights[less].mean(0)
    library = library_for(params.library, subject)
    library.check(model.space, weights.shape[0])
    made = preferred_images(
        weights, count=params.count, steps=params.steps, seed=ctx.seed,
        device=ctx.device, ctx=ctx,
    )  # fmt: skip
    place = standing(made.responses, weights, library.vectors)
    names = [f"{k + 1:02}-seed{seed}.png" for k, seed in enumerate(made.seeds)]
    told = {
        "z": [number(v) for v in place.z.tolist()],
        "percentile": [number(v) for v in place.percentile.tolist()],
        "judged": made.judged.tolist(),
        "simulated": subject.simulated,
    }
    with replacing(target, overwrite=params.overwrite) as folder:
        folder.mkdir()
        for file, image in zip(names, made.images, strict=True):
            Image.fromarray(image).save(folder / file)
        (folder / "images.json").write_text(json.dumps(told, indent=1), "utf-8")
    record = Provenance.record("cortex.synthesize", params, [params.model],
                               seed=ctx.seed)  # fmt: skip
    record.write_beside(target)
    return SynthesizeOutcome.model_validate(
        {"path": target, "images": [target / n for n in names], **told}
    )
