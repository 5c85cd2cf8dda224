"""Weights of one unit without one fold of the trials, at the time of a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate_cortex.captions.trials import split_trials

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.encoding import EncodingModel
    from striate_cortex.subjects import Subject

__all__ = ["fold_weights_of"]


def fold_weights_of(
    subject: Subject, model: EncodingModel, unit: int, *, folds: int = 5
) -> NDArray[np.float32] | None:
    """Return a unit's weights under each fold; None where they cannot be had.

    Those that the model kept; otherwise the unit is fitted again without each fold of
    the trials the model was fitted to, with the model's own penalty.

    Returns
    -------
    ndarray
        (folds, d).
    """
    if model.fold_weights is not None:
        return np.asarray(model.fold_weights[:, unit], np.float32)
    alpha, split = float(model.alpha[unit]), split_trials(subject, model)
    known = model.space in subject.manifest.features
    if split is None or not known or not np.isfinite(alpha) or model.bands:
        return None
    from striate_cortex.encoding.responses import read_whole
    from striate_cortex.encoding.ridge import fit_ridge

    features = np.asarray(subject.features(model.space), np.float32)
    fitted = ~split.held_out
    n = int(fitted.sum())
    rows = split.rows(len(features))
    unfit = n < 4 * folds or features.shape[1] != model.weights.shape[1]
    if unfit or rows.max() >= len(features) or subject.responses is None:
        return None
    x = features[rows[fitted]]
    y = read_whole(subject.responses, slice(unit, unit + 1))[fitted]
    # Trials of one image stay in one fold.
    fold = split.image[fitted] % folds
    found = [
        fit_ridge(
            x[fold != k], y[fold != k], alphas=[alpha], normalise=model.normalised
        ).weights[0]
        for k in range(folds)
    ]
    return np.stack(found).astype(np.float32)
