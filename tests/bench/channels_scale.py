"""How big and how fast: a thousand crops in flat memory, a lasso over 50,000 points.

    python tests/bench/channels_scale.py [--crops 1000] [--threads 2] [--points 50000]

Prints a table; never a test. The network is of the published size with random weights:
time and memory do not depend on what the numbers are. The lasso needs a display or
QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import psutil
import torch

from striate.jobs import JobContext
from striate_channels.chadavit import ChAdaViT, save_chadavit
from striate_channels.embedding import EmbedParams, embed_files


class Watch:
    """Keeps the resident memory of this process, by how many crops are done.

    Own memory is what is resident less the pages of files, which the system takes
    back when it needs them: the image is mapped from its file.
    """

    def __init__(self) -> None:
        self.done, self.peaks, self._stop = 0, {}, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def on_progress(self, done, total, text):
        self.done = done

    def on_partial(self, value): ...

    def on_log(self, text, level): ...

    def _run(self):
        process = psutil.Process()
        while not self._stop.wait(0.1):
            info = process.memory_info()
            seen = (info.rss / 2**20, (info.rss - info.shared) / 2**20)
            self.peaks[self.done] = max(self.peaks.get(self.done, (0, 0)), seen)


def crops(n: int, folder: Path) -> None:
    """Embed `n` tiles of 3 x 224 x 224 out of one image."""
    torch.manual_seed(0)
    model = save_chadavit(ChAdaViT(), folder / "model")
    side = int(np.ceil(np.sqrt(n)))
    image = np.memmap(
        folder / "image.npy.raw", np.uint16, "w+", shape=(3, 224 * side, 224 * side)
    )
    rng = np.random.default_rng(0)
    for row in range(side):
        block = rng.integers(0, 4096, (3, 224, 224 * side), np.uint16)
        image[:, 224 * row : 224 * (row + 1)] = block
    np.save(folder / "image.npy", image)
    del image
    params = EmbedParams(
        images=(folder / "image.npy",), model=str(model), num_heads=12, axes="CYX",
        objects={"tile": 224},
    )  # fmt: skip
    with Watch() as watch:
        start = time.perf_counter()
        outcome = embed_files(params, folder / "e.parquet", JobContext(watch))
        spent = time.perf_counter() - start
    print(
        f"{outcome.rows} crops of 3 x 224 x 224: {spent:.0f} s, "
        f"{outcome.rows / spent:.2f} images/s"
    )
    print("crops done   resident MB   own MB   (the most while the next are made)")
    steps = sorted(watch.peaks)
    for step in steps[:: max(1, len(steps) // 16)]:
        print("{:10d}   {:11.0f}   {:6.0f}".format(step, *watch.peaks[step]))


def lasso(n: int) -> None:
    """Select half of `n` points, and draw them."""
    from qtpy.QtGui import QPainterPath
    from qtpy.QtWidgets import QApplication

    from striate.widgets.scatter import Scatter

    app = QApplication.instance() or QApplication([])
    scatter = Scatter()
    scatter.resize(900, 600)
    rng = np.random.default_rng(0)
    scatter.set_points(rng.normal(size=(n, 2)).astype(np.float32))
    scatter.set_colours(rng.integers(0, 255, (n, 3), np.uint8), [])
    scatter.show()
    app.processEvents()
    path = QPainterPath()
    path.addEllipse(200.0, 100.0, 500.0, 400.0)

    def choose():
        rows = scatter.inside(path)
        scatter._choose(rows, _NO_KEY)
        scatter.grab()
        return rows

    def zoom():
        scatter._redraw()
        scatter.grab()

    rows = choose()
    for name, function in (
        (f"lasso to drawn selection of {len(rows):,}", choose),
        ("which points lie in the lasso", lambda: scatter.inside(path)),
        ("a zoom step", zoom),
    ):
        wall, own = _best(function)
        print(f"{n:,} points, {name}: {wall:.0f} ms ({own:.0f} ms of processor)")


def _best(function, repeats=7):
    """Least wall and processor time, in ms: the latter is right on a busy machine."""
    walls, owns = [], []
    for _ in range(repeats):
        wall, own = time.perf_counter(), time.process_time()
        function()
        walls.append(1000 * (time.perf_counter() - wall))
        owns.append(1000 * (time.process_time() - own))
    return min(walls), min(owns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crops", type=int, default=1000)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    global _NO_KEY
    from qtpy.QtCore import Qt

    _NO_KEY = Qt.KeyboardModifier.NoModifier
    lasso(options.points)
    if options.crops:
        with tempfile.TemporaryDirectory() as folder:
            crops(options.crops, Path(folder))


if __name__ == "__main__":
    main()
