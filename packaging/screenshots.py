"""Take the pictures of the desktop that the README and a paper show.

    python packaging/screenshots.py [--out DIR] [--volume PATH]

Starts itself under Xvfb, opens the sample, segments it through the Segment panel and
photographs the window on the way. Without a graphics card it takes some minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from on_screen import Screen, close_window, open_window, parse, run_on_a_screen

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow


def main() -> None:
    """Go through the main job of Filaments, photographing."""
    asked = parse(__doc__)
    run_on_a_screen()
    window, screen = open_window(asked.out)
    screen.shoot("welcome")
    volume = asked.volume or _sample()
    page = _open(window, volume, screen)
    _segment(window, page, screen)
    _look(window, page, screen)
    _proofread(page, screen)
    close_window(window)


def _sample() -> Path:
    from striate.samples import fetch

    return Path(fetch("semi-synthetic"))


def _open(window: MainWindow, volume: Path, screen: Screen) -> Any:
    window.opening.open([volume], page="filaments")
    page = window.current_page()
    screen.wait(lambda: len(page.model.layers) > 0, "the volume")
    for name in ("segment", "neurons", "proofread", "measurements"):
        page.panels[name].build()
    page.raise_panel("segment")
    page.resizeDocks(list(page.panels.values())[:1], [400], _horizontal())
    screen.rest(1)
    return page


def _segment(window: MainWindow, page: Any, screen: Screen) -> None:
    panel = page.panels["segment"].panel_widget()
    screen.wait(lambda: panel.run_button.isEnabled(), "the Segment panel")
    panel.region.take_view()
    panel.preview()
    screen.wait(lambda: "Preview" in panel.message.text, "the preview")
    screen.shoot("preview")
    panel.region.editor.set_value(None)
    panel.run()
    window.jobs_dock.show()
    window.jobs_dock.raise_()
    bar = panel.progress.bar
    screen.wait(lambda: 0 < bar.value() < bar.maximum(), "the first progress")
    screen.shoot("jobs")
    screen.wait(lambda: panel.message.text.startswith("Found"), "the neurons")
    window.jobs_dock.hide()
    window.log_dock.hide()


def _look(window: MainWindow, page: Any, screen: Screen) -> None:
    page.raise_panel("measurements")
    numbers = page.panels["measurements"].panel_widget()
    screen.rest(1)
    numbers.measure()
    screen.wait(lambda: bool(numbers.table.shown()), "the measurements")
    window.jobs_dock.hide()
    page.fit()
    screen.shoot("measurements")
    page.raise_panel("neurons")
    screen.shoot("neurons-2d")
    _turn(page)
    screen.rest(4)
    screen.shoot("neurons-3d")
    view = page.panels["neurons"].panel_widget().view()
    view.select([max(view.neurons, key=len).id])
    screen.rest(2)
    screen.shoot("neuron-chosen-3d")


def _proofread(page: Any, screen: Screen) -> None:
    panel = page.panels["proofread"].panel_widget()
    page.raise_panel("proofread")
    page.model.dims.ndisplay = 2
    screen.rest(2)
    page.fit()
    panel.find_items()
    screen.wait(lambda: len(panel.queue) > 0, "suspicious places")
    page.model.scene.camera.zoom *= 3
    panel.buttons["next_item"].click()
    screen.shoot("proofread-queue")
    page.model.dims.ndisplay = 3
    page.fit()
    page.model.scene.camera.angles = (12, 28, 74)
    view = panel.view()
    longest = max(view.neurons, key=len)
    way = _way_along(longest, view.neurons.voxel_size)
    view.select([longest.id])
    panel.choose_tool("split")
    panel.tools.click(way[0], [longest.id])
    panel.tools.click(way[-1], [longest.id], second=True)
    screen.rest(2)
    screen.shoot("proofread-split")
    panel.drop()
    panel.choose_tool("trace")
    for place in way:
        panel.tools.click(place, [])
    view.layer.opacity = 0.35
    screen.rest(2)
    screen.shoot("proofread-trace")


def _way_along(neuron: Any, size: tuple[float, float, float]) -> list[Any]:
    """Seven voxels along a neuron, from its thickest place to its farthest tip."""
    import numpy as np

    from striate_filaments.skeletons import skeletonise

    tree = skeletonise(neuron, size)
    far = np.zeros(len(tree))
    for node, parent in enumerate(tree.parents.tolist()):
        if parent >= 0:
            far[node] = far[parent] + tree.lengths[node]
    node, way = int(np.argmax(far)), []
    while node >= 0:
        way.append(np.rint(tree.points[node] / size).astype(int).tolist())
        node = int(tree.parents[node])
    return [tuple(way[i]) for i in np.linspace(len(way) - 1, 0, 7).astype(int)]


def _turn(page: Any) -> None:
    """Show the volume from a side where its neurons are spread out."""
    page.model.dims.ndisplay = 3
    page.fit()
    page.model.scene.camera.angles = (12, 28, 74)
    for layer in page.model.layers:
        if type(layer).__name__ == "Image":
            layer.opacity = 0.55
            high = layer.contrast_limits[1]
            # A projection shows the brightest noise of all planes: let it be dark.
            layer.contrast_limits = (high, 4 * high)


def _horizontal() -> Any:
    from qtpy.QtCore import Qt

    return Qt.Orientation.Horizontal


if __name__ == "__main__":
    main()
