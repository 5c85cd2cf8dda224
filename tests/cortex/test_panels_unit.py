"""The Unit panel told by a library: caption, keywords, top items, images, card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication
from tests.cortex.panel_parts import N, write_small_subject

from striate_cortex.library.items import Item
from striate_cortex.library.writing import write_library
from striate_cortex.panels.cortex_layers import add_subject
from striate_cortex.panels.made_images import MadeImage
from striate_cortex.panels.picture_window import heated
from striate_cortex.panels.unit import UnitPanel

FACE, PLACE = 8, N + 3
"""A vertex of the face region, and one of the right side, which likes cups."""
RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


@pytest.fixture
def pictures(tmp_path):
    """Return the folder of a library of three pictures in the subject's space."""
    items = []
    for name, colour in (("face", RED), ("house", GREEN), ("cup", BLUE)):
        path = tmp_path / f"{name}.png"
        Image.new("RGB", (40, 30), colour).save(path)
        items.append(Item(f"{name}.png", f"photo {name}", str(path), (f"a {name}",)))
    batch = (np.eye(3, dtype="f4"), items)
    facts = {"title": "Three photos"}
    return write_library(tmp_path / "photos", iter([batch]), space="tiny", facts=facts)


@pytest.fixture
def panel(opened, view):
    return opened(UnitPanel)


def answered(panel, qtbot, unit):
    qtbot.waitUntil(
        lambda: panel.answer.shown is not None and panel.answer.shown.unit == unit
    )
    return panel.answer.shown


def completed(panel, qtbot, unit):
    answered(panel, qtbot, unit)
    qtbot.waitUntil(lambda: panel.answer.shown.complete, timeout=20_000)
    return panel.answer.shown


# ---- Words


def test_a_click_is_told_in_words_of_the_subjects_own_images(panel, view, qtbot):
    view.pick(FACE)
    answered(panel, qtbot, FACE)
    caption = panel.answer.caption
    assert caption.caption.text().strip("“”").endswith(" face")
    assert "caption that speaks best" in caption.how.text()
    assert "Small subject's own images" in caption.how.text()
    texts = [bar.text for bar in panel.answer.top.bars.bars]
    assert all(text.endswith(" face") for text in texts[:6])
    assert panel.answer.top.button.text() == "Top texts"


def test_the_whole_answer_follows(panel, view, qtbot):
    view.pick(FACE)
    whole = completed(panel, qtbot, FACE)
    assert panel.answer.facets.bars.bars[0].text == whole.facets[0].caption
    assert "standard deviations" not in panel.answer.trust.text.text()
    assert panel.answer.trust.text.text().startswith(("Captions under", "No folds"))


def test_of_quick_clicks_the_last_is_answered(panel, view, qtbot):
    for vertex in (*range(12), PLACE):
        view.pick(vertex)
    assert answered(panel, qtbot, PLACE).caption.endswith("cup")
    assert panel.answer.caption.caption.text().strip("“”").endswith("cup")


def test_what_lies_below_the_ceiling_is_greyed_and_the_reason_said(panel, view, qtbot):
    view.pick(0)
    answered(panel, qtbot, 0)
    assert not panel.answer.caption.caption.isEnabled()
    assert "at most 2.0 %" in panel.trust.text
    assert "Below the noise" in panel.answer.trust.text.text()


def test_a_subject_without_a_model_says_what_to_do(opened, viewer, tmp_path):
    view = add_subject(viewer, write_small_subject(tmp_path / "bare", models=False))
    panel = opened(UnitPanel)
    view.pick(FACE)
    assert panel.answer.caption.how.text().startswith("No caption: fit an encoding")
    assert not panel.images.make_button.isEnabled()


def test_a_subject_without_a_library_says_how_to_get_one(panel, view, qtbot):
    (view.subject.folder / "captions.txt").unlink()
    view.pick(FACE)
    qtbot.waitUntil(lambda: panel.answer.caption.how.text() != "")
    assert panel.answer.caption.how.text() == (
        "No caption: There is no library in the space of tiny. Build or open one in "
        "the Library panel."
    )
    assert "Library panel" in panel.answer.top.bars.empty
    assert not panel.answer.predict.sentence.isEnabled()


