"""``striate demo``: each workspace's main job on its sample, into one folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from striate.data.atomic import check_target, replacing
from striate.errors import InputError
from striate.jobs.kind import load_object
from striate.provenance import relocate
from striate.workspace import Workspace, workspaces

if TYPE_CHECKING:
    from pathlib import Path

    from striate.jobs.context import JobContext

__all__ = ["run_demos"]


def run_demos(
    which: str, out: Path, ctx: JobContext, *, overwrite: bool = False
) -> dict[str, Any]:
    """Run the demo of one workspace into `out`, or of all into a folder each.

    Returns
    -------
    dict
        What ``summary.json`` in `out` holds: what the workspace's demo returned, or
        for ``"all"`` one such object for each workspace's name.

    Raises
    ------
    InputError
        When no workspace of that name has a demo.
    OutputError
        When `out` is there and `overwrite` is False, or cannot be written.
    """
    out = out.expanduser()
    chosen = _chosen(which)
    check_target(out, overwrite=overwrite)
    with replacing(out, overwrite=overwrite) as part:
        part.mkdir()
        if which == "all":
            made = {w.name: _run(w, part / w.name, ctx) for w in chosen}
        else:
            made = _run(chosen[0], part, ctx)
        text = json.dumps(made, indent=1, default=str)
        (part / "summary.json").write_text(text, "utf-8")
        relocate(part, out.absolute())
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text("utf-8"))
    return summary


def _chosen(which: str) -> list[Workspace]:
    able = [w for w in workspaces() if w.demo]
    chosen = [w for w in able if which in ("all", w.name)]
    if not chosen:
        names = ", ".join(w.name for w in able) or "no workspace that is installed"
        raise InputError(f"There is no demo {which!r}. Demos have: {names}.")
    return chosen


def _run(workspace: Workspace, folder: Path, ctx: JobContext) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    made: dict[str, Any] = load_object(workspace.demo)(folder, ctx)
    return made
