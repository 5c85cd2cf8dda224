"""How ``striate`` finds its commands: its own, the workspaces', and else files."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from striate.errors import Cancelled, InputError, StriateError, plain_sentence
from striate.workspace import workspaces

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["StriateGroup", "check_paths"]

# Of the platform's own rooms: name, help, app. Imported when chosen, as the
# workspaces' are.
_ROOMS = (
    ("samples", "List and fetch data to try things on.", "striate.samples.cli:app"),
    ("jobs", "List, cancel and read background jobs.", "striate.jobs.cli:app"),
    ("cluster", "Dask clusters, here and elsewhere.", "striate.cluster.cli:app"),
)


class StriateGroup(TyperGroup):
    """The root: lazy sub-commands, files for the desktop, and errors in one line."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names: workspaces first, then the platform's own."""
        return [*self._lazy(), *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; a lazy one is not imported yet."""
        return self._lazy().get(cmd_name) or super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take whatever is neither a command nor an option as files to open."""
        first = args[0] if args else ""
        if not first.startswith("-") and first not in self.list_commands(ctx):
            args = ["open", "--", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what the person can put right is one line on stderr."""
        try:
            return super().invoke(ctx)
        except StriateError as error:
            _leave(str(error), error.exit_code)
        except (Cancelled, KeyboardInterrupt):
            _leave("Cancelled.", 130)
        except OSError as error:
            sentence = plain_sentence(error)
            if not sentence:
                raise
            _leave(sentence, StriateError.exit_code)

    def _lazy(self) -> dict[str, _LazyGroup]:
        apps = [(w.name, w.description, w.cli) for w in workspaces() if w.cli]
        return {name: _LazyGroup(name, help, app) for name, help, app in
                (*apps, *_ROOMS)}  # fmt: skip


class _LazyGroup(TyperGroup):
    """Stands in the list of commands for an app that is not imported yet."""

    def __init__(self, name: str, help: str, app: str) -> None:
        super().__init__(name=name, help=help)
        self._app = app

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Import the app, and let its group take over."""
        module, _, attribute = self._app.partition(":")
        group = typer.main.get_group(getattr(import_module(module), attribute))
        group.name = self.name
        return group.make_context(info_name, args, parent=parent, **extra)


def check_paths(paths: Iterable[Path]) -> None:
    """See that the files to open are there.

    Raises
    ------
    InputError
        Naming the first that is not, and a command it may have been meant for.
    """
    from difflib import get_close_matches

    commands = [w.name for w in workspaces()] + ["demo", *(r[0] for r in _ROOMS)]
    for path in paths:
        if path.exists():
            continue
        near = get_close_matches(str(path), commands, n=1)
        hint = f"did you mean the command {near[0]!r}?" if near else "see --help."
        raise InputError(f"There is no file and no command {str(path)!r}: {hint}")


def _leave(text: str, code: int) -> None:
    sys.stderr.write(" ".join(text.split()) + "\n")
    raise typer.Exit(code)
