"""From a model's file to a map in a file: what the command line and jobs do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate.data.atomic import replacing
from striate.errors import InputError
from striate_cortex.encoding.model import EncodingModel
from striate_cortex.maps import (
    caption_map,
    ceiling_map,
    difference_map,
    pca_map,
    query_map,
    region_map,
    score_map,
    share_of_ceiling_map,
    word_map,
)
from striate_cortex.subjects import Subject, read_subject
from striate_cortex.subjects.manifest import MANIFEST
from striate_cortex.unit_choice import library_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.maps import CortexMap

__all__ = ["find_model", "make_map", "write_map"]


def find_model(
    path: Path, subject: Path | None = None
) -> tuple[Subject, EncodingModel, str]:
    """Open a model and the subject it is of.

    Parameters
    ----------
    path
        A model's file, or a subject's folder for its first model.
    subject
        Whose it is; None: the subject in whose folder it lies, else the one that the
        model says it was fitted to.

    Returns
    -------
    tuple
        Subject, model, and a name for it.

    Raises
    ------
    InputError
        When either cannot be found, or they do not fit one another.
    """
    place = path.expanduser().absolute()
    if place.is_dir() or place.name == MANIFEST:
        owner = read_subject(place)
        return owner, owner.model(), owner.model_names[0]
    model = EncodingModel.load(place)
    said = model.facts.get("subject")
    beside = place.parent if (place.parent / MANIFEST).exists() else None
    found = subject or beside or (Path(str(said)) if said else None)
    if found is None:
        raise InputError(f"{path} does not say whose it is: name the subject too.")
    owner = read_subject(found)
    if len(owner.units) != len(model):
        raise InputError(
            f"{path} is a model of {len(model):,} units and {owner.title} has "
            f"{len(owner.units):,}: it belongs to another subject."
        )
    return owner, model, place.name.partition(".")[0]


def make_map(
    subject: Subject,
    model: EncodingModel,
    what: str,
    *,
    encoder: str = "",
    library_path: Path | None = None,
    ctx: JobContext | None = None,
) -> CortexMap:
    """Make the map that `what` names; see :class:`striate_cortex.jobs.MapJob`.

    Raises
    ------
    InputError
        When there is no such map of this model.
    """
    kind, _, rest = what.partition(":")
    if kind == "text":
        return query_map(model, _vector(rest, encoder or model.space, ctx), rest)
    if kind == "difference":
        path = Path(rest).expanduser()
        other = EncodingModel.load(path) if path.is_file() else subject.model(rest)
        return difference_map(model, other, ("this model", path.stem))
    if what.replace("-", " ") == "caption accuracy":
        return caption_map(subject, model, "caption accuracy")
    if what == "person" or kind == "words":
        library = library_for(library_path, subject, model.space)
        return word_map(model, library, rest.split(","), ctx=ctx)
    if what == "ceiling":
        return ceiling_map(subject.ceiling)
    if what == "r2/ceiling":
        return share_of_ceiling_map(model, subject.ceiling)
    if what == "pc":
        return pca_map(model)
    if what == "roi":
        return region_map(subject.units.rois, len(subject.units))
    if what == "r2" and "r2" not in model.scores:
        for name in ("r2_cv", "r2_gcv"):
            if name in model.scores:
                return score_map(model, name)
    return score_map(model, what)


def _vector(text: str, encoder: str, ctx: JobContext | None) -> NDArray[np.float32]:
    from striate_cortex.encoders import open_encoder

    if not text.strip():
        raise InputError('A text query needs a text: text:"a face".')
    if not encoder:
        raise InputError(
            "The model does not say which encoder its features are of: name it."
        )
    return np.asarray(open_encoder(encoder, ctx=ctx).embed_texts([text])[0])


# ---- Files


def write_map(
    path: Path, subject: Subject, made: CortexMap, *, overwrite: bool = False
) -> list[Path]:
    """Write a map by its suffix: a picture, a table of units, or values.

    ``.png`` is a figure, ``.csv`` has a row for each unit, ``.npy`` a value for each
    unit, ``X.func.gii`` becomes ``X.lh.func.gii`` and ``X.rh.func.gii`` with a value
    for each vertex.

    Raises
    ------
    InputError
        For another suffix.
    """
    name = path.name.lower()
    if name.endswith(".png"):
        from striate_cortex.figures import draw_map

        image = draw_map(subject, made)
        with replacing(path, overwrite=overwrite) as part:
            image.save(part, format="PNG")
        return [path]
    if name.endswith(".npy"):
        with replacing(path, overwrite=overwrite) as part, part.open("wb") as file:
            np.save(file, made.values)
        return [path]
    if name.endswith(".csv"):
        with replacing(path, overwrite=overwrite) as part:
            part.write_text(_table(subject, made), "utf-8")
        return [path]
    if name.endswith(".func.gii"):
        return _gifti(path, subject, made, overwrite)
    raise InputError(f"{path.name}: maps are written as .png, .csv, .npy or .func.gii.")


def _table(subject: Subject, made: CortexMap) -> str:
    units = subject.units
    values = made.values if made.values.ndim == 2 else made.values[:, None]
    columns = ["value"] if made.values.ndim == 1 else ["red", "green", "blue"]
    lines = [",".join(["unit", "vertex", "hemisphere", "regions", *columns])]
    for i in range(len(units)):
        side = "left" if units.on_left[i] else "right"
        regions = ";".join(units.regions_of(i))
        numbers = [f"{v:.6g}" for v in values[i]]
        lines.append(",".join([str(i), str(units.vertex[i]), side, regions, *numbers]))
    return "\n".join(lines) + "\n"


def _gifti(
    path: Path, subject: Subject, made: CortexMap, overwrite: bool
) -> list[Path]:
    import nibabel

    painted = subject.units.paint(made.values)
    n_left = subject.units.n_vertices[0]
    stem = path.name[: -len(".func.gii")]
    written = []
    sides = (("lh", painted[:n_left], "CortexLeft"),
             ("rh", painted[n_left:], "CortexRight"))  # fmt: skip
    for short, values, structure in sides:
        if not len(values):
            continue
        columns = values[:, None] if values.ndim == 1 else values
        meta = nibabel.gifti.GiftiMetaData({"AnatomicalStructurePrimary": structure})
        image = nibabel.gifti.GiftiImage(meta=meta)
        for column in columns.T:
            image.add_gifti_data_array(
                nibabel.gifti.GiftiDataArray(
                    np.ascontiguousarray(column, np.float32), intent="NIFTI_INTENT_NONE"
                )
            )
        target = path.with_name(f"{stem}.{short}.func.gii")
        with replacing(target, overwrite=overwrite) as part:
            part.write_bytes(image.to_bytes())
        written.append(target)
    return written
