"""Ridge on a whole cortex, beside himalaya's numpy backend at the same penalties.

    python tests/bench/cortex_encoding.py [--images 10000] [--targets 327680]
        [--subset 1000] [--sessions 40] [--alphas 20]

Prints a table; never a test. 10,000 images and 512 features are CLIP ViT-B/32 on one
subject of NSD, 327,680 targets both hemispheres of fsaverage. Responses come a session
at a time and are made up as they come; the time of making them is taken off. himalaya
gets the first targets alone, all of their responses in memory, and the same penalties,
with its own way of choosing among them (folds); two penalties at a time, as all at once
are no faster and take more memory. Equality of weights is checked at the penalties that
we chose, and for a whole cortex too, which is summed in float32. Peak memory is that of
a process of its own, and so is CPU, which counts making the data up too and says what a
busy machine hides.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

FEATURES = 512


class MadeUp:
    """One session that is made up when it is read; remembers how long that took."""

    seconds = 0.0

    def __init__(self, x: np.ndarray, targets: int, seed: int) -> None:
        self.x, self.seed = x, seed
        self.shape = (len(x), targets)
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: tuple[slice, slice]) -> np.ndarray:
        started = time.perf_counter()
        first, last, _ = key[1].indices(self.shape[1])
        rng = np.random.default_rng(self.seed)
        noise = rng.standard_normal((len(self.x), 4096), np.float32)
        y = np.empty((len(self.x), last - first), np.float32)
        for start in range(first, last, 4096):
            stop = min(last, start + 4096)
            # A few features drive each block, more or less strongly.
            drive = self.x[:, (start // 4096) % FEATURES] * np.float32(0.7)
            y[:, start - first : stop - first] = noise[:, : stop - start]
            y[:, start - first : stop - first] += drive[:, None]
        MadeUp.seconds += time.perf_counter() - started
        return y


def main() -> None:
    options = _options()
    if options.run:
        print(json.dumps(RUNS[options.run](options)))
        return
    print(
        f"{options.images:,} images x {FEATURES} features, {options.alphas} alphas; "
        f"{_threads()} threads. Shared machines make these numbers rough."
    )
    print(f"{'':34}{'targets':>9}{'seconds':>9}{'CPU s':>8}{'GB':>7}{'µs/target':>11}")
    for run, title in (
        ("ours", "Striate, sessions streamed, GCV"),
        ("ours_kfold", "Striate, in memory, 5 folds"),
        ("himalaya", "himalaya RidgeCV (numpy), 5 folds"),
    ):
        out = subprocess.run(
            [sys.executable, __file__, "--run", run, *sys.argv[1:]],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        made = json.loads(out.stdout.splitlines()[-1])
        each = made["seconds"] / made["targets"] * 1e6
        print(
            f"{title:34}{made['targets']:9,}{made['seconds']:9.1f}{made['cpu']:8.0f}"
            f"{made['gb']:7.2f}{each:11,.0f}{made['note']}"
        )


def ours(options: Any) -> dict[str, Any]:
    from striate_cortex import fit_ridge
    from striate_cortex.encoding import SessionResponses

    x = _features(options)
    parts = np.array_split(x, options.sessions)
    source = SessionResponses(
        [MadeUp(part, options.targets, i) for i, part in enumerate(parts)]
    )
    started = time.perf_counter()
    model = fit_ridge(x, source, alphas=_alphas(options))
    made = MadeUp.seconds
    seconds = time.perf_counter() - started - made
    row = _row(options.targets, seconds)
    some = slice(0, options.subset)
    y = np.concatenate([s[:, some] for s in source.sessions]).astype(np.float64)
    exact = fit_ridge(x, y, alpha=model.alpha[some]).weights
    apart = float(np.abs(model.weights[some] - exact).max())
    row["note"] = (
        f"   (making responses up: {made:.0f} s, not counted; weights differ from "
        f"float64's by {apart:.1e} at most)"
    )
    return row


def ours_kfold(options: Any) -> dict[str, Any]:
    from striate_cortex import fit_ridge

    x, y = _subset(options)
    started = time.perf_counter()
    fit_ridge(x, y, alphas=_alphas(options), method="kfold", folds=5)
    return _row(y.shape[1], time.perf_counter() - started)


def himalaya(options: Any) -> dict[str, Any]:
    from himalaya.backend import set_backend
    from himalaya.ridge import Ridge, RidgeCV

    from striate_cortex import fit_ridge

    set_backend("numpy")
    x, y = _subset(options)
    settings = {"n_targets_batch": 5000, "n_alphas_batch": 2}
    started = time.perf_counter()
    peer = RidgeCV(_alphas(options), cv=5, fit_intercept=True, solver_params=settings)
    peer.fit(x, y)
    seconds = time.perf_counter() - started
    mine = fit_ridge(x, y, alphas=_alphas(options), method="kfold", folds=5)
    # A penalty of each target's own costs it 20 MB a target: some are enough.
    some = slice(0, 50)
    peer = Ridge(mine.alpha[some].astype(np.float32), fit_intercept=True)
    peer.fit(x, y[:, some])
    apart = float(np.abs(peer.coef_.T - mine.weights[some]).max())
    return _row(y.shape[1], seconds, f"   (weights differ by {apart:.1e} at most)")


RUNS = {"ours": ours, "ours_kfold": ours_kfold, "himalaya": himalaya}


def _features(options: Any) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.standard_normal((options.images, FEATURES), np.float32)


def _subset(options: Any) -> tuple[np.ndarray, np.ndarray]:
    x = _features(options)
    parts = np.array_split(x, options.sessions)
    made = [MadeUp(part, options.targets, i) for i, part in enumerate(parts)]
    return x, np.concatenate([m[:, : options.subset] for m in made])


def _alphas(options: Any) -> np.ndarray:
    return np.logspace(-1, 5, options.alphas)


def _row(targets: int, seconds: float, note: str = "") -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "targets": targets,
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "gb": used.ru_maxrss / 2**20,
        "note": note,
    }


def _threads() -> int:
    import os

    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--targets", type=int, default=327_680)
    parser.add_argument("--subset", type=int, default=1_000)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--alphas", type=int, default=20)
    parser.add_argument("--run", choices=list(RUNS), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
