"""Search by example: what looks most like these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_channels.profiles.space import comparable, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_channels.embedding.table import Embeddings

__all__ = ["find_rows", "search"]


def search(
    vectors: NDArray[np.float32], examples: Sequence[int], top: int = 10
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Find the vectors nearest to the mean of the examples, examples left out.

    Returns
    -------
    (top,) row numbers and (top,) cosines, nearest first.

    Raises
    ------
    InputError
        When an example is no row of the table.
    """
    rows = np.asarray(examples, np.int64)
    if rows.size == 0 or rows.min() < 0 or rows.max() >= len(vectors):
        raise InputError(f"Choose examples from the {len(vectors)} rows of the table.")
    ready = comparable(vectors)
    query = ready[rows].mean(0, keepdims=True)
    query /= np.linalg.norm(query) + 1e-12
    near, cosine = nearest(ready, min(len(ready), top + rows.size), queries=query)
    kept = ~np.isin(near[0], rows)
    return near[0][kept][:top], cosine[0][kept][:top]


def find_rows(table: Embeddings, wanted: Sequence[str]) -> list[int]:
    """Return the rows meant by names such as ``cells.tif`` or ``cells.tif#12``.

    Raises
    ------
    InputError
        When a name fits no row.
    """
    from pathlib import Path

    sources, ids = table.column("source"), table.column("object_id")
    names = np.array([Path(s).name for s in sources])
    found: list[int] = []
    for text in wanted:
        name, mark, number = text.rpartition("#")
        if not mark:
            name = text
        hit = (names == name) | (names == Path(name).name) | (sources == name)
        if mark:
            hit &= ids == _whole(number, text)
        if not hit.any():
            raise InputError(f"{text!r} is in no row: give FILE or FILE#OBJECT_ID.")
        found += np.flatnonzero(hit).tolist()
    return found


def _whole(number: str, text: str) -> Any:
    if not number.isdigit():
        raise InputError(f"{text!r}: what follows # must be an object's number.")
    return int(number)
