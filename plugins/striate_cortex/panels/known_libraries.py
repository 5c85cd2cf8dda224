"""Which libraries there are on this machine, and what each holds; no Qt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from striate.errors import InputError, StriateError
from striate.settings import data_dir

if TYPE_CHECKING:
    from striate_cortex.library import Item, Library
    from striate_cortex.subjects import Subject

__all__ = [
    "LibraryFacts",
    "facts_of",
    "known_libraries",
    "libraries_folder",
    "remember_library",
    "search_items",
]

_KNOWN = "opened.json"


@dataclass(frozen=True)
class LibraryFacts:
    """What a library holds.

    Parameters
    ----------
    path
        Its folder; None: the one that a subject brings.
    title, count, space, dimension
        Its name, its items, and whose space its vectors are in.
    sources
        Where its items come from.
    simulated, captioned
        Whether it is made up, and whether there are captions.
    problem
        Why it cannot answer; empty where it can.
    """

    path: Path | None
    title: str
    count: int = 0
    space: str = ""
    dimension: int = 0
    sources: tuple[str, ...] = ()
    simulated: bool = False
    captioned: bool = False
    problem: str = ""


def libraries_folder() -> Path:
    """Return where libraries that are built here lie."""
    folder = data_dir() / "libraries"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def known_libraries() -> list[Path]:
    """Return the libraries that were built here or opened before."""
    folder = libraries_folder()
    built = sorted(p.parent for p in folder.glob("*/library.json"))
    try:
        opened = [Path(p) for p in json.loads((folder / _KNOWN).read_text("utf-8"))]
    except (OSError, ValueError):
        opened = []
    here = [p for p in opened if (p / "library.json").is_file()]
    return list(dict.fromkeys([*built, *here]))


def remember_library(path: Path) -> None:
    """Offer a library from now on."""
    found = [p for p in known_libraries() if p != path]
    text = json.dumps([str(p) for p in [path, *found]], indent=1)
    (libraries_folder() / _KNOWN).write_text(text, "utf-8")


def facts_of(
    path: Path | None, subject: Subject | None, space: str, dimension: int
) -> LibraryFacts:
    """Say what a library holds, and why it cannot answer a model of this space."""
    from striate_cortex.library import default_library, open_library

    try:
        if path is None:
            if subject is None:
                raise InputError("Open a subject in the Subject panel.")
            library = default_library(subject, space)
        else:
            library = open_library(path)
    except StriateError as error:
        title = path.name if path is not None else "What the subject brings"
        return LibraryFacts(path, title, problem=str(error))
    return _facts(path, library, space, dimension)


def search_items(library: Library, word: str, *, most: int = 200) -> list[Item]:
    """Return the first items whose name, origin or captions hold a word."""
    wanted = word.strip().lower()
    if not wanted:
        return list(library.items[: min(most, len(library))])
    found: list[Any] = []
    for item in library.items:
        if wanted in " ".join((item.name, *item.captions)).lower():
            found.append(item)
            if len(found) == most:
                break
    return found


def _facts(
    path: Path | None, library: Library, space: str, dimension: int
) -> LibraryFacts:
    problem = ""
    if dimension:
        try:
            library.check(space, dimension)
        except StriateError as error:
            problem = str(error)
    return LibraryFacts(
        path, library.title, len(library), library.space, library.dimension,
        tuple(_sources(library)), library.simulated, library.captioned, problem,
    )  # fmt: skip


def _sources(library: Library) -> list[str]:
    told = library.facts.get("sources") or []
    return [str(s.get("path", s)) if isinstance(s, dict) else str(s) for s in told]
