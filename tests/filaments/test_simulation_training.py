"""Volumes to train on: varied, of shapes that no score is taken on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from tests.bench.segmentation_volumes import HARD_TUNING, HELD_BACK, TEST, TUNING

from striate_filaments.simulation import SimulateParams, simulate, training_params
from striate_filaments.simulation.arbors import Arbor, Branch
from striate_filaments.simulation.colours import draw_colours
from striate_filaments.simulation.meeting import cross_shallow, run_alongside
from striate_filaments.simulation.morphologies import load_shapes

SMALL = SimulateParams(
    shape=(32, 64, 64), n_neurons=4, cable_length=(50.0, 150.0), seed=3
)


def changed(**values):
    return simulate(SMALL.model_copy(update=values))


def raw_of(made):
    return np.asarray(made.volume.data).astype(float)


# ---- Held back


def test_no_shape_is_both_trained_on_and_held_back():
    training = {s.name for s in load_shapes("training")}
    held = {s.name for s in load_shapes("held-back")}

    assert len(training) == 10
    assert len(held) == 4
    assert not training & held
    assert training | held == {s.name for s in load_shapes()}


def test_training_never_paints_what_is_scored():
    drawn = [training_params(np.random.default_rng(i), (48, 96, 96)) for i in range(50)]

    assert {p.morphologies for p in drawn} == {"training"}
    assert {r.params().morphologies for r in HELD_BACK} == {"held-back"}
    assert {r.params().morphologies for r in HARD_TUNING} == {"training"}
    benched = {r.seed for r in (*TUNING, *TEST, *HELD_BACK, *HARD_TUNING)}
    assert max(benched) < 10_000 <= min(p.seed for p in drawn)


def test_about_a_quarter_of_the_held_back_neurons_is_dim():
    dim = total = 0
    for recipe in HELD_BACK:
        params = recipe.params()
        rng = np.random.default_rng((params.seed, 0))
        draw_colours(params, rng)
        dim += int((rng.random(params.n_neurons) < params.dim_fraction).sum())
        total += params.n_neurons
    assert (dim, total) == (20, 81)


# ---- Variety


def test_draws_differ_and_one_state_gives_the_same():
    first, second = (
        training_params(np.random.default_rng(i), (48, 96, 96)) for i in (1, 2)
    )

    assert first == training_params(np.random.default_rng(1), (48, 96, 96))
    assert first.brightness != second.brightness
    assert first.shape == (48, 96, 96)


def test_most_draws_have_three_channels():
    drawn = [training_params(np.random.default_rng(i), (48, 96, 96)) for i in range(90)]

    counts = np.bincount([p.n_channels for p in drawn], minlength=6)
    assert counts[1:].min() > 0
    assert counts[3] > 40


def test_draws_like_a_picture_keep_to_it():
    mine = SimulateParams(n_channels=2, offset=100.0, voxel_size=(1.0, 0.5, 0.5))

    drawn = training_params(np.random.default_rng(0), (48, 96, 96), like=mine)

    assert (drawn.n_channels, drawn.offset) == (2, 100.0)
    assert drawn.voxel_size == (1.0, 0.5, 0.5)
    assert drawn.brightness == pytest.approx(1.0, rel=0.8)
    assert drawn.morphologies == "training"


def test_a_draw_can_be_painted():
    made = simulate(training_params(np.random.default_rng(4), (32, 96, 96)))

    assert len(made.neurons) >= 2


def test_varied_shapes_are_other_shapes():
    plain, varied = changed(), changed(variation=1.0)

    one, other = (m.neurons[1].coordinates() for m in (plain, varied))
    assert len(one) != len(other)


def test_a_cell_body_is_thicker_than_any_neurite():
    from scipy.ndimage import distance_transform_edt

    def thickest(made):
        return max(distance_transform_edt(np.pad(n.mask(), 1)).max()
                   for n in made.neurons)  # fmt: skip

    thin = {"radius": (0.3, 0.5)}
    assert thickest(changed(soma_fraction=1.0, **thin)) > thickest(changed(**thin)) + 1


# ---- How neurons meet


def straight():
    points = np.stack([np.full(400, 20.0), np.full(400, 20.0), np.arange(400) / 4], 1)
    return Arbor((Branch(points, np.full(400, 0.5)),))


def test_neurons_alongside_keep_their_distance():
    other, rng = straight(), np.random.default_rng(0)
    extent = np.array([40.0, 40.0, 100.0])

    run = run_alongside(other, 1.5, extent, (0.3, 1.2), rng, length=(60, 60))

    assert run.length > 55
    aside = np.linalg.norm(run.points[:, :2] - 20.0, axis=1)
    assert aside.min() > 0.8
    assert aside.max() < 2.3


def test_a_shallow_crossing_meets_at_8_to_25_degrees():
    other, rng = straight(), np.random.default_rng(0)
    extent = np.array([40.0, 40.0, 100.0])

    for _ in range(5):
        run = cross_shallow(other, extent, (0.3, 1.2), rng)
        way = run.points[-1] - run.points[0]
        angle = np.degrees(np.arccos(abs(way[2]) / np.linalg.norm(way)))
        assert 7.5 < angle < 25.5
        assert np.linalg.norm(run.points[:, :2] - 20.0, axis=1).min() < 0.2


# ---- Light that is no neuron's


def test_structured_background_adds_light_that_is_not_in_the_truth():
    plain, patchy = changed(seed=8), changed(seed=8, autofluorescence=0.5)

    added = raw_of(patchy).mean(axis=(1, 2, 3)) - raw_of(plain).mean(axis=(1, 2, 3))
    assert (added > 3).all()
    one, other = (np.concatenate([n.coordinates() for n in m.neurons])
                  for m in (plain, patchy))  # fmt: skip
    assert (one == other).all()


def test_a_halo_takes_light_far_away():
    quiet = {"seed": 8, "noise": 0.0, "background": 0.0, "saturation": 65535}
    sharp, hazy = changed(**quiet), changed(**quiet, halo=0.5, halo_sigma=1.2)

    one, other = raw_of(sharp).sum(axis=0), raw_of(hazy).sum(axis=0)
    far = ndimage.distance_transform_edt(one <= 1) > 2
    assert one[far].sum() == 0
    assert other[far].mean() > 1
    # Neurons are as bright as was asked for where they are labelled.
    labelled = np.zeros(one.shape, bool)
    for neuron in hazy.neurons:
        labelled[tuple(neuron.coordinates().T)] = True
    assert other[labelled].mean() > 10 * other[far].mean()


def test_some_volumes_to_train_on_have_halos_and_some_are_packed():
    shape = (96, 224, 224)
    drawn = [training_params(np.random.default_rng(i), shape) for i in range(60)]

    halos = np.array([p.halo for p in drawn])
    assert 0.3 < (halos == 0).mean() < 0.7
    assert halos.max() <= 0.5
    crowd = [p.n_neurons for p in drawn]
    assert np.quantile(crowd, 0.9) > 2 * np.median(crowd)


def test_offset_and_saturation_are_the_cameras():
    made = changed(offset=200.0, saturation=600, background_level=(1.0,))

    raw = raw_of(made)
    assert 195 <= raw.min() <= 201
    assert raw.max() == 600


def test_each_channel_has_its_background():
    levels = (50.0, 10.0, 20.0)

    made = changed(background_level=levels, background_contrast=(0.1, 0.1, 0.1))

    middles = np.median(raw_of(made), axis=(1, 2, 3))
    assert middles == pytest.approx(levels, rel=0.1)


def test_dim_neurons_are_as_dim_as_was_asked():
    dim = {"dim_fraction": 1.0, "noise": 0.0, "background": 0.0}
    faint, clear = (
        changed(dim_range=r, **dim) for r in ((0.05, 0.05001), (0.2, 0.20001))
    )

    places = np.concatenate([n.coordinates() for n in faint.neurons])
    ratio = raw_of(clear)[:, *places.T].mean() / raw_of(faint)[:, *places.T].mean()
    assert ratio == pytest.approx(4.0, rel=0.1)
