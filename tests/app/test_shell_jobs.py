"""The Jobs dock: what runs, how far it is, and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from qtpy.QtWidgets import QApplication, QPlainTextEdit
from tests.app.shell_parts import NOW, Record, RecordedJobs, later, said

from striate.desktop.duration import duration
from striate.desktop.jobs_model import COLUMNS, FRACTION_ROLE, JobsModel, elapsed


def row(model, number=0):
    return [model.index(number, c).data() for c in range(len(COLUMNS))]


@pytest.fixture
def dock(shell):
    def make(*records):
        window = shell(jobs=RecordedJobs(*records))
        window.toggle_dock("jobs")
        return window.jobs_dock

    return make


# ---- The table


def test_a_row_says_what_it_is_and_how_far(qapp):
    done = Record("a", state="done", done=4, total=4, finished=later(75))
    model = JobsModel(RecordedJobs(done))
    assert row(model) == ["Segment neurons", "Done", "4 of 4", "1 min 15 s", ""]


@pytest.mark.parametrize(
    ("done", "total", "fraction", "text"),
    [(3, 12, 0.25, "3 of 12"), (0.5, 1, 0.5, "50 %"), (5, 0, None, "")],
)
def test_progress_has_a_count_and_a_bar(qapp, done, total, fraction, text):
    model = JobsModel(RecordedJobs(Record("a", done=done, total=total)))
    index = model.index(0, COLUMNS.index("Progress"))
    assert index.data(FRACTION_ROLE) == fraction
    assert index.data() == text


def test_times_of_the_queue_are_seconds_since_1970(qapp):
    record = Record("a", state="done", started=NOW.timestamp(),
                    finished=NOW.timestamp() + 7)  # fmt: skip
    assert elapsed(record) == 7


def test_a_running_job_counts_up(qapp):
    now = datetime.fromtimestamp(NOW.timestamp() + 100, UTC)
    assert elapsed(Record("a"), now) == 100


def test_newest_first_and_states_are_words_and_pictures(qapp):
    states = ["done", "failed", "cancelled", "lost"]
    records = [Record(s, state=s, created=later(i)) for i, s in enumerate(states)]
    model = JobsModel(RecordedJobs(*records))
    column = COLUMNS.index("State")
    assert [model.index(r, column).data() for r in range(4)] == [
        "Lost", "Cancelled", "Failed", "Done",
    ]  # fmt: skip
    from qtpy.QtCore import Qt

    icons = [
        model.index(r, column).data(Qt.ItemDataRole.DecorationRole) for r in range(4)
    ]
    assert all(not i.pixmap(16, 16).isNull() for i in icons)


def test_signals_bring_the_table_up_to_date(dock, qtbot):
    dock = dock()
    jobs = dock._jobs
    jobs.records.append(Record("a", done=1, total=2))
    jobs.queued.emit("a")
    qtbot.waitUntil(lambda: dock.model.rowCount() == 1)
    jobs.records[0].done = 2
    jobs.progress.emit("a", 2.0, 2.0, "")
    qtbot.waitUntil(lambda: row(dock.model)[2] == "2 of 2")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"),
                          (3725, "1 h 02 min")],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


# ---- What can be done


def test_what_can_be_done_depends_on_the_state(dock):
    states = {}
    for state in ("queued", "running", "done", "failed", "cancelled", "lost"):
        made = dock(Record("a", state=state))
        buttons = made._buttons
        states[state] = [k for k, b in buttons.items() if b.isEnabled()]
    assert states["running"] == states["queued"] == ["cancel", "log", "copy"]
    assert states["done"] == ["show", "again", "log", "copy"]
    assert states["failed"] == states["lost"] == ["again", "log", "copy"]


def test_cancel_asks_first_and_offers_stop_now_later(dock):
    made = dock(Record("a"))
    made.cancel()
    assert made._jobs.asked == [("cancel", "a")]
    assert made._buttons["cancel"].text().strip() == "Cancelling …"
    made._allow_stop("a")
    assert made._buttons["cancel"].text().strip() == "Stop Now"
    made.cancel()
    assert made._jobs.asked == [("cancel", "a"), ("cancel", "a")]


def test_run_again(dock):
    made = dock(Record("a", state="lost"))
    made.run_again()
    assert made._jobs.asked == [("again", "a")]


def test_the_log_can_be_read_and_copied(dock, tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("found 12 neurons")
    made = dock(Record("a", state="done", log_path=log))
    made.open_log()
    (text,) = made.findChildren(QPlainTextEdit)
    assert text.toPlainText() == "found 12 neurons"
    made.copy()
    copied = QApplication.clipboard().text()
    assert copied.startswith("Segment neurons\tDone")
    assert copied.endswith("found 12 neurons")


def test_a_failed_job_is_told_with_its_log(dock, shell, tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("Traceback")
    window = shell(jobs=RecordedJobs(Record("a", state="failed", log_path=log)))
    window.services.jobs.failed.emit("a", "scan.tif is truncated.")
    assert said(window, "error") == ["Segment neurons failed: scan.tif is truncated."]
    assert window.services.notify.records[-1].details == "Traceback"


def test_a_new_job_brings_the_dock_up(shell):
    window = shell()
    assert not window.jobs_dock.isVisible()
    window.services.jobs.queued.emit("a")
    assert window.jobs_dock.isVisible()


def test_the_status_bar_sums_up(shell):
    running = Record("a", done=1, total=4)
    waiting = Record("b", state="queued")
    window = shell(jobs=RecordedJobs(running, waiting))
    assert window.jobs_button.text() == "Segment neurons 25 %, 1 more"


# ---- The real thing


def test_a_real_job_runs_beside_the_window(qapp, supervisor, qtbot):
    from tests.app.shell_parts import let_go, open_shell

    from striate.jobs import JobRequest
    from striate.widgets.jobs_bridge import QtJobs

    window = open_shell(jobs=QtJobs(supervisor))
    jobs = window.services.jobs
    with qtbot.waitSignal(_as_qt(jobs), timeout=30000):
        jobs.submit(JobRequest(kind="test.count", params={"n": 3}))
    qtbot.waitUntil(lambda: row(window.jobs_dock.model)[1] == "Done", timeout=30000)
    assert row(window.jobs_dock.model)[2] == "3 of 3"
    let_go(window)


def _as_qt(jobs):
    """Give a Qt signal for the end of a job."""
    from qtpy.QtCore import QObject, Signal

    class Bridge(QObject):
        ended = Signal(str)

    bridge = Bridge()
    jobs.finished.connect(lambda job_id, outcome: bridge.ended.emit(job_id))
    _as_qt.kept = bridge
    return bridge.ended
