"""What was odd about the pictures: counted while they go by, said once at the end."""

from __future__ import annotations

from collections import Counter

__all__ = ["Remarks"]


class Remarks:
    """Counts of oddities by sentence; memory does not grow with the pictures."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, sentence: str, times: int = 1) -> None:
        """Note that something held for `times` pictures (or pixels)."""
        self.counts[sentence] += times

    def lines(self) -> list[str]:
        """Return one line per oddity, the most frequent first."""
        return [
            f"{text} ({n:,} times)" if n > 1 else text
            for text, n in self.counts.most_common()
        ]
