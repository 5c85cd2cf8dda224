"""Arrays of open files that travel to other processes as the way to open them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Reopening"]


class Reopening:
    """An array-like whose pickle holds a name and no pixels.

    The process that unpickles it, such as a worker of a cluster, opens the file for
    itself, and must see it under the same path.

    Parameters
    ----------
    reopen
        A function of a module; called with `place` it gives the array.
    place
        What it needs, such as the file's path.
    array
        The array, where it is open already.
    """

    def __init__(
        self, reopen: Callable[..., Any], place: tuple[Any, ...], array: Any = None
    ) -> None:
        self._reopen, self._place = reopen, place
        self._array = reopen(*place) if array is None else array
        self.shape = tuple(int(n) for n in self._array.shape)
        self.dtype = np.dtype(self._array.dtype)
        self.ndim = len(self.shape)
        self.chunks = getattr(self._array, "chunks", None)

    def __getitem__(self, index: Any) -> Any:
        return self._array[index]

    def __reduce__(self) -> tuple[Any, ...]:
        return Reopening, (self._reopen, self._place)
