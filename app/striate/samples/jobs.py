"""Fetching a sample as a job: progress, a log and Cancel, as for everything long."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from striate.jobs.kind import JobKind

if TYPE_CHECKING:
    from striate.jobs.context import JobContext

__all__ = ["FETCH", "FetchOutcome", "FetchParams", "run_fetch"]

FETCH = JobKind(
    "samples.fetch",
    "Get a sample",
    "striate.samples.jobs:run_fetch",
    "striate.samples.jobs:FetchParams",
    lane="downloads",
)


class FetchParams(BaseModel):
    """Which sample, by its name."""

    model_config = ConfigDict(extra="forbid")

    name: str


class FetchOutcome(BaseModel):
    """The path to open."""

    path: Path
    name: str


def run_fetch(params: FetchParams, ctx: JobContext) -> FetchOutcome:
    """Paint or download a sample unless it is here. Errors as :func:`fetch`."""
    from striate.samples.fetching import fetch

    return FetchOutcome(path=fetch(params.name, ctx), name=params.name)
