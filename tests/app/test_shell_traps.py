"""The traps of Qt and napari that the shell steps around, one test for each."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Annotated

import numpy as np
import pytest
from tests.app.shell_parts import (
    TinyPanel,
    let_go,
    open_shell,
    said,
    tiny_workspace,
)

from striate.desktop.display import display_problem, gl_problem


@pytest.fixture
def page(shell):
    window = shell()
    window.show_page("tiny")
    return window.current_page()


# ---- Qt


def test_qt_calls_do_not_use_up_none(qapp):
    # PySide6 6.12.0 on Python 3.11 drops a reference of None on each such call,
    # until the process aborts.
    qapp.processEvents()
    before = sys.getrefcount(None)
    for _ in range(200):
        qapp.processEvents()
    assert abs(sys.getrefcount(None) - before) < 50


def test_gl_contexts_are_shared(qapp):
    from qtpy.QtCore import QCoreApplication, Qt

    share = Qt.ApplicationAttribute.AA_ShareOpenGLContexts
    assert QCoreApplication.testAttribute(share)


def test_the_program_has_its_name_and_picture(qapp):
    assert qapp.applicationName() == "Striate"
    assert qapp.organizationDomain() == "striate.org"
    assert qapp.desktopFileName() == "org.striate.Striate"
    assert not qapp.windowIcon().pixmap(32, 32).isNull()


# ---- Icons


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_napari_icons_are_not_blank(qapp, theme):
    from qtpy.QtGui import QPixmap

    # Without get_qapp, and without all of its keywords, this file is not found.
    assert not QPixmap(f"theme_{theme}:/plus_50.svg").isNull()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_our_icons_are_drawn_in_the_text_colour(qapp, theme):
    from striate.widgets.theme_icons import icon, use_icon_theme

    use_icon_theme(theme)
    image = icon("open").pixmap(32, 32).toImage()
    inks = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
    darkest = min(c.lightness() for c in inks if c.alpha() > 200)
    assert darkest > 150 if theme == "dark" else darkest < 100


def test_an_icon_that_is_not_there_is_said(qapp):
    from striate.widgets.theme_icons import icon

    with pytest.raises(FileNotFoundError, match="no-such"):
        icon("no-such")


def test_every_action_has_a_title_and_its_icon_exists(shell):
    window = shell()
    for action in window.book.actions.values():
        qaction = window.book.qaction(action.id)
        assert qaction.text() == action.title
        assert not action.icon or not qaction.icon().pixmap(20, 20).isNull()


# ---- napari in a page


def test_moving_the_mouse_does_not_compute_the_status(page):
    # On a big surface that takes seconds per move, on the thread that draws.
    asked = []
    page.model.events.status.connect(lambda event: asked.append(event))
    page.model.add_image(np.zeros((20, 20)))
    asked.clear()
    for x in range(50):
        page.model.cursor.position = (x % 20, 3)
    assert asked == []


def test_the_status_is_said_after_a_moment(page, qtbot):
    page.model.add_image(np.full((20, 20), 7), name="Sevens")
    said: list[str] = []
    page.status_changed.connect(said.append)

    def the_layer_is_named() -> bool:
        # The real pointer may leave the canvas meanwhile, so the move is repeated.
        page.model.mouse_over_canvas = True
        page.model.cursor.position = (3, 4 + len(said) % 2)
        return any("Sevens" in status for status in said)

    qtbot.waitUntil(the_layer_is_named, timeout=30000)


def test_layer_menus_of_magicgui_find_the_viewer(page):
    from magicgui.widgets import create_widget
    from napari.layers import Image

    page.model.add_image(np.zeros((8, 8)), name="Brain")
    menu = create_widget(annotation=Annotated[Image, {}], name="image")
    panel = page.panels["first"].panel_widget()
    panel.layout().addWidget(menu.native)
    menu.reset_choices()
    assert [layer.name for layer in menu.choices] == ["Brain"]


def test_naparis_buttons_act_on_the_page_in_front(shell):
    # Outside napari's own window nobody tells its commands which viewer is meant.
    window = shell(tiny_workspace("one"), tiny_workspace("two"))
    pages = {}
    for name in ("one", "two"):
        window.show_page(name)
        pages[name] = window.current_page()
        pages[name].model.add_image(np.zeros((4, 6, 8)))
    window.show_page("one")
    viewer = pages["one"]._qt_viewer
    buttons, layer_buttons = viewer.viewerButtons, viewer.layerButtons
    buttons.gridViewButton.click()
    buttons.ndisplayButton.click()
    buttons.transposeDimsButton.click()
    buttons.resetViewButton.click()
    layer_buttons.newPointsButton.click()
    layer_buttons.deleteButton.click()
    assert pages["one"].model.canvas.grid.enabled
    assert pages["one"].model.dims.ndisplay == 3
    assert pages["one"].model.dims.order == (0, 2, 1)
    assert len(pages["one"].model.layers) == 1
    assert pages["two"].model.dims.ndisplay == 2
    assert not buttons.consoleButton.isVisible()
    assert said(window, "error") == []


def test_the_menu_of_a_layer_acts_on_the_page_in_front(page):
    from app_model import Application

    page.model.add_labels(np.ones((4, 4), int), name="Cells")
    commands = Application.get_app("napari").commands
    commands.execute_command("napari.layer.duplicate")
    commands.execute_command("napari.layer.convert_to_image")
    assert len(page.model.layers) == 2


def test_stacks_are_not_mirrored_in_3d(page):
    camera = page.model.scene.camera
    assert tuple(str(o) for o in camera.orientation) == ("away", "down", "right")
    # x to the right and y down: a right-handed (x, y, z) frame has z going away.
    page.model.dims.ndisplay = 3
    away = np.asarray(camera.view_direction)
    assert away @ np.array([1.0, 0.0, 0.0]) > 0.99


def test_panels_get_the_viewer_and_the_services(shell):
    TinyPanel.made.clear()
    window = shell()
    window.show_page("tiny")
    page = window.current_page()
    (panel,) = TinyPanel.made
    assert panel.viewer is page.model
    assert panel.services is window.services
    page.raise_panel("second")
    assert len(TinyPanel.made) == 2


def test_a_panel_that_fails_says_so_and_the_page_works(shell):
    from striate.workspace import PanelSpec, Workspace

    broken = Workspace(
        "bad", "Bad", "A broken one.", "panel",
        panels=(PanelSpec("p", "Broken", "tests.app.shell_parts:BrokenPanel"),),
    )  # fmt: skip
    window = shell(broken)
    window.show_page("bad")
    page = window.current_page()
    assert "the model file is gone" in page.panels["p"].panel_widget().text()
    assert "the model file is gone" in said(window, "error")[0]
    page.model.add_labels(np.zeros((4, 4), int))


# ---- No display, no OpenGL


def test_no_display_is_one_sentence():
    sentence = display_problem({})
    assert sentence.startswith("Striate found no screen")
    assert "\n" not in sentence


def test_a_display_that_does_not_answer_is_one_sentence():
    assert display_problem({"DISPLAY": ":4711"}).startswith("The screen :4711 does not")


def test_offscreen_needs_no_display_and_says_that_it_cannot_draw(qapp):
    assert display_problem({"QT_QPA_PLATFORM": "offscreen"}) == ""
    if qapp.platformName() == "offscreen":
        assert "has no OpenGL" in gl_problem()
    else:
        assert gl_problem() == ""


def test_without_opengl_panels_tables_and_files_work(shell, qtbot):
    window = shell(gl_problem="Pictures cannot be drawn: no OpenGL.")
    window.show_page("tiny")
    page = window.current_page()
    assert said(window, "warning") == ["Pictures cannot be drawn: no OpenGL."]
    assert page.centralWidget().text().startswith("Pictures cannot be drawn")
    assert page.picture() is None
    page.model.add_image(np.zeros((4, 8, 8)))
    qtbot.waitUntil(page.panels["first"].panel_widget().isVisible, timeout=30000)
    assert not window.book.qaction("view.3d").isEnabled()


# ---- Leaving


def _open_and_close():
    window = open_shell()
    window.show_page("tiny")
    page = window.current_page()
    page.model.add_image(np.zeros((8, 8)))
    left = {
        "model": weakref.ref(page.model),
        "layer": weakref.ref(page.model.layers[0]),
        "panel": weakref.ref(page.panels["first"].panel_widget()),
        "window": weakref.ref(window),
    }
    TinyPanel.made.clear()
    let_go(window)
    return left


def test_closing_leaves_nothing_in_memory(qapp):
    left = _open_and_close()
    for _ in range(3):
        qapp.processEvents()
        gc.collect()
    assert [name for name, reference in left.items() if reference() is not None] == []
