"""Work in a thread: answered on the GUI thread, and without napari's dask cache."""

from __future__ import annotations

import threading

import dask
import dask.array as da
from dask.callbacks import Callback

from striate.widgets.background import Background


def ask(qtbot, work):
    background = Background()
    answers = []
    background.run(work, answers.append, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    background.close()
    return answers[0]


def test_answer_comes_to_the_gui_thread(qtbot):
    threads = []
    background = Background()
    background.run(
        threading.current_thread,
        lambda thread: threads.extend([thread, threading.current_thread()]),
        threads.append,
    )
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()
    background.close()


def test_error_is_handed_over(qtbot):
    found = ask(qtbot, lambda: 1 / 0)
    assert isinstance(found, ZeroDivisionError)


def test_dask_in_a_thread_leaves_callbacks_to_the_gui_thread(qtbot):
    heard = []
    array = da.ones(4, chunks=2)
    with Callback(pretask=lambda key, *_: heard.append(key)):
        assert ask(qtbot, lambda: float(array.sum().compute())) == 4.0
        assert heard == []
        array.sum().compute()
    assert heard != []
    assert dask.config.get("scheduler", None) is None


def test_a_scheduler_that_was_chosen_stays(qtbot):
    with dask.config.set(scheduler="synchronous"):
        found = ask(qtbot, lambda: dask.config.get("scheduler"))
    assert found == "synchronous"
