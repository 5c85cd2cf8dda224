"""Errors are places: where a prediction went wrong, so that one can go and look."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.metrics.agreement import Agreement
    from striate_filaments.metrics.scoring import Score

__all__ = ["Kind", "Place", "places"]

Kind = Literal["split", "merged", "missed", "spurious"]


@dataclass(frozen=True)
class Place:
    """One error.

    Parameters
    ----------
    kind
        ``split``: two predictions for one true neuron; ``merged``: two true neurons
        in one prediction; ``missed``: a stretch of a true neuron that no prediction
        has; ``spurious``: a prediction mostly on background.
    gt, pred
        Ids the neurons came with.
    voxel
        (z, y, x): between the two parts, or the middle of the stretch.
    cost
        Voxels of centre line that are wrong because of it.
    """

    kind: Kind
    gt: tuple[int, ...]
    pred: tuple[int, ...]
    voxel: tuple[int, int, int]
    cost: int

    def sentence(self) -> str:
        """Say it in words."""
        gt, pred = (" and ".join(str(i) for i in ids) for ids in (self.gt, self.pred))
        return {
            "split": f"True neuron {gt} is split between {pred}",
            "merged": f"Neuron {pred} merges the true neurons {gt}",
            "missed": f"A stretch of true neuron {gt} is in no neuron",
            "spurious": f"Neuron {pred} lies mostly on background",
        }[self.kind]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able facts and the sentence."""
        return {**asdict(self), "sentence": self.sentence()}


def places(score: Score) -> list[Place]:
    """List the errors behind a score, the most costly first.

    Predictions on background are left out where the image is partly labelled.
    """
    found = score.agreement
    errors = [
        *_splits(found, score.split_pairs),
        *_merges(found, score.merge_pairs),
        *_missed(found, score.preset.split_above),
        *([] if score.partly else _spurious(found)),
    ]
    return sorted(errors, key=lambda place: -place.cost)


def _splits(found: Agreement, pairs: list[tuple[int, int]]) -> list[Place]:
    """For each part beyond the largest: where it is nearest to the larger ones."""
    errors = []
    for g in sorted({g for g, _ in pairs}):
        line, inside = found.gt.line(g), found.inside(g)
        parts = sorted((p for h, p in pairs if h == g), key=lambda p: -inside[p].sum())
        for i, p in enumerate(parts[1:], 1):
            larger = parts[:i]
            near = [_nearest(line[inside[p]], line[inside[o]]) for o in larger]
            best = int(np.argmin([distance for distance, _ in near]))
            errors.append(
                Place(
                    "split",
                    (found.gt.given[g - 1],),
                    (found.pred.given[larger[best] - 1], found.pred.given[p - 1]),
                    near[best][1],
                    int(inside[p].sum()),
                )
            )
    return errors


def _merges(found: Agreement, pairs: list[tuple[int, int]]) -> list[Place]:
    """For each true neuron beyond the largest in a prediction: where they touch."""
    errors = []
    for p in sorted({p for _, p in pairs}):
        held = {g: found.inside(g)[p] for g, q in pairs if q == p}
        parts = sorted(held, key=lambda g: -held[g].sum())
        points = {g: found.gt.line(g)[held[g]] for g in parts}
        for i, g in enumerate(parts[1:], 1):
            near = [_nearest(points[g], points[o]) for o in parts[:i]]
            best = int(np.argmin([distance for distance, _ in near]))
            errors.append(
                Place(
                    "merged",
                    (found.gt.given[parts[best] - 1], found.gt.given[g - 1]),
                    (found.pred.given[p - 1],),
                    near[best][1],
                    int(held[g].sum()),
                )
            )
    return errors


def _missed(found: Agreement, least: float) -> list[Place]:
    """Connected stretches of true centre lines that no prediction has."""
    errors = []
    for g in range(1, len(found.gt) + 1):
        line = found.gt.line(g)
        held = np.zeros(len(line), bool)
        for mask in found.inside(g).values():
            held |= mask
        for stretch in _stretches(line[~held]):
            if len(stretch) > least * len(line):
                errors.append(
                    Place(
                        "missed",
                        (found.gt.given[g - 1],),
                        (),
                        _middle(stretch),
                        len(stretch),
                    )
                )
    return errors


def _spurious(found: Agreement) -> list[Place]:
    errors = []
    for p in range(1, len(found.pred) + 1):
        line = found.pred.line(p)
        if found.home[p] == 0 and len(line):
            given = found.pred.given[p - 1]
            errors.append(Place("spurious", (), (given,), _middle(line), len(line)))
    return errors


# ---- Geometry of voxels


def _nearest(
    a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[float, tuple[int, int, int]]:
    """Distance of two sets of voxels, and the voxel in the middle of the gap."""
    distances, places = cKDTree(b).query(a)
    i = int(np.argmin(distances))
    z, y, x = ((a[i] + b[places[i]]) // 2).tolist()
    return float(distances[i]), (z, y, x)


def _stretches(line: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Parts of a line whose voxels touch by a corner at least."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(line) == 0:
        return []
    pairs = cKDTree(line).query_pairs(1.8, output_type="ndarray")
    n = len(line)
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    count, parts = connected_components(links, directed=False)
    return [line[parts == part] for part in range(count)]


def _middle(line: NDArray[np.int64]) -> tuple[int, int, int]:
    """The voxel of a line that is nearest to its centre."""
    z, y, x = line[np.argmin(np.linalg.norm(line - line.mean(0), axis=1))].tolist()
    return z, y, x
