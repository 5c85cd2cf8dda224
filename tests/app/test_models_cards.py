"""A model is added by a card alone; a card that says too little is refused."""

from __future__ import annotations

import json
import logging

import pytest

from striate import workspace
from striate.errors import InputError
from striate.models import ModelCard, default_card, find_card, list_cards, registry
from striate.models.cards import HubSource, PathSource, UrlSource

HUB = {"repo": "lab/net", "revision": "a" * 40, "file": "deep/net.safetensors"}
CARD = {
    "id": "net-1",
    "title": "Net 1",
    "task": "test.embed",
    "source": HUB,
    "licence": "MIT",
}


@pytest.fixture
def own(own_home):
    """Return a function that puts a card into the person's own folder."""
    folder = own_home / "models"
    folder.mkdir(parents=True)

    def put(name="card.json", **changes):
        path = folder / name
        path.write_text(json.dumps(CARD | changes))
        return path

    return put


def test_a_card_says_where_its_file_comes_from(own):
    card = ModelCard.read(own())

    assert card.source == HubSource(**HUB)
    assert card.file_name == "net.safetensors"
    assert card.default is False
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


def test_a_url_with_its_checksum(own):
    url = "https://host/files/my%20net.pt?download=1"
    card = ModelCard.read(own(source={"url": url}, sha256="0" * 64))

    assert card.source == UrlSource(url=url)
    assert card.file_name == "my net.pt"


def test_a_path_starts_at_the_card(own):
    path = own(source={"path": "weights/net.safetensors"})

    source = ModelCard.read(path).source

    assert source == PathSource(path=path.parent / "weights" / "net.safetensors")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "Net 1"}, "id: "),
        ({"id": "../net"}, "id: "),
        ({"licence": ""}, "licence: "),
        ({"source": HUB | {"revision": "main"}}, "revision: "),
        ({"source": {"url": "https://host/net.pt"}}, "must state its sha256"),
        ({"source": {"url": "net.pt"}, "sha256": "0" * 64}, "source"),
        ({"sha256": "abc"}, "sha256: "),
        ({"size": -1}, "size: "),
        ({"weight": 3}, "weight: "),
    ],
)
def test_a_card_that_will_not_do_is_refused_in_one_sentence(own, changes, said):
    path = own(**changes)

    with pytest.raises(InputError) as caught:
        ModelCard.read(path)

    assert str(caught.value).startswith(f"{path} is no model card: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_damaged_card_is_refused(own, content):
    path = own()
    path.write_text(content)

    with pytest.raises(InputError, match="card"):
        ModelCard.read(path)


# ---- Where cards come from


def test_the_cards_that_ship_are_whole(own_home):
    for card in list_cards():
        assert card.description
        assert card.recommended_use


def test_a_card_in_ones_own_folder_can_be_chosen_by_its_id(own):
    own()

    assert [c.id for c in list_cards("test.embed")] == ["net-1"]
    assert list_cards("test.caption") == ()
    assert find_card("net-1", "test.embed").title == "Net 1"


def test_a_damaged_card_of_ones_own_is_logged_and_the_others_stay(own, caplog):
    own("a.json", size=-1)
    own("b.json")

    with caplog.at_level(logging.WARNING):
        found = list_cards("test.embed")

    assert [c.id for c in found] == ["net-1"]
    assert "a.json is no model card: size: " in caplog.text


def test_workspaces_bring_cards_and_ones_own_come_before_them(own, monkeypatch):
    bringing = workspace.Workspace("w", "W", "", "", models=f"{__name__}:their_cards")
    monkeypatch.setattr(registry, "workspaces", lambda: (bringing,))
    monkeypatch.setattr(registry, "import_module", lambda _: MODULE)
    assert find_card("net-1", "test.embed").title == "Theirs"
    assert default_card("test.embed").title == "Theirs"

    own(title="Mine")
    own("other.json", id="net-2", title="Also mine", default=True)

    assert find_card("net-1", "test.embed").title == "Mine"
    assert default_card("test.embed").title == "Also mine"


class MODULE:
    @staticmethod
    def their_cards():
        yield ModelCard(**(CARD | {"title": "Theirs", "default": True}))


def test_a_file_stands_for_a_model(tmp_path):
    path = tmp_path / "My Net (2).safetensors"
    path.touch()

    card = find_card(str(path), "test.embed")

    assert card.id == "my-net--2"
    assert card.source == PathSource(path=path)
    assert card.task == "test.embed"


def test_a_card_file_stands_for_a_model(own, tmp_path):
    path = tmp_path / "card.json"
    path.write_text(json.dumps(CARD | {"title": "From elsewhere"}))

    assert find_card(str(path), "test.embed").title == "From elsewhere"


def test_an_unknown_model_lists_the_known_ones(own, own_home):
    own()

    with pytest.raises(InputError) as caught:
        find_card("nett", "test.embed")

    assert str(caught.value) == (
        "'nett' is neither a file nor a model for test.embed (there are: net-1): "
        f"choose one of these, or add its card to {own_home / 'models'}."
    )


def test_no_default_is_said(own):
    own()

    with pytest.raises(InputError, match="no default model for test"):
        default_card("test.embed")
