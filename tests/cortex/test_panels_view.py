"""How a cortex is looked at and drawn: surface, colours, clicks, keys, marker."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Layer
from tests.cortex.panel_parts import N, write_small_subject

from striate.errors import InputError
from striate.widgets.figure import note_of
from striate_cortex.maps import Colouring, CortexMap, Limits, ramp
from striate_cortex.panels.clicking import CortexClicks, CortexKeys
from striate_cortex.panels.cortex_layers import (
    CortexLayers,
    add_subject,
    cortex_views,
    layers_of,
    surface_of,
    view_of,
)
from striate_cortex.panels.cortex_view import CortexView
from striate_cortex.panels.opener import open_path
from striate_cortex.panels.standard_views import (
    VIEWS,
    fit,
    fitting_zoom,
    look_from,
    screen_axes,
)


@pytest.fixture
def viewer(qapp):
    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture
def subject(tmp_path):
    return write_small_subject(tmp_path / "small")


@pytest.fixture
def view(viewer, subject):
    return add_subject(viewer, subject)


def number_map(values) -> CortexMap:
    return CortexMap("test", "Test", np.asarray(values, "f4"))


# ---- Left is left


@pytest.mark.parametrize("kind", ["white", "pial", "inflated", "flat"])
def test_left_hemisphere_is_on_the_left_of_the_screen_from_behind(viewer, view, kind):
    view.morph_to(view.morph.stop(kind))
    look_from(viewer, "back")
    right, up = screen_axes(viewer)
    across = view.points @ right
    assert across[:N].max() < across[N:].min()
    height = view.brain.vertices("white")[:, 2]
    assert np.corrcoef(view.points @ up, height)[0, 1] > 0.99


@pytest.mark.parametrize(
    ("name", "right", "up"),
    [
        ("left", (0, -1, 0), (0, 0, 1)), ("right", (0, 1, 0), (0, 0, 1)),
        ("back", (1, 0, 0), (0, 0, 1)), ("front", (-1, 0, 0), (0, 0, 1)),
        ("top", (1, 0, 0), (0, 1, 0)), ("bottom", (-1, 0, 0), (0, 1, 0)),
    ],
)  # fmt: skip
def test_standard_views_are_those_of_anatomists(viewer, view, name, right, up):
    look_from(viewer, name)
    seen = screen_axes(viewer)
    np.testing.assert_allclose(seen[0], right, atol=1e-6)
    np.testing.assert_allclose(seen[1], up, atol=1e-6)
    assert set(VIEWS) == {"left", "right", "back", "front", "top", "bottom"}


def test_scene_is_right_handed_for_x_y_z(viewer, view):
    """The layer holds (z, y, x): napari must show that frame left-handed."""
    assert str(viewer.scene.camera.handedness.value) == "left"
    np.testing.assert_allclose(surface_of(viewer, view).vertices[:, ::-1], view.points)


# ---- The layers


def test_subject_is_a_surface_with_borders_and_places(viewer, view):
    assert [layer.name for layer in viewer.layers] == [
        "Small subject", "Regions of Small subject", "Places on Small subject",
        "Names on Small subject",
    ]  # fmt: skip
    assert cortex_views(viewer) == [view]
    assert view_of(viewer.layers[0]) is view
    assert view_of(viewer.layers[1]) is None
    assert viewer.dims.ndisplay == 3


def test_simulated_subject_says_so_in_the_layer_list(viewer, tmp_path):
    add_subject(viewer, write_small_subject(tmp_path / "s", simulated=True))
    assert all("(simulated)" in layer.name for layer in viewer.layers)


def test_figures_of_a_simulated_subject_say_so(viewer, view, tmp_path):
    assert note_of(viewer.layers) == ""
    simulated = write_small_subject(tmp_path / "s", simulated=True)
    made = add_subject(viewer, simulated)
    assert note_of(viewer.layers) == "simulated"
    surface_of(viewer, made).visible = False
    assert note_of(viewer.layers) == ""


def test_duplicated_layer_is_a_surface_of_its_own(viewer, view):
    data, state, kind = surface_of(viewer, view).as_layer_data_tuple()
    copy = viewer.add_layer(Layer.create(data, deepcopy(state), kind))
    assert view_of(copy) is None
    before = copy.vertices.copy()
    view.morph_to(0)
    np.testing.assert_array_equal(copy.vertices, before)


def test_cut_faces_disappear_on_the_flat_map(viewer, view):
    surface = surface_of(viewer, view)
    whole = len(surface.faces)
    view.morph_to(view.morph.stop("flat"))
    assert len(surface.faces) == whole - 4
    view.morph_to(1)
    assert len(surface.faces) == whole


def test_hidden_hemisphere_is_not_drawn_and_not_hit(viewer, view):
    view.morph_to(0)
    way = view.points[21] - view.points[N + 21]
    place = view.points[N + 21] - way
    assert view.hit(place, way) == N + 21
    view.show_sides(["left"])
    assert surface_of(viewer, view).faces.max() < N
    assert view.hit(place, way) == 21


def test_removing_the_surface_removes_what_is_drawn_on_it(viewer, view):
    viewer.layers.remove(surface_of(viewer, view))
    assert len(viewer.layers) == 0
    view.morph_to(1)
    view.pick(3)
    assert len(viewer.layers) == 0


def test_borders_follow_the_morph(viewer, view):
    borders = layers_of(surface_of(viewer, view)).outlines
    before = borders.vertices.copy()
    view.morph_to(0)
    assert not np.allclose(before, borders.vertices)
    near = np.abs(borders.vertices[3:, 2] + 10).max()
    assert near < 2


def test_what_one_looks_at_keeps_its_size_while_it_unfolds(viewer, view):
    look_from(viewer, "back")
    fit(viewer, view.shown_vertices)
    viewer.scene.camera.zoom *= 2
    for position in (0, 1, 2, 2.5, 3):
        view.morph_to(position)
        whole = fitting_zoom(viewer, view.shown_vertices)
        assert viewer.scene.camera.zoom == pytest.approx(2 * whole, rel=1e-3)


# ---- Colours


def test_map_is_painted_on_the_vertices(view):
    values = np.zeros(2 * N)
    values[5] = 1
    view.show_map(number_map(values), Colouring("viridis", Limits(0, 1)))
    assert view.colours[5, :3].tolist() == ramp("viridis")[255].tolist()
    assert view.colours[6, :3].tolist() == ramp("viridis")[0].tolist()
    assert view.value_at(5) == 1


def test_flat_map_shows_colours_as_they_are_and_folds_are_shaded(viewer, view):
    view.show_map(number_map(np.ones(2 * N)), Colouring("viridis", Limits(0, 1)))
    surface = surface_of(viewer, view)
    view.morph_to(view.morph.stop("flat"))
    np.testing.assert_allclose(surface.vertex_colors, view.colours)
    view.morph_to(0)
    look_from(viewer, "back")
    layers_of(surface).light_now()
    shade = surface.vertex_colors[:, 0] / view.colours[:, 0]
    assert shade.max() < 0.7
    look_from(viewer, "left")
    layers_of(surface).light_now()
    shade = surface.vertex_colors[:, 0] / view.colours[:, 0]
    assert shade[:N].min() == pytest.approx(1, abs=1e-3)
    assert shade[N:].max() < 0.7


def test_folding_can_be_left_out(view):
    view.show_map(None, Colouring())
    view.set_folding(False)
    assert np.ptp(view.colours[:, :3]) == 0


def test_colours_of_a_map_have_no_value(view):
    colours = CortexMap("roi", "Regions", np.ones((2 * N, 3), "f4"), "colour")
    view.show_map(colours, Colouring())
    assert view.value_at(0) is None


# ---- Clicks and keys


def click(viewer, place, direction, *, moved=False, modifiers=()):
    """Send what napari sends for a click; places in (x, y, z)."""
    event = SimpleNamespace(
        type="mouse_press",
        button=1,
        position=tuple(np.asarray(place, float)[::-1]),
        view_direction=np.asarray(direction, float)[::-1],
        dims_displayed=(0, 1, 2),
        modifiers=modifiers,
    )
    running = [cb(viewer, event) for cb in viewer.mouse_drag_callbacks]
    started = [g for g in running if hasattr(g, "send") and next(g, g) is not g]
    event.type = "mouse_move" if moved else "mouse_release"
    for generator in started:
        next(generator, None)


@pytest.mark.parametrize("position", [0, 0.5, 1, 1.6, 2, 2.4, 3])
def test_click_finds_its_vertex_at_every_stage_of_the_morph(viewer, view, position):
    view.morph_to(position)
    heard = []
    clicks = CortexClicks(viewer, lambda: view, lambda v, add: heard.append((v, add)))
    way = np.array([0.3, 1, 0.1]) if view.is_flat else np.array([-1, 0.05, 0.02])
    vertex = N + 24
    click(viewer, view.points[vertex] - 0.5 * way, way)
    click(viewer, view.points[vertex] - 0.5 * way, way, modifiers=("Shift",))
    click(viewer, view.points[vertex] - 0.5 * way, way, moved=True)
    assert heard == [(vertex, False), (vertex, True)]
    clicks.close()
    click(viewer, view.points[vertex] - 0.5 * way, way)
    assert len(heard) == 2


def test_click_beside_the_cortex_finds_nothing(viewer, view):
    heard = []
    clicks = CortexClicks(viewer, lambda: view, lambda v, add: heard.append(v))
    click(viewer, view.points.max(0) + 500, [0, 1, 0])
    assert heard == [None]
    clicks.close()


def press(viewer, key) -> None:
    from app_model.types import KeyBinding

    viewer.keymap[KeyBinding.from_str(key)](viewer)


def test_arrow_keys_walk_as_seen_on_the_screen(viewer, view):
    view.morph_to(0)
    look_from(viewer, "left")
    keys = CortexKeys(viewer, lambda: view)
    view.pick(24)
    start = view.points[24].copy()
    press(viewer, "Left")
    assert (view.points[view.vertex] - start).tolist() == [0, 1, 0]
    press(viewer, "Up")
    assert (view.points[view.vertex] - start).tolist() == [0, 1, 1]
    press(viewer, "Shift-Down")
    assert view.points[view.vertex][2] == 0
    keys.close()
    assert not [k for k in viewer.keymap if "Left" in str(k)]


def test_marker_follows_and_pins_stay(viewer, view):
    marks = layers_of(surface_of(viewer, view)).marks
    view.pick(10)
    view.pin(10)
    view.pick(60)
    np.testing.assert_allclose(marks.data, view.points[[10, 60]][:, ::-1])
    view.morph_to(0)
    np.testing.assert_allclose(marks.data, view.points[[10, 60]][:, ::-1])
    view.unpin(10)
    view.pick(None)
    assert len(marks.data) == 0


def test_second_view_has_the_same_map_and_places_on_its_own_surface(view):
    view.show_map(number_map(np.arange(2 * N)), Colouring("magma", Limits(0, 9)))
    view.pick(7)
    twin = view.sibling()
    twin.morph_to(0)
    assert twin.vertex == 7
    np.testing.assert_array_equal(twin.colours, view.colours)
    assert view.position != twin.position


# ---- Hover


def test_hover_over_the_surface_asks_nothing_of_it(viewer, view):
    """The pointer on the cortex never makes napari search its triangles."""
    surface = surface_of(viewer, view)
    surface.get_value = None
    viewer.mouse_over_canvas = True
    viewer.layers.selection.active = surface
    viewer.cursor.position = (0, 0, 0)
    viewer.update_status_from_cursor()
    assert viewer.status["layer_name"] == "Small subject"


def test_nothing_is_selected_after_a_subject_was_added(viewer, view):
    assert viewer.layers.selection.active is None


# ---- Opening


def test_opener_takes_folder_and_manifest_and_leaves_others(viewer, subject, tmp_path):
    for place in (subject.folder, subject.folder / "subject.json"):
        reading = open_path(place, viewer, None)
        reading.show(reading.read())
    assert len(cortex_views(viewer)) == 2
    (tmp_path / "notes.txt").write_text("no subject")
    assert not open_path(tmp_path / "notes.txt", viewer, None)
    assert not open_path(tmp_path, viewer, None)


def test_damaged_subject_is_refused_in_a_sentence_and_nothing_is_drawn(viewer, subject):
    (subject.folder / "white.left.surf.gii").unlink()
    with pytest.raises(InputError, match=r"white\.left"):
        open_path(subject.folder, viewer, None).read()
    assert len(viewer.layers) == 0


def test_model_of_another_subject_is_refused(subject):
    import dataclasses

    view = CortexView(subject)
    model = view.model("fitted")
    few = dataclasses.replace(model, weights=model.weights[:5],
                              intercept=model.intercept[:5], alpha=model.alpha[:5],
                              scores={})  # fmt: skip
    with pytest.raises(InputError, match="5 units and Small subject has 98"):
        view.add_model("few", few)
    assert view.model_names == ("fitted",)


def test_closed_layers_hear_nothing_more(viewer, subject):
    view = CortexView(subject)
    layers = CortexLayers(view, viewer)
    layers.close()
    view.morph_to(0)
    view.show_map(None, Colouring())
    assert len(viewer.layers) == 0
