"""Maps in two dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import MissingDependencyError
from striate_channels.profiles.space import pca

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["have_umap", "umap_map"]

COMPONENTS = 50


def have_umap() -> bool:
    """Whether UMAP is installed; does not import it."""
    from importlib.util import find_spec

    return find_spec("umap") is not None


def umap_map(
    vectors: NDArray[np.float32], *, neighbours: int = 15, seed: int = 0
) -> NDArray[np.float32]:
    """UMAP of comparable vectors: (n, 2) float32, the same for the same seed.

    Raises
    ------
    MissingDependencyError
        When umap-learn is not installed.
    """
    try:
        import umap
    except ImportError as error:
        raise MissingDependencyError(
            'UMAP needs one more package: pip install "striate[profiles]". Or choose '
            "--map pca."
        ) from error
    reduced = pca(vectors, COMPONENTS)[0]
    if len(reduced) <= 4:
        return pca(vectors, 2)[0]
    made = umap.UMAP(
        n_neighbors=min(neighbours, len(reduced) - 1),
        random_state=seed,
        n_jobs=1,
        init="pca",
    ).fit_transform(reduced)
    return np.asarray(made, np.float32)
