"""Embeddings as AnnData, for people who go on with scanpy."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from striate.errors import MissingDependencyError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from striate_channels.embedding.table import Embeddings

__all__ = ["have_anndata", "write_h5ad"]


def have_anndata() -> bool:
    """Whether anndata is installed; does not import it."""
    return find_spec("anndata") is not None


def write_h5ad(
    path: Path,
    embeddings: Embeddings,
    maps: dict[str, NDArray[np.float32]],
    clusters: NDArray[np.int64] | None,
) -> None:
    """Write X (vectors), obs (columns), obsm (``X_pca``, ``X_umap``) and uns.

    Raises
    ------
    MissingDependencyError
        When anndata is not installed.
    """
    try:
        import anndata
    except ImportError as error:
        raise MissingDependencyError(
            'AnnData needs one more package: pip install "striate[profiles]".'
        ) from error
    import pandas as pd

    names = [f"dimension {i}" for i in range(embeddings.vectors.shape[1])]
    made = anndata.AnnData(
        X=embeddings.vectors,
        obs=_obs(embeddings, clusters),
        var=pd.DataFrame(index=pd.Index(names, dtype=object)),
    )
    for name, points in maps.items():
        made.obsm[f"X_{name}"] = points
    made.uns["striate"] = json.dumps(embeddings.facts)
    made.write_h5ad(path)


def _obs(embeddings: Embeddings, clusters: NDArray[np.int64] | None) -> Any:
    """Columns as a data frame; texts are categories of plain strings."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in embeddings.table.column_names:
        values = embeddings.table[name].to_pylist()
        if any(isinstance(v, list) for v in values):
            values = [", ".join(map(str, v)) for v in values]
        if any(isinstance(v, str) for v in values):
            columns[name] = _categories([v or "" for v in values])
        else:
            columns[name] = values
    if clusters is not None:
        columns["cluster"] = _categories([str(c) for c in clusters])
    rows = pd.Index([str(i) for i in range(len(embeddings))], dtype=object)
    return pd.DataFrame(columns, index=rows)


def _categories(values: list[str]) -> Any:
    """Make a categorical; pandas' own new string type cannot be written to HDF5."""
    import pandas as pd

    names = pd.Index(sorted(set(values)), dtype=object)
    codes = names.get_indexer(pd.Index(values, dtype=object))
    return pd.Categorical.from_codes(codes, names)
