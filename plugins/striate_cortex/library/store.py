"""A library on disk or in memory, and the exact search in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.library.items import Item

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from striate.jobs.context import JobContext

__all__ = ["FORMAT", "Found", "Library", "Pieces", "open_library"]

FORMAT = "striate-library-2"
PIECE = 65_536
"""Items in one file of vectors."""
_STEP = 16_384
"""Items in one step of a search."""


class Pieces:
    """(N, d) vectors in several arrays, read as one and only where they are asked for.

    Parameters
    ----------
    parts
        (n_k, d) arrays or memory maps, one after the other.
    """

    def __init__(self, parts: Sequence[NDArray[Any]]) -> None:
        self.parts = list(parts)
        self._ends = np.cumsum([len(p) for p in self.parts]).tolist()
        self.shape = (int(self._ends[-1]), int(self.parts[0].shape[1]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, where: slice | NDArray[Any] | list[int]) -> NDArray[Any]:
        if not isinstance(where, slice):
            return self._rows(np.asarray(where, np.int64).reshape(-1))
        first, last, step = where.indices(len(self))
        found, start = [], 0
        for part, end in zip(self.parts, self._ends, strict=True):
            low, high = max(first, start), min(last, end)
            if low < high:
                found.append(part[low - start : high - start])
            start = end
        joined = np.concatenate(found) if len(found) != 1 else found[0]
        return joined[::step] if step != 1 else joined

    def _rows(self, places: NDArray[np.int64]) -> NDArray[Any]:
        found = np.zeros((len(places), self.shape[1]), np.float32)
        part_of = np.searchsorted(self._ends, places, side="right")
        for k in np.unique(part_of):
            here = part_of == k
            start = self._ends[k - 1] if k else 0
            found[here] = self.parts[k][places[here] - start]
        return found


@dataclass(frozen=True)
class Found:
    """The (q, top) items nearest to each query, best first, and their cosines."""

    items: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Library:
    """Items and their vectors, n of them, in one encoder's space.

    Parameters
    ----------
    vectors
        (n, d), perhaps memory-mapped; as the encoder gives them, length included.
    space
        Name of the encoder.
    items
        One for each vector.
    facts
        JSON-able: how it was made, of what, whether it is simulated.
    """

    vectors: Any
    space: str
    items: Sequence[Item]
    facts: dict[str, Any]
    path: Path | None = None

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.items):
            raise InputError(
                f"A library has {len(self.vectors):,} vectors and "
                f"{len(self.items):,} items: there must be one for each."
            )

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def captioned(self) -> bool:
        """Whether any item has a caption."""
        return any(item.captions for item in self.items)

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """(n,) of the vectors."""
        parts = [
            np.linalg.norm(np.asarray(self.vectors[k : k + PIECE], np.float32), axis=1)
            for k in range(0, len(self), PIECE)
        ]
        return np.concatenate(parts).astype(np.float32)

    @cached_property
    def fingerprint(self) -> str:
        """What tells this library from another, of what it holds and not of where."""
        rows = np.unique(np.linspace(0, len(self) - 1, 512).astype(np.int64))
        digest = hashlib.sha256(f"{self.space} {self.vectors.shape}".encode())
        digest.update(np.asarray(self.vectors[rows], np.float32).tobytes())
        for item in self.items_at(rows[::8]):
            digest.update(f"{item.name} {item.captions}".encode())
        return digest.hexdigest()[:16]

    @property
    def title(self) -> str:
        """What to call it."""
        named = str(self.facts.get("title", ""))
        return named or (self.path.name if self.path else "library")

    @property
    def simulated(self) -> bool:
        """Whether what its vectors are of was made up."""
        return bool(self.facts.get("simulated"))

    def items_at(self, places: ArrayLike) -> list[Item]:
        """Return the items at some places, in their order."""
        return [self.items[int(i)] for i in np.asarray(places).reshape(-1)]

    def check(self, space: str, dimension: int) -> None:
        """See that vectors of an encoder may be compared with these.

        Parameters
        ----------
        space
            Name of the other's encoder; empty: not known, and only `dimension` counts.

        Raises
        ------
        InputError
            When they may not; names both encoders and dimensions.
        """
        same = not space or not self.space or space == self.space
        if same and dimension == self.dimension:
            return
        raise InputError(
            f"The library is of {self.space or 'an unnamed encoder'} "
            f"({self.dimension} dimensions) and the model of "
            f"{space or 'an unnamed encoder'} ({dimension}): embed the library with "
            "the model's encoder."
        )

    def search(
        self,
        queries: ArrayLike,
        top: int = 10,
        *,
        exact: bool = True,
        ctx: JobContext | None = None,
    ) -> Found:
        """Find the items with the highest cosine, in bounded memory.

        Parameters
        ----------
        queries
            (q, d) vectors of the same space, of any length.
        top
            Items for each; fewer where the library has fewer.
        exact
            False: by the index of :func:`~striate_cortex.library.index.build_index`,
            where there is one and faiss is installed, which finds the share of the
            exact answers that it states; otherwise exactly all the same.

        Raises
        ------
        InputError
            When dimensions differ.
        """
        q = np.atleast_2d(np.asarray(queries, np.float32))
        if q.shape[1] != self.dimension:
            self.check("", q.shape[1])
        q = q / np.maximum(np.linalg.norm(q, axis=1, keepdims=True), 1e-12)
        top = min(top, len(self))
        if not exact:
            from striate_cortex.library.index import open_index

            index = open_index(self)
            if index is not None:
                return Found(*index.search(q, top))
        best = np.zeros((len(q), 0), np.float32)
        place = np.zeros((len(q), 0), np.int64)
        for first in range(0, len(self), _STEP):
            part = np.asarray(self.vectors[first : first + _STEP], np.float32)
            scores = q @ part.T
            scores /= np.maximum(self.lengths[first : first + _STEP], 1e-12)
            best, place = _higher(best, place, scores, first, top)
            if ctx is not None:
                ctx.progress(min(len(self), first + _STEP), len(self), "Searching")
        return Found(place, best)


def open_library(path: str | Path) -> Library:
    """Open a library that :func:`build_library` or :func:`import_vectors` wrote.

    Vectors and items stay on disk, as memory maps. A file of vectors that ``striate
    cortex embed`` wrote is a library too.

    Raises
    ------
    InputError
        When it is missing, no library, or incomplete.
    """
    import pyarrow as pa

    folder = Path(path).expanduser().absolute()
    if folder.suffix == ".safetensors":
        return _embedded(folder)
    try:
        told = json.loads((folder / "library.json").read_text("utf-8"))
        if told.get("format") != FORMAT:
            raise ValueError
        parts = [np.load(folder / name, mmap_mode="r") for name in told["pieces"]]
        tables = [_items(folder / name) for name in told["items"]]
        lengths = np.concatenate([np.load(folder / n) for n in told["lengths"]])
        table = pa.concat_tables(tables)
    except (OSError, ValueError, KeyError, AttributeError, pa.ArrowInvalid) as error:
        raise InputError(
            f"{folder} is no library, or not whole: make one again with build_library "
            "or import_vectors."
        ) from error
    found = Library(Pieces(parts), told["space"], _Rows(table), told["facts"], folder)
    # What was written with it need not be read from all vectors again.
    found.__dict__["lengths"] = lengths
    return found


def _items(path: Path) -> Any:
    """Open a table of items without reading it."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _embedded(path: Path) -> Library:
    from striate_cortex.tensors import read_arrays

    arrays, facts = read_arrays(path, "striate-embeddings-1")
    items = [
        Item(
            Path(name).name if kind == "image" else name[:40],
            f"{path}, {name}" if kind == "text" else name,
            name if kind == "image" else "",
            (name,) if kind == "text" else (),
        )
        for name, kind in zip(facts["names"], facts["kinds"], strict=True)
    ]
    return Library(arrays["vectors"], facts["space"], items, {"title": path.stem})


class _Rows(Sequence[Item]):
    """Items of a table, made when they are asked for."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            first, last, step = i.indices(len(self))
            if step == 1:
                return _made(self._table.slice(first, max(0, last - first)))
            return [self[k] for k in range(first, last, step)]
        # Past the end must be an error, for iteration to stop.
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        return _made(self._table.slice(int(i) % len(self), 1))[0]

    def __iter__(self) -> Iterator[Item]:
        for first in range(0, len(self), PIECE):
            yield from self[first : first + PIECE]


def _made(table: Any) -> list[Item]:
    columns = [table[c].to_pylist() for c in ("name", "origin", "image", "captions")]
    return [Item(n, o, i, tuple(c)) for n, o, i, c in zip(*columns, strict=True)]


def _higher(
    best: NDArray[np.float32],
    place: NDArray[np.int64],
    scores: NDArray[np.float32],
    first: int,
    top: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Join the best so far and those of one step; of equals, the earlier item."""
    count = min(top, scores.shape[1])
    near = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(scores, near, 1)
    scores = np.concatenate([best, found], axis=1)
    places = np.concatenate([place, near + first], axis=1)
    order = np.lexsort((places, -scores), axis=1)[:, :top]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
