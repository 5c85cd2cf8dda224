"""The one way to images for a unit: by gradient, by guided diffusion, or from text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.synthesis.activation import by_activation
from striate_cortex.synthesis.ranking import keep_top, standing
from striate_cortex.synthesis.record import Forming, Synthesis, SynthesisParams

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoders.contract import Encoder
    from striate_cortex.synthesis.batches import Made

__all__ = ["synthesize"]


def synthesize(
    weights: ArrayLike,
    encoder: Encoder,
    params: SynthesisParams | None = None,
    *,
    library: Any | None = None,
    normalised: bool = False,
    simulated: bool = False,
    start: ArrayLike | None = None,
    facets: ArrayLike | None = None,
    seed: int = 0,
    on_partial: Callable[[Forming], Any] | None = None,
    ctx: JobContext | None = None,
) -> Synthesis:
    """Make images that weights predict a strong response to, and say how strong.

    Parameters
    ----------
    weights
        (d,) of a unit; the mean of a region's or of a drawn patch's; or one less
        another, see :func:`striate_cortex.synthesis.contrast`.
    encoder
        That the weights are for.
    params
        The method, and everything it can be told.
    library
        (N, d) vectors of the same encoder, or an object with ``vectors`` and
        ``check``, among which the predicted responses are placed; None: z-scores and
        percentiles are NaN.
    normalised
        Whether the model brings features to unit length before its weights.
    simulated
        Whether the weights rest on simulated data; it is told with the images.
    start
        (k, h, w, 3) uint8: more like these.
    facets
        (f, d) directions to begin with, by activation.
    seed
        Of the first image; the others' follow. The same seed, parameters and machine
        give the same image on the CPU.
    on_partial
        Hears how images look on their way.
    ctx
        Says on which device; a cancel is honoured at every step.

    Returns
    -------
    Synthesis
        The best share of what was made, the best first.

    Raises
    ------
    InputError
        When weights, library and encoder are not of one space, or weights are all
        zero, or the text for ``"text"`` is empty.
    OfflineError
        When a diffusion model is not on this machine and cannot be downloaded; says
        what to place where.
    OutOfMemoryError
        When not even one image fits.
    Cancelled
        When the user asked to stop.
    """
    p = params or SynthesisParams()
    w = _checked(weights, encoder, library)
    begin = None if start is None else np.asarray(start)
    began = time.monotonic()
    if p.method == "activation":
        made = by_activation(w, encoder, p, begin, facets, seed, on_partial, ctx)
    elif p.method == "guided":
        from striate_cortex.synthesis.guided import by_guidance

        made = by_guidance(w, encoder, p, begin, normalised, seed, on_partial, ctx)
    else:
        from striate_cortex.synthesis.text import by_text

        made = by_text(p, begin, seed, on_partial, ctx)
    whole = _scored(made, w, encoder, library, normalised)
    facts = {**p.model_dump(), **made.facts, "simulated": simulated,
             "seconds": round(time.monotonic() - began, 1)}  # fmt: skip
    first = whole.judged if p.method == "activation" else whole.predicted
    order = keep_top(np.where(np.isfinite(first), first, whole.predicted), p.kept)
    best = whole.taken(order)
    return Synthesis(
        best.images, best.seeds, best.predicted, best.z, best.percentile, best.judged,
        p.method, made.model, simulated, len(whole), facts,
    )  # fmt: skip


def _checked(
    weights: ArrayLike, encoder: Encoder, library: Any | None
) -> NDArray[np.float32]:
    w, space = np.asarray(weights, np.float32), encoder.space
    if w.shape != (space.dimension,):
        raise InputError(
            f"Weights are {w.shape} and {space.name} has {space.dimension} dimensions: "
            "give the weights of one unit, or a mean, of a model of this encoder."
        )
    if not np.isfinite(w).all() or not w.any():
        raise InputError("This unit's weights are all zero: there is nothing to show.")
    if library is not None and hasattr(library, "check"):
        library.check(space.name, space.dimension)
    return w


def _scored(
    made: Made, w: NDArray[np.float32], encoder: Encoder, library: Any, normalised: bool
) -> Synthesis:
    """Predict responses to the images as they are written, by the encoder itself."""
    vectors = np.asarray(encoder.embed_images(list(made.images)), np.float64)
    if normalised:
        vectors = vectors / np.maximum(
            np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12
        )
    predicted = vectors @ w.astype(np.float64)
    z = percentile = np.full(len(predicted), np.nan)
    if library is not None:
        known = getattr(library, "vectors", library)
        place = standing(predicted, w, known, normalised=normalised)
        z, percentile = place.z, place.percentile
    return Synthesis(
        made.images, made.seeds, predicted, z, percentile, made.judged, "activation"
    )
