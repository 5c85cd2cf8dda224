"""``striate samples``: data to try things on."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from striate.samples.catalogue import all_samples, how_to_get
from striate.samples.fetching import ready_path
from striate.terminal import Terminal, common_options

app = typer.Typer(help="List and fetch data to try things on.", no_args_is_help=True)


@app.command("list")
def list_samples(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the samples of all workspaces."""
    found = all_samples()
    if as_json:
        facts = [
            {**asdict(s), "workspace": w.name, "ready": ready_path(s) is not None}
            for w, s in found
        ]
        typer.echo(json.dumps({"samples": facts}))
        return
    if not found:
        typer.echo("There are no samples: no workspace that has any is installed.")
    for workspace, sample in found:
        state = "here" if ready_path(sample) else how_to_get(sample)
        kind = f" ({sample.simulation})" if sample.simulated else ""
        typer.echo(f"{sample.name}  [{workspace.name}, {state}, {sample.licence}]")
        typer.echo(f"    {sample.title}{kind}: {sample.description}")


@app.command()
@common_options
def fetch(
    terminal: Terminal,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="As `striate samples list` shows it.")
    ],
) -> None:
    """Paint or download a sample unless it is here, and print its path."""
    from striate.samples.jobs import FETCH, FetchParams

    outcome = terminal.run(FETCH, FetchParams(name=name))
    terminal.answer(outcome, str(outcome.path))
