"""What may be scored, what does not change a score, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import InputError
from striate_filaments.exchange.fisbe import write_fisbe
from striate_filaments.exchange.labels import from_labels
from striate_filaments.metrics import Preset, as_instances, places, score
from striate_filaments.neurons import Neuron, NeuronSet

SHAPE = (16, 40, 60)
KEEP = Preset("keep all", remove_small=0)


def tube(z, y, x0=4, x1=56):
    """Voxels of a straight tube of 3 x 3 voxels along x."""
    grid = np.meshgrid(range(z, z + 3), range(y, y + 3), range(x0, x1), indexing="ij")
    return np.stack([axis.ravel() for axis in grid], 1)


def painted(*tubes):
    """Channels, one per tube, all with the value 1 + channel."""
    found = np.zeros((len(tubes), *SHAPE), np.uint8)
    for i, voxels in enumerate(tubes):
        found[(i, *voxels.T)] = i + 1
    return found


def neuron_set(*tubes):
    found = [Neuron.from_coordinates(i, t) for i, t in enumerate(tubes, 1)]
    return NeuronSet(SHAPE, neurons=found)


GT = (tube(2, 2), tube(2, 12), tube(2, 22), tube(1, 12, 4, 20))
PRED = (tube(2, 2, 4, 30), tube(2, 3, 30, 56), tube(3, 12), tube(2, 22), tube(9, 30))


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(4)), st.permutations(range(5)), st.integers(1, 40))
def test_order_and_ids_change_no_number(gt_order, pred_order, offset):
    plain = score(painted(*PRED), painted(*GT), preset=KEEP)
    gt = painted(*(GT[i] for i in gt_order))
    pred = painted(*(PRED[i] for i in pred_order))
    pred[pred > 0] += offset
    other = score(pred, gt, preset=KEEP)
    assert dict(other) == pytest.approx(dict(plain))
    assert sorted(other.coverage) == pytest.approx(sorted(plain.coverage))
    assert [t.TP for t in other.thresholds] == [t.TP for t in plain.thresholds]


def test_a_set_its_file_and_its_channels_score_the_same(tmp_path):
    neurons, truth = neuron_set(*PRED), neuron_set(*GT)
    from striate_filaments.storage import write_neurons

    paths = [
        write_neurons(tmp_path / "a.neurons.zarr", neurons),
        write_fisbe(tmp_path / "b.zarr", neurons),
    ]
    expected = dict(score(painted(*PRED), painted(*GT), preset=KEEP))
    for pred in (neurons, *paths):
        assert dict(score(pred, truth, preset=KEEP)) == expected
    whole = from_labels(painted(GT[0])[0])
    assert score(whole, painted(GT[0])[0], preset=KEEP)["S"] == 1.0


def test_small_labels_are_counted_over_all_channels_before_ids_are_made():
    # Two masks of 468 and 468 voxels: as ids 1 and 2 both are small, as binary
    # masks they share the label 1, whose 936 voxels are not.
    masks = painted(tube(2, 2), tube(2, 12))
    assert score(masks, masks)["tp"] == 0.0
    binary = (masks > 0).astype(np.uint8)
    assert score(binary, masks)["tp"] == 1.0


def test_the_larger_volume_is_cropped_around_its_centre():
    small = painted(*GT[:3])
    large = np.pad(small, ((0, 0), (3, 4), (2, 3), (6, 6)))
    found = score(large, small, preset=KEEP)
    assert found["S"] == 1.0
    assert found.agreement.pred.shape == SHAPE


def test_volumes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="do not fit"):
        score(np.ones((4, 9, 9), np.uint8), np.ones((5, 8, 9), np.uint8))


def test_an_image_is_no_prediction():
    with pytest.raises(InputError, match="whole numbers"):
        score(np.full((4, 4, 4), 0.5), np.ones((4, 4, 4), np.uint8))
    with pytest.raises(InputError, match="5 dimensions"):
        score(np.ones((1, 1, 1, 2, 2)), np.ones((4, 4, 4), np.uint8))
    with pytest.raises(InputError, match="preset"):
        score(painted(*GT), painted(*GT), preset="best")


def test_faint_neurons_are_scored_apart(tmp_path):
    path = write_fisbe(tmp_path / "gt.zarr", neuron_set(*GT))
    zarr.open_group(path, mode="r+")["volumes/gt_instances"].attrs["dim_neurons"] = [3]
    found = score(painted(*PRED), path, preset=KEEP)
    assert as_instances(path).dim == [3]
    assert found.dim.to_dict()["tp"] == 1.0
    assert found.dim.to_dict()["C"] == pytest.approx(1.0)
    assert found.overlapping.ids == [2, 4]


def test_no_true_neuron_and_no_prediction_make_zeros():
    none = np.zeros(SHAPE, np.uint8)
    assert score(painted(*PRED), none, preset=KEEP)["S"] == 0.0
    lost = score(none, painted(*GT), preset=KEEP)
    assert (lost["S"], lost["FS"], lost.thresholds[4].FN) == (0.0, 0, 4)


def test_predictions_on_background_do_not_count_when_partly_labelled():
    truth = painted(GT[0], GT[2])
    partly = score(painted(*PRED), truth, partly=True, preset=KEEP)
    whole = score(painted(*PRED), truth, preset=KEEP)
    # The second half of a true neuron counts either way.
    assert [s.thresholds[4].FP for s in (partly, whole)] == [1, 3]
    assert not [p for p in places(partly) if p.kind == "spurious"]


def test_every_error_has_a_place():
    both = np.vstack([tube(2, 12), tube(2, 22)])
    pred = (tube(2, 2, 4, 30), tube(2, 2, 30, 56), both, tube(9, 30, 4, 30))
    truth = (tube(2, 2), tube(2, 12), tube(2, 22), tube(12, 2))
    found = places(score(painted(*pred), painted(*truth), preset=KEEP))
    by_kind = {place.kind: place for place in found}
    assert [p.kind for p in found if p.kind != "missed"] == [
        "merged",
        "split",
        "spurious",
    ]
    split = by_kind["split"]
    assert (split.gt, set(split.pred)) == ((1,), {1, 2})
    assert abs(split.voxel[2] - 30) <= 2
    assert by_kind["merged"].gt == (2, 3)
    assert 14 <= by_kind["merged"].voxel[1] <= 23
    assert by_kind["missed"].gt == (4,)
    assert by_kind["missed"].voxel[0] == 13
    assert by_kind["spurious"].sentence() == "Neuron 4 lies mostly on background"
