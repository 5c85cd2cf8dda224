"""Take the pictures of Cortex: maps, a unit told in words and images, the atlas.

    python packaging/screenshots_cortex.py [--out DIR] [--theme dark|light]
        [--surface FOLDER] [--library FOLDER]

Starts itself under Xvfb, paints the simulated subject (nothing in it was measured, and
the window says so), asks the map for a phrase, clicks the unit that answers most, has
images made for it, and captions all units. BOLD5000's real weights come next and, where
``--surface`` names a subject of pycortex, its folded and flat cortex.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from on_screen import Screen, close_window, open_window, run_on_a_screen

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow

PHRASE = "a face"
LONG = 1800
"""Seconds within which images are made on a slow machine."""


def main() -> None:
    """Open, ask, click, make, caption, photograph."""
    asked = _parse()
    run_on_a_screen()
    window, screen = open_window(asked.out, asked.theme)
    from striate.samples import fetch

    panels = _open(window, screen, Path(fetch("simulated-cortex")))
    _shoot_map(window, panels, screen)
    _shoot_unit(window, panels, screen, asked.library)
    _shoot_atlas(window, panels, screen)
    _clear(window, screen)
    from striate import resources

    bold = resources.path("samples/bold5000_weights/csi1/subject.json")
    panels = _open(window, screen, Path(bold))
    window.current_page().raise_panel("map")
    panels["subject"].look("bottom")
    screen.shoot("cortex-bold5000")
    if asked.surface is not None:
        _clear(window, screen)
        _shoot_surface(window, screen, asked.surface)
    close_window(window)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    pictures = Path(__file__).with_name("pictures")
    parser.add_argument("--out", type=Path, default=pictures, help="folder of the PNGs")
    parser.add_argument("--theme", default="dark", choices=("dark", "light"))
    parser.add_argument("--surface", type=Path, help="a subject of pycortex")
    parser.add_argument("--library", type=Path, help="a library with pictures")
    return parser.parse_args()


def _open(window: MainWindow, screen: Screen, path: Path) -> dict[str, Any]:
    from qtpy.QtCore import Qt

    window.opening.open([path], page="cortex")
    page = window.current_page()
    screen.wait(lambda: len(page.model.layers) > 0, "the subject")
    for name in page.panels:
        page.panels[name].build()
    docks = list(page.panels.values())[:1]
    page.resizeDocks(docks, [480], Qt.Orientation.Horizontal)
    screen.rest(1)
    return {name: dock.panel_widget() for name, dock in page.panels.items()}


def _clear(window: MainWindow, screen: Screen) -> None:
    window.current_page().model.layers.clear()
    screen.rest(1)


def _shoot_map(window: MainWindow, panels: dict[str, Any], screen: Screen) -> None:
    view = panels["map"].view()
    panels["map"].show_map("text", PHRASE)
    screen.wait(
        lambda: view.map is not None and view.map.name == f"text:{PHRASE}", "the map"
    )
    window.current_page().raise_panel("map")
    panels["subject"].go_to("inflated")
    screen.rest(2)
    screen.shoot("cortex-map")


def _shoot_unit(
    window: MainWindow, panels: dict[str, Any], screen: Screen, library: Path | None
) -> None:
    import numpy as np

    unit, view = panels["unit"], panels["unit"].view()
    view.answering.choose(library)
    panels["subject"].go_to("flat")
    page = window.current_page()
    page.raise_panel("unit")
    view.pick(view.vertex_of(int(np.nanargmax(view.map.values))))
    screen.wait(lambda: unit.answer.shown is not None, "the answer")
    screen.wait(lambda: unit.answer.shown.complete, "the whole answer", LONG)
    screen.rest(2)
    screen.shoot("cortex-unit")
    made: list[bool] = []
    unit.images.made.connect(lambda: made.append(True))
    unit.images.make()
    screen.wait(lambda: bool(made), "images", LONG)
    for dock in ("jobs", "log"):
        _hide(window, dock)
    for part in (unit.answer.facets, unit.answer.trust):
        part.open()
    screen.rest(2)
    unit.area.ensureWidgetVisible(unit.images.choices)
    screen.rest(1)
    screen.shoot("cortex-images")
    view.answering.choose(None)


def _hide(window: MainWindow, name: str) -> None:
    from qtpy.QtWidgets import QDockWidget

    for dock in window.findChildren(QDockWidget):
        if dock.windowTitle().lower().startswith(name):
            dock.hide()


def _shoot_atlas(window: MainWindow, panels: dict[str, Any], screen: Screen) -> None:
    captions = panels["captions"]
    window.current_page().raise_panel("captions")
    captions.captioning.start()
    screen.wait(lambda: captions.atlas.table is not None, "the atlas", LONG)
    _hide(window, "jobs")
    captions.paint_topics()
    panels["subject"].go_to("flat")
    screen.rest(3)
    screen.shoot("cortex-atlas")


def _shoot_surface(window: MainWindow, screen: Screen, folder: Path) -> None:
    panels = _open(window, screen, folder)
    window.current_page().raise_panel("subject")
    for kind in ("inflated", "flat"):
        panels["subject"].go_to(kind)
        screen.rest(3)
        screen.shoot(f"cortex-surface-{kind}")


if __name__ == "__main__":
    main()
