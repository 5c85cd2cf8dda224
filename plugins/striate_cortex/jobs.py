"""The workspace's jobs: params in, files out; window, terminal and notebook alike.

Each function is ``run(params, ctx) -> outcome``: it checks that its target can be
written before it works, writes whole files or none, and leaves a provenance beside
each. The first field of an outcome is the absolute path of what it made.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from striate.data.atomic import check_target
from striate.errors import InputError
from striate.provenance import Provenance
from striate_cortex.encoding.params import FitParams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.reading.stimuli import Stimuli
    from striate_cortex.subjects import Subject

__all__ = [
    "EmbedJob",
    "EmbedOutcome",
    "FitJob",
    "FitOutcome",
    "MapJob",
    "MapOutcome",
    "run_embed",
    "run_fit",
    "run_map",
]


class _Job(BaseModel):
    """Where the result goes; None leaves it in the job's folder."""

    model_config = ConfigDict(extra="forbid")

    out: Path | None = None
    overwrite: bool = False

    def target(self, name: str, ctx: JobContext) -> Path:
        """Return where to write, checked before the work begins."""
        target = (self.out or ctx.folder / name).expanduser().absolute()
        check_target(target, overwrite=self.overwrite)
        return target


# ---- Fit


class FitJob(_Job):
    """Fit an encoding model to a subject's responses.

    Parameters
    ----------
    subject
        Folder of a subject, or its manifest.
    features
        One feature space or several: each the name of one in the manifest, a file of
        images by features, or ``encoder:NAME`` to embed the subject's stimuli. Empty:
        the manifest's first.
    """

    subject: Path
    features: tuple[str, ...] = ()
    fit: FitParams = Field(default_factory=FitParams)


class FitOutcome(BaseModel):
    """Where the model is, and how good it is on what was held out."""

    model: Path
    units: int
    features: int
    images: int
    held_out: int
    r2_median: float | None
    r2_top: float | None
    warnings: list[str]


def run_fit(params: FitJob, ctx: JobContext) -> FitOutcome:
    """Fit, score and save."""
    from striate_cortex.encoding.fitting import fit_and_score
    from striate_cortex.subjects import read_subject

    subject = read_subject(params.subject)
    target = params.target(f"{subject.name}.encoding.safetensors", ctx)
    responses = subject.responses
    if responses is None:
        raise InputError(
            f"{subject.title} has no responses to fit: name sessions in its manifest."
        )
    features = _features(subject, params.features, ctx)
    facts: dict[str, Any] = {"subject": str(subject.folder)}
    if subject.simulated:
        facts["simulated"] = True
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        model = fit_and_score(
            features, responses, params.fit, ctx, facts=facts, design=subject.design
        )
    told = [str(w.message) for w in said if w.category is UserWarning]
    for text in told:
        ctx.log(text, "warning")
    model.save(target, overwrite=params.overwrite)
    record = Provenance.record("cortex.fit", params, [params.subject], seed=ctx.seed)
    record.notes |= {k: v for k, v in facts.items() if k == "simulated"}
    record.write_beside(target)
    r2 = model.scores.get("r2", np.zeros(0))
    known = r2[np.isfinite(r2)]
    return FitOutcome(
        model=target,
        units=len(model),
        features=model.weights.shape[1],
        images=int(model.facts["images"]),
        held_out=int(model.facts.get("images_held_out", 0)),
        r2_median=float(np.median(known)) if len(known) else None,
        r2_top=float(np.percentile(known, 99)) if len(known) else None,
        warnings=told,
    )


def _features(
    subject: Subject, names: tuple[str, ...], ctx: JobContext
) -> dict[str, NDArray[Any]]:
    from striate_cortex.reading.arrays import read_array

    chosen = names or tuple(subject.manifest.features)[:1]
    if not chosen:
        raise InputError(
            f"{subject.title} has no features: give a file, or encoder:NAME to embed "
            "its stimuli."
        )
    found: dict[str, NDArray[Any]] = {}
    for name in chosen:
        if name in subject.manifest.features:
            found[name] = subject.features(name)
        elif name.startswith("encoder:"):
            encoder = name.removeprefix("encoder:")
            found[encoder] = _embed_stimuli(subject, encoder, ctx)
        elif Path(name).expanduser().is_file():
            space = _space_of(Path(name).expanduser())
            found[space] = read_array(Path(name).expanduser())
        else:
            known = ", ".join(subject.manifest.features) or "none"
            raise InputError(
                f"{name!r} is neither a file nor features of {subject.title} (has: "
                f"{known}); to embed its stimuli, say encoder:NAME."
            )
    return found


def _space_of(path: Path) -> str:
    """Name of the encoder that made a file of features, where the file says it."""
    from striate_cortex.tensors import read_arrays

    if path.suffix == ".safetensors":
        try:
            return str(read_arrays(path, EMBEDDINGS)[1]["space"])
        except InputError:
            pass
    return path.stem


def _embed_stimuli(subject: Subject, name: str, ctx: JobContext) -> NDArray[Any]:
    """Features of every trial; an image that was shown twice is embedded once."""
    from striate_cortex.reading.stimuli import Stimuli

    if not subject.manifest.stimuli:
        raise InputError(
            f"{subject.title} has no stimuli: name a folder or HDF5 file of them in "
            "its manifest."
        )
    stimuli = Stimuli(subject.path(subject.manifest.stimuli))
    design = subject.design
    shown = np.arange(len(stimuli)) if design is None else design.images
    numbers, of_trial = np.unique(shown, return_inverse=True)
    return _embed([int(i) for i in numbers], name, ctx, stimuli)[of_trial]


