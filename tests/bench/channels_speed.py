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
    print(f"224 x 224, batch {options.batch}, {options.threads} threads; seconds/image")
    print(f"{'channels':>8} {'padded':>9} {'ours':>9} {'factor':>7} {'difference':>11}")
    for channels in options.channels:
        shape = (channels, 224, 224)
        images = [
            rng.normal(size=shape).astype(np.float32) for _ in range(options.batch)
        ]
        tensors = [torch.from_numpy(i) for i in images]
        slow, theirs = _time(lambda t=tensors: _padded(model, t), options.repeats)
        fast, ours = _time(lambda i=images: model.embed(i), options.repeats)
        slow, fast = slow / options.batch, fast / options.batch
        worst = np.abs(ours - theirs).max()
        print(f"{channels:8d} {slow:9.3f} {fast:9.3f} {slow / fast:7.1f} {worst:11.1e}")


def _padded(model, tensors):
    with torch.inference_mode():
        return forward_padded(model, tensors).numpy()


def _time(function, repeats):
    """Best of several, after one to warm up."""
    answer = function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times), answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--channels", type=int, nargs="+", default=[1, 2, 3, 5, 10])
    return parser.parse_args()


if __name__ == "__main__":
    main()
