"""Whether a file is the one expected: its size and its digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from striate.jobs.context import JobContext

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Expected"]

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
