"""A new user trains on two labelled crops from the Train panel; S of a third.

    python tests/bench/train_panel.py [--start none|MODEL] [--steps 60]

Real widgets, offscreen, and the real worker. The crops are semi-synthetic, of one
made-up microscope; the third is of neuron shapes that the others do not have. S is
FISBe's, measured on the third before the first step and as the training goes.
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


def main() -> None:
    options = _options()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STRIATE_HOME"] = f"{folder}/home"
        _train(Path(folder), options)


def _train(folder, options):
    from napari.components import ViewerModel
    from qtpy.QtWidgets import QApplication
    from tests.filaments.panel_parts import make_services

    from striate_filaments.panels.train import TrainPanel

    app = QApplication.instance() or QApplication([])
    _paint(folder / "crops")
    services = make_services(folder / "jobs")
    panel = TrainPanel(ViewerModel(), services)
    panel.show()
    panel.materials.add_folder(folder / "crops")
    panel.place.setText(str(folder / "models"))
    if options.start:
        panel.start_from.choose(options.start)
    panel.basic.set_values({"name": "mine", "steps": options.steps})
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


def _paint(folder):
    from striate_filaments.simulation import SimulateParams, simulate, write_simulation

    folder.mkdir()
    shapes = ("training", "training", "held-back")
    for i, which in enumerate(shapes):
        params = SimulateParams(seed=601 + i, morphologies=which, **MICROSCOPE)
        write_simulation(folder / f"crop-{i + 1}.zarr", simulate(params))


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--start", default="", help="none, or a model")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--picture", type=Path, help="grab the panel at the end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
