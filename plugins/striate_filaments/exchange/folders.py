"""Folders with one file per neuron: never at the cost of somebody's other files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from striate.data import check_target
from striate.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_folder"]

_OURS = re.compile(r"neuron_\d+\.(swc|ply|obj)")


def check_folder(folder: Path, *, overwrite: bool = False) -> bool:
    """See that a folder may be written, and return whether one there may go.

    A folder that is empty may always be replaced; one that holds an earlier export
    needs `overwrite`; one that holds anything else is never replaced.

    Raises
    ------
    OutputError
        When it may not be written.
    """
    if not folder.is_dir():
        check_target(folder, overwrite=overwrite)
        return overwrite
    inside = [p.name for p in folder.iterdir()]
    foreign = sorted(n for n in inside if not _OURS.fullmatch(n))
    if foreign:
        raise OutputError(
            f"{folder} holds other files, such as {foreign[0]}: choose a new or an "
            "empty folder."
        )
    check_target(folder, overwrite=overwrite or not inside)
    return overwrite or not inside
