"""Answers that were given before, in one SQLite file of a subject."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from striate.settings import cache_dir
from striate_cortex.captions.record import UnitAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_cortex.encoding import EncodingModel
    from striate_cortex.subjects import Subject

__all__ = ["AnswerStore", "model_mark", "store_of"]

FILE = "answers.sqlite"
_ANSWERS = (
    "SELECT unit, digest, record FROM answers WHERE context = ? AND unit BETWEEN ? "
    "AND ? ORDER BY unit"
)
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    context TEXT, unit INTEGER, digest TEXT, record TEXT,
    PRIMARY KEY (context, unit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS layers (
    model TEXT, name TEXT, numbers BLOB, PRIMARY KEY (model, name)
);
CREATE TABLE IF NOT EXISTS captions (
    card TEXT, origin TEXT, text TEXT, PRIMARY KEY (card, origin)
);
"""


class AnswerStore:
    """Answers by context (model, library, parameters) and unit.

    Every write is one transaction: a program that is killed leaves all of it or
    nothing. An answer counts only while its digest, of the unit's own weights and
    scores, is what it was; a damaged file is put aside, for it can be made again.

    Parameters
    ----------
    path
        Of the file; made when it is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get_many(self, context: str, digests: dict[int, str]) -> Iterator[UnitAnswer]:
        """Yield the answers that are still true, in the order of units."""
        units = sorted(digests)
        if not units:
            return
        span = (context, units[0], units[-1])
        for unit, digest, text in self._rows(_ANSWERS, span):
            if digests.get(unit) == digest and (found := _read(text)) is not None:
                yield found

    def put(self, context: str, answers: Iterable[tuple[UnitAnswer, str]]) -> None:
        """Store answers with the digests of their units, all or none.

        Nothing happens where the file cannot be written: answers are made again then.
        """
        self._put(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
            [(context, a.unit, d, a.model_dump_json()) for a, d in answers],
        )

    # ---- Layers: a number for each unit of a model

    def layer(self, model: str, name: str) -> NDArray[np.float32] | None:
        """Return a layer of a model, marked by :func:`model_mark`; None: not there."""
        rows = self._rows(
            "SELECT numbers FROM layers WHERE model = ? AND name = ?", (model, name)
        )
        return np.frombuffer(rows[0][0], np.float32).copy() if rows else None

    def layers(self, model: str) -> list[str]:
        """Return the names of a model's layers."""
        query = "SELECT name FROM layers WHERE model = ? ORDER BY name"
        return [name for (name,) in self._rows(query, (model,))]

    def put_layer(self, model: str, name: str, values: NDArray[np.float32]) -> None:
        """Store a layer."""
        numbers = np.ascontiguousarray(values, np.float32).tobytes()
        self._put(
            "INSERT OR REPLACE INTO layers VALUES (?, ?, ?)", [(model, name, numbers)]
        )

    # ---- Captions that a model wrote of pictures

    def captions(self, card: str, origins: Sequence[str]) -> dict[str, str]:
        """Return the captions that a model wrote before, by origin."""
        marks = ", ".join("?" * len(origins))
        query = (
            f"SELECT origin, text FROM captions WHERE card = ? AND origin IN ({marks})"
        )
        return dict(self._rows(query, (card, *origins)))

    def put_captions(self, card: str, texts: dict[str, str]) -> None:
        """Store captions that a model wrote, by origin."""
        rows = [(card, origin, text) for origin, text in texts.items()]
        self._put("INSERT OR REPLACE INTO captions VALUES (?, ?, ?)", rows)

    # ---- Private methods

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        if not self.path.is_file():
            return []
        try:
            with closing(self._open()) as db:
                return db.execute(query, values).fetchall()
        except sqlite3.DatabaseError:
            return []

    def _put(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        try:
            self._write(statement, rows)
        except sqlite3.OperationalError:
            return
        except sqlite3.DatabaseError:
            self.path.replace(self.path.with_suffix(".damaged"))
            self._write(statement, rows)

    def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        with closing(self._open()) as db:
            db.executescript(_TABLES)
            with db:
                db.executemany(statement, rows)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)


def model_mark(model: EncodingModel) -> str:
    """Return what tells a model from another: its sizes and some of its weights."""
    rows = np.unique(np.linspace(0, len(model) - 1, 256).astype(np.int64))
    digest = hashlib.sha256(f"{model.space} {model.weights.shape}".encode())
    digest.update(np.ascontiguousarray(model.weights[rows]).tobytes())
    return digest.hexdigest()[:16]


def store_of(subject: Subject) -> AnswerStore:
    """Return the store in a subject's folder, or in the cache where that is locked."""
    folder = subject.folder
    if folder.is_dir() and os.access(folder, os.W_OK):
        return AnswerStore(folder / FILE)
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    place = cache_dir() / "answers"
    place.mkdir(parents=True, exist_ok=True)
    return AnswerStore(place / f"{name}.sqlite")


def _read(text: str) -> UnitAnswer | None:
    try:
        return UnitAnswer.model_validate_json(text)
    except ValidationError:
        # Of another version.
        return None
