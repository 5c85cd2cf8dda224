"""The tiny workspace's commands, each ending in another way."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from tests.app.tiny_workspace import COUNT

from striate.errors import InputError
from striate.terminal import Terminal, common_options

app = typer.Typer(help="Small things.", no_args_is_help=True)


@app.command()
@common_options
def count(terminal: Terminal, n: Annotated[int, typer.Argument(metavar="N")]) -> None:
    """Count to N."""
    outcome = terminal.run(COUNT, {"n": n})
    terminal.answer(outcome, f"It is {outcome.total}.")


@app.command()
@common_options
def wishes(terminal: Terminal) -> None:
    """Say what the job would be given."""
    with terminal.context(uses_device=True) as ctx:
        facts = {"device": ctx.device, "scheduler": ctx.scheduler, "seed": ctx.seed,
                 "workers": ctx.workers}  # fmt: skip
    terminal.answer(facts, "Said.")


@app.command()
@common_options
def report(
    terminal: Terminal,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE")] = None,
) -> None:
    """Have a --json of its own."""
    terminal.say(f"{as_json} {terminal.as_json}")


@app.command()
def fail(how: str) -> None:
    """Fail in one of many ways."""
    if how == "mistake":
        raise InputError("scan.tif is truncated:\ncopy it again.")
    if how == "file":
        Path("/nowhere/scan.tif").read_bytes()
    if how == "full":
        with Path("/dev/full").open("wb") as file:
            file.write(bytes(100_000))
    raise ValueError("a bug")


@app.command()
@common_options
def wait(terminal: Terminal) -> None:
    """Wait for Ctrl-C."""
    typer.echo("waiting")
    with terminal.context():
        time.sleep(60)
