"""Cost per voxel from 64^3 to 1024^3, and throughput on a FISBe-size volume.

    python tests/bench/segmentation_scale.py [--sizes 64 128 256 512] [--method colour]

A semi-synthetic tile of 256^3 x 3 channels, about as sparse as real stacks, is mirrored
without end: neurites go on across the tiles, and a block is made when it is read, so
that the volume is nowhere in memory. Sizes below that of the tile are all the volumes
that it is cut into, one after the other: what is in them is the same. Each size runs
in a process of its own, so that its peak of resident memory is its own. CPU seconds
tell the cost also where other programs work; ``fisbe`` is 400 x 700 x 700.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

TILE = 256
CHUNK = 128
FISBE = (400, 700, 700)
COLUMNS = ("size", "Mvoxel", "lit %", "neurons", "s", "cpu s", "Mvoxel/s",
           "cpu us/voxel", "peak GB")  # fmt: skip


def main() -> None:
    options = _options()
    if options.size:
        print(json.dumps(_measured(options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        options.tile = Path(folder) / "tile.npy"
        np.save(options.tile, _tile(options.neurons))
        print(f"method {options.method}, {options.cores} cores, "
              f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
        print(" ".join(f"{name:>12}" for name in COLUMNS))
        for size in options.sizes:
            got = _in_own_process(size, options)
            print(" ".join(f"{v:>12}" for v in _row(size, got)), flush=True)


def _tile(neurons):
    from striate_filaments.simulation import SimulateParams, simulate

    made = simulate(SimulateParams(shape=(TILE,) * 3, n_neurons=neurons, seed=7))
    return np.asarray(made.volume.data.compute())


def _row(size, got):
    voxels, seconds, cpu = got["voxels"], got["seconds"], got["cpu"]
    return (
        size,
        f"{voxels / 1e6:.1f}",
        f"{100 * got['lit'] / voxels:.2f}",
        got["neurons"],
        f"{seconds:.1f}",
        f"{cpu:.1f}",
        f"{voxels / seconds / 1e6:.2f}",
        f"{1e6 * cpu / voxels:.3f}",
        f"{got['peak']:.2f}",
    )


def _in_own_process(size, options):
    cores = ["taskset", "-c", f"0-{options.cores - 1}"]
    asked = ["--size", size, "--tile", options.tile, "--method", options.method]
    command = [sys.executable, __file__, *map(str, asked)]
    done = subprocess.run(
        [*cores, *command] if sys.platform == "linux" else command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(options.cores)},
    )
    return json.loads(done.stdout.splitlines()[-1])


# ---- In the process of one size


def _measured(options):
    from striate.data import Volume
    from striate_filaments.segmentation import SegmentParams, segment

    tile = np.load(options.tile, mmap_mode="r")
    shape = FISBE if options.size == "fisbe" else (int(options.size),) * 3
    corners = list(product(*(range(0, max(TILE - n, 0) + 1, n) for n in shape)))
    params = SegmentParams(method=options.method)
    # What is compiled at first use is no cost of a voxel.
    segment(Volume.from_array(tile[:, :64, :64, :64], "CZYX"), params)
    wall, cpu = time.perf_counter(), time.process_time()
    found = []
    for corner in corners:
        array = _lazy(tile, shape, corner)
        volume = Volume.from_array(array, "CZYX", voxel_size=(0.44,) * 3)
        found.extend(segment(volume, params))
    return {
        "voxels": len(corners) * int(np.prod(shape)),
        "neurons": len(found),
        "lit": sum(len(n) for n in found),
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


class _Mirrored:
    """A (C, Z, Y, X) array without end, of which a box is made when it is read."""

    def __init__(self, tile, shape, corner):
        self._tile, self._corner = tile, corner
        self.shape, self.dtype, self.ndim = (len(tile), *shape), tile.dtype, 4

    def __getitem__(self, index):
        box = zip(index[1:], self.shape[1:], self._corner, strict=True)
        # 0 1 2 3 3 2 1 0 0 1 2 ...: what leaves a tile comes back in the next one.
        places = [(a + np.arange(*part.indices(n))) % (2 * TILE) for part, n, a in box]
        z, y, x = (np.where(i < TILE, i, 2 * TILE - 1 - i) for i in places)
        return self._tile[index[0]][:, z[:, None, None], y[:, None], x]


def _lazy(tile, shape, corner):
    import dask.array as da

    chunks = (len(tile), *(min(n, CHUNK) for n in shape))
    return da.from_array(
        _Mirrored(tile, shape, corner),
        chunks=chunks,
        name=False,
        asarray=False,
        fancy=False,
    )


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = ["64", "128", "256", "512", "fisbe"]
    parser.add_argument("--sizes", nargs="*", default=sizes, help="also 1024")
    parser.add_argument("--method", default="colour", choices=["colour", "learned"])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--neurons", type=int, default=1, help="in a tile of 256^3")
    parser.add_argument("--size", help=argparse.SUPPRESS)
    parser.add_argument("--tile", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
