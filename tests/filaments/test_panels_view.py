"""Neurons in the viewer: painted, coloured, hidden, chosen and picked."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from tests.filaments.panel_parts import SHAPE, SIZE, line, three_neurons

from striate_filaments.colours import display_colours, from_hex, to_hex
from striate_filaments.exchange.labels import to_labels
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.panels.neuron_layers import (
    add_neurons,
    neuron_layers,
    view_of,
)
from striate_filaments.panels.painting import overlap_voxels, paint
from striate_filaments.panels.picking import ClickPicker, neurons_under


@pytest.fixture
def viewer():
    model = ViewerModel()
    yield model
    model.layers.clear()


@pytest.fixture
def view(viewer):
    return view_of(add_neurons(viewer, three_neurons()))


# ---- Painting


def test_small_set_is_painted_dense_in_the_smallest_type():
    painted = paint(three_neurons())
    (labels,) = painted.levels
    assert labels.dtype == np.uint8
    assert sorted(np.unique(labels)) == [0, 3, 7, 9]
    assert painted.overlap == 1


def test_shared_voxel_shows_the_smaller_neuron():
    labels = paint(three_neurons()).levels[0]
    assert len(three_neurons()[7]) < len(three_neurons()[3])
    assert labels[2, 5, 10] == 7


def test_ids_above_255_take_two_bytes():
    found = NeuronSet(SHAPE, SIZE, "µm", [Neuron.from_mask(300, line(1, 1))])
    assert paint(found).levels[0].dtype == np.uint16


def test_large_set_is_painted_lazily_and_alike():
    neurons = three_neurons()
    fine, coarse = paint(neurons, dense_voxels=0).levels
    assert not isinstance(fine, np.ndarray)
    np.testing.assert_array_equal(fine.compute(), to_labels(neurons)[0])
    assert set(np.unique(coarse)) == {0, 3, 7, 9}


def test_overlap_is_counted_without_a_dense_image():
    assert overlap_voxels(three_neurons()) == 1
    assert paint(three_neurons(), dense_voxels=0).overlap == 1


# ---- Colours


def test_neurons_are_drawn_near_their_own_colour():
    colours = display_colours(three_neurons())
    assert [int(np.argmax(colours[id])) for id in (3, 7, 9)] == [0, 1, 2]


def test_channel_colours_of_the_viewer_are_used():
    magenta = display_colours(three_neurons(), ("#FF00FF", "#00FF00", "#00FFFF"))[3]
    assert magenta[1] < min(magenta[0], magenta[2]) - 0.2


def test_neurons_of_one_colour_are_told_apart():
    same = [Neuron.from_mask(i, line(i), colour=(1.0, 0.0, 0.0)) for i in range(1, 7)]
    colours = display_colours(NeuronSet(SHAPE, SIZE, "µm", same))
    seen = np.array(list(colours.values()))
    apart = np.abs(seen[:, None] - seen[None]).max(-1) + np.eye(6)
    assert apart.min() > 0.06


def test_without_colours_hues_go_round():
    grey = [Neuron.from_mask(i, line(i)) for i in range(1, 7)]
    colours = np.array(list(display_colours(NeuronSet(SHAPE, neurons=grey)).values()))
    assert {int(np.argmax(c)) for c in colours} == {0, 1, 2}


def test_safe_palette_starts_with_okabe_and_ito():
    colours = display_colours(three_neurons(), palette="safe")
    assert [to_hex(c) for c in colours.values()] == ["#E69F00", "#56B4E9", "#009E73"]


def test_colour_a_person_gave_stays(view):
    view.recolour([3], "#123456")
    view.use_palette("safe")
    assert view.colour(3) == "#123456"
    assert view.neurons[3].metadata["display_colour"] == "#123456"


def test_hex_goes_both_ways():
    assert to_hex(from_hex("#1A2B3C")) == "#1A2B3C"


# ---- The layer


def test_layer_has_the_neurons_scale_and_unit(viewer, view):
    layer = view.layer
    assert tuple(layer.scale) == SIZE
    assert [str(u) for u in layer.units] == ["micrometer"] * 3
    assert neuron_layers(viewer) == [layer]


def test_one_plane_makes_a_flat_layer(viewer):
    flat = NeuronSet((1, 5, 6), neurons=[Neuron.from_mask(1, np.ones((1, 2, 3)))])
    assert add_neurons(viewer, flat).data.shape == (5, 6)


def test_each_label_has_its_neurons_colour(view):
    drawn = view.layer.colormap.map(np.array([0, 3, 7, 9], np.uint8))
    assert drawn[0, 3] == 0
    assert [to_hex(c) for c in drawn[1:]] == [view.colour(i) for i in (3, 7, 9)]


def test_ids_too_large_for_a_table_have_their_colours_too(viewer):
    neurons = NeuronSet(SHAPE, neurons=[Neuron.from_mask(70_000, line(1, 1))])
    view = view_of(add_neurons(viewer, neurons))
    drawn = view.layer.colormap.map(70_000)
    assert to_hex(drawn) == view.colour(70_000)


def test_hidden_neurons_are_transparent(view):
    view.hide([3])
    alpha = view.layer.colormap.map(np.array([3, 7], np.uint8))[:, 3]
    assert alpha.tolist() == [0.0, 1.0]
    view.show_all()
    assert view.layer.colormap.map(np.array([3], np.uint8))[0, 3] == 1


def test_isolating_hides_all_others(view):
    view.isolate([7])
    assert view.hidden == {3, 9}


def test_choosing_fades_the_others(view):
    view.select([7])
    alpha = view.layer.colormap.map(np.array([3, 7], np.uint8))[:, 3]
    assert alpha[1] == 1
    assert 0 < alpha[0] < 0.5
    assert view.layer.selected_label == 7


def test_label_picked_in_napari_is_chosen(view):
    heard = []
    view.selected.connect(heard.append)
    view.layer.selected_label = 9
    assert view.selection == (9,)
    assert heard == [(9,)]


def test_choosing_none_again_stays_none(view):
    view.select([9])
    view.select([])
    view.hide([3])
    assert view.selection == ()
    view.layer.selected_label = 7
    assert view.selection == (7,)


def test_duplicated_layer_gets_a_view_of_its_own(viewer, view):
    from copy import deepcopy

    data, state, kind = view.layer.as_layer_data_tuple()
    copy = viewer.add_layer(type(view.layer).create(data, deepcopy(state), kind))
    other = view_of(copy)
    other.hide([3])
    assert view.hidden == frozenset()
    assert other.neurons.ids == [3, 7, 9]


# ---- Picking


def test_slice_gives_every_owner_of_a_voxel(view):
    place = np.multiply((2, 5, 10), SIZE)
    assert neurons_under(view, place, None, (1, 2)) == [7, 3]


def test_slice_hits_beside_a_thin_neurite_in_its_own_plane_only(view):
    assert neurons_under(view, np.multiply((6, 13, 3), SIZE), None, (1, 2)) == [9]
    assert neurons_under(view, np.multiply((5, 12, 3), SIZE), None, (1, 2)) == []


def test_other_slicing_planes_hit_too(view):
    place = np.multiply((5, 12, 3), SIZE)
    assert neurons_under(view, place, None, (0, 1)) == [9]


def test_time_axis_before_the_neurons_axes_is_skipped(view):
    place = (4.0, *np.multiply((6, 12, 3), SIZE))
    assert neurons_under(view, place, None, (2, 3)) == [9]


def test_ray_gives_the_first_neuron_and_looks_through_hidden_ones(viewer, view):
    viewer.dims.ndisplay = 3
    above = np.multiply((-5, 12, 10), SIZE)
    down = np.array([1.0, 0.0, 0.0])
    assert neurons_under(view, above, down, (0, 1, 2)) == [7]
    view.hide([7])
    assert neurons_under(view, above, down, (0, 1, 2)) == [9]
    beside = np.multiply((-5, 18, 3), SIZE)
    assert neurons_under(view, beside, down, (0, 1, 2)) == []


def click(viewer, place, *, moved=False, modifiers=()):
    """Send what napari sends for a click through the viewer's callbacks."""
    event = SimpleNamespace(
        type="mouse_press",
        button=1,
        position=tuple(np.multiply(place, SIZE)),
        view_direction=None,
        dims_displayed=(1, 2),
        modifiers=modifiers,
    )
    running = [cb(viewer, event) for cb in viewer.mouse_drag_callbacks]
    started = [g for g in running if hasattr(g, "send") and next(g, g) is not g]
    event.type = "mouse_move" if moved else "mouse_release"
    for generator in started:
        next(generator, None)


def test_click_picks_and_drag_does_not(viewer, view):
    heard = []
    picker = ClickPicker(viewer, lambda: view, lambda n, add: heard.append((n, add)))
    click(viewer, (6, 12, 3))
    click(viewer, (6, 12, 3), moved=True)
    click(viewer, (6, 2, 2), modifiers=("Shift",))
    assert heard == [(9, False), (None, True)]
    picker.close()
    click(viewer, (6, 12, 3))
    assert len(heard) == 2


def test_clicks_on_a_shared_voxel_take_turns(viewer, view):
    picker = ClickPicker(viewer, lambda: view, lambda n, add: view.select([n]))
    for expected in (7, 3, 7):
        click(viewer, (2, 5, 10))
        assert view.selection == (expected,)
    picker.close()


def test_painting_keeps_its_clicks(viewer, view):
    heard = []
    picker = ClickPicker(viewer, lambda: view, lambda n, add: heard.append(n))
    view.layer.mode = "paint"
    click(viewer, (6, 12, 3))
    assert heard == []
    picker.close()
