"""The Open command: dialogs, drops, samples and recent files all come here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QFileDialog

from striate.errors import InputError, StriateError
from striate.jobs.kind import JobRequest, load_object
from striate.workspace import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from striate.desktop.main_window import MainWindow
    from striate.desktop.viewer_page import ViewerPage
    from striate.workspace import Sample, Workspace

__all__ = ["PROJECT_SUFFIX", "Opening"]

PROJECT_SUFFIX = ".striate"


class Opening(QObject):
    """Opens files in the window: slow parts in a thread, layers on the GUI thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._fetching: dict[str, str] = {}
        window.services.jobs.finished.connect(self._on_fetched)

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
        wanted = [Path(p).expanduser().absolute() for p in paths]
        for path in wanted:
            if path.suffix == PROJECT_SUFFIX:
                self._window.projects.open(path)
        data = [p for p in wanted if p.suffix != PROJECT_SUFFIX]
        self.open_all([(path, page, options) for path in data])

    def open_all(
        self,
        wanted: Sequence[tuple[Path, str, dict[str, Any]]],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Open (path, page, options); `then` is called when all are there or failed."""
        # One after the other: layers lie in the order the files were named.
        if not wanted:
            then()
            return
        (path, page, options), *rest = wanted

        def go_on() -> None:
            if rest:
                QTimer.singleShot(0, self, lambda: self.open_all(rest, then))
            else:
                then()

        self._open_one(path, page, options, go_on)

    def open_sample(self, workspace: Workspace, sample: Sample) -> None:
        """Open a sample in its workspace's page, getting it by a job if need be."""
        from striate.samples import ready_path

        self._window.show_page(workspace.name)
        try:
            path = ready_path(sample)
        except StriateError as error:
            self._tell(error)
            return
        if path is not None:
            self.open([path], page=workspace.name)
            return
        request = JobRequest(
            kind="samples.fetch",
            params={"name": sample.name},
            title=f"Get the sample {sample.title}",
        )
        try:
            self._fetching[self._window.services.jobs.submit(request)] = workspace.name
        except KeyError as error:
            self._tell(InputError(str(error.args[0])))

    # ---- Private methods

    def _on_fetched(self, job_id: str, outcome: dict[str, Any]) -> None:
        page = self._fetching.pop(job_id, None)
        if page is not None:
            self.open([outcome["path"]], page=page)

    def _open_one(
        self,
        path: Path,
        page_name: str,
        options: dict[str, Any],
        done: Callable[[], None],
    ) -> None:
        page = self._window.page_for_opening(page_name or self._claimed(path))
        try:
            if page is None:
                raise InputError("No workspace is installed to open files in.")
            if not path.exists():
                self._window.forget_file(path)
                raise InputError(f"{path} does not exist any more.")
            found = False if options else self._ask_workspace(page, path)
            if isinstance(found, Reading):
                self._read(found, path, page, done)
                return
            if not found:
                self._open_volume(path, page, options, done)
                return
        except Exception as error:  # noqa: BLE001 - a damaged file of any format
            self._tell(error)
        else:
            self._remember(path, page, options)
        done()

    def opens(self, path: Path) -> bool:
        """Whether it is something that a page can show; cheap."""
        from striate.data import is_volume

        return bool(self._claimed(path)) or is_volume(path)

    def _claimed(self, path: Path) -> str:
        """Name the one workspace that can open this, if it is the only one."""
        for workspace in self._window.workspaces:
            if workspace.claims and load_object(workspace.claims)(path):
                return workspace.name
        return ""

    def _ask_workspace(self, page: ViewerPage, path: Path) -> bool | Reading:
        if not page.workspace.opener:
            return False
        opener = load_object(page.workspace.opener)
        found = opener(path, page.model, page.services)
        return found if isinstance(found, Reading) else bool(found)

    def _read(
        self, reading: Reading, path: Path, page: ViewerPage, done: Callable[[], None]
    ) -> None:
        def show(answer: Any) -> None:
            reading.show(answer)
            self._say(f"Opened {path.name}.")
            self._remember(path, page, {})

        self._in_background(path, reading.read, show, done)

    def _open_volume(
        self,
        path: Path,
        page: ViewerPage,
        options: dict[str, Any],
        done: Callable[[], None],
    ) -> None:
        self._in_background(
            path,
            lambda: _read(path, options),
            lambda answer: self._show(answer, path, page, options),
            done,
        )

    def _in_background(
        self,
        path: Path,
        read: Callable[[], Any],
        show: Callable[[Any], None],
        done: Callable[[], None],
    ) -> None:
        self._say(f"Opening {path.name} …")

        def shown(answer: Any) -> None:
            try:
                show(answer)
            except Exception as error:  # noqa: BLE001 - what napari cannot show
                self._tell(error)
            done()

        def failed(error: BaseException) -> None:
            self._tell(error)
            done()

        self._window.background.run(read, shown, failed)

    def _show(
        self,
        answer: tuple[Any, list[Any]],
        path: Path,
        page: ViewerPage,
        options: dict[str, Any],
    ) -> None:
        from striate.widgets.layers import add_layers

        volume, tuples = answer
        add_layers(page.model, tuples)
        if len(page.model.layers) == len(tuples):
            page.show_middle()
        self._say(f"{path.name}: {volume.describe()}")
        for warning in volume.metadata.get("warnings", ()):
            self._window.services.notify.warning(f"{path.name}: {warning}.")
        self._remember(path, page, options)

    def _remember(self, path: Path, page: ViewerPage, options: dict[str, Any]) -> None:
        self._window.projects.note_opened(path, page.workspace.name, options)
        self._window.remember_file(path)

    def _tell(self, error: BaseException) -> None:
        self._say("")
        self._window.services.notify.exception(error)

    def _say(self, text: str) -> None:
        self._window.statusBar().showMessage(text, 15000)

    def _start_folder(self) -> str:
        recent = self._window.services.settings.existing_recent()
        return str(Path(recent[0]).parent) if recent else str(Path.home())


def _read(path: Path, options: dict[str, Any]) -> tuple[Any, list[Any]]:
    from striate.data import open_volume
    from striate.widgets.layers import volume_layers

    volume = open_volume(path, **options)
    return volume, volume_layers(volume)
