"""The Open command: files, drops, samples, results; and what cannot be opened."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from qtpy.QtCore import QMimeData, QObject, QPointF, Qt, QUrl, Slot
from qtpy.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from tests.app.shell_parts import Record, RecordedJobs, open_shell, said, tiny_workspace

from striate.settings import Settings
from striate.workspace import Reading


@pytest.fixture
def stack(tmp_path):
    """Write a two-channel stack of 3 x 8 x 10 voxels, 2 x 0.5 x 0.5 µm."""
    path = tmp_path / "stack.ome.tif"
    data = np.zeros((2, 3, 8, 10), np.uint8)
    data[0, :, :4] = 200
    data[1, :, 4:] = 100
    tifffile.imwrite(
        path, data, ome=True,
        metadata={"axes": "CZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5,
                  "PhysicalSizeZ": 2.0, "Channel": {"Name": ["GFP", "RFP"]}},
    )  # fmt: skip
    return path


def layers(window):
    page = window.current_page()
    return [] if page is None else list(page.model.layers)


def drop_of(window, paths, modifiers=Qt.KeyboardModifier.NoModifier, kind=QDropEvent):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    place = QPointF(60, 60) if kind is QDropEvent else QPointF(60, 60).toPoint()
    event = kind(place, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                 modifiers)  # fmt: skip
    event.mime = mime
    return event


def takes(path, viewer, services):
    viewer.add_points(np.zeros((1, 3)), name=path.name)
    return True


def is_text(path):
    return path.suffix == ".txt"


def takes_text(path, viewer, services):
    return is_text(path) and takes(path, viewer, services)


def leaves(path, viewer, services):
    return False


def breaks(path, viewer, services):
    raise ValueError("not a table")


def reads_beside(path, viewer, services):
    def read():
        return threading.current_thread() is threading.main_thread()

    def show(on_main):
        viewer.add_points([[0, 0]], name=f"read on the GUI thread: {on_main}")

    return Reading(read, show)


def reads_badly(path, viewer, services):
    def read():
        raise ValueError("not a table")

    return Reading(read, lambda answer: None)


# ---- Files


def test_a_stack_opens_in_colour_and_to_scale(shell, stack, qtbot):
    window = shell()
    window.opening.open([stack])
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    first, second = layers(window)
    assert (first.name, second.name) == ("GFP", "RFP")
    assert tuple(first.scale) == (2.0, 0.5, 0.5)
    assert first.metadata["striate"]["source"] == str(stack)
    assert window.current_page().model.dims.point[0] == pytest.approx(2.0)
    assert window.statusBar().currentMessage().startswith("stack.ome.tif: 2 C x 3 Z")


def test_files_lie_in_the_order_they_were_named(shell, stack, tmp_path, qtbot):
    marks = tmp_path / "marks.txt"
    marks.write_text("taken by the workspace")
    window = shell(tiny_workspace(opener=f"{__name__}:takes_text"))
    window.opening.open([stack, marks])
    qtbot.waitUntil(lambda: len(layers(window)) == 3, timeout=30000)
    assert [layer.name for layer in layers(window)] == ["GFP", "RFP", "marks.txt"]


def test_a_file_goes_to_the_one_workspace_that_can_open_it(shell, tmp_path, qtbot):
    marks = tmp_path / "marks.txt"
    marks.write_text("only the second workspace knows this")
    second = replace(
        tiny_workspace("second", opener=f"{__name__}:takes_text"),
        claims=f"{__name__}:is_text",
    )
    window = shell(tiny_workspace("first"), second)
    window.show_page("first")
    window.opening.open([marks])
    qtbot.waitUntil(lambda: bool(layers(window)), timeout=30000)
    assert window.current_page().workspace.name == "second"


def test_what_was_opened_is_recent(shell, stack, qtbot):
    window = shell()
    window.opening.open([stack])
    qtbot.waitUntil(lambda: bool(layers(window)), timeout=30000)
    assert Settings.load().recent_files == [str(stack)]
    assert window.book.menu("File/Open Recent").isEnabled()


def test_chunks_that_are_not_in_the_file_are_told(shell, tmp_path, qtbot):
    path = tmp_path / "holes.zarr"
    array = zarr.create_array(
        str(path), shape=(4, 8, 8), chunks=(2, 8, 8), dtype=np.uint8, fill_value=0
    )
    array[:2] = 7
    window = shell()
    window.opening.open([path], axes="ZYX")
    qtbot.waitUntil(lambda: len(layers(window)) == 1, timeout=30000)
    assert said(window, "warning") == [
        "holes.zarr: 1 of 2 chunks are not in the file and read as 0."
    ]


def test_a_whole_file_opens_without_a_warning(shell, stack, qtbot):
    window = shell()
    window.opening.open([stack])
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    assert said(window, "warning") == []


def test_a_second_file_leaves_the_sliders_alone(shell, stack, qtbot):
    window = shell()
    window.opening.open([stack])
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    dims = window.current_page().model.dims
    dims.set_point(0, 0.0)
    window.opening.open([stack])
    qtbot.waitUntil(lambda: len(layers(window)) == 4, timeout=30000)
    assert dims.point[0] == 0.0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("cut.tif", b"II*\x00\x08\x00\x00\x00\x05", "cut.tif"),
        ("notes.docx", b"hello", "notes.docx"),
        ("none.h5", b"not HDF5", "none.h5"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_the_window_stays(
    shell, tmp_path, qtbot, name, content, sentence
):
    path = tmp_path / name
    path.write_bytes(content)
    window = shell()
    window.opening.open([path])
    qtbot.waitUntil(lambda: bool(said(window, "error")), timeout=30000)
    (text,) = said(window, "error")
    assert sentence in text
    assert "\n" not in text
    assert layers(window) == []
    assert window.isVisible()
    assert window.services.settings.recent_files == []


def test_a_recent_file_that_is_gone_is_said_and_forgotten(shell, tmp_path):
    gone = tmp_path / "gone.tif"
    window = shell(settings=Settings(recent_files=[str(gone)]))
    window.opening.open([gone])
    assert said(window, "error") == [f"{gone} does not exist any more."]
    assert window.services.settings.recent_files == []


# ---- The workspace's own files


@pytest.mark.parametrize(
    ("opener", "names"), [("takes", ["stack.ome.tif"]), ("leaves", ["GFP", "RFP"])]
)
def test_the_workspace_is_asked_first(shell, stack, qtbot, opener, names):
    window = shell(tiny_workspace(opener=f"{__name__}:{opener}"))
    window.opening.open([stack])
    qtbot.waitUntil(lambda: bool(layers(window)), timeout=30000)
    assert [layer.name for layer in layers(window)] == names


def test_what_a_workspace_takes_long_to_read_is_read_in_a_thread(shell, stack, qtbot):
    window = shell(tiny_workspace(opener=f"{__name__}:reads_beside"))
    window.opening.open([stack])
    qtbot.waitUntil(lambda: bool(layers(window)))
    assert layers(window)[0].name == "read on the GUI thread: False"
    assert window.services.settings.recent_files == [str(stack)]


def test_what_a_workspace_cannot_read_is_told_and_is_not_recent(shell, stack, qtbot):
    window = shell(tiny_workspace(opener=f"{__name__}:reads_badly"))
    window.opening.open([stack])
    qtbot.waitUntil(lambda: said(window, "error") != [])
    assert "not a table" in said(window, "error")[0]
    assert window.services.settings.recent_files == []


def test_a_workspace_that_fails_to_open_is_told(shell, stack):
    window = shell(tiny_workspace(opener=f"{__name__}:breaks"))
    window.opening.open([stack])
    assert "not a table" in said(window, "error")[0]


# ---- Drops


def test_a_drop_on_the_picture_is_our_open_not_naparis(shell, stack, qtbot):
    window = shell()
    window.show_page("tiny")
    canvas = window.current_page()._qt_viewer
    enter = drop_of(window, [stack], kind=QDragEnterEvent)
    enter.setAccepted(True)
    canvas.dragEnterEvent(enter)
    assert not enter.isAccepted()
    window.dropEvent(drop_of(window, [stack]))
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)


def test_a_drop_with_shift_asks_first(shell, stack, qtbot):
    window = shell()
    asked = []
    window.opening.ask_with_options = asked.append
    window.dropEvent(drop_of(window, [stack], Qt.KeyboardModifier.ShiftModifier))
    qtbot.waitUntil(lambda: bool(asked), timeout=30000)
    assert asked == [[str(stack)]]


def test_only_files_are_taken(shell, stack):
    window = shell()
    enter = drop_of(window, [stack], kind=QDragEnterEvent)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    text = drop_of(window, [], kind=QDragEnterEvent)
    text.setAccepted(False)
    window.dragEnterEvent(text)
    assert not text.isAccepted()


def test_options_say_what_the_file_does_not(shell, tmp_path, qtbot):
    from striate.desktop.open_options import OpenOptions

    path = tmp_path / "plain.tif"
    tifffile.imwrite(path, np.zeros((5, 6, 8), np.uint8))
    window = shell()
    dialog = OpenOptions(window.workspaces, [str(path)], window)
    dialog._axes.setText("czyx"[1:])
    dialog._size.setText("2, 0.5 0.5")
    assert dialog.options() == {
        "axes": "ZYX", "voxel_size": (2.0, 0.5, 0.5), "unit": "µm",
    }  # fmt: skip
    window.opening.open([path], page=dialog.workspace(), **dialog.options())
    qtbot.waitUntil(lambda: bool(layers(window)), timeout=30000)
    assert tuple(layers(window)[0].scale) == (2.0, 0.5, 0.5)


# ---- Samples and results


def test_a_sample_that_ships_opens_at_once(shell, qtbot):
    from dataclasses import replace

    workspace = tiny_workspace()
    sample = replace(
        workspace.samples[1], path="brainbow_cortex/chroms_cortex_sample.tif"
    )
    window = shell(workspace)
    window.opening.open_sample(workspace, sample)
    qtbot.waitUntil(lambda: len(layers(window)) == 3, timeout=30000)


def test_a_sample_that_must_be_made_is_a_job_that_can_be_stopped(shell, stack, qtbot):
    class Submits(RecordedJobs):
        def submit(self, request):
            self.asked.append((request.kind, json.dumps(request.params)))
            return "job-1"

    jobs = Submits()
    window = shell(jobs=jobs)
    workspace = window.workspaces[0]
    window.opening.open_sample(workspace, workspace.samples[0])
    assert jobs.asked == [("samples.fetch", '{"name": "painted"}')]
    jobs.finished.emit("job-1", {"path": str(stack), "name": "painted"})
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)


def test_the_result_of_a_job_opens_in_its_page(shell, stack, qtbot):
    record = Record("a", kind="tiny.count", state="done",
                    outcome={"path": str(stack), "n": 3})  # fmt: skip
    window = shell(jobs=RecordedJobs(record))
    window.jobs_dock.show_result()
    qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    assert window.current_page().workspace.name == "tiny"


class FileManager(QObject):
    """Stands where the system's file manager would be asked to open a folder."""

    def __init__(self):
        super().__init__()
        self.shown = []
        QDesktopServices.setUrlHandler("file", self, "show")

    @Slot(QUrl)
    def show(self, url):
        self.shown.append(Path(url.toLocalFile()))

    def close(self):
        QDesktopServices.unsetUrlHandler("file")


