"""Ours against the padded definition, same weights, same images, same run.

    python tests/bench/channels_speed.py [--repeats 3] [--threads 2]

Prints a table; never a test. The padded side is ``tests/channels/padded.py``, run
without attention weights and without gradients, that is, as well as it can be.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import torch
from tests.channels.padded import forward_padded

from striate_channels.chadavit import ChAdaViT


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = ChAdaViT().eval()
    rng = np.random.default_rng(0)
    print(f"224 x 224, batch {options.batch}, {options.threads} threads")
    print("seconds per image on the clock, and of processor (right on a busy machine)")
    print(
        f"{'channels':>8} {'padded':>8} {'ours':>8} {'factor':>7}   "
        f"{'padded':>8} {'ours':>8} {'factor':>7} {'difference':>11}"
    )
    for channels in options.channels:
        shape = (channels, 224, 224)
        images = [rng.normal(size=shape).astype("f") for _ in range(options.batch)]
        tensors = [torch.from_numpy(i) for i in images]
        *slow, theirs = _time(lambda t=tensors: _padded(model, t), options.repeats)
        *fast, ours = _time(lambda i=images: model.embed(i), options.repeats)
        cells = [
            f"{s / options.batch:8.3f} {f / options.batch:8.3f} {s / f:7.1f}"
            for s, f in zip(slow, fast, strict=True)
        ]
        worst = np.abs(ours - theirs).max()
        print(f"{channels:8d} {cells[0]}   {cells[1]} {worst:11.1e}")


def _padded(model, tensors):
    with torch.inference_mode():
        return forward_padded(model, tensors).numpy()


def _time(function, repeats):
    """Best wall and processor time of several, after one to warm up, and the answer."""
    answer = function()
    walls, owns = [], []
    for _ in range(repeats):
        wall, own = time.perf_counter(), time.process_time()
        function()
        walls.append(time.perf_counter() - wall)
        owns.append(time.process_time() - own)
    return min(walls), min(owns), answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--channels", type=int, nargs="+", default=[1, 2, 3, 5, 10])
    return parser.parse_args()


if __name__ == "__main__":
    main()
