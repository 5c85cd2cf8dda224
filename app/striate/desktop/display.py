"""Is there a screen, and can it draw? Asked before Qt would abort the process."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["display_problem", "gl_problem"]

_HEADLESS = ("offscreen", "minimal", "vnc")
_NO_SCREEN = (
    "Striate found no screen to open its window on: start it from a desktop session, "
    "use 'ssh -X', or run a command such as 'striate filaments segment' instead."
)


def display_problem(environment: Mapping[str, str] = os.environ) -> str:
    """Say in one sentence why no window can open; empty when one can."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if platform in _HEADLESS or platform.startswith(("eglfs", "linuxfb")):
        return ""
    if environment.get("WAYLAND_DISPLAY") and platform != "xcb":
        return ""
    if not environment.get("DISPLAY"):
        return _NO_SCREEN
    return _x_server_problem(environment["DISPLAY"])


def gl_problem() -> str:
    """Say in one sentence why pictures cannot be drawn; empty when they can.

    Needs the QApplication.
    """
    from qtpy.QtGui import QGuiApplication

    name = QGuiApplication.platformName()
    if name in _HEADLESS:
        return f"Pictures cannot be drawn: the display platform {name!r} has no OpenGL."
    version = _gl_version()
    if version >= (2, 1):
        return ""
    return (
        "Pictures cannot be drawn: this screen offers no OpenGL 2.1 or newer. "
        "Update the graphics driver, or on Linux install libgl1-mesa-dri."
    )


# ---- Private functions


def _x_server_problem(display: str) -> str:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError as error:
        library = str(error).split(":")[0]
        return (
            f"Striate cannot open a window: the system library {library} is missing; "
            "on Debian and Ubuntu install libxcb-cursor0 and libxkbcommon-x11-0."
        )
    if _connects(xcb, display):
        return ""
    return f"The screen {display} does not answer. " + _NO_SCREEN


def _connects(xcb: ctypes.CDLL, display: str) -> bool:
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)


def _gl_version() -> tuple[int, int]:
    from qtpy.QtGui import QOffscreenSurface, QOpenGLContext

    context, surface = QOpenGLContext(), QOffscreenSurface()
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return (0, 0)
    found = context.format().version()
    context.doneCurrent()
    return (int(found[0]), int(found[1]))
