"""Nouns of captions, and which of them a region's captions name (as BrainSCUBA)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from striate_cortex.captions.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

__all__ = ["nouns_of", "region_nouns"]

_TOKEN = re.compile(r"[a-z]+(?:['-][a-z]+)*|[,.;:]")
# What ends a group of words that has a noun in it.
_BREAKS_TEXT = """
, . ; : about above across after against along among and are around as at be been
before behind being below beneath beside between by can down during for from has
have holds in inside into is it its looking near next of off on onto or out over
past rests shows showing sits stands that there through to toward towards under
until up upon was were where which while who with without
"""
_BREAKS = frozenset(_BREAKS_TEXT.split())
# Of words in -ing, those that are things; the others say what is done.
_THINGS_TEXT = """
awning bedding being bowling building ceiling clothing crossing drawing dressing
dwelling earring evening frosting handwriting icing king landing lettering
lightning living morning opening painting parking pudding railing ring siding sling
spring stocking string swing thing topping wedding wing writing
"""
_THINGS = frozenset(_THINGS_TEXT.split())


def nouns_of(text: str) -> list[str]:
    """Return the nouns of a caption: the last word of each group of words.

    No tagger is needed for the short main clauses that captions are: groups end at
    prepositions, conjunctions, auxiliaries and words in -ing that say what is done.
    """
    groups: list[list[str]] = [[]]
    for token in _TOKEN.findall(text.lower()):
        done = token.endswith("ing") and token not in _THINGS and len(token) > 4
        if token in _BREAKS or done:
            groups.append([])
        elif words_of(token):
            groups[-1].append(token)
    return [group[-1] for group in groups if group]


def region_nouns(
    captions: Sequence[str], regions: Mapping[str, ArrayLike], *, top: int = 20
) -> dict[str, list[tuple[str, int]]]:
    """Count in how many of a region's captions each noun is.

    Parameters
    ----------
    captions
        One for each unit; empty ones count for nothing.
    regions
        Name to (v,) bool.
    top
        Nouns to keep of each region.

    Returns
    -------
    dict
        Region to (noun, captions), the most frequent first; of equals, the first in
        the alphabet.
    """
    found = {}
    for name, inside in regions.items():
        rows = np.flatnonzero(np.asarray(inside, bool))
        counts = Counter(n for i in rows for n in set(nouns_of(captions[int(i)])))
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        found[name] = ranked[:top]
    return found
