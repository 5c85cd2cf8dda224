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
    viewer.close()
    from striate_napari.services import shut_down

    shut_down()


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
