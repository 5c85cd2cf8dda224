"""Time from process start to the first picture of a 20 GB OME-Zarr pyramid.

    python tests/bench/open_large.py [FOLDER]

Ours is what the shell does: open, find contrast limits, read the middle plane of
every channel from the level that a canvas of 1000 pixels shows. The peers read the
same planes: the reader of ome-zarr (that of napari-ome-zarr), and plain
``dask.array.from_zarr`` given the right path. Each runs in a fresh process; which one
goes first alternates, and the page cache is asked to forget the file before each.

What is real and what is not: every chunk is there, compressed noise with bright
tubes, and has to be read and decoded; but only `DISTINCT` of them differ, and the
others are hard links to these, so that the file takes little disk and seconds to
make. Opening therefore waits less for the disk than for a file without links.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHAPE = (2, 512, 3200, 3200)
CHUNK = (1, 64, 256, 256)
LEVELS = 5
DISTINCT = 16
CANVAS = 1000
REPEATS = 3
TARGETS = (3.0, 1.5)
"""Seconds and GB."""


# ---- The file


def make(folder: Path) -> Path:
    """Make the pyramid in `folder`, or return the one that is there."""
    import zarr

    path = folder / "large.ome.zarr"
    if (path / "done").exists():
        return path
    group = zarr.open_group(path, mode="w", zarr_format=3)
    datasets = []
    for level in range(LEVELS):
        _write_level(group, path, level)
        scale = [1.0, *[0.5 * 2**level] * 3]
        step = {"type": "scale", "scale": scale}
        datasets.append({"path": str(level), "coordinateTransformations": [step]})
    axes = [{"name": "c", "type": "channel"}]
    axes += [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    # Without display limits, so that they have to be found.
    multiscale = {"name": "large", "axes": axes, "datasets": datasets}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [multiscale]}
    (path / "done").touch()
    return path


def _write_level(group, path: Path, level: int) -> None:
    shape = (SHAPE[0], *[n >> level for n in SHAPE[1:]])
    chunk = tuple(min(n, c) for n, c in zip(shape, CHUNK, strict=True))
    array = group.create_array(str(level), shape=shape, chunks=chunk, dtype="uint16")
    grid = [-(-n // c) for n, c in zip(shape, chunk, strict=True)]
    written: list[Path] = []
    for place in itertools.product(*map(range, grid)):
        file = path.joinpath(str(level), "c", *map(str, place))
        if len(written) < DISTINCT:
            array.blocks[place] = _content(len(written), array.blocks[place].shape)
            written.append(file)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.hardlink_to(written[hash(place) % DISTINCT])


def _content(seed: int, shape: tuple[int, ...]):
    import numpy as np

    rng = np.random.default_rng(seed)
    block = rng.poisson(40.0, shape).astype(np.uint16)
    for _ in range(12):
        y, x = rng.integers(0, shape[-2]), rng.integers(0, shape[-1])
        block[..., max(0, y - 2) : y + 2, :] += np.uint16(rng.integers(200, 3000))
        block[..., :, max(0, x - 2) : x + 2] += np.uint16(rng.integers(200, 3000))
    return block


def forget(path: Path) -> None:
    """Ask the system to drop the file from its cache; not every one can."""
    if not hasattr(os, "posix_fadvise"):
        return
    seen = set()
    for file in path.rglob("*"):
        if file.is_file() and file.stat().st_ino not in seen:
            seen.add(file.stat().st_ino)
            with file.open("rb") as open_file:
                handle = open_file.fileno()
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


# ---- Three ways to the same picture


def shown_level(shapes) -> int:
    """Return the coarsest level that still fills the canvas."""
    return max(i for i, s in enumerate(shapes) if i == 0 or min(s[-2:]) >= CANVAS)


def ours(path: Path):
    import numpy as np

    from striate import open_volume
    from striate.widgets.layers import volume_layers

    planes = []
    for levels, kwargs, _ in volume_layers(open_volume(path)):
        level = levels[shown_level([a.shape for a in levels])]
        planes.append(np.asarray(level[level.shape[0] // 2]))
        assert kwargs["contrast_limits"][1] > kwargs["contrast_limits"][0]
    return planes


def ome_zarr(path: Path):
    import numpy as np
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    node = next(n for n in Reader(parse_url(path))() if n.data)
    level = node.data[shown_level([a.shape for a in node.data])]
    return _with_limits(np.asarray(level[:, level.shape[1] // 2]))


def from_zarr(path: Path):
    import dask.array as da
    import numpy as np

    arrays = [da.from_zarr(path / str(i)) for i in range(LEVELS)]
    level = arrays[shown_level([a.shape for a in arrays])]
    return _with_limits(np.asarray(level[:, level.shape[1] // 2]))


def _with_limits(planes):
    """Find display limits from the planes, as ours does from the coarsest level."""
    import numpy as np

    for plane in planes:
        low, high = np.percentile(plane, (1.0, 99.8))
        assert high > low
    return list(planes)


WAYS = {
    "Striate": ours,
    "ome-zarr reader": ome_zarr,
    "dask.array.from_zarr": from_zarr,
}


# ---- Measuring


def picture(way: str, path: Path) -> None:
    """Run one way in this process and print what it took."""
    planes = WAYS[way](path)
    facts = {
        "rss": _peak_rss(),
        "sum": sum(int(p.sum(dtype="int64")) for p in planes),
        "shape": [list(p.shape) for p in planes],
    }
    print(json.dumps(facts))


def _peak_rss() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(way: str, path: Path) -> dict:
    forget(path)
    started, before = time.perf_counter(), os.times()
    command = [sys.executable, __file__, "--picture", way, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    facts = json.loads(done.stdout)
    after = os.times()
    facts["wall"] = time.perf_counter() - started
    facts["cpu"] = sum(after[2:4]) - sum(before[2:4])
    return facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = Path(tempfile.gettempdir()) / "striate-bench"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--picture", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.picture:
        picture(options.picture, options.folder)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    path = make(options.folder)
    print(f"{path}: made or found in {time.perf_counter() - started:.0f} s")
    report(path)


def report(path: Path) -> None:
    names = list(WAYS)
    taken: dict[str, list[dict]] = {name: [] for name in names}
    for repeat in range(REPEATS):
        for name in names[repeat:] + names[:repeat]:
            taken[name].append(measure(name, path))
    assert len({run["sum"] for runs in taken.values() for run in runs}) == 1
    size = 2 * sum(SHAPE[0] * SHAPE[1] * SHAPE[2] * SHAPE[3] >> 3 * i for i in range(5))
    shape = taken[names[0]][0]["shape"]
    print(f"{size / 1e9:.1f} GB in {LEVELS} levels; picture: planes of {shape}")
    print(f"{'':24}{'wall s':>8}{'best':>8}{'cpu s':>8}{'peak GB':>10}")
    for name, runs in taken.items():
        walls = sorted(run["wall"] for run in runs)
        cpu = min(run["cpu"] for run in runs)
        peak = max(run["rss"] for run in runs) / 1e9
        middle = walls[len(walls) // 2]
        print(f"{name:24}{middle:8.2f}{walls[0]:8.2f}{cpu:8.2f}{peak:10.2f}")
    print(f"{'target':24}{TARGETS[0]:8.2f}{'':16}{TARGETS[1]:10.2f}")


if __name__ == "__main__":
    main()
