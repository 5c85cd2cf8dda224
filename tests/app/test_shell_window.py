"""The main window: pages, actions, palette, preferences, layout, leaving."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QLabel, QMessageBox, QPushButton
from tests.app.shell_parts import (
    Record,
    RecordedJobs,
    TinyPanel,
    said,
    tiny_workspace,
)

from striate.desktop.action_list import all_actions
from striate.desktop.actions import Action, ActionBook
from striate.desktop.fuzzy import score
from striate.desktop.palette import Palette
from striate.desktop.preferences import Preferences
from striate.settings import Settings


def labels(widget):
    return [label.text() for label in widget.findChildren(QLabel)]


# ---- Start


def test_the_first_picture_is_the_welcome_page(shell):
    window = shell()
    assert window.pages.tabs.currentWidget() is window.welcome
    assert window.current_page() is None
    assert window.pages.made() == {}


def test_welcome_offers_samples_and_names_the_semi_synthetic_ones(shell):
    texts = labels(shell().welcome)
    assert "<b>Painted neurons</b>" in texts
    assert texts.count("semi-synthetic") == 1
    assert "2.0 MB, CC0" in texts


def test_welcome_says_what_to_do_before_anything_was_opened(shell):
    texts = " ".join(labels(shell().welcome))
    assert "Files and projects you open are listed here." in texts
    assert "drop files anywhere" in texts


def test_welcome_lists_recent_files_that_are_still_there(shell, tmp_path):
    here = tmp_path / "here.tif"
    here.write_bytes(b"x")
    settings = Settings(recent_files=[str(here), str(tmp_path / "gone.tif")])
    window = shell(settings=settings)
    buttons = [b.toolTip() for b in window.welcome.findChildren(QPushButton, "Recent")]
    assert buttons == [str(here)]
    menu = window.book.menu("File/Open Recent")
    assert [a.text() for a in menu.actions()] == [str(here)]


def test_without_workspaces_the_window_still_opens(qapp):
    from striate.desktop.main_window import MainWindow
    from striate.desktop.services import ShellServices
    from striate.widgets.notifications import Notifications

    services = ShellServices(RecordedJobs(), Notifications(), Settings())
    window = MainWindow(services, ())
    window.opening.open(["/"])
    assert "No workspace is installed" in said(window, "error")[0]
    window.close()
    window.deleteLater()


# ---- Pages


def test_pages_are_made_when_first_shown(shell):
    window = shell(tiny_workspace("one"), tiny_workspace("two"))
    window.show_page("two")
    assert list(window.pages.made()) == ["two"]
    assert window.current_page().workspace.name == "two"
    window.show_page("welcome")
    assert window.current_page() is None


def test_panels_are_made_when_first_seen(shell):
    TinyPanel.made.clear()
    window = shell()
    window.show_page("tiny")
    assert len(TinyPanel.made) == 1
    window.raise_panel("tiny", "second")
    assert len(TinyPanel.made) == 2


def test_files_go_to_the_page_in_front_or_the_last_one(shell):
    window = shell(tiny_workspace("one"), tiny_workspace("two"))
    assert window.page_for_opening().workspace.name == "one"
    window.show_page("two")
    window.show_page("welcome")
    assert window.page_for_opening().workspace.name == "two"
    assert window.page_for_opening("one").workspace.name == "one"


# ---- Actions


def test_menus_toolbar_and_palette_show_the_same_actions(shell):
    window = shell()
    in_menus = set()

    def walk(menu):
        for action in menu.actions():
            if action.menu() is not None:
                walk(action.menu())
            elif action.objectName():
                in_menus.add(action.objectName())

    walk(window.menuBar())
    known = set(window.book.actions)
    assert in_menus == known
    assert {a.objectName() for a in window.toolbar.actions() if a.objectName()} == {
        a.id for a in window.book.actions.values() if a.toolbar
    }


def test_no_two_actions_share_a_shortcut():
    keys = [QKeySequence(a.shortcut).toString() for a in all_actions(()) if a.shortcut]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("twice", ["id", "shortcut"])
def test_an_action_that_clashes_is_a_mistake_of_ours(shell, twice):
    first = Action("a", "A", print, "File", shortcut="Ctrl+1")
    second = Action("a" if twice == "id" else "b", "B", print, "File",
                    shortcut="Ctrl+1" if twice == "shortcut" else "")  # fmt: skip
    with pytest.raises(ValueError, match=r"called a|Ctrl\+1 is taken"):
        ActionBook(shell(), [first, second])


def test_actions_that_need_a_page_are_off_without_one(shell):
    window = shell()
    assert not window.book.qaction("view.3d").isEnabled()
    window.show_page("tiny")
    assert window.book.qaction("view.3d").isEnabled()


def test_3d_is_a_switch_that_follows_the_viewer(shell):
    window = shell()
    window.show_page("tiny")
    window.book.trigger("view.3d")
    assert window.current_page().model.dims.ndisplay == 3
    assert window.book.qaction("view.3d").isChecked()
    window.current_page().model.dims.ndisplay = 2
    assert not window.book.qaction("view.3d").isChecked()


def test_an_action_that_fails_is_told_in_a_sentence(shell):
    from striate.errors import OutputError

    window = shell()

    def fail(_):
        raise OutputError("The disk is full.")

    book = ActionBook(window, [Action("x", "X", fail, "File")])
    book.trigger("x")
    assert said(window, "error") == ["The disk is full."]


# ---- Palette


def test_letters_find_commands_best_first(shell):
    palette = Palette(shell().book, shell())
    palette.edit.setText("pref")
    assert palette.titles()[0] == "View: Preferences…"
    palette.edit.setText("sample brain")
    assert palette.titles() == ["Open Sample: Brainbow cortex"]


def test_letters_that_match_nothing_are_said(shell):
    palette = Palette(shell().book, shell())
    palette.edit.setText("zzqx")
    assert palette.titles() == []
    assert not palette._none.isHidden()


def test_enter_does_what_is_chosen(shell, qtbot):
    window = shell()
    window.show_palette()
    (palette,) = window.findChildren(Palette)
    palette.edit.setText("go to tiny")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert window.current_page().workspace.name == "tiny"


def test_arrows_move_in_the_list_while_typing(shell, qtbot):
    window = shell()
    window.show_palette()
    (palette,) = window.findChildren(Palette)
    palette.edit.setText("open")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 1
    assert palette.edit.text() == "open"
    palette.close()


def test_scores_prefer_starts_of_words():
    titles = ["Export Figure…", "Open File…", "Fit to Window", "Reset Layout"]
    assert max(titles, key=lambda t: score("fi", t)) == "Fit to Window"
    assert score("xq", "Open File…") == 0


# ---- Preferences


def test_preferences_are_kept(shell, own_home):
    window = shell()
    dialog = Preferences(window.services.settings, window)
    dialog.theme.setCurrentText("light")
    dialog.workers.setValue(3)
    dialog.autosave.setValue(30)
    dialog.folder.setText(str(own_home / "jobs-elsewhere"))
    dialog.accept()
    kept = Settings.load()
    assert (kept.theme, kept.workers, kept.autosave_seconds) == ("light", 3, 30)
    assert kept.jobs_folder.endswith("jobs-elsewhere")


def test_a_device_that_cannot_be_is_refused_with_what_would_do(shell):
    window = shell()
    dialog = Preferences(window.services.settings, window)
    dialog.device.setCurrentText("gpu0")
    dialog.accept()
    assert dialog.result() == 0
    assert dialog._problem.text() == (
        "Device: Where models run: auto, cpu, cuda, cuda:1 or mps."
    )
    assert window.services.settings.device == "auto"


# ---- Theme


def test_the_theme_can_be_switched_and_is_remembered(shell):
    window = shell(settings=Settings(theme="dark"))
    window.show_page("tiny")
    window.book.trigger("view.theme")
    assert window.theme.theme == "light"
    assert window.current_page().model.theme == "light"
    assert Settings.load().theme == "light"
    window.book.trigger("view.theme")
    assert window.current_page().model.theme == "dark"


def test_system_follows_the_system(shell, qapp, monkeypatch):
    from striate.widgets import theme

    class Hints:
        scheme = Qt.ColorScheme.Light

        def colorScheme(self):
            return self.scheme

    window = shell(settings=Settings(theme="system"))
    hints = qapp.styleHints()
    monkeypatch.setattr(theme.QGuiApplication, "styleHints", staticmethod(Hints))
    seen = []
    for Hints.scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark):
        hints.colorSchemeChanged.emit(Hints.scheme)
        seen.append(window.theme.theme)
    assert seen == ["light", "dark"]
    window.theme.choose("light")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.theme.theme == "light"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_stands_out_from_its_ground(qapp, theme):
    from striate.widgets.theme import _SHADES

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04 else ((p + 0.055) / 1.055) ** 2.4
                  for p in parts]  # fmt: skip
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    shades = _SHADES[theme]
    pairs = [("text", "base"), ("text", "raised"), ("text", "chosen"),
             ("text", "button"), ("muted", "base"), ("muted", "raised"),
             ("error", "raised"), ("warning", "raised"), ("accent_text", "accent"),
             ("text", "bar")]  # fmt: skip
    for ink, ground in pairs:
        high, low = sorted((luminance(shades[ink]), luminance(shades[ground])))[::-1]
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


# ---- Layout and leaving


def test_docks_are_where_they_were_at_the_next_start(shell):
    first = shell()
    first.toggle_dock("log")
    first.resize(1000, 700)
    first.close()
    second = shell(settings=Settings.load())
    assert second.log_dock.isVisible()
    assert not second.jobs_dock.isVisible()
    second.reset_layout()
    assert not second.log_dock.isVisible()


def test_a_damaged_layout_does_not_stop_a_start(shell):
    window = shell(settings=Settings(window={"geometry": "%%%", "docks": "ABC"}))
    assert window.isVisible()


def test_leaving_asks_about_running_jobs(shell, monkeypatch):
    window = shell(jobs=RecordedJobs(Record("a")))
    asked = []

    def answer(parent, title, text, *rest):
        asked.append(text)
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", answer)
    assert not window.close()
    assert asked[0].startswith("A job is still running and will be stopped.")
    assert ("close", "") not in window.services.jobs.asked


def test_leaving_stops_the_jobs(shell):
    window = shell()
    assert window.close()
    assert window.services.jobs.asked == [("close", "")]


def test_help_says_what_the_page_is_for(shell):
    from striate.desktop.help_dialogs import about, cheat_sheet, page_help

    window = shell()
    dialogs = [
        page_help(None, window),
        page_help(tiny_workspace(), window),
        cheat_sheet(list(window.book.actions.values()), window),
        about(window),
    ]
    from qtpy.QtWidgets import QTextBrowser

    texts = [d.findChild(QTextBrowser).toPlainText() for d in dialogs]
    assert "OME-Zarr" in texts[0]
    assert "The first panel." in texts[1]
    assert "Ctrl+Shift+P" in texts[2]
    assert "napari: 0.9" in texts[3]


def test_everything_can_be_reached_by_keyboard_and_has_a_name(shell):
    from qtpy.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    window = shell()
    for dock in ("jobs", "log"):
        window.toggle_dock(dock)
    for owner in (window.jobs_dock, window.log_dock, window.welcome):
        kinds = (QAbstractButton, QComboBox, QLineEdit, QTableView)
        for widget in (w for kind in kinds for w in owner.findChildren(kind)):
            if not widget.isVisibleTo(window) or widget.objectName().startswith("qt_"):
                continue
            named = widget.accessibleName() or getattr(widget, "text", lambda: "")()
            assert named, widget


def test_panels_get_room_enough_for_their_fields(shell, qtbot):
    window = shell()
    window.show_page("tiny")
    page = window.current_page()
    qtbot.waitUntil(lambda: page.panels["first"].width() >= 340, timeout=10000)
