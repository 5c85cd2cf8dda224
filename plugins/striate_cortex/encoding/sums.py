"""What one pass over responses adds up: with features, alone, and squared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoding.cores import Cores
    from striate_cortex.encoding.responses import Responses

__all__ = ["Sums", "pieces"]

_ROWS, _COLUMNS = 512, 1024
"""Of the pieces that a core works on: they stay in its cache."""


class Sums:
    """Sums over images for a range of t units.

    Parameters
    ----------
    cross
        (t, p) zeros, where ``YᵀX`` is added up; of the precision to work in.
    """

    def __init__(self, cross: NDArray[Any]) -> None:
        self.cross = cross
        self.total = np.zeros(len(cross))
        self.square = np.zeros(len(cross))
        self.shift: NDArray[Any] | None = None

    def read(
        self,
        x: NDArray[Any],
        source: Responses,
        units: slice,
        ctx: JobContext,
        cores: Cores,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Read all responses of the units, once.

        Parameters
        ----------
        x
            (n, p) centred features.

        Returns
        -------
        ndarray, ndarray
            (t,) means, and sums of squares around them.
        """
        n = source.shape[0]
        for rows, block in source.blocks(units):
            if self.shift is None:
                # Near the mean, so that little is lost to rounding.
                self.shift = block.mean(axis=0)
            cores.each(partial(self._add, x[rows], block), pieces(len(self.cross)))
            ctx.progress(rows.stop, n, "Reading responses")
        shift = 0.0 if self.shift is None else self.shift
        return self.total / n + shift, self.square - self.total**2 / n

    def _add(self, x: NDArray[Any], block: NDArray[Any], part: slice) -> None:
        assert self.shift is not None
        for first in range(0, len(x), _ROWS):
            rows = slice(first, first + _ROWS)
            y = np.subtract(block[rows, part], self.shift[part], dtype=self.cross.dtype)
            self.total[part] += np.ones(len(y), y.dtype) @ y
            self.square[part] += np.einsum("nt,nt->t", y, y)
            self.cross[part] += y.T @ x[rows]


def pieces(units: int) -> list[slice]:
    """Share units out among cores."""
    return [
        slice(first, min(units, first + _COLUMNS))
        for first in range(0, units, _COLUMNS)
    ]
