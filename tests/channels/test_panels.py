"""The panels on real data, with a real viewer model and a real worker process."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from qtpy.QtCore import Qt
from tests.filaments.panel_parts import make_services

from striate.data import open_volume
from striate.widgets.layers import add_volume
from striate_channels.panels.attention import AttentionPanel
from striate_channels.panels.channels import ChannelsPanel
from striate_channels.panels.embed import EmbedPanel
from striate_channels.panels.images import file_for, image_choices
from striate_channels.panels.map import MapPanel
from striate_channels.panels.session import MapTable, Session


@pytest.fixture
def viewer():
    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture(scope="module")
def services(tmp_path_factory, qapp):
    made = make_services(tmp_path_factory.mktemp("jobs"))
    yield made
    made.jobs.close()


@pytest.fixture
def make(viewer, services, qtbot):
    made = []

    def build(kind):
        panel = kind(viewer, services)
        qtbot.addWidget(panel)
        made.append(panel)
        return panel

    yield build
    for panel in made:
        panel.close()


# UMAP is compiled anew in each worker process: half a minute on a busy machine.
PLAIN = {"map": "pca", "clusters": "leiden"}


def wait(qtbot, condition):
    qtbot.waitUntil(condition, timeout=120_000)


def edges(layer):
    """Outer edges of a layer in y and x: half a pixel beyond the centres."""
    half = np.asarray(layer.scale[-2:]) / 2
    return layer.extent.world[:, -2:] + np.stack([-half, half])


def table_of(image, n=6):
    """A map of tiles along x of an image, as a profile gives it."""
    columns = {
        "source": np.array([str(image)] * n, dtype=object),
        "kind": np.array(["tile"] * n, dtype=object),
        "object_id": np.arange(n), "t": np.zeros(n, int),
        "cluster": np.array([i % 2 for i in range(n)], dtype=object),
        "z0": np.zeros(n, int), "z1": np.full(n, 3),
        "y0": np.zeros(n, int), "y1": np.full(n, 8),
        "x0": np.arange(n) * 8, "x1": np.arange(n) * 8 + 8,
    }  # fmt: skip
    points = np.array([(i, i % 3) for i in range(n)], np.float32)
    return MapTable(image, points, "umap", columns, "tiny")


# ---- Embed


def test_labelled_objects_of_a_layer_are_embedded(make, viewer, qtbot, stack, tiny):
    image, mask = stack
    add_volume(viewer, open_volume(image))
    viewer.add_labels(tifffile.imread(mask), name="cells")
    embed = make(EmbedPanel)
    embed._on_layers_changed()
    embed.model.choose_file(tiny)
    embed.map_form.set_values(PLAIN)
    embed.what.setCurrentText("Labelled objects")
    assert embed.labels.currentText() == "cells"
    embed.run()
    wait(qtbot, lambda: bool(embed.message.text))
    assert sorted(embed._session.map.columns["object_id"]) == [1, 2, 3, 4]


def test_a_label_image_opened_as_a_file_is_offered_before_the_image(
    make, viewer, real_data
):
    folder = real_data("nuclei3d_bio_sample")
    embed = make(EmbedPanel)
    for name in ("nuclei.tif", "nuclei_label.tif"):
        add_volume(viewer, open_volume(folder / name))
    embed.what.setCurrentText("Labelled objects")
    assert embed.labels.currentText() == "nuclei_label.tif"
    assert embed._labels_volume().dtype == np.uint32


def test_a_label_from_a_table_is_judged(make, viewer, qtbot, tmp_path, tiny):
    """Six pictures, two stains, three plates: metadata, k-NN and batches in words."""
    rng, lines, files = np.random.default_rng(0), ["source,stain,plate"], []
    for i in range(6):
        path = tmp_path / f"p{i}.npy"
        picture = rng.normal(size=(1, 32, 32)).astype(np.float32)
        if i % 2:
            picture[0, :, ::4] += 9
        np.save(path, picture)
        files.append(path)
        lines.append(f"p{i}.npy,{'AB'[i % 2]},{i // 2}")
    table = tmp_path / "m.csv"
    table.write_text("\n".join(lines))
    embed = make(EmbedPanel)
    embed.set_files(files)
    embed.model.choose_file(tiny)
    embed.what.setCurrentText("The whole image")
    embed.resize_form.set_values({"metadata": table})
    embed.map_form.set_values(
        {"map": "pca", "clusters": "kmeans", "label": "stain", "group": "plate"}
    )
    embed.run()
    wait(qtbot, lambda: bool(embed.message.text))
    assert "stain is told by k-NN in" in embed.message.text
    assert "mean intensity alone" in embed.message.text
    assert "optimistic" not in embed.message.text


def test_what_cannot_be_embedded_is_said(make, viewer, qtbot, tmp_path, tiny):
    np.save(tmp_path / "eleven.npy", np.ones((11, 40, 40), np.float32))
    add_volume(viewer, open_volume(tmp_path / "eleven.npy", axes="CYX"))
    embed = make(EmbedPanel)
    embed.model.choose_file(tiny)
    embed.what.setCurrentText("The whole image")
    embed.run()
    wait(qtbot, lambda: bool(embed.message.text))
    assert "channels" in embed.message.text


def test_there_is_nothing_to_press_without_an_image(make):
    assert not make(EmbedPanel).button.isEnabled()
    assert not make(ChannelsPanel).button.isEnabled()
    assert not make(AttentionPanel).button.isEnabled()


def test_the_model_menu_starts_with_the_default_and_says_what_it_is(make):
    menu = make(EmbedPanel).model
    assert menu.name() == "chada-tiny"
    assert "on this machine" in menu.note.text()


# ---- Map


def test_a_map_follows_the_viewer_and_the_viewer_the_map(make, viewer, stack):
    image, _ = stack
    add_volume(viewer, open_volume(image))
    panel = make(MapPanel)
    session = Session.of(viewer)
    session.show_map(table_of(image))
    layer = panel.points.layer
    # Tiles reach through the stack: placed in y and x, seen in every plane.
    assert layer.data[1].tolist() == [3.5, 11.5]
    session.select(np.array([1, 4]), None)
    assert set(layer.selected_data) == {1, 4}
    assert panel.scatter.selection().tolist() == [1, 4]
    assert panel.count.text().startswith("2 selected of 6 points")
    layer.selected_data.clear()
    assert panel.scatter.selection().tolist() == []


def test_colours_of_map_and_viewer_agree(make, viewer, stack):
    image, _ = stack
    add_volume(viewer, open_volume(image))
    panel = make(MapPanel)
    Session.of(viewer).show_map(table_of(image))
    panel.colour_by("x0")
    shown = np.asarray(panel.points.layer.face_color)[:, :3] * 255
    np.testing.assert_allclose(shown, panel._colours, atol=1)


def test_a_map_of_images_that_are_not_open_says_so(make, viewer, stack):
    panel = make(MapPanel)
    Session.of(viewer).show_map(table_of(stack[0]))
    assert panel.points.layer is None
    assert "Open the image" in panel.message.text


def test_hovering_shows_the_object(make, viewer, qtbot, stack):
    panel = make(MapPanel)
    Session.of(viewer).show_map(table_of(stack[0]))
    panel._on_hovered(3, panel.mapToGlobal(panel.rect().center()))
    wait(qtbot, lambda: panel.thumbnail.isVisible())
    assert panel.thumbnail.pixmap().width() == 112
    panel._on_hovered(-1, None)
    assert not panel.thumbnail.isVisible()


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_map_is_exported(make, viewer, stack, tmp_path, suffix):
    panel = make(MapPanel)
    Session.of(viewer).show_map(table_of(stack[0]))
    panel.export(tmp_path / f"map{suffix}")
    assert (tmp_path / f"map{suffix}").stat().st_size > 500


def test_closing_a_panel_leaves_the_viewer_alone(make, viewer, stack):
    panel = make(MapPanel)
    panel.close()
    add_volume(viewer, open_volume(stack[0]))
    viewer.layers.clear()


# ---- Channels and attention


def test_channels_are_ticked_and_ordered(make, viewer, stack):
    add_volume(viewer, open_volume(stack[0]))
    panel = make(ChannelsPanel)
    panel.image.refresh()
    session = Session.of(viewer)
    key = panel.image.choice().key
    assert panel.chosen() == (0, 1)
    panel.list.setCurrentItem(panel.list.topLevelItem(1))
    panel.up.click()
    assert session.channels[key] == (1, 0)
    panel.list.topLevelItem(0).setCheckState(0, Qt.CheckState.Unchecked)
    assert session.channels[key] == (0,)
    panel.list.topLevelItem(1).setCheckState(0, Qt.CheckState.Unchecked)
    assert panel.message.text == "Tick at least one channel."
    assert session.channels[key] == (0,)


def test_each_channel_is_measured(make, viewer, qtbot, stack, tiny):
    add_volume(viewer, open_volume(stack[0]))
    panel = make(ChannelsPanel)
    panel.image.refresh()
    Session.of(viewer).model = str(tiny)
    panel.measure()
    wait(qtbot, lambda: bool(panel.message.text))
    assert "matters most to tiny" in panel.message.text
    bars = [panel.list.itemWidget(panel.list.topLevelItem(i), 1) for i in range(2)]
    assert max(bar.value() for bar in bars) == 1000


def test_attention_is_laid_over_the_region(make, viewer, qtbot, stack, tiny):
    add_volume(viewer, open_volume(stack[0]))
    panel = make(AttentionPanel)
    panel.image.refresh()
    Session.of(viewer).model = str(tiny)
    panel.look()
    wait(qtbot, lambda: bool(panel.message.text))
    assert "of the attention" in panel.message.text
    image, overlay = viewer.layers[0], viewer.layers["Attention: Channel 1"]
    assert overlay.visible
    assert not viewer.layers["Attention: Channel 2"].visible
    # The overlay covers the image's height and width exactly, edge to edge.
    np.testing.assert_allclose(edges(overlay), edges(image), atol=1e-6)
    assert panel.table.item(0, 1).text().endswith("%")
    # Made by us: neither embedded nor offered as an image.
    assert len(image_choices(viewer)) == 1


# ---- Files


def test_an_image_in_memory_is_written_for_the_job(viewer, tmp_path):
    viewer.add_image(np.arange(24).reshape(4, 6), name="drawn")
    [choice] = image_choices(viewer)
    path = file_for(choice.volume, tmp_path / "inputs")
    again = open_volume(path)
    np.testing.assert_array_equal(np.asarray(again.data), np.arange(24).reshape(4, 6))


def test_panels_of_one_viewer_share_a_session_and_others_do_not(viewer):
    session = Session.of(viewer)
    assert Session.of(viewer) is session
    assert Session.of(ViewerModel()) is not session
