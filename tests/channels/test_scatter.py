"""The map's scatter: lasso, click, zoom and hover, exact to the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QPainterPath
from tests.channels.lasso import around, draw_lasso

from striate.widgets.scatter import Scatter
from striate_channels.panels.colouring import colour_column


@pytest.fixture
def scatter(qtbot):
    made = Scatter("nothing yet")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def grid():
    """A 5 x 4 grid: row i lies at (i % 5, i // 5), y upwards."""
    return np.array([(i % 5, i // 5) for i in range(20)], np.float32)


def test_points_keep_their_shape_and_y_goes_up(scatter):
    scatter.set_points(grid())
    xy = scatter.positions()
    across, up = xy[1] - xy[0], xy[5] - xy[0]
    np.testing.assert_allclose([across[1], up[0]], 0, atol=1e-6)
    assert across[0] == pytest.approx(-up[1])


def test_a_lasso_selects_what_is_inside(scatter, qtbot):
    scatter.set_points(grid())
    told = []
    scatter.chosen.connect(lambda rows: told.append(rows.tolist()))
    draw_lasso(qtbot, scatter, around(scatter, [6, 7, 11, 12]))
    assert told == [[6, 7, 11, 12]]
    draw_lasso(qtbot, scatter, around(scatter, [0]), Qt.KeyboardModifier.ShiftModifier)
    assert told[-1] == [0, 6, 7, 11, 12]
    draw_lasso(
        qtbot, scatter, around(scatter, [6, 7]), Qt.KeyboardModifier.ControlModifier
    )
    assert told[-1] == [0, 11, 12]


def test_a_click_picks_the_nearest_point_and_empty_ground_none(scatter, qtbot):
    scatter.set_points(grid())
    x, y = scatter.positions()[13]
    qtbot.mouseClick(
        scatter, Qt.MouseButton.LeftButton, pos=QPoint(round(x) + 3, round(y))
    )
    assert scatter.selection().tolist() == [13]
    qtbot.mouseClick(scatter, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert scatter.selection().tolist() == []


def test_the_lasso_is_right_after_zooming_and_moving(scatter, qtbot):
    scatter.set_points(grid())
    qtbot.keyClick(scatter, Qt.Key.Key_Plus)
    qtbot.keyClick(scatter, Qt.Key.Key_Left)
    draw_lasso(qtbot, scatter, around(scatter, [7, 8]))
    assert scatter.selection().tolist() == [7, 8]
    qtbot.keyClick(scatter, Qt.Key.Key_0)
    np.testing.assert_allclose(scatter.positions().mean(0), [200, 150], atol=1)


def test_the_keyboard_selects_all_and_none(scatter, qtbot):
    scatter.set_points(grid())
    qtbot.keyClick(scatter, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(scatter.selection()) == 20
    qtbot.keyClick(scatter, Qt.Key.Key_Escape)
    assert len(scatter.selection()) == 0


def test_hovering_says_which_point(scatter, qtbot):
    scatter.set_points(grid())
    told = []
    scatter.hovered.connect(lambda row, where: told.append(row))
    x, y = scatter.positions()[4]
    scatter._point_at(QPointF(x + 2, y), QPoint(0, 0))
    scatter._point_at(QPointF(x + 60, y + 31), QPoint(0, 0))
    assert told == [4, -1]


def test_selected_points_are_drawn_in_full_colour_and_others_faded(scatter):
    scatter.set_points(grid())
    red = np.tile(np.array([[255, 0, 0]], np.uint8), (20, 1))
    scatter.set_colours(red, [])
    scatter.select(np.array([3]))
    image = scatter.grab().toImage()
    ratio = scatter.devicePixelRatioF()

    def colour(row):
        x, y = scatter.positions()[row] * ratio
        return image.pixelColor(round(x), round(y))

    assert (colour(3).red(), colour(3).green()) == (255, 0)
    assert colour(8).green() > 60 or colour(8).red() < 200


def test_a_lasso_over_fifty_thousand_points_is_exact(scatter):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50_000, 2)).astype(np.float32)
    scatter.set_points(points)
    path = QPainterPath()
    path.addRect(100.0, 50.0, 200.0, 200.0)
    rows = scatter.inside(path)
    xy = scatter.positions()
    sure = ((xy > (101, 51)) & (xy < (299, 249))).all(1)
    maybe = ((xy > (99, 49)) & (xy < (301, 251))).all(1)
    assert set(np.flatnonzero(sure)) <= set(rows) <= set(np.flatnonzero(maybe))


def test_categories_have_names_and_numbers_a_ramp():
    colours, named = colour_column(np.array(["a", "b", "a", None], dtype=object))
    assert [(n, r.tolist()) for n, _, r in named] == [("a", [0, 2]), ("b", [1])]
    assert (colours[0] == colours[2]).all()
    values = np.array([float(i) for i in range(20)], dtype=object)
    colours, named = colour_column(values)
    assert colours[0].tolist() == [68, 1, 84]
    assert colours[-1].tolist() == [253, 231, 37]
    assert all(len(rows) == 0 for _, _, rows in named)
