"""What can be painted on the cortex, one value or one colour for each unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from striate_cortex.encoding.model import EncodingModel

__all__ = [
    "CortexMap",
    "ceiling_map",
    "difference_map",
    "pca_map",
    "query_map",
    "region_map",
    "score_map",
    "share_of_ceiling_map",
]

_SCORES = {
    "r2": ("R²", "held-out variance explained"),
    "r2_cv": ("R² (by folds)", "variance explained, by leaving out folds"),
    "r2_gcv": ("R² (GCV)", "variance explained, by generalised cross-validation"),
    "r": ("r", "correlation of predicted and measured responses"),
    "p": ("p", "share of permutations that did as well"),
    "q": ("q", "p, corrected for the number of units by false discovery rate"),
}
# Okabe and Ito's colours, then Paul Tol's muted ones: told apart by the colour-blind.
# fmt: off
REGION_COLOURS = (
    "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
    "#882255", "#44AA99", "#DDCC77", "#117733", "#88CCEE", "#AA4499", "#999933",
)
# fmt: on


@dataclass(frozen=True)
class CortexMap:
    """Values of all units, and what they are.

    Parameters
    ----------
    name
        As the command line names it: ``"r2"``, ``"text:a face"``.
    title
        For a person, such as a colourbar's.
    values
        (u,) float32 numbers, or (u, 3) colours from 0 to 1; NaN where unknown.
    kind
        ``"number"``, ``"signed"`` for numbers around 0, or ``"colour"``.
    unit
        Such as ``"%"``.
    help
        One sentence: what is seen.
    legend
        Colour by name, for a map of kinds.
    """

    name: str
    title: str
    values: NDArray[np.float32]
    kind: Literal["number", "signed", "colour"] = "number"
    unit: str = ""
    help: str = ""
    legend: Mapping[str, str] | None = None

    @property
    def label(self) -> str:
        """Title with unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def default_colours(self) -> str:
        """Return the colour table that suits it."""
        return "red-blue" if self.kind == "signed" else "inferno"


def score_map(model: EncodingModel, name: str) -> CortexMap:
    """Return a score of a model, such as ``"r2"``.

    Raises
    ------
    InputError
        When the model has no such score.
    """
    if name not in model.scores:
        raise InputError(
            f"This model has no score {name!r} (has: "
            f"{', '.join(model.scores) or 'none'}): fit it with held-out responses."
        )
    title, text = _SCORES.get(name, (name, ""))
    values = np.asarray(model.scores[name], np.float32)
    return CortexMap(name, title, values, help=text)


def ceiling_map(ceiling: NDArray[np.float32]) -> CortexMap:
    """Return the noise ceiling, in percent of variance."""
    return CortexMap(
        "ceiling", "Noise ceiling", np.asarray(ceiling, np.float32), unit="%",
        help="variance that could be explained at all",
    )  # fmt: skip


def share_of_ceiling_map(
    model: EncodingModel, ceiling: NDArray[np.float32], *, floor: float = 5.0
) -> CortexMap:
    """Return R² as a share of the ceiling; NaN where that is below `floor` percent.

    Raises
    ------
    InputError
        When the model has no R², or no ceiling is known.
    """
    known = [name for name in ("r2", "r2_cv", "r2_gcv") if name in model.scores]
    r2 = score_map(model, known[0] if known else "r2").values
    if not np.isfinite(ceiling).any():
        raise InputError("No noise ceiling is known here: R² has nothing to be set to.")
    explainable = np.where(ceiling >= floor, ceiling, np.nan) / 100
    return CortexMap(
        "r2/ceiling", "R² / ceiling", (r2 / explainable).astype(np.float32),
        help="explained share of the variance that could be explained",
    )  # fmt: skip


def pca_map(
    model: EncodingModel, *, reliable: NDArray[np.bool_] | None = None, seed: int = 0
) -> CortexMap:
    """Return the first three principal components of tuning as red, green and blue.

    Parameters
    ----------
    model
        Its weights are brought to unit length first: tuning, not strength.
    reliable
        (u,) units the components are found from; all are painted.
    """
    length = np.linalg.norm(model.weights, axis=1, keepdims=True)
    tuned = np.asarray(model.weights, np.float32) / np.maximum(length, 1e-12)
    usable = (length[:, 0] > 0) & np.isfinite(tuned).all(1)
    if reliable is not None and (usable & reliable).sum() > 3:
        basis = tuned[usable & reliable]
    else:
        basis = tuned[usable]
    colours = np.full((len(tuned), 3), np.nan, np.float32)
    if len(basis) > 3:
        if len(basis) > 20_000:
            pick = np.random.default_rng(seed).choice(len(basis), 20_000, False)
            basis = basis[pick]
        middle = basis.mean(0)
        axes = _components(basis - middle)
        scores = (tuned[usable] - middle) @ axes.T
        low, high = np.percentile((basis - middle) @ axes.T, (2, 98), axis=0)
        colours[usable] = np.clip((scores - low) / np.maximum(high - low, 1e-12), 0, 1)
    return CortexMap(
        "pc", "Tuning, PC 1 to 3", colours, "colour",
        help="units of like colour are tuned alike",
        legend={"PC 1": "#FF0000", "PC 2": "#00FF00", "PC 3": "#0000FF"},
    )  # fmt: skip


def query_map(model: EncodingModel, vector: ArrayLike, phrase: str) -> CortexMap:
    """Return how strongly each unit is predicted to prefer a phrase."""
    return CortexMap(
        f"text:{phrase}", f"“{phrase}”", model.query(vector), "signed",
        help="predicted response to a step towards the phrase",
    )  # fmt: skip


def difference_map(
    first: EncodingModel, second: EncodingModel, names: tuple[str, str]
) -> CortexMap:
    """Return R² of one model minus that of another.

    Raises
    ------
    InputError
        When they are models of different units or share no score.
    """
    if len(first) != len(second):
        raise InputError(
            f"{names[0]} is a model of {len(first):,} units and {names[1]} of "
            f"{len(second):,}: they are not of one subject."
        )
    comparable = ("r2", "r2_cv", "r2_gcv", "r")
    shared = [s for s in comparable if s in first.scores
              and s in second.scores]  # fmt: skip
    if not shared:
        raise InputError(f"{names[0]} and {names[1]} have no score in common.")
    name = shared[0]
    values = np.asarray(first.scores[name]) - np.asarray(second.scores[name])
    title = f"{_SCORES[name][0]}: {names[0]} − {names[1]}"
    return CortexMap(
        f"difference:{names[0]},{names[1]}", title, values.astype(np.float32), "signed",
        help="which of the two models explains a unit better",
    )  # fmt: skip


def region_map(rois: Mapping[str, NDArray[np.bool_]], n_units: int) -> CortexMap:
    """Return a colour for each region; of regions that overlap the smaller is seen."""
    colours = np.full((n_units, 3), np.nan, np.float32)
    legend = {
        name: REGION_COLOURS[i % len(REGION_COLOURS)] for i, name in enumerate(rois)
    }
    for name in sorted(rois, key=lambda n: -int(np.sum(rois[n]))):
        text = legend[name].lstrip("#")
        colours[rois[name]] = [int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    return CortexMap("roi", "Regions", colours, "colour", legend=legend)


def _components(centred: NDArray[np.float32]) -> NDArray[np.float64]:
    """First three principal axes, each with its larger weights positive."""
    covariance = (centred.T @ centred).astype(np.float64)
    _, vectors = np.linalg.eigh(covariance)
    axes = vectors[:, ::-1][:, :3].T
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])
    return np.asarray(axes * signs[:, None])
