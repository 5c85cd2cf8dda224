"""The whole profile: maps, clusters, checks, figures and tables in one folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from striate.data import replacing
from striate.data.atomic import check_target
from striate.errors import InputError
from striate.provenance import Provenance
from striate_channels.embedding.table import Embeddings, read_embeddings
from striate_channels.profiles.anndata_export import have_anndata, write_h5ad
from striate_channels.profiles.batches import BatchEffect, batch_effect
from striate_channels.profiles.classify import Classified, classify
from striate_channels.profiles.clusters import have_leiden, kmeans, leiden
from striate_channels.profiles.figure import write_png, write_svg
from striate_channels.profiles.maps import have_umap, umap_map
from striate_channels.profiles.space import centred_by, comparable, pca

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_channels.profiles.params import ProfileParams

__all__ = ["Profiled", "profile_embeddings"]

COMPONENTS = 10


class Profiled(BaseModel):
    """Where the profile lies, and what it found."""

    folder: Path
    points: Path
    rows: int
    map: str
    clusters: int = 0
    cluster_method: str = "none"
    pca_variance: list[float] = []
    classified: Classified | None = None
    batches: BatchEffect | None = None
    remarks: list[str] = []


def profile_embeddings(
    params: ProfileParams, out: str | Path, ctx: JobContext, *, overwrite: bool = False
) -> Profiled:
    """Profile a table of embeddings into a folder, whole or not at all.

    The folder holds ``points.parquet`` (all columns, components, map, cluster),
    ``map.svg``, ``map.png``, ``summary.json`` and, with anndata installed,
    ``embeddings.h5ad``.

    Raises
    ------
    InputError
        When a column does not exist, or does not say what it must.
    OutputError
        When the folder exists or cannot be written to.
    """
    target = Path(out).expanduser().absolute()
    check_target(target, overwrite=overwrite)
    table = read_embeddings(params.embeddings)
    if len(table) < 3:
        raise InputError(
            f"{params.embeddings.name} has {len(table)} rows: a profile needs three or "
            "more."
        )
    work = _Work(params, table, ctx)
    work.run()
    with replacing(target, overwrite=overwrite) as part:
        part.mkdir()
        work.write(part)
        found = work.outcome(target)
        text = json.dumps(found.model_dump(mode="json"), indent=1)
        (part / "summary.json").write_text(text, "utf-8")
    record = Provenance.record(
        "channels.profile", params, [params.embeddings], seed=ctx.seed
    )
    record.write_beside(target)
    return found


class _Work:
    def __init__(
        self, params: ProfileParams, table: Embeddings, ctx: JobContext
    ) -> None:
        self.params, self.table, self.ctx = params, table, ctx
        self.remarks: list[str] = []
        self.maps: dict[str, NDArray[np.float32]] = {}
        self.clusters: NDArray[np.int64] | None = None
        self.method = params.clusters
        self.classified: Classified | None = None
        self.batches: BatchEffect | None = None
        self.variance: NDArray[np.float64] = np.zeros(0)

    def run(self) -> None:
        """Compute everything; nothing is written."""
        p, columns = self.params, self._columns()
        vectors = self.table.vectors
        if p.centre_batches and p.batch:
            vectors = centred_by(vectors, columns["batch"].astype(str))
        ready = comparable(vectors)
        self.ctx.progress(0, 5, "Principal components")
        self.maps["pca"], self.variance = pca(ready, COMPONENTS)
        self.ctx.progress(1, 5, "Map")
        self._map(ready)
        self.ctx.progress(2, 5, "Clusters")
        self._cluster(ready)
        self.ctx.progress(3, 5, "Classification")
        if p.label:
            self._classify(vectors, columns)
        self.ctx.progress(4, 5, "Batches")
        if p.batch:
            self.batches = batch_effect(
                vectors, columns["batch"], p.batch,
                labels=columns.get("label"), label=p.label,
            )  # fmt: skip
            self.ctx.log(self.batches.sentence)
        self.ctx.progress(5, 5, "Writing")

    def write(self, folder: Path) -> None:
        """Write the tables and figures."""
        from pyarrow.parquet import write_table

        write_table(self._points(), folder / "points.parquet")
        name = "umap" if "umap" in self.maps else "pca"
        colour = self.clusters
        if self.params.label:
            colour = self.table.column(self.params.label)
        what = self.params.label or (f"cluster ({self.method})" if colour is not None
                                     else "")  # fmt: skip
        title = f"{name.upper()} of {len(self.table):,} {self._space()} embeddings"
        title += f", by {what}" if what else ""
        write_svg(folder / "map.svg", self.maps[name], colour, title)
        write_png(folder / "map.png", self.maps[name], colour, title)
        if self.params.anndata and have_anndata():
            write_h5ad(
                folder / "embeddings.h5ad", self.table, self.maps, self.clusters
            )  # fmt: skip

    def outcome(self, target: Path) -> Profiled:
        """Return what is reported."""
        found = 0 if self.clusters is None else int(self.clusters.max()) + 1
        return Profiled(
            folder=target,
            points=target / "points.parquet",
            rows=len(self.table),
            map="umap" if "umap" in self.maps else "pca",
            clusters=found,
            cluster_method=self.method,
            pca_variance=[round(float(v), 4) for v in self.variance],
            classified=self.classified,
            batches=self.batches,
            remarks=self.remarks,
        )

    # ---- Steps

    def _columns(self) -> dict[str, NDArray[Any]]:
        asked = {n: getattr(self.params, n) for n in ("label", "group", "batch")}
        return {n: self.table.column(c) for n, c in asked.items() if c}

    def _map(self, ready: NDArray[np.float32]) -> None:
        if self.params.map == "pca":
            return
        if not have_umap():
            self._remark(
                "UMAP is not installed, so the map shows principal components: pip "
                'install "striate[profiles]"'
            )
            return
        self.maps["umap"] = umap_map(
            ready, neighbours=self.params.neighbours, seed=self.ctx.seed
        )

    def _cluster(self, ready: NDArray[np.float32]) -> None:
        p = self.params
        if p.clusters == "leiden" and not have_leiden():
            self.method = "kmeans"
            self._remark(
                "Leiden is not installed, so clusters are those of k-means: pip "
                'install "striate[profiles]"'
            )
        if self.method == "kmeans":
            self.clusters = kmeans(ready, p.n_clusters, seed=self.ctx.seed)
        elif self.method == "leiden":
            self.clusters = leiden(
                ready,
                neighbours=p.neighbours,
                resolution=p.resolution,
                seed=self.ctx.seed,
            )

    def _classify(
        self, vectors: NDArray[np.float32], columns: dict[str, NDArray[Any]]
    ) -> None:
        if "group" not in columns:
            self._remark(
                "The accuracies are optimistic: without a group column (plate, animal, "
                "slide), pictures of one specimen judge each other"
            )
        self.classified = classify(
            vectors,
            columns["label"],
            self.params.label,
            groups=columns.get("group"),
            intensity=self._intensity(),
            seed=self.ctx.seed,
        )

    def _intensity(self) -> NDArray[np.float32] | None:
        """(n, C) mean counts, padded with 0 where an image has fewer channels."""
        if "mean_intensity" not in self.table.table.column_names:
            return None
        rows = self.table.table["mean_intensity"].to_pylist()
        out = np.zeros((len(rows), max(len(r) for r in rows)), np.float32)
        for i, row in enumerate(rows):
            out[i, : len(row)] = row
        return out

    def _points(self) -> pa.Table:
        import pyarrow as pa

        table = self.table.table
        for i, column in enumerate(self.maps["pca"].T, start=1):
            table = table.append_column(f"pc{i}", pa.array(column))
        for i, column in enumerate(self.maps.get("umap", np.zeros((1, 0))).T, start=1):
            table = table.append_column(f"umap{i}", pa.array(column))
        if self.clusters is not None:
            table = table.append_column("cluster", pa.array(self.clusters))
        return table

    def _space(self) -> str:
        return str(self.table.facts.get("space", {}).get("name", ""))

    def _remark(self, text: str) -> None:
        self.remarks.append(text)
        self.ctx.log(f"{text}.", "warning")
