"""Which trials a model was fitted to, and what each showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_cortex.encoding import EncodingModel
    from striate_cortex.reading.design import Design
    from striate_cortex.subjects import Subject

__all__ = ["TrialSplit", "split_trials"]


@dataclass(frozen=True)
class TrialSplit:
    """Trials of a subject, n of them.

    Parameters
    ----------
    image
        (n,) number of the image that each trial showed.
    held_out
        (n,) whether the model was fitted without it.
    """

    image: NDArray[np.int64]
    held_out: NDArray[np.bool_]

    def rows(self, count: int) -> NDArray[np.int64]:
        """Return the row of each trial among `count`, of trials or of images."""
        n = len(self.image)
        return np.arange(n) if count == n else self.image


def split_trials(subject: Subject, model: EncodingModel) -> TrialSplit | None:
    """Say which trials a model was fitted to; None where there are no responses.

    Where the model does not say enough, none counts as held out.
    """
    responses = subject.responses
    if responses is None:
        return None
    n = int(responses.shape[0])
    fitted = int(model.facts.get("images", n))
    design = subject.design
    if design is None:
        return TrialSplit(np.arange(n), np.arange(n) >= fitted)
    image = np.asarray(design.images, np.int64)[:n]
    return TrialSplit(image, _held_out(design, n - fitted)[:n])


def _held_out(design: Design, count: int) -> NDArray[np.bool_]:
    """Find the split that leaves out so many trials."""
    images = len(np.unique(design.images))
    near = round(images * count / max(1, len(design.images)))
    for k in sorted(range(near - 20, near + 21), key=lambda k: abs(k - near)):
        if 0 < k < images:
            held = design.held_out(k / images)
            if int(held.sum()) == count:
                return held
    return np.zeros(len(design.images), bool)
