"""A new user trains on two labelled crops from the Train panel; S of a third.

    python tests/bench/train_panel.py DATA [--along x] [--start none|MODEL] [--quick]
    python tests/bench/train_panel.py --simulated [--quick]

Real widgets, offscreen, the real worker, and the panel's own settings unless --quick.
DATA holds ``fisbe_crop``, a real crop of 50 x 50 x 50 voxels with three neurons: it is
cut into three slabs along an axis, and each of them is the third once. With
--simulated the crops are semi-synthetic, of one made-up microscope much like those
that the model that ships was trained on; the third is of neuron shapes that the others
do not have. S is FISBe's, measured on the third before the first step and as the
training goes. The best is kept: what is printed last is S of a volume that chose when
to stop.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

MICROSCOPE = {
    "shape": (40, 96, 96),
    "n_neurons": 4,
    "n_channels": 3,
    "cable_length": (60.0, 160.0),
    "dim_fraction": 0.0,
    "variation": 0.5,
    "offset": 120.0,
    "brightness": 0.6,
    "noise": 1.5,
    "background_level": (12.0, 8.0, 10.0),
    "autofluorescence": 0.1,
}
_SLABS = ((0, 17), (17, 33), (33, 50))


def main() -> None:
    options = _options()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if options.simulated:
        with tempfile.TemporaryDirectory() as folder:
            _paint(Path(folder, "crops"))
            _train(Path(folder), options)
        return
    for third in range(3):
        with tempfile.TemporaryDirectory() as folder:
            _cut(options, third, Path(folder, "crops"))
            print(f"\nslab {third + 1} of 3 along {options.along} is the third")
            _train(Path(folder), options)


def _train(folder, options):
    os.environ["STRIATE_HOME"] = f"{folder}/home"
    from napari.components import ViewerModel
    from qtpy.QtWidgets import QApplication
    from tests.filaments.panel_parts import make_services

    from striate_filaments.panels.train import TrainPanel

    app = QApplication.instance() or QApplication([])
    services = make_services(folder / "jobs")
    panel = TrainPanel(ViewerModel(), services)
    panel.show()
    panel.materials.add_folder(folder / "crops")
    panel.place.setText(str(folder / "models"))
    if options.start:
        panel.start_from.choose(options.start)
    panel.basic.set_values({"name": "mine"})
    if options.quick:
        panel.basic.set_values({"steps": 100})
        panel.more.set_values({"crop": 32, "check_every": 20, "patience": 0})
    print(f"begin with {panel.start_from.value()}; step, seconds, loss, S of the third")
    began = time.monotonic()
    panel.start_button.click()
    said = 0
    while panel.runs.running:
        app.processEvents()
        time.sleep(0.02)
        for point in panel.runs.curves.points[said:]:
            said += 1
            shown = "" if point.S is None else f"{point.S:.3f}"
            loss = "" if point.loss is None else f"{point.loss:.3f}"
            print(f"{point.step:4d} {point.seconds:7.1f} {loss:>6} {shown}", flush=True)
    print(f"{panel.message.text} ({time.monotonic() - began:.0f} s in all)")
    if options.picture:
        panel.resize(420, 940)
        app.processEvents()
        panel.grab().save(str(options.picture))
    panel.close()
    services.jobs.close()


def _cut(options, third, folder):
    """Write the slabs as samples of their own, the third of them last."""
    from striate_filaments.exchange.fisbe import write_fisbe
    from striate_filaments.training import TrainSource
    from striate_filaments.training.sources import open_source

    (sample,) = Path(options.data, "fisbe_crop").glob("*.zarr")
    folder.mkdir()
    for i, slab in enumerate(_SLABS):
        region = [slab if axis == options.along else (0, 50) for axis in "zyx"]
        cut = open_source(TrainSource(volume=sample, roi=tuple(region)))
        raw, neurons = cut.part()
        write_fisbe(folder / f"crop-{1 + (i - third - 1) % 3}.zarr", neurons, raw=raw)


def _paint(folder):
    from striate_filaments.simulation import SimulateParams, simulate, write_simulation

    folder.mkdir()
    shapes = ("training", "training", "held-back")
    for i, which in enumerate(shapes):
        params = SimulateParams(seed=601 + i, morphologies=which, **MICROSCOPE)
        write_simulation(folder / f"crop-{i + 1}.zarr", simulate(params))


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", help="folder of fisbe_crop")
    parser.add_argument("--along", choices="zyx", default="x")
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--start", default="", help="none, or a model")
    parser.add_argument("--quick", action="store_true", help="100 small steps")
    parser.add_argument("--picture", type=Path, help="grab the panel at the end")
    asked = parser.parse_args()
    if asked.data is None and not asked.simulated:
        parser.error("name the folder that holds fisbe_crop, or say --simulated")
    return asked


if __name__ == "__main__":
    main()
