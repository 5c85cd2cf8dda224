"""The network and its finder: what may not change what they see."""

from __future__ import annotations

import json
import pickle

import dask.array as da
import numpy as np
import pytest
import torch
from tests.filaments.drawn import picture, tube

from striate.errors import InputError
from striate.jobs.context import JobContext
from striate_filaments.learned import load_model
from striate_filaments.learned.config import EXTRA, OFFSETS, TASK
from striate_filaments.learned.features import COUNT, make_features
from striate_filaments.learned.files import find_model, save_network
from striate_filaments.learned.network import SegmenterNet
from striate_filaments.learned.opening import block_edge, make_finder
from striate_filaments.learned.units import levels
from striate_filaments.segmentation.blocks import collect, make_detector
from striate_filaments.segmentation.foreground import Optics

SHAPE = (32, 48, 72)
RED, GREEN = (300, 20, 10), (10, 300, 20)


def settled(seed=0):
    """A network with random weights and norms that have seen something."""
    torch.manual_seed(seed)
    net = SegmenterNet()
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm3d):
            part.running_mean.uniform_(-0.2, 0.2)
            part.running_var.uniform_(0.5, 2.0)
    return net


def eager(net):
    """Make a network see neurons nearly everywhere it is shown something."""
    with torch.no_grad():
        net.head.bias[:3] = torch.tensor([0.0, 0.0, -1.0])
    return net


def crossing():
    return picture(
        (tube(SHAPE, (16, 24, 4), (16, 24, 68)), RED),
        (tube(SHAPE, (16, 4, 36), (16, 44, 36)), GREEN),
    )


def shown(units):
    bent = levels(units, np.full(units.shape[-4], 0.4))
    return make_features(torch.from_numpy(units), torch.from_numpy(bent))


def random_units(channels, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 4, (1, channels, 16, 16, 16)).astype(np.float32)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.safetensors"
    save_network(eager(settled()), path)
    return path


def found_in(raw, model, edge):
    array = da.from_array(raw, chunks=-1)
    ctx = JobContext()
    optics = Optics.of(raw.shape[1:], (1.0, 1.0, 1.0), 2.0)
    detector = make_detector(array, optics, 5.0, ctx)
    finder = make_finder(detector, raw.shape[1:], str(model), ctx)
    return collect(array, finder, block_edge(finder, edge), ctx)


# ---- Channels


def test_the_order_of_channels_does_not_matter():
    units, net = random_units(5), settled().eval()
    order = [3, 0, 4, 1, 2]

    with torch.inference_mode():
        one, other = net(shown(units)), net(shown(units[:, order]))

    for a, b in zip(one, other, strict=True):
        assert float((a - b).abs().max()) < 1e-5


@pytest.mark.parametrize("channels", [1, 2, 3, 12])
def test_any_number_of_channels_gives_the_same_maps(channels):
    assert shown(random_units(channels)).shape == (1, COUNT, 16, 16, 16)


def test_an_empty_channel_changes_no_hue_and_no_brightness():
    units = np.abs(random_units(3)) + 3
    padded = np.concatenate([units, np.zeros_like(units[:, :1])], 1)

    one, other = shown(units), shown(padded)

    # Only the length knows that one more channel adds its noise.
    same = [i for i in range(COUNT) if i != 3]
    assert torch.allclose(one[:, same], other[:, same], atol=1e-5)
    assert float((one[:, 3] - other[:, 3]).abs().max()) < 0.05


def test_hue_steps_tell_one_colour_from_another():
    units = np.zeros((1, 3, 16, 16, 16), np.float32)
    units[:, 0, ..., :8], units[:, 1, ..., 8:] = 40, 40

    steps = shown(units)[0, -len(OFFSETS) :]

    along_x = steps[OFFSETS.index((0, 0, 3))]
    assert float(along_x[8, 8, 2]) < 0.01
    assert float(along_x[8, 8, 6]) == pytest.approx(np.sqrt(2), abs=0.01)


# ---- Network


def test_fused_norms_answer_the_same():
    net, maps = settled().eval(), shown(random_units(3))

    with torch.inference_mode():
        one, other = net(maps), net.for_running()(maps)

    for a, b in zip(one, other, strict=True):
        assert torch.allclose(a, b, atol=1e-4)


def test_an_untrained_network_sees_nothing():
    with torch.inference_mode():
        number = SegmenterNet().eval()(shown(random_units(3))).number.softmax(1)

    assert float(number[:, 0].median()) > 0.9


# ---- Finder


def test_the_block_size_changes_nothing(model):
    raw = crossing()

    small, large = found_in(raw, model, 32), found_in(raw, model, 128)

    assert len(small) > 1000
    assert np.array_equal(small.index, large.index)
    assert np.array_equal(small.score, large.score)
    assert np.array_equal(small.extra, large.extra)
    assert np.array_equal(small.signal, large.signal)


