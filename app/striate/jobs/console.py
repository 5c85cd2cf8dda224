"""A job in the terminal: progress on stderr, and the same functions as the window."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from striate.errors import Cancelled
from striate.jobs.kind import make_params
from striate.jobs.memory import run_with_retry

if TYPE_CHECKING:
    from types import TracebackType

    from striate.jobs.context import JobContext
    from striate.jobs.kind import JobKind

__all__ = ["ConsoleListener", "run_inline"]

AGAIN_SECONDS = 30.0
"""After so long, a step that still goes on says how far it is."""


class ConsoleListener:
    """Shows progress and log lines on stderr; use it as a context manager.

    Parameters
    ----------
    verbosity
        -1 says nothing but errors, 0 shows progress and warnings, 1 every line.
    """

    def __init__(self, verbosity: int = 0) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self.verbosity = verbosity
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=verbosity < 0 or not self._console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, visible=False)
        self._shown = ("", 0.0)

    def __enter__(self) -> ConsoleListener:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def on_progress(self, done: float, total: float, text: str) -> None:
        """Move the bar; without a terminal, a line for every new step.

        Texts that differ in their numbers alone are one step.
        """
        self._progress.update(
            self._task, completed=done, total=total, description=text, visible=True
        )
        if self._progress.disable and self.verbosity >= 0:
            self._say_step(done, total, text)

    def on_partial(self, value: Any) -> None:
        """Partial results are for windows."""

    def on_log(self, text: str, level: str) -> None:
        """Print warnings and errors, every line when verbose, errors when quiet."""
        least = {"info": 1, "warning": 0}.get(level, -1)
        if self.verbosity >= least:
            self._say(text)

    def _say_step(self, done: float, total: float, text: str) -> None:
        last, when = self._shown
        now = time.monotonic()
        step = re.sub(r"\d+", "#", text)
        if step != last:
            self._say(text)
        elif now - when > AGAIN_SECONDS:
            self._say(f"{text}: {done:.0f} of {total:.0f}")
        else:
            return
        self._shown = (step, now)

    def _say(self, text: str) -> None:
        # Texts hold file names, which may look like markup.
        self._console.print(text, highlight=False, markup=False)


def run_inline(kind: JobKind, params: Any, ctx: JobContext) -> Any:
    """Run one job in this process, with the worker's retry when memory runs out.

    Parameters
    ----------
    params
        The params model of `kind`, or a dict to make it from.

    Raises
    ------
    Cancelled
        On Ctrl-C too.
    InputError
        When `params` do not make a params model.
    """
    model = kind.load_params()
    ready = params if isinstance(params, model) else make_params(model, params)
    try:
        return run_with_retry(kind.load_function(), ready, ctx)
    except KeyboardInterrupt:
        raise Cancelled from None
