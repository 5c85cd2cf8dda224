"""What the program tells: notifications, toasts, the log, hooks, crash reports."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings

import pytest
from qtpy.QtCore import QEvent, QPointF
from qtpy.QtGui import QEnterEvent
from qtpy.QtWidgets import QApplication, QPlainTextEdit
from tests.app.shell_parts import said

from striate.desktop.crash import Hooks, environment_report, previous_crash
from striate.desktop.text_dialog import TextDialog
from striate.errors import InputError
from striate.widgets.notifications import Notifications, from_exception


@pytest.fixture
def window(shell):
    return shell()


@pytest.fixture
def hooked(qapp):
    """Give notifications that hear the hooks."""
    notify = Notifications()
    hooks = Hooks(notify)
    hooks.install()
    yield notify
    hooks.remove()


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


# ---- Toasts


def test_a_notification_is_a_toast_and_a_line_of_the_log(window):
    window.services.notify.warning("No voxel size.")
    assert [t.notification.text for t in window.toasts.shown] == ["No voxel size."]
    assert window.log_dock.filter.index(0, 3).data() == "No voxel size."


def test_the_same_said_twice_is_one_toast_with_a_count(window):
    for _ in range(3):
        window.services.notify.error("The disk is full.")
    (toast,) = window.toasts.shown
    assert toast.count == 3
    assert toast._badge.text() == "×3"
    assert len(said(window, "error")) == 3


def test_a_storm_of_errors_stays_small(window):
    for number in range(50):
        window.services.notify.error(f"Error {number}")
    assert len(window.toasts.shown) == 4
    assert window.toasts.shown[-1].notification.text == "Error 49"


def test_the_same_bug_at_the_same_line_is_one_toast(window):
    for text in ("first", "second"):
        window.services.notify.exception(raised(KeyError(text)))
    (toast,) = window.toasts.shown
    assert toast.count == 2


def test_quiet_ones_are_for_the_log_only(window):
    window.services.notify.note("Loaded 3 channels.")
    assert window.toasts.shown == []
    assert window.log_dock.model.rowCount() == 1


def test_toasts_stay_inside_the_page_and_show_all_their_text(window, qapp):
    path = "/home/somebody/" + "a-very-long-folder-name/" * 8 + "scan.tif"
    window.services.notify.error(f"{path} does not exist any more.")
    qapp.processEvents()
    (toast,) = window.toasts.shown
    inside = window.pages.picture_area()
    assert inside.rect().contains(
        inside.mapFromGlobal(toast.mapToGlobal(toast.rect().bottomRight()))
    )
    label = toast._text
    assert label.height() >= label.heightForWidth(label.width())
    assert label.minimumSizeHint().width() <= label.width()


def test_a_toast_stays_while_the_pointer_is_on_it(window):
    window.services.notify.info("Saved.")
    (toast,) = window.toasts.shown
    place = QPointF(2, 2)
    QApplication.sendEvent(toast, QEnterEvent(place, place, place))
    assert not toast._timer.isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast._timer.isActive()


def test_details_can_be_copied_with_the_environment(window):
    window.services.notify.exception(raised(KeyError("missing")))
    (toast,) = window.toasts.shown
    toast.details_wanted.emit(toast.notification)
    (text,) = window.findChildren(QPlainTextEdit)
    assert "KeyError: 'missing'" in text.toPlainText()
    assert "PySide6" in text.toPlainText()


# ---- What is said of an exception


def test_the_persons_errors_are_their_sentence(qapp):
    note = from_exception(raised(InputError("scan.tif is truncated: copy it again.")))
    assert (note.text, note.details) == ("scan.tif is truncated: copy it again.", "")


def test_our_bugs_come_with_a_traceback(qapp):
    note = from_exception(raised(KeyError("missing")))
    assert note.text == (
        "Something went wrong inside the program (KeyError: 'missing')."
    )
    assert "test_shell_messages.py" in note.details


# ---- The log


def test_the_log_is_searched_filtered_copied_and_cleared(window):
    notify = window.services.notify
    notify.info("Opened scan.tif")
    notify.warning("No voxel size")
    notify.error("Segment failed", "Traceback: tile 7")
    log = window.log_dock
    log.search.setText("TILE 7")
    assert log.filter.rowCount() == 1
    log.copy()
    copied = QApplication.clipboard().text()
    assert copied.endswith("Error\tstriate\tSegment failed\nTraceback: tile 7")
    log.search.setText("")
    log.level.setCurrentIndex(1)
    assert [log.filter.index(r, 3).data() for r in range(log.filter.rowCount())] == [
        "No voxel size", "Segment failed",
    ]  # fmt: skip
    log.model.clear()
    assert log.filter.rowCount() == 0


def test_what_was_said_before_the_window_is_in_the_log(qapp):
    from tests.app.shell_parts import RecordedJobs, let_go, tiny_workspace

    from striate.desktop.main_window import MainWindow
    from striate.desktop.services import ShellServices
    from striate.settings import Settings

    notify = Notifications()
    notify.warning("The settings file was damaged.")
    window = MainWindow(
        ShellServices(RecordedJobs(), notify, Settings()), (tiny_workspace(),)
    )
    assert window.log_dock.filter.index(0, 3).data() == "The settings file was damaged."
    let_go(window)


# ---- Hooks


def test_an_uncaught_exception_is_told_and_the_program_goes_on(hooked, capsys):
    sys.excepthook(ValueError, raised(ValueError("odd")), None)
    assert "(ValueError: odd)" in hooked.records[-1].text
    assert "ValueError: odd" in capsys.readouterr().err


def test_an_exception_in_a_thread_is_told(hooked):
    def fail():
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "in a thread" in hooked.records[-1].text


def test_warnings_go_to_the_log_once(hooked):
    for _ in range(3):
        warnings.showwarning(UserWarning("old format"), UserWarning, "x.py", 3)
    assert [r.text for r in hooked.records] == ["old format"]
    assert hooked.records[0].quiet


def test_naparis_messages_are_ours(hooked):
    from napari.utils.notifications import show_warning

    show_warning("The layer is empty.")
    assert (hooked.records[-1].text, hooked.records[-1].source) == (
        "The layer is empty.", "napari",
    )  # fmt: skip


def test_hooks_are_given_back(qapp):
    before = (sys.excepthook, threading.excepthook, warnings.showwarning)
    hooks = Hooks(Notifications())
    hooks.install()
    hooks.remove()
    assert (sys.excepthook, threading.excepthook, warnings.showwarning) == before


# ---- Crashes


def test_a_hard_crash_leaves_its_traceback_for_the_next_start(own_home):
    code = (
        "import ctypes\n"
        "from striate.desktop.crash import watch_for_crashes\n"
        "watch_for_crashes()\n"
        "ctypes.string_at(0)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode < 0
    assert "Segmentation fault" in previous_crash()


def test_no_crash_no_report(own_home):
    assert previous_crash() == ""


def test_the_report_names_versions_but_no_files_of_the_person(qapp):
    report = environment_report()
    assert "Python: 3." in report
    assert "Display platform: " in report
    assert "/home" not in report


def test_long_texts_can_be_saved(qapp, tmp_path, monkeypatch):
    from qtpy.QtWidgets import QFileDialog, QWidget

    path = tmp_path / "report.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), ""))
    parent = QWidget()
    dialog = TextDialog("Log", "µm and 神経", parent)
    dialog.save()
    dialog.copy()
    assert path.read_text("utf-8") == "µm and 神経"
    assert QApplication.clipboard().text() == "µm and 神経"
