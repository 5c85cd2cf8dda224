"""The Open command: dialogs, drops, samples and recent files all come here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog

from striate.errors import InputError
from striate.jobs.kind import load_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate.desktop.main_window import MainWindow
    from striate.desktop.viewer_page import ViewerPage
    from striate.workspace import Sample, Workspace

__all__ = ["PROJECT_SUFFIX", "Opening"]

PROJECT_SUFFIX = ".striate"
_MOST_RECENT = 12


class Opening(QObject):
    """Opens files in the window: slow parts in a thread, layers on the GUI thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._pending = 0

    # ---- Asking

    def ask_files(self) -> None:
        """Ask for files and open them."""
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, "Open files", self._start_folder()
        )
        self.open(paths)

    def ask_folder(self) -> None:
        """Ask for a folder (a Zarr, or slices) and open it."""
        path = QFileDialog.getExistingDirectory(
            self._window, "Open a Zarr or a folder of slices", self._start_folder()
        )
        self.open([path] if path else [])

    def ask_with_options(self, paths: Iterable[str | Path] = ()) -> None:
        """Ask for workspace, axes and voxel size, and for files if none are given."""
        from striate.desktop.open_options import OpenOptions

        chosen = [str(p) for p in paths]
        if not chosen:
            chosen, _ = QFileDialog.getOpenFileNames(
                self._window, "Open files with options", self._start_folder()
            )
        if not chosen:
            return
        dialog = OpenOptions(self._window.workspaces, chosen, self._window)
        if dialog.exec():
            self.open(chosen, page=dialog.workspace(), **dialog.options())

    # ---- Opening

    def open(
        self, paths: Iterable[str | Path], *, page: str = "", **options: Any
    ) -> None:
        """Open files in a page (the current one unless named).

        `options` go to :func:`striate.open_volume`.
        """
        for path in [Path(p) for p in paths]:
            if path.suffix == PROJECT_SUFFIX:
                self._window.projects.open(path)
            elif not path.exists():
                self._tell(path, InputError(f"{path} does not exist any more."))
                self._forget(path)
            else:
                self._open_one(path, page, options)

    def open_sample(self, workspace: Workspace, sample: Sample) -> None:
        """Open a sample in its workspace's page, making or fetching it if need be."""
        self._window.show_page(workspace.name)
        self._say(f"Getting the sample {sample.title} …")
        self._window.background.run(
            lambda: _fetch(sample),
            lambda path: self.open([path], page=workspace.name),
            lambda error: self._tell(sample.title, error),
        )

    # ---- Private methods

    def _open_one(self, path: Path, page_name: str, options: dict[str, Any]) -> None:
        page = self._window.page_for_opening(page_name)
        if page is None:
            self._window.services.notify.error("No workspace is installed to open in.")
            return
        try:
            if not options and self._opened_by_workspace(page, path):
                self._remember(path, page)
                return
        except Exception as error:  # noqa: BLE001 - a damaged file of any format
            self._tell(path, error)
            return
        self._open_volume(path, page, options)

    def _opened_by_workspace(self, page: ViewerPage, path: Path) -> bool:
        if not page.workspace.opener:
            return False
        opener = load_object(page.workspace.opener)
        return bool(opener(path, page.model, page.services))

    def _open_volume(
        self, path: Path, page: ViewerPage, options: dict[str, Any]
    ) -> None:
        self._say(f"Opening {path.name} …")
        self._pending += 1

        def show(answer: tuple[Any, list[Any]]) -> None:
            self._pending -= 1
            self._show(answer, path, page)

        def failed(error: BaseException) -> None:
            self._pending -= 1
            self._tell(path, error)

        self._window.background.run(lambda: _read(path, options), show, failed)

    def _show(
        self, answer: tuple[Any, list[Any]], path: Path, page: ViewerPage
    ) -> None:
        from striate.widgets.layers import add_layers

        volume, tuples = answer
        add_layers(page.model, tuples)
        if len(page.model.layers) == len(tuples):
            page.model.dims.point = [
                (low + high) / 2 for low, high, _ in page.model.dims.range
            ]
            page.fit()
        self._say(f"{path.name}: {volume.describe()}")
        self._remember(path, page)

    def _remember(self, path: Path, page: ViewerPage) -> None:
        self._window.projects.note_opened(path, page.workspace.name)
        settings = self._window.services.settings
        recent = [str(path), *(p for p in map(str, settings.recent_files)
                               if p != str(path))]  # fmt: skip
        settings.recent_files = recent[:_MOST_RECENT]
        self._window.on_recent_changed()

    def _forget(self, path: Path) -> None:
        settings = self._window.services.settings
        rest = [p for p in map(str, settings.recent_files) if p != str(path)]
        settings.recent_files = rest
        self._window.on_recent_changed()

    def _tell(self, what: object, error: BaseException) -> None:
        self._say("")
        self._window.services.notify.exception(error)

    def _say(self, text: str) -> None:
        self._window.statusBar().showMessage(text, 15000)

    def _start_folder(self) -> str:
        recent = list(map(str, self._window.services.settings.recent_files))
        return str(Path(recent[0]).parent) if recent else str(Path.home())


def _read(path: Path, options: dict[str, Any]) -> tuple[Any, list[Any]]:
    from striate.data import open_volume
    from striate.widgets.layers import volume_layers

    volume = open_volume(path, **options)
    return volume, volume_layers(volume)


def _fetch(sample: Sample) -> Path:
    from striate.samples import fetch

    return Path(fetch(sample.name))
