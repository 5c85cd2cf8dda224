"""The words of a library's captions: how common each is, and its vector."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import StriateError
from striate_cortex.captions.keywords import PROMPT
from striate_cortex.captions.words import words_of
from striate_cortex.tensors import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_cortex.encoders import Encoder

__all__ = ["Vocabulary", "count_words", "embed_vocabulary", "read_vocabulary"]

FORMAT = "striate-vocabulary-1"
_MOST = 8_000
_BATCH = 256


@dataclass(frozen=True)
class Vocabulary:
    """Words, how often each is in the captions, and vectors of "a photo of a WORD".

    Parameters
    ----------
    counts
        Of all words.
    words, vectors
        (n,) the most frequent ones, and (n, d) their vectors, of unit length.
    space
        Name of the encoder.
    """

    counts: Mapping[str, int]
    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    space: str

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}

    def __contains__(self, word: str) -> bool:
        return word in self._rows

    def at(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the (n, d) vectors of words that are in it."""
        return np.asarray(self.vectors[[self._rows[w] for w in words]])

    def write(self, path: Path) -> None:
        """Write it whole, over what is there."""
        names = list(self.counts)
        counts = np.array([self.counts[w] for w in names], np.int64)
        facts = {"format": FORMAT, "space": self.space, "all": names,
                 "words": list(self.words)}  # fmt: skip
        arrays: dict[str, NDArray[Any]]
        arrays = {"counts": counts, "vectors": self.vectors.astype(np.float16)}
        write_arrays(path, arrays, facts, overwrite=True)


def read_vocabulary(path: Path) -> Vocabulary | None:
    """Read what :meth:`Vocabulary.write` wrote; None where there is nothing of use."""
    if not path.is_file():
        return None
    try:
        arrays, facts = read_arrays(path, FORMAT)
    except StriateError:
        return None
    counts = dict(zip(facts["all"], arrays["counts"].tolist(), strict=True))
    vectors = arrays["vectors"].astype(np.float32)
    return Vocabulary(counts, tuple(facts["words"]), vectors, facts["space"])


def count_words(items: Iterable[Any]) -> Counter[str]:
    """Count how often each word is in the captions of items."""
    return Counter(w for i in items for text in i.captions for w in words_of(text))


def embed_vocabulary(
    items: Iterable[Any],
    encoder: Encoder,
    *,
    most: int = _MOST,
    ctx: JobContext | None = None,
) -> Vocabulary:
    """Count the words of items' captions, and embed the most frequent of them.

    Parameters
    ----------
    items
        With ``captions``.
    encoder
        That takes texts.
    most
        Words to embed at most.
    """
    counts = count_words(items)
    words = [w for w, _ in sorted(counts.items(), key=lambda p: (-p[1], p[0]))][:most]
    parts = [np.zeros((0, encoder.space.dimension), np.float32)]
    for first in range(0, len(words), _BATCH):
        some = words[first : first + _BATCH]
        parts.append(encoder.embed_texts([PROMPT.format(w) for w in some]))
        if ctx is not None:
            done = min(len(words), first + _BATCH)
            ctx.progress(done, len(words), "Reading the library's words")
    vectors = np.concatenate(parts).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return Vocabulary(counts, tuple(words), vectors, encoder.space.name)
