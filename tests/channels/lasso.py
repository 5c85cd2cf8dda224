"""A lasso drawn over the map with the mouse."""

from __future__ import annotations

from qtpy.QtCore import QPoint, Qt


def draw_lasso(qtbot, scatter, corners, modifier=Qt.KeyboardModifier.NoModifier):
    points = [QPoint(round(x), round(y)) for x, y in corners]
    qtbot.mousePress(scatter, Qt.MouseButton.LeftButton, modifier, points[0])
    for point in points[1:]:
        qtbot.mouseMove(scatter, point)
    qtbot.mouseRelease(scatter, Qt.MouseButton.LeftButton, modifier, points[-1])


def around(scatter, rows, room=8):
    """The corners of a box around some points, each side drawn in steps."""
    xy = scatter.positions()[rows]
    (x0, y0), (x1, y1) = xy.min(0) - room, xy.max(0) + room
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return [corners[0], *corners[1:], corners[0]]
