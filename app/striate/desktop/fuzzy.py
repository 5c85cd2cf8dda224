"""Fuzzy matching of a few typed letters against titles."""

from __future__ import annotations

__all__ = ["score"]


def score(query: str, title: str) -> float:
    """Tell how well typed letters fit a title; 0 when they do not.

    Every word of the query must be found: best as a prefix of a word, then inside
    one, then as letters in order ("cp" finds "Command Palette").

    Examples
    --------
    >>> score("pal", "Command Palette…") > score("nd", "Command Palette…") > 0
    True
    >>> score("xyz", "Command Palette…")
    0.0
    """
    words = query.casefold().split()
    target = title.casefold()
    if not words:
        return 1.0
    each = [_word_score(word, target) for word in words]
    return 0.0 if 0.0 in each else sum(each) / len(each) + 1.0 / (10 + len(target))


def _word_score(word: str, target: str) -> float:
    if target.startswith(word):
        return 4.0
    if any(part.startswith(word) for part in target.split()):
        return 3.0
    if word in target:
        return 2.0
    return 1.0 if _in_order(word, target) else 0.0


def _in_order(letters: str, target: str) -> bool:
    rest = iter(target)
    return all(letter in rest for letter in letters)
