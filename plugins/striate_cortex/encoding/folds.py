"""Ridge with one fold left out, from sums of the folds: no fit sees images twice.

Everything a fold needs is in ``XᵀX``, ``XᵀY`` and sums of that fold and of all, so
k folds cost k eigendecompositions of (p, p) and products of that size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.encoding.responses import read_whole
from striate_cortex.encoding.spectrum import Spectrum

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate_cortex.encoding.cores import Cores
    from striate_cortex.encoding.responses import Responses

__all__ = ["FoldPlan", "fold_labels"]


def fold_labels(folds: int | ArrayLike, n: int) -> NDArray[np.intp]:
    """Number the folds of n images from 0.

    Parameters
    ----------
    folds
        How many folds of neighbouring images, or (n,) labels.

    Raises
    ------
    InputError
        When there are fewer than two folds, or not one label for each image.
    """
    if np.ndim(folds) == 0:
        k = int(np.asarray(folds))
        if not 2 <= k <= n:
            raise InputError(f"{k} folds of {n:,} images: choose 2 to {n:,}.")
        return np.arange(n) * k // n
    given = np.asarray(folds)
    if given.shape != (n,):
        raise InputError(
            f"There are {n:,} images and labels of folds for {given.size:,}: give one "
            "for each."
        )
    names, labels = np.unique(given, return_inverse=True)
    if len(names) < 2:
        raise InputError("All images are in one fold: give at least two.")
    return labels


class _Fold:
    """One fold that is left out: its sums, and the spectrum of all others."""

    def __init__(
        self, x: NDArray[np.float64], rows: NDArray[np.bool_], dtype: Any
    ) -> None:
        self.rows = rows
        own, rest = x[rows], x[~rows]
        self.n, self.n_rest = len(own), len(rest)
        self.mean, self.mean_rest = own.mean(axis=0), rest.mean(axis=0)
        centred = rest - self.mean_rest
        self.spectrum = Spectrum.of(centred.T @ centred, len(rest), dtype)
        away = own - self.mean_rest
        turned = away @ self.spectrum.vectors
        self.gram = (turned.T @ turned).astype(dtype)
        # Filled for a range of units by `FoldPlan.take`:
        self.cross = self.total = self.square = np.zeros(0)
        self.rotated = self.rotated_out = self.square_out = np.zeros(0)


class FoldPlan:
    """The folds of one fit; `x` are (n, p) features, centred over all images."""

    def __init__(
        self, x: NDArray[np.float64], labels: NDArray[np.intp], dtype: Any
    ) -> None:
        self.folds = [_Fold(x, labels == k, dtype) for k in range(labels.max() + 1)]
        self.dtype = dtype

    def __len__(self) -> int:
        return len(self.folds)

    # ---- Sums of a range of units

    def take(
        self, x: NDArray[Any], source: Responses, units: slice, cores: Cores
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Read a range of units; return their means and sums of squares, (t,)."""
        whole = read_whole(source, units)
        mean = whole.mean(axis=0, dtype=np.float64)
        cores.each(lambda fold: self._take(fold, x, whole, mean), self.folds)
        total = self.cross()
        cores.each(lambda fold: self._relate(fold, total), self.folds)
        square = np.sum([fold.square for fold in self.folds], axis=0)
        drift = np.sum([fold.total for fold in self.folds], axis=0)
        return mean + drift / len(x), square - drift**2 / len(x)

    def _take(
        self,
        fold: _Fold,
        x: NDArray[Any],
        whole: NDArray[Any],
        mean: NDArray[np.float64],
    ) -> None:
        own = np.subtract(whole[fold.rows], mean, dtype=self.dtype)
        fold.cross = own.T @ x[fold.rows]
        fold.total = own.sum(axis=0, dtype=np.float64)
        fold.square = np.einsum("nt,nt->t", own, own, dtype=np.float64)

    def cross(self) -> NDArray[Any]:
        """``XᵀY`` of all images, (t, p)."""
        return np.sum([fold.cross for fold in self.folds], axis=0)

    def _relate(self, fold: _Fold, total: NDArray[Any]) -> None:
        """Bring a fold's sums to the means of all other folds, which is all it knows.

        `total` is ``XᵀY`` of all images.
        """
        rest = np.sum([f.total for f in self.folds if f is not fold], axis=0)
        mean = rest / fold.n_rest
        vectors = fold.spectrum.vectors
        train = (total - fold.cross) - np.outer(rest, fold.mean_rest)
        test = (
            fold.cross
            - np.outer(fold.total, fold.mean_rest)
            - np.outer(mean, fold.n * (fold.mean - fold.mean_rest))
        )
        fold.rotated = train.astype(self.dtype) @ vectors
        fold.rotated_out = test.astype(self.dtype) @ vectors
        fold.square_out = fold.square - 2 * mean * fold.total + fold.n * mean**2

    # ---- Answers for a part of that range

    def errors(
        self, part: slice, alphas: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Squared errors on the images left out, summed over folds.

        Returns
        -------
        ndarray, ndarray
            (a, t) of every penalty, and (t,) of the mean alone.
        """
        count = part.stop - part.start
        error = np.zeros((len(alphas), count))
        null = np.zeros(count)
        for fold in self.folds:
            inverse = fold.spectrum.shrinkage(alphas).astype(self.dtype)
            null += fold.square_out[part]
            for a, shrink in enumerate(inverse):
                inside = fold.rotated[part] * shrink
                made = inside @ fold.gram
                made -= 2 * fold.rotated_out[part]
                error[a] += fold.square_out[part] + np.einsum("tp,tp->t", made, inside)
        return error, null

    def weights(self, part: slice, alphas: NDArray[np.float64]) -> NDArray[Any]:
        """Weights of each fit without one fold, (k, t, p), with a penalty per unit."""
        return np.stack(
            [fold.spectrum.solve(fold.rotated[part], alphas) for fold in self.folds]
        )
