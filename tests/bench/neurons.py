"""Saving, loading and listing 2,000 neurons, beside what people use instead.

    python tests/bench/neurons.py [--n 2000] [--repeats 3]

Prints a table; never a test. The neurons are tubes of real shape (the tracings that
ship, painted 3 voxels thick) at random places of a FISBe-size volume. The peers get
the same neurons: a zarr label volume (which loses overlaps), the packed bits of each
box in one npz, and a pickle of our own objects.
"""

from __future__ import annotations

import argparse
import pickle
import shutil
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import zarr
from scipy.ndimage import find_objects

from striate_filaments import read_neurons, write_neurons
from striate_filaments.exchange.labels import to_labels
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.simulation.morphologies import load_shapes

SHAPE = (400, 700, 700)


def main() -> None:
    options = _options()
    neurons = scattered(options.n)
    total = sum(len(n) for n in neurons)
    print(f"{len(neurons)} neurons, {total:,} voxels, in {SHAPE}; best of "
          f"{options.repeats}, seconds")  # fmt: skip
    print(f"{'':22} {'save':>7} {'load':>7} {'list':>7} {'sum':>7} {'MB':>8}  overlaps")
    for name, save, load, rows, keeps in PEERS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.neurons.zarr"
            saving = _best(lambda p=path, s=save: s(p, neurons), options.repeats)
            size = _bytes(path) / 1e6
            loading = _best(lambda p=path, f=load: f(p), options.repeats)
            loaded = load(path)
            listing = _best(lambda f=rows, a=loaded: f(a), options.repeats)
            assert len(rows(loaded)) == len(neurons)
        print(f"{name:22} {saving:7.2f} {loading:7.2f} {listing:7.2f} "
              f"{saving + loading + listing:7.2f} {size:8.1f}  {keeps}")  # fmt: skip


def scattered(n: int) -> NeuronSet:
    rng = np.random.default_rng(0)
    ball = np.array(list(product((-1, 0, 1), repeat=3)))
    shapes = load_shapes()
    found = NeuronSet(SHAPE, (0.44, 0.44, 0.44), "µm", channels=("a", "b", "c"))
    for i in range(n):
        shape = shapes[i % len(shapes)]
        points = np.concatenate([s.points for s in shape.sections])
        points = np.unique(np.rint(points * 2).astype(int), axis=0)
        points = points + rng.integers(0, SHAPE)
        voxels = (points[:, None] + ball).reshape(-1, 3)
        inside = ((voxels >= 0) & (voxels < SHAPE)).all(1)
        colour = tuple(rng.dirichlet((1, 1, 1)).tolist())
        found.add(Neuron.from_coordinates(i + 1, voxels[inside], colour=colour))
    return found


# ---- Ours


def _rows(neurons):
    """What the Neurons table shows at once."""
    return [(n.id, n.name, n.state, len(n), n.start, n.stop, n.colour)
            for n in neurons]  # fmt: skip


def _save_ours(path, neurons):
    write_neurons(path, neurons, overwrite=True)


# ---- A label volume


def _save_labels(path, neurons):
    shutil.rmtree(path, ignore_errors=True)
    labels, _ = to_labels(neurons)
    array = zarr.create_array(path, shape=SHAPE, chunks=(64, 128, 128),
                              dtype=labels.dtype)  # fmt: skip
    array[:] = labels


def _rows_labels(labels):
    counts = np.bincount(labels.ravel())
    boxes = find_objects(labels)
    return [(i + 1, counts[i + 1], box) for i, box in enumerate(boxes)]


# ---- Packed bits


def _save_bits(path, neurons):
    values = {str(n.id): np.packbits(n.mask()) for n in neurons}
    boxes = np.array([(n.id, *n.start, *n.stop) for n in neurons])
    with path.open("wb") as file:
        np.savez_compressed(file, boxes=boxes, **values)


def _load_bits(path):
    with np.load(path) as file:
        return file["boxes"], {name: file[name] for name in file.files}


def _rows_bits(loaded):
    boxes, bits = loaded
    return [(b[0], int(np.bitwise_count(bits[str(b[0])]).sum()), b[1:]) for b in boxes]


# ---- Pickle


def _save_pickle(path, neurons):
    path.write_bytes(pickle.dumps(neurons, protocol=5))


def _load_pickle(path):
    return pickle.loads(path.read_bytes())


PEERS = (
    ("ours: .neurons.zarr", _save_ours, read_neurons, _rows, "kept"),
    ("zarr label volume", _save_labels, lambda p: zarr.open_array(p)[:],
     _rows_labels, "lost"),
    ("npz of packed boxes", _save_bits, _load_bits, _rows_bits, "kept"),
    ("pickle (unsafe to open)", _save_pickle, _load_pickle, _rows, "kept"),
)  # fmt: skip


def _best(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def _bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
