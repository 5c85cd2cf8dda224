"""Captions of all units: the atlas, its search and its link with the cortex; maps."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cortex.panel_parts import N

from striate_cortex.captions.store import model_mark, store_of
from striate_cortex.captions.tables import write_caption_table
from striate_cortex.panels.atlas import atlas_files, colours_by, read_tables, topic_map
from striate_cortex.panels.captions import CaptionsPanel
from striate_cortex.panels.map import MapPanel

TOPICS = [{"topic": 0, "name": "face", "units": 2}, {"topic": 1, "name": "cup",
                                                     "units": 2}]  # fmt: skip
UNITS = (1, 8, N, N + 3)


def row(i, unit):
    face = unit < N
    return {
        "unit": unit, "caption": "a face" if face else "a cup of tea", "x": float(i),
        "y": float(i % 2), "keywords": "face" if face else "cup; tea", "topic": i // 2,
        "topic_name": "face" if face else "cup", "regions": "face" if face else "",
        "r2": 0.1 * i, "how": "consensus",
    }  # fmt: skip


@pytest.fixture
def atlas(view):
    """Write what the two jobs leave: an atlas of four units, nouns of a region."""
    rows = [row(i, unit) for i, unit in enumerate(UNITS)]
    place, captions = atlas_files(view, "fitted")
    whole = {"format": "striate-atlas-1", "topics": TOPICS, "library": "photos",
             "simulated": False}  # fmt: skip
    write_caption_table(place, rows, whole=whole)
    regions = {"face": {"units": 21, "nouns": [["face", 20], ["woman", 5]],
                        "person": 0.25, "accuracy": 0.3, "shuffled": 0.0,
                        "p": 0.01}}  # fmt: skip
    write_caption_table(captions, rows, whole={"regions": regions})
    return place


@pytest.fixture
def panel(opened, view, atlas, qtbot):
    made = opened(CaptionsPanel)
    qtbot.waitUntil(lambda: made.atlas.table is not None)
    return made


def test_before_there_is_an_atlas_the_panel_says_how_to_get_one(opened, view):
    panel = opened(CaptionsPanel)
    assert panel.atlas.scatter.empty.startswith("No atlas yet")
    assert not panel.paint_button.isEnabled()


def test_units_above_a_threshold_are_counted(opened, view):
    controls = opened(CaptionsPanel).captioning
    assert [controls.by.itemData(i) for i in range(3)] == ["r2", "ceiling", ""]
    controls.least.setValue(0.2)
    scores = view.model("fitted").scores["r2"]
    assert controls.count.text() == f"{(scores >= 0.2).sum()} units"
    controls.by.setCurrentIndex(2)
    controls.by.activated.emit(2)
    assert controls.count.text() == "98 units"


def test_atlas_that_was_made_before_is_there_again(panel):
    assert len(panel.atlas.scatter.positions()) == 4
    assert panel.atlas.count.text() == "4 units told by photos."
    assert [panel.atlas.colour.itemData(i) for i in range(3)] == [
        "topic_name", "regions", "how",
    ]  # fmt: skip


def test_search_finds_captions_and_keywords(panel):
    panel.atlas.search.setText("cup")
    panel.atlas.find()
    assert panel.atlas.scatter.selection().tolist() == [2, 3]
    assert panel.atlas.count.text() == "2 of 4 units with “cup”."
    panel.atlas.search.setText("dragon")
    panel.atlas.find()
    assert panel.atlas.count.text() == "0 of 4 units with “dragon”."


def test_what_is_found_is_pinned_on_the_cortex(panel, view):
    panel.atlas.search.setText("tea")
    panel.atlas.find()
    panel.pin_button.click()
    assert view.pins == (N, N + 3)


def test_click_on_a_point_selects_the_unit_on_the_cortex_and_back(panel, view):
    panel.atlas.scatter.chosen.emit(np.array([3]))
    assert view.vertex == N + 3
    view.pick(8)
    assert panel.atlas.scatter.selection().tolist() == [1]
    assert panel.atlas.count.text() == "“a face” (face)"


def test_nouns_of_the_region_that_was_clicked(panel, view):
    view.pick(8)
    bars = panel.nouns.bars.bars
    assert [(b.text, b.value) for b in bars] == [("face", "20 (95%)"),
                                                 ("woman", "5 (24%)")]  # fmt: skip
    assert panel.nouns.about.text() == (
        "21 units; 25% of captions have a person; caption accuracy 0.30 (shuffled "
        "0.00, p 0.010)."
    )


def test_points_are_coloured_by_topic_and_by_number(view, atlas):
    table = read_tables(view, "fitted")
    colours, named = colours_by(table, "topic_name")
    assert [name for name, *_ in named] == ["face", "cup"]
    assert colours[0].tolist() == colours[1].tolist() != colours[2].tolist()
    colours, named = colours_by(table, "r2")
    assert [name for name, *_ in named] == ["0.297", "0.15", "0.003"]
    assert colours[3].astype(int).sum() > colours[0].astype(int).sum()


def test_topics_are_painted_and_offered_as_a_map(opened, panel, view):
    shown = opened(MapPanel)
    panel.paint_button.click()
    assert view.map.name == "topics"
    assert shown.choice.what.currentData() == "topics"
    assert shown.bar.map.legend == {"face": "#E69F00", "cup": "#56B4E9"}
    values = topic_map(panel.atlas.table, 2 * N).values
    assert np.isfinite(values).all(axis=1).nonzero()[0].tolist() == list(UNITS)


def test_caption_accuracy_is_a_map_layer(opened, view):
    panel = opened(MapPanel)
    assert "caption accuracy" not in panel.choice.names()
    values = np.linspace(-0.2, 0.6, 2 * N).astype("f4")
    store = store_of(view.subject)
    store.put_layer(model_mark(view.model("fitted")), "caption accuracy", values)
    view.answering.captioned.emit()
    panel.show_map("caption accuracy")
    np.testing.assert_allclose(panel.shown().values, values)
    assert view.colouring.limits.low == -view.colouring.limits.high


def test_share_of_words_is_mapped_from_the_library(opened, view, qtbot):
    panel = opened(MapPanel)
    panel.show_map("words")
    panel.choice.phrase.setText("face")
    panel.choice.phrase.returnPressed.emit()
    qtbot.waitUntil(lambda: panel.shown() is not None and panel.shown().name[:5] ==
                    "words")  # fmt: skip
    face = view.units.rois["face"]
    assert panel.shown().values[face].min() > 0.9
    assert panel.shown().values[~face].max() < 0.1
    # Most shares are next to 0 or 1: their histogram must not have billions of bins.
    qtbot.waitUntil(lambda: panel.histogram.counts.sum() == 2 * N)
    assert len(panel.histogram.counts) <= 40
