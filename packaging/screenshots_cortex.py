"""Take the pictures of Cortex: a phrase on the folded and the flat cortex, and a click.

    python packaging/screenshots_cortex.py [--out DIR]

Starts itself under Xvfb, paints the simulated subject (nothing in it was measured, and
the window says so), asks the map for a phrase and picks the unit that answers most.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from on_screen import SIZE, Screen, parse, run_on_a_screen

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow

PHRASE = "a face"


def main() -> None:
    """Open, ask, pick, photograph."""
    asked = parse(__doc__)
    run_on_a_screen()
    from striate.desktop.bootstrap import create_app, create_window

    app = create_app()
    screen = Screen(app, asked.out)
    window = create_window()
    window.theme.choose("dark")
    window.setGeometry(0, 0, *SIZE)
    window.show()
    window.after_first_paint()
    screen.rest(1)
    page = _open(window, screen)
    panels = {name: dock.panel_widget() for name, dock in page.panels.items()}
    view = panels["map"].view()
    _ask(panels["map"], view, screen)
    page.raise_panel("map")
    panels["subject"].go_to("inflated")
    screen.rest(2)
    screen.shoot("cortex-map")
    panels["subject"].go_to("flat")
    _pick_best(view)
    page.raise_panel("unit")
    screen.rest(3)
    screen.shoot("cortex-unit")
    window.services.jobs.close()
    window.hide()
    sys.exit(0)


def _open(window: MainWindow, screen: Screen) -> Any:
    from qtpy.QtCore import Qt

    from striate.samples import fetch

    window.opening.open([Path(fetch("simulated-cortex"))], page="cortex")
    page = window.current_page()
    screen.wait(lambda: len(page.model.layers) > 0, "the subject")
    for name in page.panels:
        page.panels[name].build()
    docks = list(page.panels.values())[:1]
    page.resizeDocks(docks, [440], Qt.Orientation.Horizontal)
    screen.rest(1)
    return page


def _ask(panel: Any, view: Any, screen: Screen) -> None:
    panel.show_map("text", PHRASE)
    screen.wait(
        lambda: view.map is not None and view.map.name == f"text:{PHRASE}", "the map"
    )


def _pick_best(view: Any) -> None:
    import numpy as np

    view.pick(view.vertex_of(int(np.nanargmax(view.map.values))))


if __name__ == "__main__":
    main()