# ---- Embed


EMBEDDINGS = "striate-embeddings-1"


class EmbedJob(_Job):
    """Embed images or texts into a library or a file of features.

    Parameters
    ----------
    images
        Picture files, or folders of them.
    texts
        A text file with one text a line; empty: none.
    encoder
        See :func:`striate_cortex.open_encoder`.
    """

    images: tuple[Path, ...] = ()
    texts: Path | None = None
    encoder: str = "starter"


class EmbedOutcome(BaseModel):
    """Where the vectors are, how many, and of which encoder."""

    library: Path
    count: int
    dimension: int
    encoder: str


def run_embed(params: EmbedJob, ctx: JobContext) -> EmbedOutcome:
    """Embed, and write vectors with the names of what they are of."""
    from striate_cortex.encoders import open_encoder
    from striate_cortex.tensors import write_arrays

    target = params.target("library.safetensors", ctx)
    images = [p for place in params.images for p in _pictures(place)]
    texts = _lines(params.texts) if params.texts else []
    if not images and not texts:
        raise InputError("There is nothing to embed: give images, or a file of texts.")
    parts = [_embed(images, params.encoder, ctx)] if images else []
    encoder = open_encoder(params.encoder, ctx=ctx)
    if texts:
        parts.append(encoder.embed_texts(texts))
    vectors = np.concatenate(parts).astype(np.float32)
    names = [str(p) for p in images] + texts
    facts = {
        "format": EMBEDDINGS, "space": encoder.space.name, "names": names,
        "kinds": ["image"] * len(images) + ["text"] * len(texts),
    }  # fmt: skip
    write_arrays(target, {"vectors": vectors}, facts, overwrite=params.overwrite)
    inputs = [*params.images, *([params.texts] if params.texts else [])]
    Provenance.record("cortex.embed", params, inputs).write_beside(target)
    return EmbedOutcome(
        library=target, count=len(vectors), dimension=vectors.shape[1],
        encoder=encoder.space.name,
    )  # fmt: skip


def _embed(
    images: Sequence[Any], name: str, ctx: JobContext, stimuli: Stimuli | None = None
) -> NDArray[np.float32]:
    """Embed pictures, or numbers of stimuli, some at a time."""
    from striate_cortex.encoders import open_encoder

    encoder = open_encoder(name, ctx=ctx)
    found = []
    for first in range(0, len(images), 64):
        some = images[first : first + 64]
        pictures = some if stimuli is None else [stimuli[i] for i in some]
        found.append(encoder.embed_images(pictures))
        ctx.progress(min(len(images), first + 64), len(images), "Embedding images")
    return np.concatenate(found)


def _pictures(place: Path) -> list[Path]:
    from striate_cortex.reading.stimuli import PICTURES

    path = place.expanduser()
    if path.is_file():
        return [path]
    found = sorted(p for p in path.glob("*") if p.suffix.lower() in PICTURES)
    if not found:
        raise InputError(f"{path} is neither a picture nor a folder of pictures.")
    return found


def _lines(path: Path) -> list[str]:
    try:
        lines = path.expanduser().read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as text ({error}).") from error
    return [line.strip() for line in lines if line.strip()]


# ---- Map


class MapJob(_Job):
    """Map what a model says onto the cortex.

    Parameters
    ----------
    model
        An encoding model, or a subject's folder for its first model.
    subject
        Whose it is; None where the model or its folder says it.
    what
        ``r2``, ``r``, ``ceiling``, ``r2/ceiling``, ``pc``, ``roi``, ``text:a face``,
        ``difference:OTHER`` (another model), ``caption accuracy`` (of units that
        were captioned), ``person`` or ``words:dog,cat`` (share of the library's
        captions with such a word), or any score of the model.
    encoder
        For texts; empty: the one the model was fitted with.
    library
        For words; None: the one that fits the subject.
    out
        ``.png``, ``.csv``, ``.npy`` or ``.func.gii`` (then ``.lh`` and ``.rh``).
    """

    model: Path
    subject: Path | None = None
    what: str = "r2"
    encoder: str = ""
    library: Path | None = None


class MapOutcome(BaseModel):
    """Where the map is, and its numbers in each region."""

    path: Path
    files: list[Path]
    what: str
    title: str
    simulated: bool
    regions: list[dict[str, Any]]


def run_map(params: MapJob, ctx: JobContext) -> MapOutcome:
    """Make one map and write it."""
    from striate_cortex.mapping import find_model, make_map, write_map
    from striate_cortex.maps import region_rows

    subject, model, name = find_model(params.model, params.subject)
    safe = "".join(c if c.isalnum() else "-" for c in params.what).strip("-")
    target = params.target(f"{name}-{safe}.png", ctx)
    made = make_map(
        subject,
        model,
        params.what,
        encoder=params.encoder,
        library_path=params.library,
        ctx=ctx,
    )
    files = write_map(target, subject, made, overwrite=params.overwrite)
    record = Provenance.record("cortex.map", params, [params.model])
    if subject.simulated or model.simulated:
        record.notes["simulated"] = True
    for path in files:
        record.write_beside(path)
    rows = []
    if made.values.ndim == 1:
        units = subject.units
        rows = region_rows(made.values, units.rois, units.on_left)
    return MapOutcome(
        path=files[0], files=files, what=params.what, title=made.label,
        simulated=subject.simulated or model.simulated, regions=rows,
    )  # fmt: skip
