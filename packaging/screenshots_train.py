"""Take the picture of the Train panel with a training under way.

    python packaging/screenshots_train.py [--out DIR]

Starts itself under Xvfb, paints three small semi-synthetic volumes, trains the model
that ships on two of them and judges it on the third, and photographs the window once
S has been measured some times.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from on_screen import Screen, close_window, open_window, parse, run_on_a_screen

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow

_MEASURED = 4
_WAIT = 1500


def main() -> None:
    """Open a crop, train, photograph."""
    asked = parse(__doc__)
    run_on_a_screen()
    window, screen = open_window(asked.out)
    _train(window, screen)
    close_window(window)


def _train(window: MainWindow, screen: Screen) -> None:
    from striate.settings import home

    crops = _paint(home() / "labelled-crops")
    window.opening.open([crops / "crop-1.zarr"], page="filaments")
    page: Any = window.current_page()
    screen.wait(lambda: len(page.model.layers) > 0, "the volume")
    page.panels["train"].build()
    page.raise_panel("train")
    page.resizeDocks([page.panels["train"]], [440], _horizontal())
    page.model.dims.ndisplay = 3
    page.fit()
    page.model.scene.camera.angles = (12, 28, 74)
    for layer in page.model.layers:
        low, high = layer.contrast_limits
        layer.contrast_limits = (low + 0.25 * (high - low), 2 * high)
    panel = page.panels["train"].panel_widget()
    panel.materials.add_folder(crops)
    panel.basic.set_values({"name": "my-fly-line", "steps": 80})
    panel.more.set_values({"crop": 32, "check_every": 20, "patience": 0})
    panel.start_button.click()
    enough = _MEASURED
    screen.wait(lambda: len(panel.runs.curves.scores) >= enough, "the curves", _WAIT)
    window.jobs_dock.hide()
    window.log_dock.hide()
    screen.shoot("train")
    panel.progress.button.click()
    screen.wait(lambda: not panel.runs.running, "the end")


def _paint(folder: Path) -> Path:
    from striate_filaments.simulation import SimulateParams, simulate, write_simulation

    folder.mkdir(parents=True, exist_ok=True)
    for i in range(3):
        params = SimulateParams(
            shape=(40, 96, 96), n_neurons=4, seed=601 + i, variation=0.5,
            autofluorescence=0.1, cable_length=(60.0, 160.0), dim_fraction=0.0,
            offset=120.0, brightness=0.6, noise=1.5, background_level=(12, 8, 10),
            morphologies=("training", "training", "held-back")[i],
        )  # fmt: skip
        write_simulation(folder / f"crop-{i + 1}.zarr", simulate(params))
    return folder


def _horizontal() -> Any:
    from qtpy.QtCore import Qt

    return Qt.Orientation.Horizontal


if __name__ == "__main__":
    main()
