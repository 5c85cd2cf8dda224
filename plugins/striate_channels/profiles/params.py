"""What may be asked of a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ProfileParams"]


class ProfileParams(BaseModel):
    """Maps, clusters and checks of one table of embeddings."""

    model_config = ConfigDict(extra="forbid")

    embeddings: Path = Field(title="Embeddings")
    label: str = Field(
        "",
        title="Label column",
        description="What is predicted, to see how much of it the embedding holds.",
    )
    group: str = Field(
        "",
        title="Group column",
        description="Plate, animal or slide: never on both sides of a test.",
    )
    batch: str = Field(
        "",
        title="Batch column",
        description="What should not matter: checked for its effect.",
    )
    centre_batches: bool = Field(
        False,
        title="Centre batches",
        description="Subtract the mean of each batch first.",
    )
    map: Literal["umap", "pca"] = Field("umap", title="Map")
    clusters: Literal["kmeans", "leiden", "none"] = Field("leiden", title="Clusters")
    n_clusters: int = Field(
        0, ge=0, le=1000, title="k", description="Of k-means; 0 finds it (2 to 12)."
    )
    resolution: float = Field(
        1.0, gt=0, le=100, title="Resolution", description="Of Leiden."
    )
    neighbours: int = Field(15, ge=2, le=500, title="Neighbours")
    anndata: bool = Field(
        True, title="AnnData", description="Write embeddings.h5ad for scanpy too."
    )
