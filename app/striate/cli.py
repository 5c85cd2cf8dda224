"""``striate``: the desktop on these files, or a command; one typer app for all.

Workspaces add theirs by name and are imported when one is chosen, so that
``striate --help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from striate.cli_group import StriateGroup
from striate.terminal import Terminal, common_options

__all__ = ["app", "main"]

app = typer.Typer(
    cls=StriateGroup,
    help="A desktop workbench for neuroscientists. Without a command, open the "
    "desktop on these files.",
    subcommand_metavar="[PATH...] | COMMAND [ARGS]...",
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0 when it went well, 1 for a bug of ours (with a traceback), 2 for what the
    person can put right (one line on stderr), 130 for Ctrl-C.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["--worker"]:
        # A frozen program is its own worker.
        from striate.jobs.worker import main as serve

        return serve()
    _keep_libraries_quiet()
    try:
        app(args=given, prog_name="striate")
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


def _keep_libraries_quiet() -> None:
    """Give what libraries log somewhere to go: stderr is for our one line."""
    import logging

    for name in ("tifffile", "distributed"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def _show_version(wanted: bool) -> None:
    if wanted:
        from striate import __version__

        typer.echo(f"striate {__version__}")
        raise typer.Exit


@app.callback()
def _striate(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say the version.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Take what stands before the command."""


@app.command("open", hidden=True)
def open_desktop(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]")] = None,
) -> None:
    """Open the desktop on these files; ``striate PATH...`` is the same."""
    from striate.cli_group import check_paths
    from striate.errors import MissingDependencyError

    check_paths(paths or [])
    try:
        import napari  # noqa: F401
        from qtpy import QtCore  # noqa: F401
    except (ImportError, RuntimeError) as error:
        raise MissingDependencyError(
            f'The desktop needs napari and Qt ({error}): pip install "striate[app]".'
        ) from error
    from striate.desktop.bootstrap import run

    code = run(paths or [])
    if code:
        raise typer.Exit(code)


@app.command()
@common_options
def demo(
    terminal: Terminal,
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")],
    which: Annotated[
        str,
        typer.Argument(metavar="[WORKSPACE|all]", help="Whose; all unless given."),
    ] = "all",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the folder if it is there.")
    ] = False,
) -> None:
    """Run a workspace's main job on its sample: figures, tables and summary.json."""
    from striate.demo import run_demos

    with terminal.context() as ctx:
        summary: dict[str, Any] = run_demos(which, out, ctx, overwrite=overwrite)
    terminal.answer(summary, f"Figures, tables and summary.json are in {out}.")
