"""Take the picture of the plugin inside stock napari.

    python packaging/screenshot_napari.py [--out DIR] [--volume PATH]

Starts itself under Xvfb, opens a volume through our reader in an ordinary
``napari.Viewer``, segments it with the plugin's panels, and photographs the window.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from on_screen import SIZE, Screen, parse, run_on_a_screen


def main() -> None:
    """Segment in napari and photograph it."""
    asked = parse(__doc__)
    run_on_a_screen()
    import napari
    from napari.qt import get_qapp

    viewer = napari.Viewer(show=False)
    viewer.theme = "dark"
    screen = Screen(get_qapp(), asked.out)
    viewer.show()
    viewer.window.set_geometry(0, 0, *SIZE)
    screen.rest(2)
    viewer.open(str(asked.volume or _sample()), plugin="striate")
    segment = _panels(viewer)
    screen.wait(lambda: segment.run_button.isEnabled(), "the Segment panel")
    segment.run()
    screen.wait(lambda: segment.message.text.startswith("Found"), "the neurons")
    viewer.reset_view()
    screen.shoot("napari")
    _proofread(viewer, screen)
    viewer.close()
    from striate_napari.services import shut_down

    shut_down()


def _proofread(viewer: Any, screen: Screen) -> None:
    """Look for places, go to the first, and cut the longest neuron in two."""
    _, panel = viewer.window.add_plugin_dock_widget(
        "striate", "Proofread Neurons", tabify=True
    )
    screen.wait(lambda: panel.view() is not None, "the Proofread panel")
    panel.find_items()
    screen.wait(lambda: len(panel.queue) > 0, "suspicious places")
    panel.buttons["next_item"].click()
    view = panel.view()
    longest = max(view.neurons, key=len)
    view.select([longest.id])
    panel.choose_tool("cut")
    middle = longest.coordinates()[len(longest) // 2]
    before = len(view.neurons)
    panel.tools.click(tuple(int(v) for v in middle), [longest.id])
    parts = len(view.neurons)
    panel.undo()
    print(f"{before} neurons, cut {parts}, undone {len(view.neurons)}")
    screen.shoot("napari-proofread")


def _sample() -> Path:
    from striate.samples import fetch

    return Path(fetch("semi-synthetic"))


def _panels(viewer: Any) -> Any:
    """Open two panels as a person does from the Plugins menu; return the first."""
    dock, segment = viewer.window.add_plugin_dock_widget("striate", "Segment Neurons")
    viewer.window.add_plugin_dock_widget("striate", "Neurons", tabify=True)
    dock.show()
    return segment


if __name__ == "__main__":
    main()
