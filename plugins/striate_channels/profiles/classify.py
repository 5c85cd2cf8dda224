"""How much of a label an embedding holds: k-NN and a linear probe, cross-validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from striate.errors import InputError
from striate_channels.profiles.space import comparable, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Classified", "classify", "known"]

FOLDS = 5
K = 10
_MOST_ROWS = 20_000


class Classified(BaseModel):
    """Balanced accuracies: the mean over classes of the share that was right.

    `chance` is what guessing gives. `grouped` says whether rows of one group were
    kept on one side of every split; without that, siblings judge each other.
    """

    label: str
    classes: list[str]
    rows: int
    grouped: bool
    folds: int
    chance: float
    knn: float
    linear_probe: float
    mean_intensity_knn: float | None = None
    confusion: list[list[int]]


def known(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where a column says something."""
    return np.array([v is not None and v == v and str(v) != "" for v in values])


def classify(
    vectors: NDArray[np.float32],
    labels: NDArray[Any],
    name: str,
    *,
    groups: NDArray[Any] | None = None,
    intensity: NDArray[np.float32] | None = None,
    seed: int = 0,
) -> Classified:
    """Predict a label from embeddings.

    Parameters
    ----------
    vectors
        (n, D).
    labels
        (n,) values; rows without one are left out.
    groups
        (n,) plates, animals or slides.
    intensity
        (n, C) mean counts per channel: the baseline that an embedding must beat.

    Raises
    ------
    InputError
        When there are fewer than two classes, or a class lies in one group alone.
    """
    rows = np.flatnonzero(known(labels))
    if len(rows) > _MOST_ROWS:
        rows = np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False)
    names, codes = np.unique(labels[rows].astype(str), return_inverse=True)
    if len(names) < 2:
        raise InputError(
            f"The column {name!r} has {len(names)} classes: two are needed to tell "
            "them apart."
        )
    folds = _folds(codes, names, None if groups is None else groups[rows], seed)
    own = vectors[rows]
    guesses = np.full(len(rows), -1)
    by_probe, by_light = guesses.copy(), guesses.copy()
    for train, test in folds:
        guesses[test] = _knn(own, codes, train, test)
        by_probe[test] = _probe(own, codes, train, test)
        if intensity is not None:
            by_light[test] = _plain_knn(intensity[rows], codes, train, test)
    n = len(names)
    confusion = np.zeros((n, n), int)
    np.add.at(confusion, (codes, guesses), 1)
    return Classified(
        label=name,
        classes=names.tolist(),
        rows=len(rows),
        grouped=groups is not None,
        folds=len(folds),
        chance=1 / n,
        knn=_balanced(codes, guesses),
        linear_probe=_balanced(codes, by_probe),
        mean_intensity_knn=(
            None if intensity is None else _balanced(codes, by_light)
        ),
        confusion=confusion.tolist(),
    )  # fmt: skip


def _folds(
    codes: NDArray[np.int64],
    names: NDArray[Any],
    groups: NDArray[Any] | None,
    seed: int,
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if groups is None:
        least = int(np.bincount(codes).min())
        if least < 2:
            name = str(names[int(np.bincount(codes).argmin())])
            raise InputError(f"The class {name!r} has one member: two are needed.")
        split = StratifiedKFold(min(FOLDS, least), shuffle=True, random_state=seed)
        return list(split.split(codes, codes))
    wide = groups.astype(str)
    for code, name in enumerate(names):
        if len(np.unique(wide[codes == code])) < 2:
            raise InputError(
                f"All of the class {str(name)!r} is in one group: it can be learnt "
                "from no other. Group by something else, or leave that class out."
            )
    count = min(FOLDS, len(np.unique(wide)))
    grouped = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [
        (train, test)
        for train, test in grouped.split(codes, codes, wide)
        if len(np.unique(codes[train])) > 1
    ]


def _knn(
    vectors: NDArray[np.float32],
    codes: NDArray[np.int64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Vote of the nearest, weighted by cosine so that no tie is decided by order."""
    ready = comparable(vectors)
    near, cosine = nearest(ready[train], min(K, len(train)), queries=ready[test])
    votes = np.zeros((len(test), codes.max() + 1))
    rows = np.arange(len(test))[:, None]
    np.add.at(votes, (rows, codes[train][near]), 1 + cosine)
    return votes.argmax(1)


def _plain_knn(
    values: NDArray[np.float32],
    codes: NDArray[np.int64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Vote by distance: the direction of one or two numbers would say little."""
    from sklearn.neighbors import KNeighborsClassifier

    spread = values[train].std(0) + 1e-9
    model = KNeighborsClassifier(min(K, len(train)), weights="distance")
    model.fit(values[train] / spread, codes[train])
    return np.asarray(model.predict(values[test] / spread))


def _probe(
    vectors: NDArray[np.float32],
    codes: NDArray[np.int64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
) -> NDArray[np.int64]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = LogisticRegression(max_iter=500, class_weight="balanced")
    model = make_pipeline(StandardScaler(), probe)
    model.fit(vectors[train], codes[train])
    return np.asarray(model.predict(vectors[test]))


def _balanced(codes: NDArray[np.int64], guesses: NDArray[np.int64]) -> float:
    tested = guesses >= 0
    right = codes == guesses
    shares = [
        right[tested & (codes == c)].mean()
        for c in np.unique(codes)
        if (tested & (codes == c)).any()
    ]
    return round(float(np.mean(shares)), 4)
