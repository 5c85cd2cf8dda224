"""What the segmenter learns from: truth, cubes, losses, and the sources of them."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import torch
from tests.filaments.drawn import picture, tube
from tests.filaments.neuron_sets import crossing_pair

from striate.data.volume import Volume
from striate.errors import InputError
from striate.jobs.context import JobContext
from striate_filaments import Neuron, NeuronSet, write_neurons
from striate_filaments.learned.config import OFFSETS
from striate_filaments.learned.network import Maps, SegmenterNet
from striate_filaments.segmentation.blocks import make_detector
from striate_filaments.segmentation.foreground import Optics
from striate_filaments.training import TrainSource
from striate_filaments.training.batches import Pool, batch_of
from striate_filaments.training.examples import Example
from striate_filaments.training.losses import Targets, loss_of
from striate_filaments.training.sources import Labelled, examples_of, open_source
from striate_filaments.training.truth import Truth

SHAPE = (40, 64, 64)
RED, GREEN = (300, 20, 10), (10, 300, 20)
FIRST, SECOND = ((20, 32, 4), (20, 32, 60)), ((20, 4, 32), (20, 60, 32))


def neurons_of(*lights):
    masks = [light > 0.4 for light in lights]
    found = [Neuron.from_mask(i, m) for i, m in enumerate(masks, 1)]
    return NeuronSet(SHAPE, neurons=found)


@pytest.fixture(scope="module")
def crossing():
    """A volume of two crossing neurons, and the truth about it."""
    lights = tube(SHAPE, *FIRST), tube(SHAPE, *SECOND)
    raw = picture(*zip(lights, (RED, GREEN), strict=True))
    return Volume.from_array(raw, "CZYX"), neurons_of(*lights)


def example_of(crossing, **changes):
    volume, neurons = crossing
    fields = {
        "name": "crossing", "volume": volume, "neurons": neurons, "partly": False,
        "first": (0, 0, 0), "last": SHAPE,
    }  # fmt: skip
    return examples_of([Labelled(**(fields | changes))], JobContext())[0]


# ---- Truth


def test_voxels_of_two_neurons_have_two_owners():
    truth = Truth.of(crossing_pair(), crossing_pair().shape)
    pair = crossing_pair()
    shared = set(map(tuple, next(iter(pair)).coordinates().tolist()))
    shared &= set(map(tuple, list(pair)[1].coordinates().tolist()))

    several = np.stack(np.unravel_index(truth.index[truth.second > 0], truth.shape), 1)

    assert set(map(tuple, several.tolist())) == shared
    assert truth.count == len(pair)
    assert np.all(truth.owner > 0)


def test_a_box_is_cut_where_it_lies_and_unknown_outside(crossing):
    truth = Truth.of(crossing[1], SHAPE)
    dense = np.zeros(SHAPE, np.uint16)
    dense.ravel()[truth.index] = truth.owner

    box = truth.box((10, -8, 30), 48)

    assert np.array_equal(box.owner[:30, 8:, :34], dense[10:, :40, 30:])
    assert not box.known[:, :8].any()
    assert not box.known[30:].any()
    assert box.known[:30, 8:, :34].all()


def test_centre_lines_run_along_the_middle():
    truth = Truth.of(neurons_of(tube(SHAPE, *FIRST, width=2.2)), SHAPE)

    box = truth.box((0, 0, 0), 64)

    assert box.centre[20, 32, 10:55].all()
    assert box.centre.sum() < 0.6 * (box.owner > 0).sum()


# ---- Crops


def test_a_step_draws_the_same_cubes_whenever_it_is_asked(crossing):
    pool = Pool([example_of(crossing)], [], 0.0)

    (one, a), (other, b), (later, _) = (
        batch_of(pool, 3, step, 1, 32) for step in (7, 7, 8)
    )

    assert torch.equal(one, other)
    assert torch.equal(a.owner, b.owner)
    assert not torch.equal(one, later)


def test_cubes_are_where_neurons_are(crossing):
    pool = Pool([example_of(crossing)], [], 0.0)

    drawn = [batch_of(pool, 0, step, 1, 32)[1] for step in range(12)]

    assert sum(bool((t.owner > 0).any()) for t in drawn) >= 9


def test_signal_and_truth_are_turned_together(crossing):
    pool = Pool([example_of(crossing)], [], 0.0)

    for step in range(6):
        features, targets = batch_of(pool, 1, step, 1, 32)
        brightest = features[0, 0]
        on, off = targets.owner[0] > 0, targets.owner[0] == 0
        if bool(on.any()):
            assert float(brightest[on].mean()) > 2 * float(brightest[off].mean())


def test_partly_labelled_bright_voxels_are_unknown(crossing):
    volume, neurons = crossing
    only_first = NeuronSet(SHAPE, neurons=[next(iter(neurons))])
    example = example_of((volume, only_first), partly=True)

    target = example.crop((0, 8, 8), 40).target

    assert target.known[20, 24, 8:16].all()
    # The other neuron, which nobody labelled, says nothing; the dark says dark.
    assert not target.known[20, 2:10, 24].any()
    assert target.known[2:8, 2:8, 2:8].mean() > 0.9


def test_outside_the_region_nothing_is_known(crossing):
    example = example_of(crossing, first=(0, 0, 0), last=(40, 64, 32))

    target = example.crop((0, 0, 8), 40).target

    assert target.known[:, :, :24].all()
    assert not target.known[:, :, 24:].any()


# ---- Losses


def perfect(targets):
    """Maps of logits that answer everything right."""
    many = (targets.owner > 0).long() + (targets.second > 0).long()
    number = 20.0 * torch.nn.functional.one_hot(many, 3).permute(0, 4, 1, 2, 3)
    centre = 20.0 * (2 * targets.centre.float() - 1)[:, None]
    affinity = torch.full((1, len(OFFSETS), *many.shape[1:]), 20.0)
    return Maps(number, centre, affinity)


def box_targets(owner, known=None):
    owner = torch.from_numpy(owner.astype(np.int32))[None]
    known = torch.ones_like(owner, dtype=torch.bool) if known is None else known
    return Targets(owner, torch.zeros_like(owner), owner > 0, known)


def test_a_right_answer_costs_nothing_and_a_broken_line_much():
    owner = np.zeros((16, 16, 16))
    owner[8, 8, :] = 1
    targets = box_targets(owner)
    right = perfect(targets)
    broken = Maps(right.number.clone(), right.centre, right.affinity)
    broken.number[:, :, 8, 8, 4:12] = torch.tensor([20.0, 0, 0])[:, None]

    good, bad = loss_of(right, targets), loss_of(broken, targets)

    assert float(sum(good.values())) < 1e-4
    # Half of the line is not seen: half of the term's weight of one half.
    assert float(bad["recall"]) == pytest.approx(0.25, abs=0.01)


def test_short_neurons_count_as_much_as_long_ones():
    owner = np.zeros((16, 16, 16))
    owner[4, 8, :] = 1
    owner[12, 8, 6:10] = 2
    targets = box_targets(owner)
    maps = perfect(targets)
    maps.number[:, :, 12] = torch.tensor([20.0, 0, 0])[:, None, None]

    assert float(loss_of(maps, targets)["recall"]) == pytest.approx(0.25, abs=0.01)


def test_unlike_neurons_must_be_told_apart():
    owner = np.zeros((16, 16, 16))
    owner[8, 8, :8], owner[8, 8, 8:] = 1, 2
    targets = box_targets(owner)
    one = perfect(targets)
    apart = Maps(one.number, one.centre, one.affinity.clone())
    for k, (_, _, x) in enumerate(OFFSETS):
        apart.affinity[:, k, 8, 8, 8 - x : 8] = -20.0 if x else 20.0

    assert float(loss_of(apart, targets)["affinity"]) < 1e-4
    assert float(loss_of(one, targets)["affinity"]) > 0.5


def test_unknown_voxels_say_nothing():
    owner = np.zeros((16, 16, 16))
    owner[8, 8, :] = 1
    known = torch.zeros((1, 16, 16, 16), dtype=torch.bool)
    wrong = perfect(box_targets(np.zeros((16, 16, 16))))

    terms = loss_of(wrong, box_targets(owner, known))

    assert float(sum(terms.values())) == pytest.approx(0.0, abs=1e-6)


# ---- Sources


def test_a_source_is_read_from_text():
    source = TrainSource.model_validate("a.tif=b.neurons.zarr@0:8,1:9,2:10")

    assert (source.volume.name, source.neurons.name) == ("a.tif", "b.neurons.zarr")
    assert source.roi == ((0, 8), (1, 9), (2, 10))
    assert TrainSource.model_validate("simulated").simulated
    with pytest.raises(InputError, match="three ranges of voxels"):
        TrainSource.model_validate("a.tif=b.zarr@0:8")


def test_what_cannot_be_learned_from_is_told(painted, tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "raw.npy", rng.normal(20, 3, (40, 64, 64)).astype(np.float32))
    small = Neuron.from_coordinates(1, [[1, 1, x] for x in range(9)])
    write_neurons(tmp_path / "few.neurons.zarr", NeuronSet(SHAPE, neurons=[small]))
    other = NeuronSet((9, 9, 9), neurons=[Neuron.from_coordinates(1, [[1, 1, 1]])])
    write_neurons(tmp_path / "other.neurons.zarr", other)

    def opened(text):
        return open_source(TrainSource.model_validate(text))

    raw = tmp_path / "raw.npy"
    with pytest.raises(InputError, match=r"Only 9 voxels of raw\.npy are labelled"):
        opened(f"{raw}={tmp_path / 'few.neurons.zarr'}")
    with pytest.raises(InputError, match="they belong to another volume"):
        opened(f"{raw}={tmp_path / 'other.neurons.zarr'}")
    with pytest.raises(InputError, match="reaches beyond its"):
        opened(f"{painted}@0:400,0:10,0:10")


def test_only_what_a_person_looked_at_counts_of_partly_labelled_data(tmp_path):
    light = tube(SHAPE, *FIRST)
    looked, guessed = neurons_of(light, tube(SHAPE, *SECOND))
    np.save(tmp_path / "raw.npy", picture((light, RED))[0])
    both = NeuronSet(SHAPE, neurons=[looked.changed(state="accepted"), guessed])
    write_neurons(tmp_path / "both.neurons.zarr", both)
    source = TrainSource(
        volume=tmp_path / "raw.npy",
        neurons=tmp_path / "both.neurons.zarr",
        partly=True,
    )

    assert open_source(source).neurons.ids == [looked.id]


def test_learning_a_volume_by_heart_lowers_the_loss(crossing):
    torch.manual_seed(0)
    pool, net = Pool([example_of(crossing)], [], 0.0), SegmenterNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=5e-3)
    losses = []
    for step in range(14):
        features, targets = batch_of(pool, 0, step, 1, 32)
        loss = sum(loss_of(net(features), targets).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))

    assert np.mean(losses[-4:]) < 0.75 * np.mean(losses[:4])


def test_lazy_volumes_are_cut_like_those_in_memory(crossing):
    volume, neurons = crossing
    raw = np.asarray(volume.data)
    array = da.from_array(raw, chunks=(3, 16, 16, 16))
    detector = make_detector(array, Optics.of(SHAPE, (1, 1, 1), 2.0), 5.0, JobContext())
    truth = Truth.of(neurons, SHAPE)
    rest = (detector, truth, False, (0, 0, 0), SHAPE)

    lazy, held = Example("lazy", array, *rest), Example("held", raw, *rest)

    one, other = lazy.crop((4, 10, 10), 32), held.crop((4, 10, 10), 32)
    assert np.array_equal(one.signal, other.signal)
