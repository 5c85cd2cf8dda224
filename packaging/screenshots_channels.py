"""Take the picture of Channels: the map beside the viewer, and a lasso in both.

    python packaging/screenshots_channels.py [--out DIR] [--volume PATH]

Starts itself under Xvfb, opens the real Brainbow stack, embeds its tiles through the
Embed panel and draws a lasso around one cluster of the map with the mouse.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from on_screen import Screen, close_window, open_window, parse, run_on_a_screen

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow

SAMPLE = "samples/brainbow_cortex/chroms_cortex_sample.tif"
ROOM = 14


def main() -> None:
    """Embed, map, select, photograph."""
    asked = parse(__doc__)
    run_on_a_screen()
    from striate.resources import path

    window, screen = open_window(asked.out)
    page = _open(window, asked.volume or Path(path(SAMPLE)), screen)
    _embed(page, screen)
    window.jobs_dock.hide()
    window.log_dock.hide()
    page.raise_panel("map")
    page.fit()
    screen.rest(1)
    _lasso(page.panels["map"].panel_widget())
    screen.shoot("channels-map")
    close_window(window)


def _open(window: MainWindow, volume: Path, screen: Screen) -> Any:
    from qtpy.QtCore import Qt

    window.opening.open([volume], page="channels")
    page = window.current_page()
    screen.wait(lambda: len(page.model.layers) > 0, "the stack")
    for name in ("embed", "map"):
        page.panels[name].build()
    docks = list(page.panels.values())[:1]
    page.resizeDocks(docks, [560], Qt.Orientation.Horizontal)
    screen.rest(1)
    return page


def _embed(page: Any, screen: Screen) -> None:
    panel = page.panels["embed"].panel_widget()
    panel.tiles.set_values({"tile": 32, "overlap": 0.5})
    panel.map_form.set_values({"map": "umap", "clusters": "leiden"})
    screen.wait(panel.button.isEnabled, "the Embed panel")
    panel.run()
    screen.wait(lambda: bool(panel.message.text), "the map")
    print(panel.message.text)


def _lasso(panel: Any) -> None:
    """Draw around the middle of one cluster of the map, as a hand does."""
    import numpy as np
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtTest import QTest

    scatter = panel.scatter
    clusters = panel._session.map.columns["cluster"]
    own = scatter.positions()[clusters == clusters[0]]
    centre = np.median(own, axis=0)
    radius = np.percentile(np.linalg.norm(own - centre, axis=1), 80) + ROOM
    turns = np.linspace(0, 2 * np.pi, 40)
    ring = centre + radius * np.stack([np.cos(turns), np.sin(turns)], -1)
    ring = np.clip(ring, 2, [scatter.width() - 2, scatter.height() - 2])
    points = [QPoint(round(x), round(y)) for x, y in ring]
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(scatter, left, none, points[0])
    for point in points[1:]:
        QTest.mouseMove(scatter, point)
    QTest.mouseRelease(scatter, left, none, points[-1])


if __name__ == "__main__":
    main()
