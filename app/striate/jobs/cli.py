"""``striate jobs``: see the queue from a terminal."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from striate.errors import StriateError
from striate.jobs.queue import JobQueue, JobRecord, ask_to_cancel, read_queue

app = typer.Typer(help="List, cancel and read background jobs.", no_args_is_help=True)
JobId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command("list")
def list_jobs(as_json: Json = False) -> None:
    """List the jobs, newest first."""
    records = _queue().records()
    if as_json:
        typer.echo(json.dumps({"jobs": [r.model_dump(mode="json") for r in records]}))
        return
    if not records:
        typer.echo("There are no jobs.")
    for record in records:
        typer.echo(_line(record))


@app.command()
def cancel(job_id: JobId, as_json: Json = False) -> None:
    """Ask a job to stop."""
    queue = _queue()
    ask_to_cancel(queue, job_id)
    if as_json:
        typer.echo(json.dumps({"id": job_id, "state": queue.record(job_id).state}))
        return
    typer.echo(f"Asked {job_id} to stop.")


@app.command()
def log(job_id: JobId, as_json: Json = False) -> None:
    """Print the log of a job."""
    try:
        path = Path(_queue().record(job_id).log_path)
    except KeyError:
        raise StriateError(
            f"There is no job {job_id}: see `striate jobs list`."
        ) from None
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    if as_json:
        typer.echo(json.dumps({"id": job_id, "log": text}))
        return
    typer.echo(text or "No log yet.")


def _queue() -> JobQueue:
    from striate.settings import Settings

    queue = read_queue(Settings.load().jobs_dir())
    # What a crashed program left as running is told as what it is.
    queue.recover(adopt=False)
    return queue


def _line(record: JobRecord) -> str:
    when = datetime.fromtimestamp(record.created).strftime("%Y-%m-%d %H:%M")
    count = f"{record.done:.0f} of {record.total:.0f}" if record.total else ""
    what = record.error or count
    return f"{record.id}  {when}  {record.state:9}  {record.title}  {what}".rstrip()