def test_voxels_say_what_else_is_known(model):
    voxels = found_in(crossing(), model, 64)

    assert voxels.extra.shape == (len(voxels), len(EXTRA))
    assert 0 <= voxels.extra.min() <= voxels.extra.max() <= 1
    assert np.all(np.diff(voxels.index) > 0)
    assert voxels.score.min() > 5.0


def test_what_holds_nothing_is_never_shown_to_the_network(model, monkeypatch):
    from striate_filaments.learned import running

    asked = []
    answer = running.answer
    monkeypatch.setattr(
        running, "answer", lambda f, units: asked.extend(units) or answer(f, units)
    )
    raw = picture((tube((32, 48, 160), (16, 24, 4), (16, 24, 28)), RED))

    voxels = found_in(raw, model, 64)

    x = voxels.index % 160
    assert x.max() < 64
    assert 0 < len(asked) <= 4


def test_specks_that_do_not_hang_together_are_not_shown_either(model):
    raw = picture((tube((32, 48, 160), (16, 24, 4), (16, 24, 28)), RED))
    raw[:, 4::8, 4::8, 100::8] += 60

    x = found_in(raw, model, 64).index % 160

    assert len(x) > 0
    assert x.max() < 64


def test_a_finder_travels_and_says_how_it_ran(model):
    raw = crossing()
    array = da.from_array(raw, chunks=-1)
    ctx = JobContext()
    detector = make_detector(array, Optics.of(SHAPE, (1, 1, 1), 2.0), 5.0, ctx)

    finder = pickle.loads(pickle.dumps(make_finder(detector, SHAPE, str(model), ctx)))

    facts = finder.facts()
    assert (facts["tile"], facts["batch"], facts["device"]) == (48, 1, "cpu")
    assert len(facts["model_sha256"]) == 64


def test_when_memory_runs_out_the_batch_is_halved(model, monkeypatch):
    from striate_filaments.learned import running
    from striate_filaments.learned.finder import NetworkFinder

    tried = []
    real = running._answer

    def tight(net, finder, units):
        tried.append(len(units))
        if len(units) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(net, finder, units)

    monkeypatch.setattr(running, "_answer", tight)
    array = da.from_array(crossing(), chunks=-1)
    ctx = JobContext()
    detector = make_detector(array, Optics.of(SHAPE, (1, 1, 1), 2.0), 5.0, ctx)
    one = make_finder(detector, SHAPE, str(model), ctx)
    finder = NetworkFinder(detector, one.model, "tight", one.config, "cpu", 8)
    units = [random_units(3, seed)[0] for seed in range(5)]

    answers = running.answer(finder, units)

    assert tried == [5, 2, 2, 1]
    assert len(answers) == 5
    assert finder.facts()["batch"] == 2


def test_flat_volumes_are_left_to_colour(model):
    with pytest.raises(InputError, match="is flat: choose the method colour"):
        found_in(crossing()[:, :4], model, 64)


# ---- Files


def test_what_is_saved_is_what_is_loaded(model):
    net = load_model(model)

    for name, value in eager(settled()).state_dict().items():
        assert torch.equal(net.state_dict()[name], value)


def test_a_folder_and_a_card_name_the_model_too(model, tmp_path):
    card = {
        "id": "mine", "title": "Mine", "task": TASK, "licence": "MIT",
        "source": {"path": "model.safetensors"},
    }  # fmt: skip
    (tmp_path / "card.json").write_text(json.dumps(card))

    assert find_model(tmp_path).id == "mine"
    assert find_model(tmp_path / "card.json").sha256 == find_model(model).sha256


def test_models_for_something_else_are_refused(model, tmp_path):
    card = {
        "id": "other", "title": "Other", "task": "channels.embed", "licence": "MIT",
        "source": {"path": "model.safetensors"},
    }  # fmt: skip
    (tmp_path / "other.json").write_text(json.dumps(card))
    foreign = tmp_path / "foreign.safetensors"
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(3)}, foreign)
    text = tmp_path / "notes.txt"
    text.write_text("no model")

    with pytest.raises(InputError, match=r"is a model for channels\.embed"):
        find_model(tmp_path / "other.json")
    with pytest.raises(InputError, match="is no segmenter of Striate"):
        find_model(foreign)
    with pytest.raises(InputError, match="is no segmenter of Striate"):
        find_model(text)
    with pytest.raises(InputError, match="is neither a file nor a model"):
        find_model("no-such-model")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"there is no model\.safetensors in it"):
        find_model(tmp_path / "empty")
