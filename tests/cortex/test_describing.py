"""Units get captions from a library, and say what the caption rests on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from striate.errors import InputError
from striate_cortex.captions.describing import describe_units
from striate_cortex.library import Item, Library

THINGS = ("face", "house", "apple")


class Counts:
    """Texts as counts of three things."""

    space = SimpleNamespace(name="counts", dimension=3, unit_length=False)

    def embed_texts(self, texts):
        return np.array([[t.count(k) for k in THINGS] for t in texts], np.float32)


def library(captioned=True):
    texts = [f"{k} on the {where}" for k in THINGS for where in ("left", "right")]
    captions = [(f"a {t}", f"one {t}") if captioned else () for t in texts]
    items = [Item(t.replace(" ", "-") + ".png", "", "", c)
             for t, c in zip(texts, captions, strict=True)]  # fmt: skip
    return Library(Counts().embed_texts(texts), "counts", items, {})


def test_a_unit_is_told_by_the_consensus_of_its_images():
    face, house = describe_units([[5.0, 0, 0], [0, 2.0, 0]], library(), Counts())
    assert face.how == "consensus"
    assert "face" in face.caption
    assert "house" in house.caption
    assert face.confidence == pytest.approx(1)
    assert face.top[:2].tolist() == [0, 1]
    assert face.top_weights[:2] == pytest.approx([0.5, 0.5])
    assert face.effective_n == pytest.approx(2)


def test_by_lavca_it_is_told_by_keywords_that_fit_its_weights():
    (apple,) = describe_units([[0, 0, 1.0]], library(), Counts(), method="lavca")
    assert apple.how == "keywords"
    assert [k.word for k in apple.keywords] == ["apple"]
    assert apple.caption == "a photo of an apple"


def test_without_captions_names_are_composed():
    (face,) = describe_units([[1.0, 0, 0]], library(False), Counts())
    assert face.how == "concepts"
    assert face.caption == "a photo of a face-on-the-left and a face-on-the-right"


def test_what_says_nothing_gets_no_caption_and_another_space_is_refused():
    (none,) = describe_units([[0, 0, 0]], library(), Counts())
    assert (none.caption, none.how) == ("", "none")
    with pytest.raises(InputError, match=r"counts \(3 dimensions\)"):
        describe_units(np.ones((1, 5)), library(), Counts())
    with pytest.raises(InputError, match="no method"):
        describe_units(np.ones((1, 3)), library(), Counts(), method="x")
