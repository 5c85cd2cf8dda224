"""Ours against the Duan baseline: FISBe scores on volumes neither was tuned on.

    python tests/bench/segmentation.py [--tuning] [--seeds 201 202]

Semi-synthetic volumes with exact truth (3 to 12 neurons: crossings, like hues, dim
ones). One fixed setting each; seeds for tuning and for testing are apart, see
``segmentation_volumes``. S, avF1 and C are FISBe's; dim neurons count as found when
matched at a clDice above 0.5.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.duan import cluster_colours
from tests.bench.duan.tuned import TUNED
from tests.bench.segmentation_volumes import TEST, TUNING

from striate_filaments import score, segment


@dataclass(frozen=True)
class Row:
    """What one method got on one volume."""

    S: float
    avF1: float  # noqa: N815 - FISBe's own name
    C: float
    neurons: int
    dim: int
    seconds: float


def main() -> None:
    options = _options()
    recipes = TUNING if options.tuning else TEST
    if options.seeds:
        recipes = tuple(r for r in (*TUNING, *TEST) if r.seed in options.seeds)
    print(_HEAD)
    rows = [_volume(recipe) for recipe in recipes]
    ours, theirs, dim = zip(*rows, strict=True)
    print("-" * len(_HEAD))
    print(
        f"{'mean':>4} {'':>7} {sum(dim):3d} | {_means(ours)} | {_means(theirs)} | "
        f"{_mean(ours, 'S') - _mean(theirs, 'S'):+.3f}"
    )
    better = sum(a.S > b.S for a, b in zip(ours, theirs, strict=True))
    print(f"\nsemi-synthetic; ours is better on {better} of {len(rows)} volumes")


_HEAD = (
    "seed neurons dim |     S  avF1     C found dim    s |"
    "     S  avF1     C found dim    s | ours - Duan"
)


def _volume(recipe):
    made = recipe.paint()
    raw = made.volume.data.compute()
    rows = []
    for method in (lambda: segment(made.volume), lambda: cluster_colours(raw, TUNED)):
        start = time.perf_counter()
        neurons = method()
        rows.append(_row(neurons, made, time.perf_counter() - start))
    ours, theirs = rows
    print(
        f"{recipe.seed:4d} {len(made.neurons):7d} {len(made.dim_ids):3d} | "
        f"{_cells(ours)} | {_cells(theirs)} | {ours.S - theirs.S:+.3f}",
        flush=True,
    )
    return ours, theirs, len(made.dim_ids)


def _row(neurons, made, seconds):
    got = score(neurons, made.neurons)
    n, dim = len(neurons), got.dim.tp
    return Row(got["S"], got["avF1"], got["C"], n, dim, seconds)


def _cells(row):
    return (
        f"{row.S:5.3f} {row.avF1:5.3f} {row.C:5.3f} {row.neurons:5d} {row.dim:3d} "
        f"{row.seconds:4.0f}"
    )


def _means(rows):
    return (
        f"{_mean(rows, 'S'):5.3f} {_mean(rows, 'avF1'):5.3f} {_mean(rows, 'C'):5.3f} "
        f"{_mean(rows, 'neurons'):5.1f} {sum(r.dim for r in rows):3d} "
        f"{_mean(rows, 'seconds'):4.0f}"
    )


def _mean(rows, name):
    return sum(getattr(r, name) for r in rows) / len(rows)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tuning", action="store_true", help="the tuning volumes")
    parser.add_argument("--seeds", type=int, nargs="*", help="only these")
    return parser.parse_args()


if __name__ == "__main__":
    main()
