"""What the main window does when an action asks: dialogs, docks, pictures, results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices, QImage
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from striate.widgets.notifications import Notification

__all__ = ["WindowCommands"]


class WindowCommands:
    """Mixin of the main window; each method is the body of one action."""

    def show_palette(self: Any) -> None:
        """Open the command palette."""
        from striate.desktop.palette import Palette

        self.book.refresh()
        Palette(self.book, self).show()

    def show_preferences(self: Any) -> None:
        """Ask for preferences and apply them."""
        from striate.desktop.preferences import Preferences

        if Preferences(self.services.settings, self).exec():
            self.theme.choose(self.services.settings.theme)
            self.projects.restart_autosave()

    def switch_theme(self: Any) -> None:
        """Go from dark to light or back, and remember it."""
        chosen = "light" if self.theme.theme == "dark" else "dark"
        self.services.settings.theme = chosen
        self.services.settings.save()
        self.theme.choose(chosen)

    def show_about(self: Any) -> None:
        """Show version, licence and environment."""
        from striate.desktop.help_dialogs import about

        about(self).show()

    def show_cheat_sheet(self: Any) -> None:
        """Show every shortcut."""
        from striate.desktop.help_dialogs import cheat_sheet

        cheat_sheet(list(self.book.actions.values()), self).show()

    def show_help(self: Any) -> None:
        """Say what the page in front is for."""
        from striate.desktop.help_dialogs import page_help

        page = self.current_page()
        page_help(page.workspace if page else None, self).show()

    def show_details(self: Any, notification: Notification) -> None:
        """Show a traceback or another long text with the environment, to be copied."""
        from striate.desktop.crash import environment_report
        from striate.desktop.text_dialog import TextDialog

        text = notification.details or notification.text
        TextDialog(
            "Details",
            f"{text}\n\n{environment_report()}",
            self,
            sentence=notification.text,
        ).show()

    # ---- Docks

    def toggle_dock(self: Any, name: str) -> None:
        """Show the Jobs or Log dock in front, or hide it when it is."""
        dock = self._dock(name)
        shown = self.dock_shown(name)
        dock.setVisible(not shown)
        if not shown:
            dock.raise_()

    def dock_shown(self: Any, name: str) -> bool:
        """Whether a dock is open and in front of its tab group."""
        dock = self._dock(name)
        return bool(dock.isVisible() and not dock.visibleRegion().isEmpty())

    def _dock(self: Any, name: str) -> Any:
        return {"jobs": self.jobs_dock, "log": self.log_dock}[name]

    # ---- Pictures

    def export_figure(self: Any) -> None:
        """Save the picture in front, with size and scale bar as asked."""
        from striate.widgets.figure_export import export_dialog

        page = self.current_page()
        path = export_dialog(page._qt_viewer, page.model, self)
        if path is not None:
            self.services.notify.info(f"The figure is in {path}.")

    def copy_picture(self: Any) -> None:
        """Put the picture in front on the clipboard."""
        pixels = self.current_page().picture()
        height, width = pixels.shape[:2]
        image = QImage(pixels.tobytes(), width, height, 4 * width,
                       QImage.Format.Format_RGBA8888)  # fmt: skip
        QApplication.clipboard().setImage(image.copy())
        self.services.notify.info("The picture is on the clipboard.")

    # ---- Results

    def show_result(self: Any, record: Any) -> None:
        """Open what a finished job made in its workspace's page, or show where it is.

        Tables, skeletons and other files for other programs are shown in the
        system's file manager.
        """
        workspace = record.kind.partition(".")[0]
        paths = _paths(record.outcome or {})
        if not paths:
            self.services.notify.info("This job made no file to show.")
        elif self.opening.opens(paths[0]):
            self.opening.open(paths, page=workspace)
        else:
            self.reveal(paths[0])

    def reveal(self: Any, path: Path) -> None:
        """Show a folder, or the folder of a file, in the system's file manager."""
        folder = path if path.is_dir() else path.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
        self.services.notify.info(f"The result is {path}.")

    # ---- Recent files

    def recent_files(self: Any) -> list[str]:
        """Files opened lately that still exist, newest first."""
        return self.services.settings.existing_recent()

    def remember_file(self: Any, path: Path) -> None:
        """Put a file on top of the recent ones."""
        self.services.settings.add_recent(path)
        self.on_recent_changed()

    def forget_file(self: Any, path: Path) -> None:
        """Take a file off the recent ones."""
        settings = self.services.settings
        settings.recent_files = [p for p in settings.recent_files if p != str(path)]
        self.on_recent_changed()

    def on_recent_changed(self: Any) -> None:
        """Show the new list on the Welcome page and in the menu, and save it."""
        self.services.settings.save()
        self.welcome.fill()
        self.fill_recent_menu()

    def fill_recent_menu(self: Any) -> None:
        """Fill File, Open Recent."""
        menu = self.book.menu("File/Open Recent")
        menu.clear()
        for path in self.recent_files():
            menu.addAction(path, lambda p=path: self.opening.open([p]))
        menu.setEnabled(bool(menu.actions()))


def _paths(outcome: dict[str, Any]) -> list[Path]:
    """Existing files and folders an outcome names, the main one first."""
    texts = [v for v in outcome.values() if isinstance(v, str) and len(v) < 4096]
    found = [Path(t) for t in texts if Path(t).is_absolute() and Path(t).exists()]
    return found[:1]
