"""The eigendecomposition of the features that serves every unit and penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Spectrum"]


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues (p,) and eigenvectors (p, p) of ``XᵀX`` of n centred images."""

    values: NDArray[np.float64]
    vectors: NDArray[Any]
    n: int

    @classmethod
    def of(cls, gram: NDArray[np.float64], n: int, dtype: Any) -> Spectrum:
        values, vectors = np.linalg.eigh(gram)
        # What rounding leaves of directions that the images do not span.
        values[values < values[-1] * len(values) * np.finfo(np.float64).eps] = 0
        return cls(values, np.ascontiguousarray(vectors, dtype), n)

    def rotate(self, cross: NDArray[Any]) -> NDArray[Any]:
        """Bring ``XᵀY`` (t, p) to the eigenvectors."""
        return cross @ self.vectors

    def shrinkage(self, alphas: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 / (l + alpha), (a, p); 0 where both are 0."""
        total = self.values + alphas[:, None]
        return np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)

    def solve(self, rotated: NDArray[Any], alphas: NDArray[np.float64]) -> NDArray[Any]:
        """Weights (t, p) of units with a penalty each."""
        scaled = rotated * self.shrinkage(alphas).astype(rotated.dtype)
        return scaled @ self.vectors.T

    # ---- Generalised cross-validation

    def gcv(
        self,
        rotated: NDArray[Any],
        square: NDArray[np.float64],
        alphas: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """GCV error of every penalty and unit; (a, t). The intercept counts too."""
        inverse = self.shrinkage(alphas)
        gain = 2 * inverse - self.values * inverse**2
        explained = gain @ np.square(rotated, dtype=np.float64).T
        return (square - explained).clip(0) / self._freedom(inverse)[:, None]

    def gcv_each(
        self,
        rotated: NDArray[Any],
        square: NDArray[np.float64],
        alphas: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """GCV error of units with a penalty each; (t,)."""
        inverse = self.shrinkage(alphas)
        gain = 2 * inverse - self.values * inverse**2
        left = square - np.einsum("tp,tp->t", gain, rotated.astype(np.float64) ** 2)
        return left.clip(0) / self._freedom(inverse)

    def gcv_null(self, square: NDArray[np.float64]) -> NDArray[np.float64]:
        """GCV error of the mean alone; (t,)."""
        return square / max(self.n - 1, 1) ** 2

    def _freedom(self, inverse: NDArray[np.float64]) -> NDArray[np.float64]:
        rest = self.n - 1 - inverse @ self.values
        return np.where(rest > 1e-9 * self.n, rest, np.nan) ** 2
