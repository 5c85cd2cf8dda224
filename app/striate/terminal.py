'''A command in the terminal: the options all commands share, and what they ask for.

A workspace writes its commands like this; nothing heavy is imported until one runs::

    from pathlib import Path
    from typing import Annotated

    import typer

    from striate.terminal import Terminal, common_options

    app = typer.Typer(help="Neurons in volumes.", no_args_is_help=True)

    @app.command()
    @common_options
    def segment(
        terminal: Terminal,
        volume: Annotated[Path, typer.Argument(metavar="VOLUME", help="A stack.")],
        out: Annotated[Path, typer.Option(help="Folder to write.")],
    ) -> None:
        """Find the neurons in a volume."""
        from striate_filaments.jobs import SEGMENT, SegmentParams

        outcome = terminal.run(SEGMENT, SegmentParams(volume=volume, out=out))
        terminal.answer(outcome, f"Wrote {outcome.count} neurons to {outcome.path}.")

``common_options`` takes the parameter named ``terminal`` out of the command line and
puts --device, --scheduler, --seed, --json, -q and -v in its place. Errors need no
care: ``striate`` says every ``StriateError`` in one line on stderr (exit code 2).
An option the command declares itself, by the same parameter name (``device``,
``scheduler``, ``seed``, ``as_json``, ``quiet``, ``verbose``), is left to it; that is
how ``score`` has a ``--json FILE`` of its own.
'''

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydantic import BaseModel

    from striate.jobs import JobContext, JobKind

__all__ = ["Terminal", "common_options"]


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the person at the terminal wishes for, and the way to answer.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda[:i]`` or ``mps``; empty means the preference.
    scheduler
        Address of a Dask scheduler; empty means the preference.
    seed
        For every random choice.
    as_json
        Whether the last line on stdout is one JSON object.
    quiet, verbose
        Errors only; or every line of the log.
    """

    device: str = ""
    scheduler: str = ""
    seed: int = 0
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def verbosity(self) -> int:
        """-1 for errors only, 0 for progress and warnings, 1 for every line."""
        return -1 if self.quiet else int(self.verbose)

    # ---- Running

    @contextlib.contextmanager
    def context(
        self, *, uses_device: bool = False, folder: Path | None = None
    ) -> Iterator[JobContext]:
        """Give the context of a job; progress is shown on stderr while it is open.

        Parameters
        ----------
        uses_device
            Whether a model will run: only then is the device looked for, which
            imports torch. Otherwise it is the CPU.
        folder
            Where the job may leave files; None means a temporary one.

        Raises
        ------
        InputError
            When the device asked for is not there.
        """
        from striate.jobs import ConsoleListener, JobContext
        from striate.models.devices import choose_device
        from striate.settings import Settings

        settings = Settings.load()
        wanted = (self.device or settings.device) if uses_device else "cpu"
        with ConsoleListener(self.verbosity) as listener:
            yield JobContext(
                listener,
                device=choose_device(wanted),
                scheduler=self.scheduler or settings.scheduler or None,
                seed=self.seed,
                folder=folder,
                workers=settings.workers or None,
                keep=settings.jobs_dir() / "unfinished",
            )

    def run(
        self,
        kind: JobKind,
        params: BaseModel | dict[str, Any],
        *,
        folder: Path | None = None,
    ) -> Any:
        """Run a kind of job in this process and return its outcome.

        The same function as in the window, with the same retry when memory runs
        out. `params` is the params model of `kind`, or a dict to make it from.

        Raises
        ------
        InputError
            When the params or the device are not what they should be.
        Cancelled
            On Ctrl-C.
        """
        from striate.jobs import run_inline

        with self.context(uses_device=kind.uses_device, folder=folder) as ctx:
            return run_inline(kind, params, ctx)

    # ---- Answering

    def say(self, text: str) -> None:
        """Print a line on stdout for a person; not with --json, not with -q."""
        if not (self.as_json or self.quiet):
            typer.echo(text)

    def answer(self, outcome: BaseModel | dict[str, Any], text: str = "") -> None:
        """Print what came of it: `text` for a person, or `outcome` as one JSON line.

        Call it last, and once.
        """
        if not self.as_json:
            if text:
                self.say(text)
            return
        values = outcome if isinstance(outcome, dict) else outcome.model_dump_json()
        line = values if isinstance(values, str) else json.dumps(values, default=str)
        typer.echo(line)


def common_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the common options, and its parameter ``terminal`` their values.

    Put it below ``@app.command()``. The module's annotations must be importable at
    run time, as typer reads them.
    """
    own = inspect.signature(function, eval_str=True).parameters
    if "terminal" not in own:
        raise TypeError(f"{function.__qualname__} has no parameter named terminal.")

    added = {name: option for name, option in _OPTIONS.items() if name not in own}

    @functools.wraps(function)
    def command(**values: Any) -> None:
        wishes = {name: values.pop(name) for name in added}
        function(terminal=Terminal(**wishes), **values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    shown = [p.replace(kind=keyword) for n, p in own.items() if n != "terminal"]
    shown += [
        inspect.Parameter(name, keyword, default=default, annotation=annotation)
        for name, (annotation, default) in added.items()
    ]
    command.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in shown}
    return command


def _known_device(name: str) -> str:
    if name and not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise typer.BadParameter(f"{name!r} is none of auto, cpu, cuda[:i] and mps.")
    return name


_OPTIONS: dict[str, tuple[Any, Any]] = {
    "device": (
        Annotated[
            str,
            typer.Option(
                "--device",
                metavar="auto|cpu|cuda[:i]|mps",
                help="Where models run; the preference unless given.",
                callback=_known_device,
                show_default=False,
            ),
        ],
        "",
    ),
    "scheduler": (
        Annotated[
            str,
            typer.Option(
                "--scheduler",
                metavar="ADDR",
                help="Dask scheduler to work on, such as tcp://host:8786.",
                show_default=False,
            ),
        ],
        "",
    ),
    "seed": (
        Annotated[int, typer.Option("--seed", help="Of every random choice.")],
        0,
    ),
    "as_json": (
        Annotated[
            bool,
            typer.Option("--json", help="Print a JSON object as the last line."),
        ],
        False,
    ),
    "quiet": (
        Annotated[bool, typer.Option("--quiet", "-q", help="Say errors only.")],
        False,
    ),
    "verbose": (
        Annotated[bool, typer.Option("--verbose", "-v", help="Say every line.")],
        False,
    ),
}
