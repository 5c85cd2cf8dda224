"""Words of captions: plain ones, without those that say nothing of a picture."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PERSON", "share_of_words", "word_counts", "words_of"]

_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_COMMON_TEXT = """
a about above across after all along also am an and another any are around as at
away back background be because been before behind being below beside between big
both bunch but by can close couple did different display do does doing down each few
for foreground four from front full going group had has have having he her here his
how i image in inside into is it its just large lot lots made many middle more most
near next no not number of off on one only onto or other others out outside over
photo picture piece she showing shown side sits sitting small so some something
stands standing such taken that the their them then there these they this three
through to together top towards two under up use used using various very view was
way were what when where which while who with you your
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_PERSON_TEXT = """
man woman person people child children boy girl men women kid kids baby player lady
guy crowd adult face faces human
"""
PERSON = frozenset(_PERSON_TEXT.split())
"""Words that tell of a person, for BrainSCUBA's share of person words."""


def words_of(text: str, *, keep_common: bool = False) -> list[str]:
    """Return the words of a text in order, small, without the common ones."""
    found = _WORD.findall(text.lower())
    if keep_common:
        return found
    return [w for w in found if w not in _COMMON and len(w) > 1]


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """Count in how many of the texts each word is."""
    return Counter(w for text in texts for w in set(words_of(text)))


def share_of_words(texts: Sequence[str], wanted: frozenset[str] = PERSON) -> float:
    """Say which share of texts holds one of some words; NaN without texts."""
    if not texts:
        return float("nan")
    return sum(bool(wanted & set(words_of(t))) for t in texts) / len(texts)
