"""Whether a file is the one expected: its size and its digest."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from striate.jobs.context import JobContext
from striate.settings import cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Expected", "is_right"]

_BLOCK = 4 << 20


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file must be: lower-case hex digests and bytes; empty is unknown."""

    sha256: str = ""
    md5: str = ""
    size: int = 0

    @property
    def digest(self) -> tuple[str, str]:
        """The stronger digest that is known, as (algorithm, hex digest)."""
        if self.sha256:
            return "sha256", self.sha256.lower()
        return ("md5", self.md5.lower()) if self.md5 else ("", "")

    def mismatch(self, path: Path, ctx: JobContext | None = None) -> str:
        """Say in a few words how the file at `path` differs; empty when it fits."""
        size = path.stat().st_size
        if self.size and size != self.size:
            return f"{size:,} bytes instead of {self.size:,}"
        algorithm, wanted = self.digest
        if not algorithm:
            return ""
        found = _hash(path, algorithm, ctx or JobContext())
        return "" if found == wanted else f"{algorithm} {found} instead of {wanted}"


def is_right(path: Path, expected: Expected, ctx: JobContext | None = None) -> bool:
    """Whether the file fits; one that was found right is not read again.

    What is remembered, in the cache folder, ends when the file is changed.
    """
    facts = path.stat()
    if expected.size and facts.st_size != expected.size:
        return False
    known = (path.absolute(), facts.st_size, facts.st_mtime_ns, *expected.digest)
    key = hashlib.sha256(repr(known).encode()).hexdigest()[:24]
    stamp = cache_dir() / "verified" / key
    if stamp.exists():
        return True
    if expected.mismatch(path, ctx):
        return False
    with contextlib.suppress(OSError):
        stamp.parent.mkdir(exist_ok=True)
        stamp.touch()
    return True


def _hash(path: Path, algorithm: str, ctx: JobContext) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for block in _blocks(path):
        ctx.check_cancelled()
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
