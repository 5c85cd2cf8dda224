"""Jobs that tell what units are selective for: captions, and images made for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from striate.data.atomic import check_target, replacing
from striate.errors import InputError
from striate.provenance import Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.library import Library
    from striate_cortex.subjects import Subject

__all__ = [
    "CaptionJob",
    "CaptionOutcome",
    "SynthesizeJob",
    "SynthesizeOutcome",
    "run_caption",
    "run_synthesize",
]


class _Units(BaseModel):
    """Which model and units, and where the result goes.

    Parameters
    ----------
    model
        An encoding model, or a subject's folder for its first model.
    subject
        Whose it is; None where the model or its folder says it.
    units
        ``3``, ``3,8,20-24``, or the name of a region.
    library
        Folder of a library; None: what the subject's features are of, where its
        folder has captions.txt.
    """

    model_config = ConfigDict(extra="forbid")

    model: Path
    subject: Path | None = None
    units: str
    library: Path | None = None
    out: Path | None = None
    overwrite: bool = False


class CaptionJob(_Units):
    """Caption units; see :func:`striate_cortex.captions.describing.describe_units`."""

    method: Literal["brainscuba", "lavca"] = "brainscuba"
    tau: float = 1 / 150
    top: int = 50


class CaptionOutcome(BaseModel):
    """Where the captions are, how many, and the first of them."""

    path: Path
    units: int
    simulated: bool
    first: str


def run_caption(params: CaptionJob, ctx: JobContext) -> CaptionOutcome:
    """Caption units and write them as JSON, one record for each."""
    from striate_cortex.captions.describing import describe_units
    from striate_cortex.encoders import open_encoder
    from striate_cortex.mapping import find_model

    subject, model, name = find_model(params.model, params.subject)
    target = _target(params, f"{name}-captions.json", ctx)
    rows = choose_units(params.units, subject, len(model))
    library = _library(params.library, subject)
    told = describe_units(
        model.weights[rows], library, open_encoder(model.space, ctx=ctx),
        method=params.method, tau=params.tau, top=params.top, ctx=ctx,
    )  # fmt: skip
    ceiling = subject.ceiling
    records = [
        {
            "unit": int(u), "caption": t.caption, "how": t.how,
            "confidence": _number(t.confidence),
            "keywords": [vars(k) for k in t.keywords],
            "effective_n": _number(t.effective_n),
            "ceiling": _number(float(ceiling[u])),
            "top": [
                _item(int(i), float(s), library)
                for i, s in zip(t.top[:10], t.top_weights[:10], strict=True)
                if t.how != "none"
            ],
        }
        for u, t in zip(rows, told, strict=True)
    ]  # fmt: skip
    simulated = subject.simulated or bool(library.facts.get("simulated"))
    whole = {"method": params.method, "simulated": simulated, "units": records}
    with replacing(target, overwrite=params.overwrite) as part:
        part.write_text(json.dumps(whole, indent=1), "utf-8")
    record = Provenance.record("cortex.caption", params, [params.model])
    record.notes["simulated"] = simulated
    record.write_beside(target)
    return CaptionOutcome(
        path=target, units=len(rows), simulated=simulated, first=told[0].caption
    )


class SynthesizeJob(_Units):
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
    target = _target(params, f"{name}-images", ctx)
    if model.space != "starter":
        raise InputError(
            f"The model is of {model.space or 'an unnamed encoder'}: images by "
            "gradient need one fitted with the starter encoder."
        )
    weights = model.weights[choose_units(params.units, subject, len(model))].mean(0)
    if params.contrast:
        less = choose_units(params.contrast, subject, len(model))
        weights = weights - model.weights[less].mean(0)
    library = _library(params.library, subject)
    library.check(model.space, weights.shape[0])
    made = preferred_images(
        weights, count=params.count, steps=params.steps, seed=ctx.seed,
        device=ctx.device, ctx=ctx,
    )  # fmt: skip
    place = standing(made.responses, weights, library.vectors)
    names = [f"{k + 1:02}-seed{seed}.png" for k, seed in enumerate(made.seeds)]
    told = {
        "z": [_number(v) for v in place.z.tolist()],
        "percentile": [_number(v) for v in place.percentile.tolist()],
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


def choose_units(text: str, subject: Subject, count: int) -> NDArray[np.int64]:
    """Turn ``3,8,20-24`` or a region's name into units.

    Raises
    ------
    InputError
        When it is neither, or names units that are not there.
    """
    regions = subject.units.rois
    if text in regions:
        rows = np.flatnonzero(regions[text])
    else:
        try:
            parts = [p.split("-") for p in text.split(",")]
            rows = np.concatenate([np.arange(int(p[0]), int(p[-1]) + 1) for p in parts])
        except ValueError:
            known = ", ".join(regions) or "none"
            raise InputError(
                f"{text!r} are no units: give numbers such as 3,8,20-24, or a region "
                f"(there are: {known})."
            ) from None
    if not len(rows) or rows.min() < 0 or rows.max() >= count:
        raise InputError(f"{text!r}: this model has units 0 to {count - 1:,}.")
    return rows.astype(np.int64)


def _library(path: Path | None, subject: Subject) -> Library:
    from striate_cortex.library import Library, open_library
    from striate_cortex.library.importing import read_vectors

    if path is not None:
        return open_library(path)
    captions = subject.folder / "captions.txt"
    for space, file in subject.manifest.features.items():
        vectors_file = subject.path(file)
        if captions.is_file() and vectors_file.suffix == ".npy":
            lines = captions.read_text("utf-8").splitlines()
            vectors, items = read_vectors(vectors_file, lines)
            return Library(vectors, space, items, {"simulated": subject.simulated})
    raise InputError(
        f"{subject.title} has no captioned images of its own: give a library "
        "(--library)."
    )


def _target(params: _Units, name: str, ctx: JobContext) -> Path:
    target = (params.out or ctx.folder / name).expanduser().absolute()
    check_target(target, overwrite=params.overwrite)
    return target


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _item(i: int, share: float, library: Library) -> dict[str, int | float | str]:
    return {"item": i, "share": share, "origin": library.items[i].origin}
