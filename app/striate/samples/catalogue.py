"""Which samples there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from striate.errors import InputError
from striate.workspace import workspaces

if TYPE_CHECKING:
    from striate.workspace import Sample, Workspace

__all__ = ["all_samples", "find", "how_to_get"]


def all_samples() -> list[tuple[Workspace, Sample]]:
    """Return the samples of all installed workspaces, each with its workspace."""
    return [(w, sample) for w in workspaces() for sample in w.samples]


def find(name: str) -> Sample:
    """Return the sample of that name.

    Raises
    ------
    InputError
        When there is none; names the nearest, or all.
    """
    from difflib import get_close_matches

    named = {sample.name: sample for _, sample in all_samples()}
    if name in named:
        return named[name]
    near = get_close_matches(name, named, n=1)
    if near:
        raise InputError(f"There is no sample {name!r}: did you mean {near[0]!r}?")
    known = ", ".join(named) or "none; no workspace with samples is installed"
    raise InputError(f"There is no sample {name!r}. There are: {known}.")


def how_to_get(sample: Sample) -> str:
    """Say in a word or two what it takes to have a sample."""
    size = f" {_size(sample.bytes)}" if sample.bytes else ""
    if sample.path:
        return "ships"
    return f"download{size}" if sample.remote else f"painted{size}"


def _size(count: int) -> str:
    if count < 10**9:
        return f"{max(1, round(count / 1e6))} MB"
    return f"{count / 1e9:.1f} GB"
