"""How long each command takes on a large neuron, from the call to the redrawn set.

    python tests/bench/proofreading.py [--voxels 200000] [--repeats 5]

The neuron is a semi-synthetic arbour of tubes. Prints the best and the worst of
several runs of looking, writing down and making the change, and of undoing it, with
what compiling costs once kept out. Never a test.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from striate.data import Volume
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.proofreading import Proofreading, commands
from striate_filaments.proofreading.brushes import ball, stroke
from striate_filaments.proofreading.growing import grow
from striate_filaments.proofreading.splitting import split_at, split_by_seeds
from striate_filaments.skeletons import Skeleton
from striate_filaments.tracing import find_path, tube, window_around

SHAPE = (300, 600, 600)
SIZE = (0.44, 0.44, 0.44)


def main() -> None:
    options = _options()
    neurons, tips = _arbour(options.voxels)
    big = neurons[1]
    points = big.coordinates()
    colours = np.random.default_rng(0).uniform(0.5, 1, (len(big), 3))
    print(f"a neuron of {len(big):,} voxels in {SHAPE}; milliseconds, best and worst")
    print(f"{'command':22} {'look':>12} {'write, make':>12} {'undo':>12}")
    middle = (tips[0] + np.array(SHAPE) // 2) // 2
    aside = tips[0] + np.array([0, 0, 20])
    work = {
        "merge": lambda: commands.merge(neurons, [1, 2]),
        "delete": lambda: commands.delete(neurons, [1]),
        "paint a ball": lambda: commands.paint(
            neurons, 1, ball(tips[0], 3.0, SHAPE, SIZE)
        ),
        "erase a stroke": lambda: commands.erase(
            neurons, [1], stroke(points[[10, 400]], 1.0, SHAPE, SIZE)
        ),
        "accept": lambda: commands.accept(neurons, [1]),
        "undo an overlap": lambda: commands.un_overlap(neurons, [1, 2]),
        "split by seeds": lambda: split_by_seeds(neurons, 1, [[tips[0]], [tips[-1]]]),
        "split, with colours": lambda: split_by_seeds(
            neurons, 1, [[tips[0]], [tips[-1]]], colours
        ),
        "cut at a point": lambda: split_at(neurons, 1, middle),
        "grow to a click": lambda: grow(neurons, 1, window, aside),
    }
    volume = _image(neurons, tips)
    window = window_around(volume, [tips[0], aside])
    with tempfile.TemporaryDirectory() as folder:
        session = Proofreading(neurons, Path(folder) / "log")
        for name, command in work.items():
            print(f"{name:22} {_timed(session, command, options.repeats)}")
        size = (Path(folder) / "log").stat().st_size
        print(f"edit log: {size / 1e6:.2f} MB for {len(session.log)} edits")
        session.close()
    _trace(volume, tips, options.repeats)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voxels", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


def _arbour(voxels):
    """Zigzag tubes from a common root, until there are enough voxels; and another."""
    rng = np.random.default_rng(1)
    root = np.array(SHAPE) / 2
    found, tips = np.empty(0, np.int64), []
    while len(found) < voxels:
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        far = root + direction * np.array(SHAPE) * 0.45
        way = root + np.linspace(0, 1, 60)[:, None] * (far - root)
        way[1:-1] += rng.normal(0, 1.2, (58, 3))
        tips.append(np.rint(way[-1]).astype(int))
        tree = Skeleton(way * SIZE, np.full(60, 0.9), np.arange(60) - 1)
        found = np.union1d(found, tube(tree, SHAPE, SIZE))
    where = np.stack(np.unravel_index(found, SHAPE), 1)
    other = np.minimum(where[::7] + 2, np.array(SHAPE) - 1)
    big = Neuron.from_coordinates(1, where, colour=(1.0, 0.0, 0.0))
    small = Neuron.from_coordinates(2, other, colour=(1.0, 0.1, 0.0))
    return NeuronSet(SHAPE, SIZE, "µm", [big, small]), tips


def _image(neurons, tips):
    image = np.random.default_rng(0).poisson(20, (3, *SHAPE)).astype(np.uint16)
    image[0][tuple(neurons[1].coordinates().T)] += 300
    aside = tips[0] + np.array([0, 0, 20])
    far = stroke([tips[0], aside], 0.8, SHAPE, SIZE)
    image[0].ravel()[far] += 300
    return Volume.from_array(image, "CZYX", voxel_size=SIZE, unit="µm")


def _timed(session, command, repeats):
    rows = []
    for _ in range(repeats + 1):
        times = [time.perf_counter()]
        delta = command()
        times.append(time.perf_counter())
        session.do(delta)
        times.append(time.perf_counter())
        if delta.changes:
            session.undo()
        times.append(time.perf_counter())
        rows.append(np.diff(times) * 1e3)
    kept = np.array(rows[1:])
    pairs = zip(kept.min(0), kept.max(0), strict=True)
    return " ".join(f"{low:5.0f} - {high:4.0f}" for low, high in pairs)


def _trace(volume, tips, repeats):
    """The way from the farthest tip to the root."""
    root = np.array(SHAPE) // 2
    tip = max(tips, key=lambda t: np.linalg.norm(t - root))
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        window = window_around(volume, [tip, root])
        read = time.perf_counter()
        path = find_path(window, tip, root)
        times.append((read - start, time.perf_counter() - read))
    length = np.linalg.norm(np.diff(path * np.array(SIZE), axis=0), axis=1).sum()
    (read, found), (_, worst) = (f(times[1:], key=sum) for f in (min, max))
    print(
        f"trace a path of {length:.0f} µm: {found * 1e3:.0f} - {worst * 1e3:.0f} ms, "
        f"and {read * 1e3:.0f} ms to read the image around it"
    )


if __name__ == "__main__":
    main()