def test_simulated_is_said(opened, viewer, tmp_path, qtbot):
    subject = write_small_subject(tmp_path / "simulated", simulated=True)
    view = add_subject(viewer, subject)
    panel = opened(UnitPanel)
    view.pick(FACE)
    answered(panel, qtbot, FACE)
    assert panel.title.text().endswith("(simulated)")
    assert "simulated" in panel.answer.caption.how.text()


# ---- Pictures


def test_pictures_of_the_library_are_seen_with_their_weights(
    panel, view, pictures, qtbot
):
    view.pick(FACE)
    view.answering.choose(pictures)
    qtbot.waitUntil(lambda: len(panel.answer.top.tiles.tiles) == 3)
    first = panel.answer.top.tiles.tiles[0]
    assert (first.line, first.second) == ("100.0%", "a face")
    assert "photo face" in first.tip
    qtbot.waitUntil(lambda: all(t.picture for t in panel.answer.top.tiles.tiles))
    assert first.picture.toImage().pixelColor(5, 5).getRgb()[:3] == RED
    assert panel.answer.top.button.text() == "Top images"


def test_a_picture_that_is_clicked_opens_large(panel, view, pictures, qtbot):
    view.answering.choose(pictures)
    view.pick(FACE)
    tiles = panel.answer.top.tiles
    qtbot.waitUntil(lambda: len(tiles.tiles) == 3)
    tiles.resize(300, 200)
    qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    (window,) = panel.answer._windows
    assert window.windowTitle() == "face.png"
    assert "a face" in window.about.text()
    qtbot.waitUntil(lambda: window._pixels is not None)
    window.show_heat()
    qtbot.waitUntil(lambda: window.state.text() not in ("", "Asking the network …"))
    assert "tiny" in window.state.text()
    window.close()


def test_tiles_are_gone_through_by_keys(panel, view, pictures, qtbot):
    view.answering.choose(pictures)
    view.pick(PLACE)
    tiles = panel.answer.top.tiles
    qtbot.waitUntil(lambda: len(tiles.tiles) == 3)
    chosen = []
    tiles.chosen.connect(chosen.append)
    qtbot.keyClick(tiles, Qt.Key.Key_Right)
    qtbot.keyClick(tiles, Qt.Key.Key_Right)
    qtbot.keyClick(tiles, Qt.Key.Key_Left)
    ids = [tile.id for tile in tiles.tiles]
    assert chosen == [ids[0], ids[1], ids[0]]


def test_a_library_of_another_space_is_refused_by_name_and_dimension(
    panel, view, tmp_path, qtbot
):
    batch = (np.eye(5, dtype="f4"), [Item(f"{i}", "there") for i in range(5)])
    other = write_library(tmp_path / "o", iter([batch]), space="clip", facts={})
    view.answering.choose(other)
    view.pick(FACE)
    qtbot.waitUntil(lambda: panel.answer.caption.how.text() != "")
    told = panel.answer.caption.how.text()
    assert "clip (5 dimensions)" in told
    assert "tiny (3)" in told