@pytest.fixture
def file_manager(qapp):
    made = FileManager()
    yield made
    made.close()


@pytest.mark.parametrize("name", ["skeletons", "table.csv"])
def test_a_result_for_other_programs_is_shown_in_its_folder(
    shell, tmp_path, file_manager, name
):
    (tmp_path / "skeletons").mkdir()
    (tmp_path / "skeletons" / "1.swc").write_text("1 1 0 0 0 1 -1\n")
    (tmp_path / "table.csv").write_text("id\n1\n")
    record = Record("a", kind="tiny.count", state="done",
                    outcome={"first": str(tmp_path / name)})  # fmt: skip
    window = shell(jobs=RecordedJobs(record))

    window.jobs_dock.show_result()

    folder = tmp_path if name == "table.csv" else tmp_path / name
    assert file_manager.shown == [folder]
    assert said(window, "info") == [f"The result is {tmp_path / name}."]
    assert layers(window) == []


def test_a_job_without_files_says_so(shell):
    window = shell(jobs=RecordedJobs(Record("a", state="done", outcome={"n": 3})))
    window.jobs_dock.show_result()
    assert said(window, "info") == ["This job made no file to show."]


def test_files_of_the_command_line_open_after_the_first_picture(shell, stack, qtbot):
    window = open_shell()
    try:
        window.after_first_paint([stack])
        assert layers(window) == []
        qtbot.waitUntil(lambda: len(layers(window)) == 2, timeout=30000)
    finally:
        window.close()
        window.deleteLater()
