"""Everything a person can do in the shell, once, in the order of the menus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from striate.desktop.actions import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from striate.workspace import Workspace

__all__ = ["all_actions"]


def all_actions(workspaces: Sequence[Workspace]) -> list[Action]:
    """Return the shell's actions and those that come with the workspaces."""
    return [
        *_FILE,
        *_samples(workspaces),
        *_PROJECT,
        *_VIEW,
        *_pages(workspaces),
        *_panels(workspaces),
        *_JOBS,
        *_HELP,
    ]


def _on_page(window: Any) -> bool:
    return window.current_page() is not None


def _has_picture(window: Any) -> bool:
    page = window.current_page()
    return page is not None and hasattr(page, "_qt_viewer")


def _is_3d(window: Any) -> bool:
    page = window.current_page()
    return page is not None and page.model.dims.ndisplay == 3


_FILE = (
    Action("file.open", "Open File…", lambda w: w.opening.ask_files(), "File",
           shortcut="Ctrl+O", icon="open", toolbar="Open",
           help="Open an image, a set of neurons or a project"),
    Action("file.open_folder", "Open Folder…", lambda w: w.opening.ask_folder(), "File",
           shortcut="Ctrl+Alt+O", icon="folder",
           help="Open a Zarr folder or a folder of slices"),
    Action("file.open_with", "Open With Options…",
           lambda w: w.opening.ask_with_options(), "File", icon="preferences",
           help="Choose workspace, axes and voxel size yourself"),
)  # fmt: skip

_PROJECT = (
    Action("project.new", "New Project", lambda w: w.projects.new(), "File", 1,
           shortcut="Ctrl+N", icon="new"),
    Action("project.open", "Open Project…", lambda w: w.projects.ask_open(), "File", 1,
           shortcut="Ctrl+Shift+O", icon="project"),
    Action("project.save", "Save Project", lambda w: w.projects.save(), "File", 1,
           shortcut="Ctrl+S", icon="save", toolbar="Save",
           help="Save what is open, how it is looked at, and the layout"),
    Action("project.save_as", "Save Project As…", lambda w: w.projects.save_as(),
           "File", 1, shortcut="Ctrl+Shift+S"),
    Action("project.recover", "Recover Unsaved Work…",
           lambda w: w.projects.recover_skipped(), "File", 1,
           help="Find what was autosaved before a crash"),
    Action("file.export_figure", "Export Figure…", lambda w: w.export_figure(),
           "File", 2, shortcut="Ctrl+E", icon="camera", toolbar="Figure",
           when=_has_picture, help="Save the picture as PNG, TIFF or SVG"),
    Action("file.copy_picture", "Copy Picture", lambda w: w.copy_picture(), "File", 2,
           shortcut="Ctrl+Shift+C", icon="copy", when=_has_picture),
    Action("file.quit", "Quit", lambda w: w.close(), "File", 3, shortcut="Ctrl+Q",
           icon="quit"),
)  # fmt: skip

_VIEW = (
    Action("view.palette", "Command Palette…", lambda w: w.show_palette(), "View",
           shortcut="Ctrl+Shift+P", icon="palette", toolbar="Commands",
           help="Find and do anything by typing"),
    Action("view.3d", "Show in 3-D", lambda w: w.current_page().toggle_3d(), "View", 1,
           shortcut="Ctrl+Y", icon="cube", toolbar="3-D", when=_has_picture,
           checked=_is_3d),
    Action("view.fit", "Fit to Window", lambda w: w.current_page().fit(), "View", 1,
           shortcut="Ctrl+R", icon="fit", toolbar="Fit", when=_has_picture),
    Action("view.jobs", "Jobs", lambda w: w.toggle_dock("jobs"), "View", 2,
           shortcut="Ctrl+J", icon="jobs", toolbar="Jobs",
           checked=lambda w: w.dock_shown("jobs")),
    Action("view.log", "Log", lambda w: w.toggle_dock("log"), "View", 2,
           shortcut="Ctrl+L", icon="log", checked=lambda w: w.dock_shown("log")),
    Action("view.reset_layout", "Reset Layout", lambda w: w.reset_layout(), "View", 2),
    Action("view.theme", "Switch Between Dark and Light", lambda w: w.switch_theme(),
           "View", 3, icon="theme"),
    Action("view.preferences", "Preferences…", lambda w: w.show_preferences(), "View",
           3, shortcut="Ctrl+,", icon="preferences"),
    Action("view.welcome", "Welcome", lambda w: w.show_page("welcome"), "View/Go To",
           shortcut="Alt+0", icon="home"),
)  # fmt: skip

_JOBS = (
    Action("jobs.cancel", "Cancel Selected Job", lambda w: w.jobs_dock.cancel(), "Jobs",
           icon="cancel", when=lambda w: w.jobs_dock.can_cancel()),
    Action("jobs.again", "Run Selected Job Again", lambda w: w.jobs_dock.run_again(),
           "Jobs", icon="again", when=lambda w: w.jobs_dock.can_run_again()),
    Action("jobs.show", "Show Result of Selected Job",
           lambda w: w.jobs_dock.show_result(), "Jobs", icon="show",
           when=lambda w: w.jobs_dock.can_show()),
    Action("jobs.log", "Open Log of Selected Job", lambda w: w.jobs_dock.open_log(),
           "Jobs", icon="log", when=lambda w: w.jobs_dock.can_open_log()),
)  # fmt: skip

_HELP = (
    Action("help.panel", "Help on This Page", lambda w: w.show_help(), "Help",
           shortcut="F1", icon="help"),
    Action("help.keys", "Keyboard Shortcuts", lambda w: w.show_cheat_sheet(), "Help",
           shortcut="Ctrl+/", icon="keyboard"),
    Action("help.about", "About Striate", lambda w: w.show_about(), "Help",
           icon="about"),
)  # fmt: skip


def _samples(workspaces: Sequence[Workspace]) -> list[Action]:
    return [
        Action(
            f"sample.{workspace.name}.{sample.name}",
            sample.title + (f" ({sample.simulation})" if sample.simulated else ""),
            lambda w, ws=workspace, s=sample: w.opening.open_sample(ws, s),
            "File/Open Sample",
            icon="sample",
            help=sample.description,
        )
        for workspace in workspaces
        for sample in workspace.samples
    ]


def _pages(workspaces: Sequence[Workspace]) -> list[Action]:
    return [
        Action(
            f"page.{workspace.name}",
            workspace.title,
            lambda w, name=workspace.name: w.show_page(name),
            "View/Go To",
            shortcut=f"Alt+{number}" if number < 10 else "",
            help=workspace.description,
        )
        for number, workspace in enumerate(workspaces, start=1)
    ]


def _panels(workspaces: Sequence[Workspace]) -> list[Action]:
    specs = [(w.name, p) for w in workspaces for p in w.panels]
    return [
        Action(
            f"panel.{name}.{spec.id}",
            f"{spec.title} Panel",
            lambda w, n=name, p=spec.id: w.raise_panel(n, p),
            "View/Panels",
            shortcut=f"Ctrl+Alt+{number}" if number < 10 else "",
            icon="panel",
            help=spec.help,
        )
        for number, (name, spec) in enumerate(specs, start=1)
    ]
