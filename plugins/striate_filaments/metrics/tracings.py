"""Neurons against tracings: splits, merges, what is left out, expected run length.

The definitions are those of the Allen Institute's segmentation-skeleton-metrics
(version 5, github.com/AllenNeuralDynamics/segmentation-skeleton-metrics), whose
published numbers for its own sample come out. Expected run length is after
Januszewski et al. 2018 (flood-filling networks).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from striate.errors import InputError
from striate_filaments.metrics.agreement import owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from striate_filaments.neurons import NeuronSet
    from striate_filaments.skeletons import Skeleton

__all__ = ["TracingScore", "overall", "score_tracings"]

MERGED_NODES = 50
"""A neuron with more nodes than this in each of two tracings merges them."""


@dataclass(frozen=True)
class TracingScore:
    """How well the neurons follow one tracing.

    Parameters
    ----------
    run_length
        Cable length of the tracing, in voxels' unit.
    splits
        Neurons along it beyond the first.
    merges
        Neurons along it that run along another tracing too.
    split_edges, omitted_edges, merged_edges
        Percent of its links: with ends in different neurons or one end in none;
        with both ends in none; in merged neurons.
    erl
        Expected length that one can run from a random place without an error.
    split_at, omitted_at
        (n, 3) places (z, y, x) of the links that are split, and of nodes in no neuron.
    """

    run_length: float
    splits: int
    merges: int
    split_edges: float
    omitted_edges: float
    merged_edges: float
    erl: float
    split_at: NDArray[np.float64] = field(repr=False, compare=False)
    omitted_at: NDArray[np.float64] = field(repr=False, compare=False)

    @property
    def normalised_erl(self) -> float:
        """Share of the tracing's length; 1 is free of errors."""
        return self.erl / self.run_length if self.run_length else 0.0

    @property
    def edge_accuracy(self) -> float:
        """Percent of links without an error."""
        return 100 - (self.split_edges + self.omitted_edges + self.merged_edges)

    @property
    def split_rate(self) -> float:
        """Length held per split; NaN without splits."""
        return self._held / self.splits if self.splits else float("nan")

    @property
    def merge_rate(self) -> float:
        """Length held per merge; NaN without merges."""
        return self._held / self.merges if self.merges else float("nan")

    @property
    def _held(self) -> float:
        return self.run_length * (1 - (self.omitted_edges + self.split_edges) / 100)

    def to_dict(self) -> dict[str, float | None]:
        """JSON-able numbers; rates that do not exist are None."""
        row = asdict(self)
        for places in ("split_at", "omitted_at"):
            del row[places]
        rates = {"split_rate": self.split_rate, "merge_rate": self.merge_rate}
        return {
            **row,
            "normalised_erl": self.normalised_erl,
            "edge_accuracy": self.edge_accuracy,
            **{k: None if np.isnan(v) else v for k, v in rates.items()},
        }


def score_tracings(
    neurons: NeuronSet,
    tracings: Mapping[str, Skeleton],
    *,
    merged_nodes: int = MERGED_NODES,
) -> dict[str, TracingScore]:
    """Score neurons against tracings of the same volume.

    Parameters
    ----------
    neurons
        The prediction.
    tracings
        By name; points (z, y, x) in the unit of ``neurons.voxel_size``.
    merged_nodes
        A neuron with more nodes than this in each of two tracings merges them.

    Raises
    ------
    InputError
        When there is no tracing, or one has no link.
    """
    if not tracings:
        raise InputError("There is no tracing to score against.")
    labels = {name: _labels(neurons, tree, name) for name, tree in tracings.items()}
    merged = _merged(labels, merged_nodes)
    return {
        name: _score(tree, labels[name], merged[name])
        for name, tree in tracings.items()
    }


