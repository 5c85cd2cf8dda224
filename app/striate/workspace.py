"""The contract a workspace fulfils, and how the platform finds workspaces.

A workspace is a plugin of the platform: it declares what it adds by name and
imports nothing heavy until it is used. The entry point group is
``striate.workspaces``; each entry is a function without arguments that returns
a :class:`Workspace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from striate.jobs.kind import JobKind

__all__ = ["PanelSpec", "Sample", "Workspace", "job_kind", "workspaces"]

ENTRY_POINT_GROUP = "striate.workspaces"


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """One dock widget: a class called as ``Panel(viewer, services)``.

    `factory` is ``"module:Class"``; `area` is ``"right"`` or ``"bottom"``.
    """

    id: str
    title: str
    factory: str
    area: str = "right"
    help: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """Data to try things on.

    `path` names a file under ``resources/samples`` that ships; `maker` is a
    ``"module:function"`` called as ``maker(folder, ctx) -> Path`` that paints or
    downloads it. `simulated` samples are called that wherever they appear.
    """

    name: str
    title: str
    description: str
    licence: str
    origin: str
    path: str = ""
    maker: str = ""
    simulated: bool = False
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a plugin adds to the platform.

    `cli` is ``"module:app"``, a typer app that becomes ``striate <name>``;
    `demo` is ``"module:function"`` called as ``demo(folder, ctx) -> dict`` for
    ``striate demo <name>``; `opener` is ``"module:function"`` called as
    ``opener(path, viewer, services) -> bool`` when files are opened in its page.
    """

    name: str
    title: str
    description: str
    icon: str
    panels: tuple[PanelSpec, ...] = ()
    job_kinds: tuple[JobKind, ...] = ()
    samples: tuple[Sample, ...] = ()
    cli: str = ""
    demo: str = ""
    opener: str = ""


@lru_cache(maxsize=1)
def workspaces() -> tuple[Workspace, ...]:
    """Every installed workspace, in the order of their names."""
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda e: e.name)
    return tuple(entry.load()() for entry in found)


def job_kind(name: str) -> JobKind:
    """Look up an installed kind of job.

    Raises
    ------
    KeyError
        When no installed workspace offers it.
    """
    for workspace in workspaces():
        for kind in workspace.job_kinds:
            if kind.name == name:
                return kind
    raise KeyError(f"No installed workspace offers the job {name!r}.")
