"""Real stacks with 2, 3 and 4 channels go the whole way, in the window and by CLI.

None of the real stacks has four channels: the fourth case is composed, channels of two
real stacks side by side, cut to one shape.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers.points._points_mouse_bindings import select
from tests.channels.lasso import around, draw_lasso
from tests.filaments.panel_parts import make_services

from striate.cli import main
from striate.data import open_volume
from striate.widgets.layers import add_volume
from striate_channels.panels.embed import EmbedPanel
from striate_channels.panels.map import MapPanel

LIGHTSHEET = "cellfinder_lightsheet_2ch/cellfinder_crop_zcyx.tif"
BRAINBOW = "brainbow_chroms_cortex/chroms_cortex_sample.tif"
FISBE = "fisbe_crop/JRC_SS05008-20160318_24_B2_crop.zarr"


@dataclass(frozen=True)
class Stack:
    """A stack, how it is opened, and the tiles that cover it."""

    name: str
    channels: int
    tile: int
    tiles: int
    dataset: str | None = None


STACKS = [
    Stack(LIGHTSHEET, 2, tile=256, tiles=2 * 3),
    Stack(BRAINBOW, 3, tile=128, tiles=2 * 2),
    Stack(FISBE, 3, tile=20, tiles=3 * 3, dataset="volumes/raw"),
    Stack("composed", 4, tile=64, tiles=3 * 3),
]
each_stack = pytest.mark.parametrize(
    "stack", STACKS, ids=["lightsheet-2", "brainbow-3", "fisbe-3", "composed-4"]
)


@pytest.fixture
def find(real_data, tmp_path):
    """Return a function that gives the file of a stack; composes the one with four."""

    def path_of(stack):
        if stack.name != "composed":
            return real_data(stack.name)
        place = slice(0, 6), slice(None), slice(0, 160), slice(0, 160)  # ZCYX
        two = tifffile.imread(real_data(LIGHTSHEET))[place]
        other = tifffile.imread(real_data(BRAINBOW))[place][:, :2]
        path = tmp_path / "composed.tif"
        four = np.concatenate([two, other], axis=1)
        tifffile.imwrite(path, four, imagej=True, metadata={"axes": "ZCYX"})
        return path

    return path_of


# ---- In the window


@pytest.fixture(scope="module")
def services(tmp_path_factory, qapp):
    made = make_services(tmp_path_factory.mktemp("jobs"))
    yield made
    made.jobs.close()


@pytest.fixture
def panels(services, qtbot):
    viewer = ViewerModel()
    made = EmbedPanel(viewer, services), MapPanel(viewer, services)
    for panel in made:
        qtbot.addWidget(panel)
    yield viewer, *made
    for panel in made:
        panel.close()
    viewer.layers.clear()


class Click:
    """A click on a place of the world, as the canvas tells a layer of it."""

    is_dragging = False
    type = "mouse_press"
    modifiers: tuple[str, ...] = ()

    def __init__(self, viewer, position):
        self.position = tuple(position)
        self.dims_displayed = list(viewer.dims.displayed)
        self.dims_point = list(viewer.dims.point)
        self.view_direction = None


@each_stack
def test_embed_map_cluster_and_select_both_ways(panels, qtbot, find, tiny, stack):
    viewer, embed, shown = panels
    add_volume(viewer, open_volume(find(stack), dataset=stack.dataset))
    embed.model.choose_file(tiny)
    embed.tiles.set_values({"tile": stack.tile, "overlap": 0.0})
    embed.map_form.set_values({"map": "pca", "clusters": "kmeans"})

    qtbot.waitUntil(embed.button.isEnabled)
    embed.button.click()
    qtbot.waitUntil(lambda: bool(embed.message.text), timeout=120_000)

    assert "clusters are on the map" in embed.message.text
    table = shown._session.map
    assert table.columns["n_channels"].tolist() == [stack.channels] * stack.tiles
    assert shown.colour.currentText() == "cluster"
    assert len(set(table.columns["cluster"])) >= 2
    layer = shown.points.layer
    assert len(layer.data) == stack.tiles

    # From the map to the viewer: a lasso around the first point.
    shown.resize(420, 420)
    shown.show()
    draw_lasso(qtbot, shown.scatter, around(shown.scatter, [0]))
    assert 0 in layer.selected_data
    assert shown.scatter.selection().tolist() == sorted(layer.selected_data)
    # And back: a click on the last tile in the viewer.
    last = stack.tiles - 1
    place = [*viewer.dims.point[:-2], *layer.data_to_world(layer.data[last])[-2:]]
    next(select(layer, Click(viewer, place)))
    assert layer.selected_data == {last}
    assert shown.scatter.selection().tolist() == [last]
    assert shown.count.text().startswith(f"1 selected of {stack.tiles} points")


# ---- By the command line


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out.strip().splitlines()[-1])


@each_stack
def test_embed_profile_and_search_by_command_line(capsys, tmp_path, find, tiny, stack):
    image, table = find(stack), tmp_path / "e.parquet"
    options = ["--dataset", stack.dataset] if stack.dataset else []

    made = run(
        capsys, "channels", "embed", image, "--out", table, "--model", tiny,
        "--tile", stack.tile, *options, "--json",
    )  # fmt: skip
    assert made["rows"] == stack.tiles
    found = pq.read_table(table)
    assert found["n_channels"].to_pylist() == [stack.channels] * stack.tiles
    vectors = np.array(found["embedding"].to_pylist())
    assert np.isfinite(vectors).all()
    assert len(np.unique(vectors, axis=0)) == stack.tiles

    profile = run(
        capsys, "channels", "profile", table, "--out", tmp_path / "p", "--map", "pca",
        "--clusters", "kmeans", "--k", 2, "--json",
    )  # fmt: skip
    assert (profile["rows"], profile["clusters"]) == (stack.tiles, 2)
    points = pq.read_table(tmp_path / "p" / "points.parquet")
    assert set(points["cluster"].to_pylist()) == {0, 1}

    like = f"{image.name}#0"
    search = run(
        capsys, "channels", "search", table, "--like", like, "--top", 3, "--json"
    )
    hits = [hit["object_id"] for hit in search["hits"]]
    assert len(set(hits)) == 3
    assert 0 not in hits
    cosines = [hit["cosine"] for hit in search["hits"]]
    assert cosines == sorted(cosines, reverse=True)
