"""Answers that were given before, in one SQLite file of a subject."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from pydantic import ValidationError

from striate.settings import cache_dir
from striate_cortex.captions.record import UnitAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from striate_cortex.subjects import Subject

__all__ = ["AnswerStore", "store_of"]

FILE = "answers.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    context TEXT, unit INTEGER, digest TEXT, record TEXT,
    PRIMARY KEY (context, unit)
) WITHOUT ROWID
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

    def get(self, context: str, unit: int, digest: str) -> UnitAnswer | None:
        """Return the answer that was stored, if it is still true."""
        return next(self.get_many(context, {unit: digest}), None)

    def get_many(self, context: str, digests: dict[int, str]) -> Iterator[UnitAnswer]:
        """Yield the answers that are still true, in the order of units."""
        if not self.path.is_file():
            return
        try:
            with closing(self._open()) as db:
                rows = _rows(db, context, sorted(digests))
                for unit, digest, text in rows:
                    if digests[unit] == digest and (found := _read(text)) is not None:
                        yield found
        except sqlite3.DatabaseError:
            return

    def put(self, context: str, answers: Iterable[tuple[UnitAnswer, str]]) -> None:
        """Store answers with the digests of their units, all or none.

        Nothing happens where the file cannot be written: answers are made again then.
        """
        rows = [(context, a.unit, d, a.model_dump_json()) for a, d in answers]
        try:
            self._write(rows)
        except sqlite3.OperationalError:
            return
        except sqlite3.DatabaseError:
            self.path.replace(self.path.with_suffix(".damaged"))
            self._write(rows)

    def _write(self, rows: list[tuple[str, int, str, str]]) -> None:
        with closing(self._open()) as db, db:
            db.execute(_TABLE)
            db.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)


def store_of(subject: Subject) -> AnswerStore:
    """Return the store in a subject's folder, or in the cache where that is locked."""
    folder = subject.folder
    if folder.is_dir() and os.access(folder, os.W_OK):
        return AnswerStore(folder / FILE)
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    place = cache_dir() / "answers"
    place.mkdir(parents=True, exist_ok=True)
    return AnswerStore(place / f"{name}.sqlite")


def _rows(
    db: sqlite3.Connection, context: str, units: list[int]
) -> Iterator[tuple[int, str, str]]:
    query = "SELECT unit, digest, record FROM answers WHERE context = ? AND unit "
    if len(units) == 1:
        yield from db.execute(query + "= ?", (context, units[0]))
    elif units:
        wanted = set(units)
        span = (context, units[0], units[-1])
        found = db.execute(query + "BETWEEN ? AND ? ORDER BY unit", span)
        yield from (row for row in found if row[0] in wanted)


def _read(text: str) -> UnitAnswer | None:
    try:
        return UnitAnswer.model_validate_json(text)
    except ValidationError:
        # Of another version.
        return None
