"""The FISBe score: ours against a dense implementation of the same definition.

    python tests/bench/metrics.py DATA [--volumes N]

DATA holds ``fisbe_baseline_predictions``: label volumes of FISBe's full size. The
prediction is a real one; the truth is its three largest neurons, moved by a voxel and
each with a piece of the next, so that there are overlaps and the queue of FS and FM
runs. Each side runs in a process of its own that reads nothing but arrays; prints
seconds, peak memory, and that both agree. Never a test.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

THRESHOLDS = np.arange(1, 10) / 10


def main() -> None:
    options = _options()
    if options.side:
        print(json.dumps(_run(options.side, Path(options.data))))
        return
    files = sorted(Path(options.data, "fisbe_baseline_predictions").glob("*.hdf"))
    print(f"{'volume':34} {'side':6} {'seconds':>8} {'peak GB':>8}  S, C, FS, FM")
    for file in files[: options.volumes]:
        for side in ("ours", "dense"):
            command = [sys.executable, __file__, str(file), "--side", side]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            row = json.loads(done.stdout.splitlines()[-1])
            numbers = ", ".join(f"{row[k]:.6f}" for k in ("S", "C", "FS", "FM"))
            print(
                f"{file.stem:34} {side:6} {row['seconds']:8.2f} {row['GB']:8.2f}  "
                f"{numbers}"
            )


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="folder of real data")
    parser.add_argument("--volumes", type=int, default=2)
    parser.add_argument("--side", choices=("ours", "dense"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(side, file):
    import h5py

    with h5py.File(file) as opened:
        pred = opened["volumes/gmm_label_cleaned"][:]
    gt = _truth(pred)
    start = time.perf_counter()
    found = _ours(pred, gt) if side == "ours" else _dense(pred, gt)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {**found, "seconds": seconds, "GB": peak}


def _truth(pred):
    """Channels of the three largest neurons, moved and overlapping."""
    ids, counts = np.unique(pred[pred > 0], return_counts=True)
    largest = ids[np.argsort(-counts)][:3]
    gt = np.zeros((3, *pred.shape), np.uint8)
    for i, id in enumerate(largest):
        where = np.argwhere(pred == id)
        more = np.argwhere(pred == largest[(i + 1) % 3])
        points = np.concatenate([where, more[: len(more) // 4]]) + 1
        points = np.minimum(points, np.array(pred.shape) - 1)
        gt[(i, *points.T)] = i + 1
    return gt


def _ours(pred, gt):
    from striate_filaments.metrics import score

    found = score(pred, gt)
    return {k: float(found[k]) for k in ("S", "C", "FS", "FM")}


# ---- The same definition on whole volumes, one boolean array per neuron


def _dense(pred, gt):
    from skimage.morphology import skeletonize

    ids, counts = np.unique(pred, return_counts=True)
    ids = [i for i, n in zip(ids, counts, strict=True) if i > 0 and n > 800]
    pred_masks = [pred == i for i in ids]
    gt_masks = [channel > 0 for channel in gt]
    pred_lines = [skeletonize(mask) for mask in pred_masks]
    gt_lines = [skeletonize(mask) for mask in gt_masks]
    precision = np.zeros((len(gt_masks) + 1, len(pred_masks)), np.float32)
    recall = np.zeros((len(gt_masks), len(pred_masks)), np.float32)
    any_gt = np.any(gt_masks, axis=0)
    for p, line in enumerate(pred_lines):
        precision[0, p] = (line & ~any_gt).sum() / line.sum()
        for g, mask in enumerate(gt_masks):
            precision[g + 1, p] = (line & mask).sum() / line.sum()
            recall[g, p] = (gt_lines[g] & pred_masks[p]).sum() / gt_lines[g].sum()
    both = precision[1:] + recall
    cldice = np.divide(
        2 * precision[1:] * recall, both, out=np.zeros_like(both), where=both > 0
    )
    f1 = [_f1(cldice, t) for t in THRESHOLDS]
    home = precision.argmax(0)
    covered = [recall[g, home == g + 1].sum() for g in range(len(gt_masks))]
    pairs = {
        t: _consumed(gt_masks, gt_lines, pred_masks, recall, t) for t in (0.05, 0.1)
    }
    return {
        "S": float(np.mean(f1) + np.mean(covered)) / 2,
        "C": float(np.mean(covered)),
        "FS": len(pairs[0.05]) - len({g for g, _ in pairs[0.05]}),
        "FM": len(pairs[0.1]) - len({p for _, p in pairs[0.1]}),
    }


def _f1(cldice, threshold):
    pairs = np.argwhere(cldice > np.float32(threshold))
    pairs = sorted(pairs.tolist(), key=lambda pair: -cldice[tuple(pair)])
    taken = set()
    tp = 0
    for g, p in pairs:
        if ("g", g) not in taken and ("p", p) not in taken:
            taken |= {("g", g), ("p", p)}
            tp += 1
    return 2 * tp / sum(cldice.shape)


def _consumed(gt_masks, gt_lines, pred_masks, recall, above):
    """Many-to-many matches; without ties a plain search for the best will do."""
    live = {(g, p): recall[g, p] for g, p in np.argwhere(recall > above).tolist()}
    first = list(live)
    line_left = {g: gt_lines[g].copy() for g, _ in first}
    mask_left = {p: pred_masks[p].copy() for _, p in first}
    matched = []
    while live:
        g, p = max(live, key=live.get)
        del live[g, p]
        matched.append((g, p))
        line_left[g] &= ~pred_masks[p]
        mask_left[p] &= ~gt_masks[g]
        news = [(g, q, line_left[g] & pred_masks[q]) for h, q in first if h == g]
        news += [(h, p, gt_lines[h] & mask_left[p]) for h, q in first if q == p]
        for a, b, left in news:
            value = left.sum() / gt_lines[a].sum()
            if value > above:
                live[a, b] = value
            else:
                live.pop((a, b), None)
    return matched


if __name__ == "__main__":
    main()
