"""Whether vectors lie by batch where they should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from striate.errors import InputError
from striate_channels.profiles.classify import known
from striate_channels.profiles.space import comparable, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BatchEffect", "batch_effect"]

K = 15


class BatchEffect(BaseModel):
    """How often a neighbour comes from the same batch.

    `same` is the share that does, `expected` the share if batches were mixed, and
    `strength` how far `same` lies between the two ends: 0 mixed, 1 apart.
    """

    column: str
    batches: list[str]
    same: float
    expected: float
    strength: float
    within: str = ""
    sentence: str


def batch_effect(
    vectors: NDArray[np.float32],
    batches: NDArray[Any],
    name: str,
    *,
    labels: NDArray[Any] | None = None,
    label: str = "",
) -> BatchEffect:
    """Measure it among vectors of the same label, where there are labels.

    Labels matter: when batches hold different classes, neighbours of one batch are
    alike for a good reason.

    Raises
    ------
    InputError
        When there is only one batch.
    """
    used = known(batches) if labels is None else known(batches) & known(labels)
    names, codes = np.unique(batches[used].astype(str), return_inverse=True)
    if len(names) < 2:
        raise InputError(
            f"The column {name!r} has {len(names)} batches: two are needed."
        )
    classes = np.zeros(len(codes), int)
    if labels is not None:
        classes = np.unique(labels[used].astype(str), return_inverse=True)[1]
    ready = comparable(vectors[used])
    same, expected, weight = 0.0, 0.0, 0
    for c in np.unique(classes):
        own = np.flatnonzero(classes == c)
        counts = np.bincount(codes[own], minlength=len(names))
        if len(own) < 3 or (counts > 0).sum() < 2:
            continue
        near, _ = nearest(ready[own], K)
        equal = codes[own][near] == codes[own][:, None]
        same += float(equal.mean()) * len(own)
        chance = (counts * (counts - 1)).sum() / (len(own) * (len(own) - 1))
        expected += float(chance) * len(own)
        weight += len(own)
    if weight == 0:
        raise InputError(
            f"No class of {label!r} was seen in two batches of {name!r}: their effects "
            "cannot be told apart."
        )
    return _judged(name, names, same / weight, expected / weight, label)


def _judged(
    name: str, names: NDArray[Any], same: float, expected: float, label: str
) -> BatchEffect:
    strength = max(0.0, (same - expected) / max(1e-9, 1 - expected))
    word = "no" if strength < 0.1 else "some" if strength < 0.4 else "a strong"
    among = f" among vectors of the same {label}" if label else ""
    return BatchEffect(
        column=name,
        batches=names.tolist(),
        same=round(same, 4),
        expected=round(expected, 4),
        strength=round(strength, 4),
        within=label,
        sentence=f"{name} has {word} effect{among}: {same:.0%} of the neighbours are "
        f"of the same {name}, where mixing would give {expected:.0%}.",
    )