def overall(scores: Mapping[str, TracingScore]) -> dict[str, float]:
    """Average over tracings by length; splits and merges are summed."""
    lengths = np.array([s.run_length for s in scores.values()])
    means = {
        name: float(
            np.average([getattr(s, name) for s in scores.values()], weights=lengths)
        )
        for name in ("erl", "normalised_erl", "edge_accuracy", "omitted_edges")
    }
    return {
        "run_length": float(lengths.sum()),
        "splits": sum(s.splits for s in scores.values()),
        "merges": sum(s.merges for s in scores.values()),
        **means,
    }


# ---- One tracing


def _score(tree: Skeleton, labels: NDArray[np.int64], merged: set[int]) -> TracingScore:
    child = np.flatnonzero(tree.parents >= 0)
    parent = tree.parents[child]
    a, b = labels[child], labels[parent]
    found = sorted(set(labels[labels > 0].tolist()))
    runs = np.array([_run(tree, labels, label) for label in found])
    clean = np.array([label not in merged for label in found], bool)
    share = 100 / len(child)
    in_merged = sum(int((labels == label).sum()) - 1 for label in merged)
    return TracingScore(
        run_length=tree.cable_length,
        splits=max(len(found) - 1, 0),
        merges=len(merged),
        split_edges=float(np.sum(a != b) * share),
        omitted_edges=float(np.sum((a == 0) & (b == 0)) * share),
        merged_edges=float(in_merged * share),
        erl=float(np.sum(runs**2 * clean) / runs.sum()) if runs.sum() > 0 else 0.0,
        split_at=(tree.points[child] + tree.points[parent])[a != b] / 2,
        omitted_at=tree.points[labels == 0],
    )


def _run(tree: Skeleton, labels: NDArray[np.int64], label: int) -> float:
    """Length of the stretch in neuron `label` that its first node stands in."""
    inside = labels == label
    parts = _parts(tree, inside)
    part = parts == parts[np.argmax(inside)]
    linked = part & (tree.parents >= 0)
    linked[linked] = part[tree.parents[linked]]
    return float(tree.lengths[linked].sum())


def _parts(tree: Skeleton, inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Connected parts of the nodes inside; those outside stand alone."""
    child = np.flatnonzero(inside & (tree.parents >= 0))
    child = child[inside[tree.parents[child]]]
    n = len(tree)
    links = csr_array((np.ones(len(child)), (child, tree.parents[child])), shape=(n, n))
    parts: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return parts


# ---- Which neuron each node is in


def _labels(neurons: NeuronSet, tree: Skeleton, name: str) -> NDArray[np.int64]:
    """Id of the neuron at each node, 0 for none.

    Where neurons overlap, the one with the most nodes of the tracing has it. Nodes in
    none between nodes of one neuron only are that neuron's: a tracing cuts corners.
    """
    if len(tree) - np.sum(tree.parents < 0) < 1:
        raise InputError(f"The tracing {name} has no link.")
    voxels = np.floor(tree.points / np.asarray(neurons.voxel_size)).astype(np.int64)
    own = owners(voxels, list(neurons))
    labels = np.zeros(len(tree), np.int64)
    for id in sorted(own, key=lambda i: (own[i].sum(), -i)):
        labels[own[id]] = id
    parts = _parts(tree, labels == 0)
    child = np.flatnonzero(tree.parents >= 0)
    ends = [(child, tree.parents[child]), (tree.parents[child], child)]
    for part in np.unique(parts[labels == 0]):
        nodes = (parts == part) & (labels == 0)
        around = {int(v) for x, y in ends for v in labels[y[nodes[x]]]} - {0}
        if len(around) == 1:
            labels[nodes] = around.pop()
    return labels


def _merged(
    labels: Mapping[str, NDArray[np.int64]], merged_nodes: int
) -> dict[str, set[int]]:
    """Neurons that run along several tracings, by tracing."""
    large: dict[str, set[int]] = {}
    for name, own in labels.items():
        ids, counts = np.unique(own[own > 0], return_counts=True)
        large[name] = set(ids[counts > merged_nodes].tolist())
    return {
        name: {
            id
            for id in own
            if any(id in other for key, other in large.items() if key != name)
        }
        for name, own in large.items()
    }
