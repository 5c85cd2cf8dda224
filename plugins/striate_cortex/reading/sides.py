"""Which hemisphere a file is of, where its name or its contents say so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from striate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_order", "check_side", "named_side", "stated_side"]

Side = Literal["left", "right"]

_STRUCTURES: dict[str, Side] = {"CortexLeft": "left", "CortexRight": "right"}
_WORDS: dict[Side, re.Pattern[str]] = {
    "left": re.compile(r"(^lh[._]|[._]lh[._]|[._-]L\.|hemi-L[._]|(^|[._-])left[._])"),
    "right": re.compile(r"(^rh[._]|[._]rh[._]|[._-]R\.|hemi-R[._]|(^|[._-])right[._])"),
}


def named_side(path: str | Path) -> Side | None:
    """Tell the side from a file's name: ``lh.white``, ``sub.L.surf.gii``; or None."""
    name = Path(path).name
    found = [side for side, words in _WORDS.items() if words.search(name)]
    return found[0] if len(found) == 1 else None


def stated_side(image: Any) -> Side | None:
    """Tell the side from what a GIFTI image says of itself, or None."""
    facts = [image.meta, *(a.metadata for a in image.darrays)]
    said = {str(f.get("AnatomicalStructurePrimary", "")) for f in facts}
    found = [side for name, side in _STRUCTURES.items() if name in said]
    return found[0] if len(found) == 1 else None


def check_side(path: str | Path, side: Side) -> None:
    """Refuse a file of the other hemisphere.

    Raises
    ------
    InputError
        When its name says that it is of the other one.
    """
    named = named_side(path)
    if named is not None and named != side:
        raise InputError(
            f"{path} is given for the {side} hemisphere and named after the {named} "
            "one: are the two swapped?"
        )


def check_order(paths: Sequence[Path]) -> None:
    """Refuse files of both hemispheres that do not come left first.

    Raises
    ------
    InputError
        When the right one comes first: every value would be at a wrong vertex.
    """
    sides = [named_side(path) for path in paths]
    if sides[:2] == ["right", "left"]:
        raise InputError(
            f"{paths[0].name} comes before {paths[1].name}: name the left hemisphere "
            "first."
        )
