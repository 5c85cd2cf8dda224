"""CLIPCap, a captioner of pictures and a language model, each by its card."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.cortex.caption_parts import counted_answers, counted_library
from tests.cortex.tiny_writers import (
    BLIP,
    QWEN,
    blip_file,
    card_file,
    clipcap_file,
    qwen_file,
    tokenizer_file,
)

from striate.errors import InputError, OfflineError
from striate_cortex.captions import AnswerParams
from striate_cortex.captions.cards import CAPTIONER, DECODER, KEYWORDER
from striate_cortex.captions.decoding import open_decoder
from striate_cortex.captions.writers import open_writers
from striate_cortex.captions.writing import (
    KEYWORD_PROMPT,
    Captioner,
    Keyworder,
    read_keywords,
)
from striate_cortex.library import Item, Library

pytest.importorskip("transformers")
torch = pytest.importorskip("torch")


@pytest.fixture
def cards(own_home):
    """The folder for a person's own cards, with a tokenizer beside the weights."""
    folder = own_home / "models"
    folder.mkdir(parents=True)
    tokenizer_file(folder / "tokenizer.json")
    return folder


# ---- CLIPCap


def test_clipcap_says_the_captions_of_complete_answers_where_it_is_here(
    cards, tmp_path
):
    clipcap_file(cards / "tiny.pt")
    card_file(cards, "tiny-clipcap", DECODER, "tiny.pt", space="counts", heads=2)
    writers = open_writers("counts", AnswerParams())
    answers = counted_answers(tmp_path, writers=writers)
    first, whole = answers.answer(0), answers.complete(0)
    assert (first.how, first.models) == ("consensus", ())
    assert (whole.how, whole.models) == ("clipcap", ("tiny-clipcap",))
    # The vector is that of the projection, its length included.
    (told,) = answers.describer(written=True).describe(answers.model.weights[:1])
    assert np.allclose(told.vector, [1, 0, 0], atol=1e-5)
    assert whole.caption == writers.decoder(told.vector)[0]
    # The batch's way, too, and what was not decoded counts as not done.
    assert answers.count_known([0, 1], written=True) == 1
    (batch,) = answers.answer_many([1], written=True)
    assert batch.how == "clipcap"


def test_clipcap_that_is_not_here_is_told_with_its_place(own_home):
    space = "clip-vit-base-patch32"
    assert open_decoder(space) is None
    assert open_decoder(space, wanted="never") is None
    with pytest.raises(InputError, match=r"clipcap-coco should lie in .*coco_weights"):
        open_decoder(space, wanted="clipcap")
    with pytest.raises(InputError, match="No decoder takes vectors of starter"):
        open_decoder("starter", wanted="clipcap")


# ---- Captions of pictures


def test_pictures_without_captions_are_captioned_once(cards, tmp_path):
    original = blip_file(cards / "blip.bin")
    card_file(cards, "tiny-blip", CAPTIONER, "blip.bin", config=BLIP, size=32)
    image = tmp_path / "x.png"
    Image.new("RGB", (40, 30), (200, 30, 30)).save(image)
    captioner = Captioner("tiny-blip")

    (text,) = captioner.write([image])

    from striate_cortex.encoders.pictures import Preparation

    pixels = torch.from_numpy(Preparation(32, "squash")(image)[None])
    ids = original.generate(pixel_values=pixels, max_new_tokens=30)
    assert text == captioner._parts[1].decode(ids[0].tolist()).strip()

    bare = counted_library(captioned=False)
    items = [Item(i.name, i.origin, str(image)) for i in bare.items]
    answers = counted_answers(
        tmp_path, library=Library(bare.vectors, "counts", items, {}),
        writers=open_writers("counts", AnswerParams(captioner="tiny-blip")),
    )  # fmt: skip
    (told,) = answers.answer_many([0], written=True)
    assert told.models == ("tiny-blip",)
    assert (told.how, told.caption) == (("consensus", text) if text else
                                        ("concepts", told.caption))  # fmt: skip
    kept = answers.store.captions("tiny-blip", [items[0].origin])
    assert kept == {items[0].origin: text}


def test_a_captioner_of_another_size_or_family_is_refused(cards):
    blip_file(cards / "blip.bin")
    wide = {**BLIP, "text_config": {**BLIP["text_config"], "hidden_size": 32}}
    card_file(cards, "wide", CAPTIONER, "blip.bin", config=wide, size=32)
    with pytest.raises(InputError, match="another model than its card says"):
        Captioner("wide").write([np.zeros((8, 8, 3), np.uint8)])
    card_file(cards, "other", CAPTIONER, "blip.bin", family="git")
    with pytest.raises(InputError, match="of the family blip"):
        Captioner("other").write([np.zeros((8, 8, 3), np.uint8)])
    with pytest.raises(InputError, match="blip-image-captioning-base"):
        Captioner("nothing")


# ---- Keywords


def test_a_language_model_is_asked_with_the_documented_prompt(cards):
    original = qwen_file(cards / "qwen.safetensors")
    card_file(cards, "tiny-qwen", KEYWORDER, "qwen.safetensors", config=QWEN,
              template="a {}", stop="[SEP]")  # fmt: skip
    made = Keyworder("tiny-qwen")
    found = made.write(["a dog runs", "a cat"])

    tokens = made._parts[1]
    listed = KEYWORD_PROMPT.format(captions="- a dog runs\n- a cat")
    ids = tokens.encode("a " + listed).ids
    out = original.generate(
        input_ids=torch.tensor([ids]), max_new_tokens=48, do_sample=False,
        eos_token_id=10, pad_token_id=10,
    )  # fmt: skip
    assert found == read_keywords(tokens.decode(out[0, len(ids) :].tolist()))


def test_words_are_read_from_an_answer():
    assert read_keywords(" a Dog, the beach; Dog, red  ball.\nMore text, here") == [
        "dog", "beach", "red ball",
    ]  # fmt: skip
    assert read_keywords("Keywords: face, a very long phrase of words") == ["face"]
    assert read_keywords("") == []


def test_keywords_of_a_language_model_are_weighed_like_others(tmp_path):
    class Names:
        card = type("Card", (), {"id": "names"})

        def write(self, captions):
            return ["house", "face", "nothing of that"]

    from striate_cortex.captions.writers import Writers

    answers = counted_answers(tmp_path, writers=Writers(keyworder=Names()))
    (told,) = answers.answer_many([0], written=True)
    assert [k.word for k in told.keywords] == ["face"]


def test_offline_a_language_model_says_which_file_goes_where(monkeypatch, own_home):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made = Keyworder("qwen2.5-0.5b-instruct")
    with pytest.raises(OfflineError, match=r"model\.safetensors.*place it as"):
        made.write(["a dog"])
