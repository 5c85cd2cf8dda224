"""One thing to look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Item"]


@dataclass(frozen=True)
class Item:
    """A place worth a look.

    Parameters
    ----------
    kind
        Against ground truth ``split``, ``merged``, ``missed`` or ``spurious``; without
        it ``ends``, ``colour``, ``crossing``, ``thin``, ``gap`` or ``fragment``.
    ids
        Neurons it is about; none for a stretch that was missed.
    voxel
        (z, y, x).
    worth
        Cable that looking could put right.
    sentence
        What a person reads.
    """

    kind: str
    ids: tuple[int, ...]
    voxel: tuple[int, int, int]
    worth: float
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-able facts."""
        return asdict(self)
