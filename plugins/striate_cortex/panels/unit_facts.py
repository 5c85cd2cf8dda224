"""What is known of the unit under a vertex, as plain values; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.encoding.model import EncodingModel
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.subjects import Subject

__all__ = ["UnitFacts", "facts_of", "responses_of", "similar_units", "strongest_items"]


@dataclass(frozen=True)
class UnitFacts:
    """Place and quality of what a vertex shows.

    Parameters
    ----------
    vertex, side, index
        The vertex, its hemisphere, and its number within that.
    unit
        The unit shown there, or None.
    regions
        Names of the regions it is in.
    xyz, mni
        (3,) millimetres in the subject's space and in MNI152; None where unknown.
    scores
        Of the model, by name; NaN left out.
    ceiling
        In percent of variance; None where unknown.
    value
        Of the map that is shown; None for colours and no value.
    labels
        Other facts by name.
    """

    vertex: int
    side: str
    index: int
    unit: int | None
    regions: tuple[str, ...]
    xyz: NDArray[np.float32] | None
    mni: NDArray[np.float32] | None
    scores: dict[str, float]
    ceiling: float | None
    value: float | None
    labels: dict[str, str]


def facts_of(
    view: CortexView, vertex: int, model: EncodingModel | None = None
) -> UnitFacts:
    """Gather what is known of a vertex and of the unit it shows."""
    side, index = view.brain.side_of(vertex)
    unit = view.unit_at(vertex)
    units = view.units
    xyz = _row(units.xyz, unit)
    if xyz is None:
        # A vertex is where the folded surface has it, whatever is shown now.
        xyz = view.brain.vertices(view.brain.kinds[0])[vertex]
    scores, ceiling = {}, None
    if unit is not None:
        if model is not None:
            found = {k: float(v[unit]) for k, v in model.scores.items()}
            scores = {k: v for k, v in found.items() if np.isfinite(v)}
        known = float(view.subject.ceiling[unit])
        ceiling = known if np.isfinite(known) else None
    return UnitFacts(
        vertex, side, index, unit,
        tuple(units.regions_of(unit)) if unit is not None else (),
        xyz, _row(units.mni, unit), scores, ceiling, view.value_at(vertex),
        {} if unit is None else {k: str(v[unit]) for k, v in units.labels.items()},
    )  # fmt: skip


def similar_units(
    model: EncodingModel, unit: int, *, top: int = 12
) -> list[tuple[int, float]]:
    """Return the units tuned most alike: cosine of weights, the highest first."""
    weights = np.asarray(model.weights)
    own = weights[unit].astype(np.float32)
    length = np.sqrt(np.einsum("vp,vp->v", weights, weights, dtype=np.float32))
    dot = weights @ own.astype(weights.dtype)
    own_length = float(np.linalg.norm(own))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = np.asarray(dot, np.float32) / (length * own_length)
    cosine = np.where(np.isfinite(cosine), cosine, -np.inf)
    cosine[unit] = -np.inf
    best = np.argpartition(-cosine, min(top, len(cosine) - 1))[:top]
    ranked = best[np.argsort(-cosine[best], kind="stable")]
    return [(int(u), float(cosine[u])) for u in ranked if np.isfinite(cosine[u])]


def cosine(model: EncodingModel, first: int, second: int) -> float | None:
    """Return the cosine between two units' weights; None when one has none."""
    a, b = (np.asarray(model.weights[u], np.float64) for u in (first, second))
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else None


def strongest_items(
    subject: Subject, model: EncodingModel, unit: int, *, top: int = 12
) -> list[tuple[str, float]]:
    """Return the stimuli that the model predicts to drive a unit most.

    Empty where the subject has no features in the model's space.
    """
    if model.space not in subject.manifest.features:
        return []
    features = np.asarray(subject.features(model.space))
    if model.normalised:
        features = model.prepared(features)
    predicted = features @ model.weights[unit].astype(np.float32)
    predicted = predicted + float(model.intercept[unit])
    best = np.argsort(-predicted, kind="stable")[:top]
    names = _names(subject, len(predicted))
    return [(names[i], float(predicted[i])) for i in best]


def responses_of(subject: Subject, unit: int) -> NDArray[np.float32] | None:
    """Return a unit's responses to all trials in their order; None without any."""
    responses = subject.responses
    if responses is None:
        return None
    parts = [block[:, 0] for _, block in responses.blocks(slice(unit, unit + 1))]
    return np.concatenate(parts).astype(np.float32)


def _row(table: Any, unit: int | None) -> NDArray[np.float32] | None:
    if table is None or unit is None or not np.isfinite(table[unit]).all():
        return None
    return np.asarray(table[unit], np.float32)


def _names(subject: Subject, n: int) -> list[str]:
    """Name stimuli by a text beside them, or by their files, else by number."""
    texts = subject.folder / "captions.txt"
    if texts.is_file():
        lines = texts.read_text("utf-8").splitlines()
        if len(lines) == n:
            return lines
    if subject.manifest.stimuli:
        place = subject.path(subject.manifest.stimuli)
        files = sorted(p.name for p in place.iterdir()) if place.is_dir() else []
        if len(files) == n:
            return files
    return [f"stimulus {i + 1}" for i in range(n)]
