"""The contract a workspace fulfils, and how the platform finds workspaces.

A workspace is a plugin of the platform: it declares what it adds by name and
imports nothing heavy until it is used. The entry point group is
``striate.workspaces``; each entry is a function without arguments that returns
a :class:`Workspace`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint
    from typing import Any

    from striate.jobs.kind import JobKind

__all__ = [
    "PanelSpec",
    "Reading",
    "RemoteFile",
    "Sample",
    "Workspace",
    "job_kind",
    "workspaces",
]

LOG = logging.getLogger(__name__)
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
class RemoteFile:
    """One file of a sample that is downloaded.

    `bytes` and a digest (hex) say what is expected. Where they are left out,
    `record` is the address of the Zenodo record that states them, such as
    ``"https://zenodo.org/api/records/10875063"``. `unpack` a zip into the
    sample's folder; it is removed then.
    """

    url: str
    bytes: int = 0
    sha256: str = ""
    md5: str = ""
    record: str = ""
    unpack: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """Data to try things on: it ships, or is painted, or is downloaded.

    One of three: `path` names a file under ``resources/samples`` that ships;
    `maker` is a ``"module:function"`` called as ``maker(folder, ctx) -> Path`` that
    paints it and returns the path, inside `folder`, to open; `files` are
    downloaded and `opens` is the path, inside the sample's folder, to open (empty
    for a single file, and for the folder itself). A maker that fetches what it makes
    sets `downloads`. `name` is one for all workspaces.
    `bytes` is what is painted or downloaded. `simulated` samples are called
    `simulation` wherever they appear.
    """

    name: str
    title: str
    description: str
    licence: str
    origin: str
    path: str = ""
    maker: str = ""
    downloads: bool = False
    simulated: bool = False
    simulation: str = "semi-synthetic"
    bytes: int = 0
    files: tuple[RemoteFile, ...] = ()
    opens: str = ""

    @property
    def remote(self) -> bool:
        """Whether it takes a connection to have it the first time."""
        return self.downloads or bool(self.files)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an opener returns for a path that takes its time to read.

    Parameters
    ----------
    read
        Called in a thread; it reads and touches no window.
    show
        Called on the GUI thread with what `read` returned.
    """

    read: Callable[[], Any]
    show: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a plugin adds to the platform.

    `cli` is ``"module:app"``, a typer app that becomes ``striate <name>``;
    `demo` is ``"module:function"`` called as ``demo(folder, ctx) -> dict`` for
    ``striate demo <name>``: it fills `folder` with figures and tables, and what it
    returns becomes ``summary.json`` there; `opener` is ``"module:function"`` called as
    ``opener(path, viewer, services) -> bool | Reading`` when files are opened in its
    page: False leaves the path to the platform, True says that it is open, and a
    :class:`Reading` that it will be once it has been read in a thread;
    `claims` is ``"module:function"`` called as ``claims(path) -> bool``, cheap and by
    content, true for what only this workspace can open: such a file goes to its page
    whichever is in front; `models` is ``"module:function"`` that returns its model
    cards, for those that do not lie in ``resources/models``. Tabs stand by `order`.
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
    claims: str = ""
    models: str = ""
    order: int = 50


@lru_cache(maxsize=1)
def workspaces() -> tuple[Workspace, ...]:
    """Every installed workspace, by their `order` and then their names.

    One that cannot be loaded is left out and logged: it may be somebody else's.
    """
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda e: e.name)
    loaded = [made for entry in found if (made := _load(entry)) is not None]
    return tuple(sorted(loaded, key=lambda workspace: workspace.order))


def _load(entry: EntryPoint) -> Workspace | None:
    try:
        workspace: Workspace = entry.load()()
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way
        LOG.warning("The workspace %s cannot be loaded: %r", entry.name, error)
        return None
    return workspace


def job_kind(name: str) -> JobKind:
    """Look up an installed kind of job.

    Raises
    ------
    KeyError
        When no installed workspace offers it.
    """
    if name == "samples.fetch":
        # The one kind of the platform's own.
        from striate.samples.jobs import FETCH

        return FETCH
    for workspace in workspaces():
        for kind in workspace.job_kinds:
            if kind.name == name:
                return kind
    raise KeyError(f"No installed workspace offers the job {name!r}.")