def test_heat_lights_one_corner_and_dims_the_rest():
    grey = np.full((40, 40, 3), 120, np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 1
    shown = heated(grey, heat).astype(int)
    assert shown[2, 2].sum() > 120 * 3
    assert (shown[30:, 30:] < 120).all()


# ---- Images made for it


def test_images_are_asked_for_by_a_job(panel, view, qtbot):
    view.pick(FACE)
    assert panel.images.make_button.isEnabled()
    choices = panel.images.choices
    assert choices.of.itemText(0) == "This unit"
    assert [choices.minus.itemText(i) for i in range(2)] == ["Nothing", "face"]
    params = choices.params(choices.asked(), view)
    assert (params["units"], params["minus"]) == (str(FACE), "")
    assert params["synthesis"]["method"] == "activation"
    assert params["model"].endswith("fitted.safetensors")


def test_a_region_less_another_is_a_contrast(panel, view):
    view.pick(FACE)
    view.pin(PLACE)
    choices = panel.images.choices
    choices.of.setCurrentText("face")
    choices.minus.setCurrentText("Pin: right 3")
    params = choices.params(choices.asked(), view)
    assert (params["units"], params["minus"]) == ("face", str(PLACE))
    choices.minus.setCurrentText("face")
    panel.images.make()
    assert "leaves nothing" in panel.images.message.text


def test_licence_is_told_before_a_model_is_downloaded(panel, view, qtbot):
    view.pick(FACE)
    choices = panel.images.choices
    assert panel.images.make_button.text() == "Make images"
    choices.way.setCurrentIndex(choices.way.findData("guided"))
    choices.way.activated.emit(choices.way.currentIndex())
    assert "Licence: CreativeML" in choices.diffusion.note.text()
    assert "Downloaded when first used" in choices.diffusion.note.text()
    assert panel.images.make_button.text() == "Download and make"


def test_images_appear_as_they_form_and_stay_with_their_unit(
    panel, view, services, tmp_path, qtbot
):
    """The job is left out here: what it says on its way is given."""
    view.pick(FACE)
    images = panel.images
    asked = images.choices.asked()
    images._jobs["job"] = asked
    path = tmp_path / "seed0.png"
    Image.new("RGB", (32, 32), BLUE).save(path)
    services.jobs.partial.emit("job", {"images": [str(path)], "seeds": [0]})
    (tile,) = images.tiles.tiles
    assert tile.line == "forming …"
    qtbot.waitUntil(lambda: tile.picture is not None)
    outcome = {"images": [str(path)], "seeds": [0], "z": [2.5], "percentile": [99.0],
               "predicted": [1.0], "judged": [0.8]}  # fmt: skip
    services.jobs.finished.emit("job", outcome)
    assert images.tiles.tiles[0].line == "z +2.5"
    view.pick(PLACE)
    assert images.tiles.tiles == []
    view.pick(FACE)
    images.tiles.selected = str(path)
    images._show_selected()
    assert images.facts.text() == (
        "z +2.50; higher than 99.0 % of the library; second network 0.800; seed 0."
    )
    assert images.more_button.isVisibleTo(images)
    params = images.choices.params(asked, view, Path(images.shown()[0]["path"]))
    assert params["like"] == [str(path)]


def test_images_are_there_again_another_day(opened, panel, view, services, tmp_path):
    view.pick(FACE)
    panel.images._jobs["job"] = panel.images.choices.asked()
    path = tmp_path / "made.png"
    Image.new("RGB", (8, 8), RED).save(path)
    outcome = {"images": [str(path)], "seeds": [3], "z": [1.0], "percentile": [90.0]}
    services.jobs.finished.emit("job", outcome)
    assert [i["seed"] for i in opened(UnitPanel).images.shown()] == [3]
    path.unlink()
    assert opened(UnitPanel).images.shown() == []


# ---- Card


def test_card_is_saved_as_pdf_picture_and_web_page(
    panel, view, pictures, tmp_path, qtbot, monkeypatch
):
    monkeypatch.setattr("striate_cortex.panels.unit_sharing._cortex", lambda view: None)
    view.answering.choose(pictures)
    view.pick(FACE)
    completed(panel, qtbot, FACE)
    panel.images._known[panel.images.choices.asked()] = [
        MadeImage(path=str(pictures.parent / "cup.png"), state="made", seed=7, z=3.0,
                  percentile=100.0, judged=None)
    ]  # fmt: skip
    panel.images._show_known()
    for kind in ("pdf", "png", "html"):
        panel.card.save(tmp_path / f"card.{kind}")
    assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF")
    page = Image.open(tmp_path / "card.png")
    assert page.size == (1785, 2526)
    assert len(np.unique(np.asarray(page)[::20, ::20].reshape(-1, 3), axis=0)) > 10
    text = (tmp_path / "card.html").read_text("utf-8")
    for said in ("a face", "Vertex 8", "seed 7", "40.0 % of variance", "Three photos"):
        assert said in text
    assert text.count("data:image/png") == 4


def test_card_is_copied_as_text(panel, view, qtbot):
    view.pick(FACE)
    answered(panel, qtbot, FACE)
    panel.card.copy_text()
    text = QApplication.clipboard().text()
    assert text.startswith("Vertex 8, left hemisphere, Small subject")
    assert "Region: face" in text


def test_a_card_of_another_kind_is_refused(panel, view, tmp_path, qtbot):
    from striate.errors import InputError

    view.pick(FACE)
    with pytest.raises(InputError, match=r"\.png, \.pdf or \.html"):
        panel.card.save(tmp_path / "card.docx")
