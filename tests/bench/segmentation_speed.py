"""How long and how large: a FISBe-size volume, both of ours and the Duan baseline.

    python tests/bench/segmentation_speed.py [--cores 2] [--method learned colour duan]

3 x 400 x 700 x 700 uint16, semi-synthetic, as a zarr on disk. Each method runs in a
process of its own, so that its peak of resident memory is its own. The baseline holds
the whole picture and a matrix of all supervoxels by all, which does not fit at this
size: it gets a corner of an eighth of the volume.
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
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.segmentation_volumes import FISBE_SIZE


def main() -> None:
    options = _options()
    if options.file:
        print(json.dumps(_measured(options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "volume.zarr"
        truth = _written(file)
        print(
            f"{truth} neurons painted, {_shape(file)}, {options.cores} cores",
            flush=True,
        )
        print(
            f"{'method':>7} {'Mvoxel':>7} {'neurons':>7} {'minutes':>7} "
            f"{'Mvoxel/s':>8} {'peak GB':>7}"
        )
        for method in options.method:
            got = _in_own_process(method, file, options)
            print(
                f"{method:>7} {got['voxels'] / 1e6:7.0f} {got['neurons']:7d} "
                f"{got['seconds'] / 60:7.2f} "
                f"{got['voxels'] / 1e6 / got['seconds']:8.2f} {got['peak']:7.2f}",
                flush=True,
            )


def _written(file):
    import zarr

    made = FISBE_SIZE.paint()
    raw = made.volume.data.compute()
    zarr.create_array(file, data=raw, chunks=(1, 64, 128, 128))


def _shape(file):
    import zarr

    array = zarr.open_array(file, mode="r")
    return " x ".join(map(str, array.shape)) + f" {array.dtype}"


def _in_own_process(method, file, options):
    cores = (
        ["taskset", "-c", f"0-{options.cores - 1}"] if sys.platform == "linux" else []
    )
    done = subprocess.run(
        [*cores, sys.executable, __file__, "--file", str(file), "--method", method],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(options.cores)},
    )
    return json.loads(done.stdout.splitlines()[-1])


def _measured(options):
    start = time.perf_counter()
    (method,) = options.method
    run = _duan if method == "duan" else partial(_ours, method)
    neurons, voxels = run(options.file)
    return {
        "neurons": neurons,
        "voxels": voxels,
        "seconds": time.perf_counter() - start,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _ours(method, file):
    import striate
    from striate_filaments import SegmentParams, segment

    volume = striate.open_volume(file, axes="CZYX", voxel_size=(0.44, 0.44, 0.44))
    params = SegmentParams(method=method)
    return len(segment(volume, params)), volume.data[0].size


def _duan(file):
    import zarr
    from tests.bench.duan import cluster_colours
    from tests.bench.duan.tuned import TUNED

    array = zarr.open_array(file, mode="r")
    z, y, x = (n // 2 for n in array.shape[1:])
    raw = array[:, :z, :y, :x]
    return len(cluster_colours(raw, TUNED)), raw[0].size


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--method", nargs="*", default=["learned", "colour", "duan"])
    parser.add_argument("--volume", type=Path, help="paint it here, or reuse it")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
