"""References to data: find a file again although project or data have moved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from striate.project.state import FileRef
from striate.provenance import fingerprint

__all__ = ["Found", "find", "refer"]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a referenced file is now.

    `changed` is True when its fingerprint is another than when it was saved.
    """

    path: Path
    changed: bool


def refer(
    path: str | Path, page: str = "", *, hashed: bool = True, **options: Any
) -> FileRef:
    """Make a reference; `hashed` reads a little of the file to know it again."""
    place = Path(path).absolute()
    seen = fingerprint(place) if hashed else None
    return FileRef(
        path=str(place),
        bytes=seen.bytes if seen else 0,
        sha256=seen.sha256 if seen else "",
        page=page,
        options=options,
    )


def beside(reference: FileRef, project: Path) -> FileRef:
    """Return the reference with its way from the project's folder filled in."""
    try:
        relative = Path(os.path.relpath(reference.path, project.absolute().parent))
    except ValueError:
        return reference.model_copy(update={"relative": ""})  # another Windows drive
    return reference.model_copy(update={"relative": relative.as_posix()})


def find(reference: FileRef, project: Path | None) -> Found | None:
    """Look beside the project first, then where it was; None when it is nowhere.

    Of two candidates the one that has not changed wins, so that a project copied
    together with its data opens the copy, and one copied alone the original.
    """
    places = []
    if project is not None and reference.relative:
        places.append((project.absolute().parent / reference.relative).resolve())
    places.append(Path(reference.path))
    there = [place for place in dict.fromkeys(places) if place.exists()]
    same = [place for place in there if _is_same(reference, place)]
    if same:
        return Found(same[0], changed=False)
    return Found(there[0], changed=True) if there else None


def _is_same(reference: FileRef, place: Path) -> bool:
    if not reference.sha256:
        return True
    return fingerprint(place).sha256 == reference.sha256
