"""A faster search in a large library by faiss, where that is installed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.atomic import replacing
from striate.errors import InputError, MissingDependencyError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.library.store import Library

__all__ = ["Index", "build_index", "open_index"]

_FILE, _FACTS = "index.faiss", "index.json"
_SAMPLE = 256
_TOP = 10
_PIECE = 65_536


@dataclass(frozen=True)
class Index:
    """An inverted file over a library's directions.

    Parameters
    ----------
    recall
        Share of the exact ten nearest that it finds, as measured when it was built.
    """

    faiss: Any
    recall: float

    def search(
        self, queries: NDArray[np.float32], top: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (q, top) items and cosines for queries of unit length."""
        scores, places = self.faiss.search(np.ascontiguousarray(queries), top)
        return places.astype(np.int64), scores.astype(np.float32)


def build_index(
    library: Library, *, recall: float = 0.95, ctx: JobContext | None = None
) -> Index:
    """Build an index into the library's folder, and measure what it finds.

    Parameters
    ----------
    recall
        Of the exact ten nearest; as many cells are searched as this takes on a sample
        of the library's own items.

    Raises
    ------
    MissingDependencyError
        When faiss is not installed.
    InputError
        When the library is not in a folder.
    """
    if find_spec("faiss") is None:
        raise MissingDependencyError(
            'An index needs faiss: pip install "striate[search]". Search works '
            "without, and exactly."
        )
    import faiss

    if library.path is None:
        raise InputError("This library is not in a folder, so it cannot be indexed.")
    cells = max(1, int(4 * np.sqrt(len(library))))
    rng = np.random.default_rng(0)
    count = min(len(library), 64 * cells)
    pick = np.sort(rng.choice(len(library), count, replace=False))
    kind = f"IVF{max(1, min(cells, count // 39))},Flat"
    made = faiss.index_factory(library.dimension, kind, faiss.METRIC_INNER_PRODUCT)
    made.train(_unit(library, pick))
    for first in range(0, len(library), _PIECE):
        last = min(len(library), first + _PIECE)
        made.add(_unit(library, np.arange(first, last)))
        if ctx is not None:
            ctx.progress(last, len(library), "Indexing")
    found = _tuned(library, made, recall, rng)
    with replacing(library.path / _FILE, overwrite=True) as part:
        faiss.write_index(made, str(part))
    told = {"fingerprint": library.fingerprint, "recall": found}
    with replacing(library.path / _FACTS, overwrite=True) as part:
        part.write_text(json.dumps(told), "utf-8")
    return Index(made, found)


def open_index(library: Library) -> Index | None:
    """Open a library's index; None where there is none of just these items."""
    if library.path is None or find_spec("faiss") is None:
        return None
    try:
        told = json.loads((library.path / _FACTS).read_text("utf-8"))
        if told["fingerprint"] != library.fingerprint:
            return None
        return Index(_read(library.path / _FILE), float(told["recall"]))
    except (OSError, ValueError, KeyError, RuntimeError):
        return None


def _read(path: Path) -> Any:
    import faiss

    return faiss.read_index(str(path))


def _tuned(library: Library, made: Any, recall: float, rng: Any) -> float:
    """Search as many cells as the recall takes; return what it is then."""
    rows = rng.choice(len(library), min(_SAMPLE, len(library)), replace=False)
    queries = _unit(library, rows)
    top = min(_TOP, len(library))
    exact = library.search(queries, top).items
    probes, found = 1, 0.0
    while True:
        made.nprobe = probes
        _, places = made.search(queries, top)
        same = [len(set(a) & set(b)) for a, b in zip(exact, places, strict=True)]
        found = float(np.mean(same)) / top
        if found >= recall or probes >= made.nlist:
            return found
        probes = min(2 * probes, made.nlist)


def _unit(library: Library, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    vectors = np.asarray(library.vectors[rows], np.float32)
    return np.ascontiguousarray(
        vectors / np.maximum(library.lengths[rows], 1e-12)[:, None]
    )
