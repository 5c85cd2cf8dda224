"""The answer to a click: fast, complete after, stored, and never out of date."""

from __future__ import annotations

import dataclasses
import sqlite3

import numpy as np
import pytest
from tests.cortex.caption_parts import (
    counted_answers,
    counted_library,
    four_units,
    four_weights,
)

from striate.errors import InputError
from striate_cortex.captions import AnswerParams, Answers, UnitAnswer
from striate_cortex.captions.folds import fold_weights_of
from striate_cortex.captions.store import model_mark
from striate_cortex.library import Item, Library


def test_an_answer_says_what_it_rests_on_without_any_network(tmp_path):
    answers = counted_answers(tmp_path)
    answers.encoder = None
    face = answers.answer(0)
    assert face.caption in ("a face on the left", "a face on the right")
    assert (face.how, face.reliable, face.note) == ("consensus", True, "")
    assert (face.ceiling, face.scores) == (40, {"r2": 0.3})
    assert face.confidence == pytest.approx(1)
    assert face.effective_n == pytest.approx(2)
    assert [(t.place, t.origin) for t in face.top[:2]] == [
        (0, "folder/face on the left"), (1, "folder/face on the right"),
    ]  # fmt: skip
    assert face.top[0].share == pytest.approx(0.5)
    assert face.top[0].cosine == pytest.approx(1)
    assert face.keywords == ()
    assert not face.complete


def test_keywords_come_when_the_words_were_read_once(tmp_path):
    answers = counted_answers(tmp_path)
    answers.prepare()
    face = answers.answer(0)
    assert [k.word for k in face.keywords] == ["face"]
    assert face.sentence == "a photo of a face"
    # Another program finds the words and needs no encoder.
    again = counted_answers(tmp_path)
    again.encoder = None
    assert again.prepared
    assert again.answer(1).sentence == "a photo of a house"
    assert face.by("lavca").caption == "a photo of a face"


def test_weights_of_zero_and_a_unit_below_the_ceiling_are_told(tmp_path):
    answers = counted_answers(tmp_path)
    silent, weak = answers.answer(2), answers.answer(3)
    assert (silent.how, silent.caption, silent.top) == ("none", "", ())
    assert "weights are zero" in silent.note
    assert weak.reliable is False
    assert "below 5 %" in weak.note
    with pytest.raises(InputError, match="no unit 4: this model has units 0 to 3"):
        answers.answer(4)


def test_a_complete_answer_has_facets_and_what_the_concept_adds(tmp_path):
    model = four_weights()
    folds = np.stack([model.weights, model.weights[[1, 0, 2, 3]]])
    answers = counted_answers(
        tmp_path, model=dataclasses.replace(model, fold_weights=folds)
    )
    whole = answers.complete(0)
    assert whole.complete
    assert sum(f.share for f in whole.facets) == pytest.approx(1)
    assert whole.concept == "face"
    # Under one fold it is a face, under the other a house.
    assert [c.split()[1] for c in whole.fold_captions] == ["face", "house"]
    assert whole.agreement == pytest.approx(0)
    # Captions without a face get one: from 0 to 5, beside a spread of 5/3·sqrt(2).
    assert whole.concept_effect == pytest.approx(5 / (5 * np.sqrt(2) / 3))
    assert answers.answer(0) == whole


def test_a_sentence_is_set_beside_the_librarys_captions(tmp_path):
    answers = counted_answers(tmp_path)
    found = answers.predict(0, "a face")
    assert (found.response, found.reference, found.count) == (5, "captions", 6)
    # Two captions of six have a face: 5, and four 0.
    assert found.z == pytest.approx((5 - 5 / 3) / (5 * np.sqrt(2) / 3))
    assert found.percentile == pytest.approx(100 * 4 / 6)
    effect = answers.effect(0, "face", [("a face and a house", "a house")])
    assert (effect.with_it, effect.without) == (5, 0)
    with pytest.raises(InputError, match="sentence is empty"):
        answers.predict(0, "  ")
    with pytest.raises(InputError, match="no concept"):
        answers.effect(0, "")
    bare = counted_answers(tmp_path, library=counted_library(captioned=False))
    assert bare.predict(0, "a face").reference == "items"


# ---- The store


def test_answers_are_stored_and_read_again(tmp_path):
    first = counted_answers(tmp_path).answer_many([0, 1, 3])
    again = counted_answers(tmp_path)
    assert again.count_known([0, 1, 2, 3]) == 3
    again.describer = None  # What is stored is not made again.
    assert again.answer_many([3, 0]) == [first[2], first[0]]


