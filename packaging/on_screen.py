"""What the screenshot scripts share: a screen, waiting, and pictures of it."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

    from striate.desktop.main_window import MainWindow

__all__ = ["Screen", "close_window", "open_window", "parse", "run_on_a_screen"]

SIZE = (1600, 1000)


def parse(about: str | None) -> argparse.Namespace:
    """Read ``--out DIR`` and ``--volume PATH``."""
    parser = argparse.ArgumentParser(description=about)
    pictures = Path(__file__).with_name("pictures")
    parser.add_argument("--out", type=Path, default=pictures, help="folder of the PNGs")
    parser.add_argument("--volume", type=Path, help="another volume than the sample")
    return parser.parse_args()


def run_on_a_screen() -> None:
    """Start this script again under Xvfb, with a settings folder of its own."""
    if os.environ.get("STRIATE_ON_SCREEN"):
        return
    if shutil.which("xvfb-run") is None:
        sys.exit("xvfb-run is missing: apt-get install xvfb xauth.")
    width, height = SIZE
    with tempfile.TemporaryDirectory(prefix="striate-pictures-") as home:
        own = {
            "STRIATE_ON_SCREEN": "1",
            "STRIATE_HOME": os.environ.get("STRIATE_PICTURES_HOME", home),
            "NAPARI_CONFIG": str(Path(home) / "napari.yaml"),
            "QT_QPA_PLATFORM": "xcb",
            "QT_API": "pyside6",
            "LC_ALL": "C.UTF-8",
        }
        screen = f"-screen 0 {width}x{height}x24"
        command = ["xvfb-run", "-a", "-s", screen, sys.executable, *sys.argv]
        sys.exit(subprocess.run(command, env={**os.environ, **own}).returncode)


def open_window(out: Path, theme: str = "dark") -> tuple[MainWindow, Screen]:
    """Start the desktop in a window as large as the screen."""
    from striate.desktop.bootstrap import create_app, create_window

    screen = Screen(create_app(), out)
    window = create_window()
    window.theme.choose(theme)
    window.setGeometry(0, 0, *SIZE)
    window.show()
    window.after_first_paint()
    screen.rest(2)
    return window, screen


def close_window(window: MainWindow) -> NoReturn:
    """End the desktop and the script."""
    window.services.jobs.close()
    window.hide()
    sys.exit(0)


class Screen:
    """Waits with the event loop turning, and takes pictures of the whole screen."""

    def __init__(self, app: Any, out: Path) -> None:
        self._app, self._out = app, out
        out.mkdir(parents=True, exist_ok=True)

    def rest(self, seconds: float) -> None:
        """Let the program run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.01)

    def wait(self, ready: Callable[[], bool], what: str, seconds: float = 240) -> None:
        """Let the program run until something is so."""
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                sys.exit(f"Waited too long for {what}.")
            self.rest(0.05)

    def shoot(self, name: str) -> None:
        """Save what is on the screen as ``name.png``."""
        self.rest(1.5)
        path = self._out / f"{name}.png"
        self._app.primaryScreen().grabWindow(0).save(str(path))
        print(path)
