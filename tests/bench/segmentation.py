"""Learned, colour and the Duan baseline: FISBe scores on volumes none was tuned on.

    python tests/bench/segmentation.py [--sets old hard] [--methods learned colour duan]
                                       [--seeds 201 202] [--model ID|PATH] [--json FILE]
                                       [--keep FOLDER]

Semi-synthetic volumes with exact truth, see ``segmentation_volumes``: ``old`` has 3 to
12 neurons with crossings, like hues and dim ones; ``hard`` also bundles, beading, gaps
and structured background, of neuron shapes that training never saw. ``tuning`` and
``hard-tuning`` are what choices are made on. One fixed setting of each method.

S, avF1 and C are FISBe's: of each volume, and pooled over a set as its evaluator pools
images. A subset's S is that of its neurons alone, all others counting as unlabelled
(FISBe's rule for partly labelled images); found is matched at a clDice above 0.5.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.duan import cluster_colours
from tests.bench.duan.tuned import TUNED
from tests.bench.segmentation_volumes import HARD_TUNING, HELD_BACK, TEST, TUNING

from striate_filaments import SegmentParams, score, segment
from striate_filaments.metrics.summary import Tally, summarise
from striate_filaments.neurons import NeuronSet

SETS = {"old": TEST, "hard": HELD_BACK, "tuning": TUNING, "hard-tuning": HARD_TUNING}


@dataclass
class Rows:
    """What one method got on the volumes of a set."""

    tallies: dict[str, tuple[Tally, bool]] = field(default_factory=dict)
    S: list[float] = field(default_factory=list)
    dim: dict[str, tuple[Tally, bool]] = field(default_factory=dict)
    overlapping: dict[str, tuple[Tally, bool]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, name, neurons, made, seconds):
        """Score one volume; returns the cells to print."""
        got = score(neurons, made.neurons)
        self.tallies[name] = (Tally.of(got), False)
        self.S.append(got["S"])
        self.seconds += seconds
        for subset in ("dim", "overlapping"):
            ids = getattr(got, subset).ids
            if ids:
                some = score(neurons, _only(made.neurons, ids), partly=True)
                getattr(self, subset)[name] = (Tally.of(some), False)
        return (
            f"{got['S']:5.3f} {got['avF1']:5.3f} {got['C']:5.3f} {len(neurons):3d} "
            f"{got.dim.tp:3d} {seconds:5.0f}"
        )

    def summary(self):
        """Pool the volumes."""
        pooled = summarise(self.tallies).complete
        parts = {
            name: summarise(rows).complete
            for name, rows in (("dim", self.dim), ("overlapping", self.overlapping))
            if rows
        }
        return {
            "mean_S": sum(self.S) / len(self.S),
            **{n: pooled[n] for n in ("S", "avF1", "C", "clDiceTP", "tp", "FS", "FM")},
            **{
                f"{name}_{n}": got[n]
                for name, got in parts.items()
                for n in ("S", "n_gt", "TP")
            },
            "seconds": self.seconds / len(self.S),
        }


def main() -> None:
    options = _options()
    results = {}
    for name in options.sets:
        results[name] = _set(name, SETS[name], options)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1))


def _set(name, recipes, options):
    if options.seeds:
        recipes = tuple(r for r in recipes if r.seed in options.seeds)
    rows = {method: Rows() for method in options.methods}
    heads = " | ".join(f"{m:>11}  avF1     C   n dim     s" for m in rows)
    print(
        f"\n{name}: {len(recipes)} semi-synthetic volumes\nseed neurons dim | {heads}"
    )
    for recipe in recipes:
        made = _painted(recipe, options.keep)
        cells = []
        for method, row in rows.items():
            start = time.perf_counter()
            neurons = _segmented(method, made, options.model)
            taken = time.perf_counter() - start
            cells.append(f"{'':6}{row.add(str(recipe.seed), neurons, made, taken)}")
        print(
            f"{recipe.seed:4d} {len(made.neurons):7d} {len(made.dim_ids):3d} | "
            + " | ".join(cells),
            flush=True,
        )
    found = {method: row.summary() for method, row in rows.items()}
    _print_summary(found)
    return found


def _print_summary(found):
    print(
        f"{'pooled':>8} {'mean S':>7} {'S':>6} {'avF1':>6} {'C':>6} {'tp':>6} "
        f"{'FS':>4} {'FM':>4} | {'dim S':>6} found | {'overlap S':>9} found | {'s':>5}"
    )
    for method, row in found.items():
        print(
            f"{method:>8} {row['mean_S']:7.3f} {row['S']:6.3f} {row['avF1']:6.3f} "
            f"{row['C']:6.3f} {row['tp']:6.3f} {row['FS']:4d} {row['FM']:4d} | "
            f"{_subset(row, 'dim', 6)} | {_subset(row, 'overlapping', 9)} | "
            f"{row['seconds']:5.0f}",
            flush=True,
        )


def _subset(row, name, width):
    if f"{name}_S" not in row:
        return f"{'-':>{width}}     -"
    found = f"{row[f'{name}_TP']}/{row[f'{name}_n_gt']}"
    return f"{row[f'{name}_S']:{width}.3f} {found:>5}"


def _painted(recipe, folder):
    """Paint a volume, or take what an earlier run painted by the same recipe."""
    if folder is None:
        return recipe.paint()
    folder.mkdir(parents=True, exist_ok=True)
    told = recipe.params().model_dump_json().encode()
    file = folder / f"{recipe.seed}-{hashlib.sha256(told).hexdigest()[:12]}.pickle"
    if not file.exists():
        file.write_bytes(pickle.dumps(recipe.paint()))
    return pickle.loads(file.read_bytes())


def _segmented(method, made, model):
    if method == "duan":
        return cluster_colours(made.volume.data.compute(), TUNED)
    params = {"model": model} if method == "learned" else {}
    return segment(made.volume, SegmentParams(method=method, **params))


def _only(neurons, ids):
    chosen = [n for n in neurons if n.id in set(ids)]
    return NeuronSet(neurons.shape, neurons.voxel_size, neurons.unit, chosen)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", choices=SETS, default=["old", "hard"])
    parser.add_argument(
        "--methods", nargs="*", choices=("learned", "colour", "duan"),
        default=["learned", "colour", "duan"],
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, nargs="*", help="only these")
    parser.add_argument("--model", default="", help="of the learned method")
    parser.add_argument("--keep", type=Path, help="folder of painted volumes")
    parser.add_argument("--json", type=Path, help="write the pooled numbers here too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