def test_another_model_library_or_parameter_invalidates_what_was_stored(tmp_path):
    counted_answers(tmp_path).answer_many([0, 1])
    weights = four_weights().weights.copy()
    weights[0] = [0, 0, 3]
    refitted = dataclasses.replace(four_weights(), weights=weights)
    answers = counted_answers(tmp_path, model=refitted)
    assert answers.count_known([0, 1]) == 1  # Unit 1 is as it was.
    assert "apple" in answers.answer(0).caption
    warmer = counted_answers(tmp_path, params=AnswerParams(tau=0.5))
    assert warmer.count_known([1]) == 0
    other = counted_library()
    fewer = Library(other.vectors[:4], "counts", other.items[:4], {})
    assert counted_answers(tmp_path, library=fewer).count_known([1]) == 0


def test_a_damaged_or_locked_store_costs_only_time(tmp_path):
    answers = counted_answers(tmp_path)
    answers.store.path.write_bytes(b"this is no database, whatever its name says" * 50)
    assert answers.answer(0).how == "consensus"
    assert answers.store.path.with_suffix(".damaged").exists()
    assert counted_answers(tmp_path).count_known([0]) == 1
    with sqlite3.connect(answers.store.path) as db:
        db.execute("UPDATE answers SET record = 'of another version'")
    assert counted_answers(tmp_path).count_known([0]) == 0


def test_layers_are_kept_by_model(tmp_path):
    answers = counted_answers(tmp_path)
    answers.keep_layer("caption accuracy", np.array([1, 3]), np.array([0.5, 0.25]))
    mark = model_mark(answers.model)
    values = answers.store.layer(mark, "caption accuracy")
    assert np.array_equal(values, [np.nan, 0.5, np.nan, 0.25], equal_nan=True)
    assert answers.store.layers(mark) == ["caption accuracy"]
    assert answers.store.layer("another", "caption accuracy") is None


def test_an_answer_survives_its_file():
    answer = UnitAnswer(unit=3, caption="a face", how="consensus")
    assert UnitAnswer.model_validate_json(answer.model_dump_json()) == answer


# ---- Bad input


def test_another_encoders_library_is_refused_by_name_and_dimension(tmp_path):
    other = Library(np.ones((1, 5), np.float32), "clip", [Item("", "")], {})
    with pytest.raises(InputError, match=r"clip \(5 dimensions\).*counts \(3\)"):
        Answers(four_units(tmp_path), four_weights(), other)


def test_a_library_of_one_item_answers_and_says_so(tmp_path):
    library = counted_library()
    one = Library(library.vectors[:1], "counts", library.items[:1], {})
    answers = counted_answers(tmp_path, library=one)
    assert "one item" in answers.answer(1).note
    whole = answers.complete(1)
    assert len(whole.facets) == 1
    assert whole.top[0].share == pytest.approx(1)


def test_without_its_encoder_an_answer_says_what_is_missing(tmp_path):
    answers = counted_answers(tmp_path)
    answers.encoder = None
    whole = answers.complete(0)
    assert whole.complete
    assert whole.keywords == ()
    assert whole.facets
    model = dataclasses.replace(
        four_weights(), fold_weights=np.stack([four_weights().weights] * 2)
    )
    needy = counted_answers(tmp_path / "other", model=model)
    needy.encoder = None
    assert "'counts' is neither a file nor a model" in needy.complete(0).note


# ---- Folds


def test_folds_of_one_unit_are_fits_without_a_fold_of_its_trials(tmp_path):
    from striate_cortex.encoding import fit_ridge
    from striate_cortex.subjects.manifest import ResponseFile

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((60, 3)), rng.standard_normal((60, 4))
    np.save(tmp_path / "x.npy", x.astype(np.float32))
    np.save(tmp_path / "y.npy", y.astype(np.float32))
    subject = four_units(
        tmp_path, responses=(ResponseFile(path="y.npy"),), features={"counts": "x.npy"}
    )
    model = fit_ridge(x[:50], y[:50], alpha=2.0, space="counts")
    found = fold_weights_of(subject, model, 1)
    rest = np.arange(50) % 5 != 2
    expected = fit_ridge(x[:50][rest], y[:50, 1:2][rest], alpha=2.0).weights[0]
    assert found.shape == (5, 3)
    assert np.allclose(found[2], expected, atol=1e-4)
    assert fold_weights_of(four_units(tmp_path), model, 1) is None
