"""Read and write project files: whole or not at all, old versions brought up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from striate.errors import InputError, OutputError
from striate.project.state import SCHEMA, ProjectState

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SUFFIX", "read_project", "write_json", "write_project"]

SUFFIX = ".striate"
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From each older version, the step that leads to the next."""


def read_project(path: str | Path) -> ProjectState:
    """Read a project file.

    Raises
    ------
    InputError
        When it is missing, damaged, no project, or from a newer Striate.
    """
    place = Path(path)
    try:
        stored = json.loads(place.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{place} cannot be read: {_reason(error)}.") from None
    except ValueError:
        raise InputError(_DAMAGED.format(place)) from None
    if not isinstance(stored, dict) or not isinstance(
        stored.get("striate_project"), int
    ):
        raise InputError(_DAMAGED.format(place))
    try:
        return ProjectState.model_validate(_brought_up(stored, place))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputError(f"{_DAMAGED.format(place)[:-1]} (at {where}).") from None


def write_project(path: str | Path, state: ProjectState) -> ProjectState:
    """Write a project file and return the state as written, dated.

    Raises
    ------
    OutputError
        When it cannot be written; what was there before is still there.
    """
    from striate import __version__

    now = datetime.now(UTC).isoformat(timespec="seconds")
    dated = state.model_copy(
        update={"striate_project": SCHEMA, "striate": __version__, "saved": now}
    )
    write_json(Path(path), dated.model_dump(mode="json"))
    return dated


def write_json(path: Path, value: Any) -> None:
    """Write JSON beside `path` and move it there.

    Raises
    ------
    OutputError
        When the folder cannot be written to or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False), "utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {_reason(error)}; save it somewhere else."
        ) from None


# ---- Private functions

_DAMAGED = "{} is not a Striate project, or it is damaged."


def _brought_up(stored: dict[str, Any], place: Path) -> dict[str, Any]:
    version = int(stored["striate_project"])
    if version > SCHEMA:
        raise InputError(
            f"{place} was saved by a newer Striate (format {version}; this one reads "
            f"up to {SCHEMA}): update Striate to open it."
        )
    while version < SCHEMA:
        if version not in MIGRATIONS:
            raise InputError(_DAMAGED.format(place))
        stored = MIGRATIONS[version](stored)
        version += 1
        stored["striate_project"] = version
    return stored


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
