"""Nothing is lost: any commands undone give the same neurons, crashes included."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import InputError, OutputError, StriateError
from striate_filaments.neurons import Neuron, NeuronSet
from striate_filaments.proofreading import Proofreading, commands
from striate_filaments.proofreading.brushes import ball
from striate_filaments.proofreading.delta import Delta, apply, decode, encode
from striate_filaments.proofreading.session import digest
from striate_filaments.proofreading.splitting import split_at, split_by_seeds
from striate_filaments.storage import read_neurons, write_neurons

SHAPE = (8, 24, 40)
SIZE = (0.5, 0.4, 0.4)


def tube(id, y, x0=0, x1=40, **facts):
    mask = np.zeros(SHAPE, bool)
    mask[2:5, y : y + 3, x0:x1] = True
    return Neuron.from_mask(id, mask, **facts)


def start():
    """Three tubes; 1 and 5 touch, 3 and 5 share voxels."""
    return NeuronSet(
        SHAPE,
        SIZE,
        "µm",
        [
            tube(1, 2, colour=(0.6, 0.8), name="first"),
            tube(5, 5, 5, 30, colour=(0.8, 0.6), metadata={"dim": True, "score": 0.25}),
            tube(3, 7, colour=(1.0, 0.0), state="accepted"),
        ],
        channels=("a", "b"),
    )


def same(a, b):
    """Whether two sets are equal to the bit, order and facts included."""
    return digest(a) == digest(b) and all(
        (x.voxels.dtype, x.start, x.colour) == (y.voxels.dtype, y.start, y.colour)
        for x, y in zip(a, b, strict=True)
    )


@st.composite
def command(draw):
    """A function from neurons to some command on them."""
    kind = draw(st.sampled_from([
        "merge", "delete", "paint", "erase", "unoverlap", "state", "name", "colour",
        "number", "new", "seeds", "at",
    ]))  # fmt: skip
    pick, other = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    place = draw(st.tuples(*(st.integers(0, n - 1) for n in SHAPE)))
    radius = draw(st.floats(0.1, 2.5))
    return kind, pick, other, place, radius


def act(neurons, drawn) -> Delta:
    kind, pick, other, place, radius = drawn
    ids = neurons.ids
    a, b = ids[pick % len(ids)], ids[other % len(ids)]
    brush = ball(place, radius, SHAPE, SIZE)
    return {
        "merge": lambda: commands.merge(neurons, [a, b]),
        "delete": lambda: commands.delete(neurons, [a]),
        "paint": lambda: commands.paint(neurons, a, brush),
        "erase": lambda: commands.erase(neurons, [a, b], brush),
        "unoverlap": lambda: commands.un_overlap(neurons, ids, "larger"),
        "state": lambda: commands.accept(neurons, [a, b]),
        "name": lambda: commands.rename(neurons, a, f"n{other}"),
        "colour": lambda: commands.recolour(neurons, [a], f"#0000{pick}{other}"),
        "number": lambda: commands.renumber(neurons, a, 20 + other),
        "new": lambda: commands.create(neurons, brush, colour=(0.0, 1.0)),
        "seeds": lambda: split_by_seeds(neurons, a, [[place], [(3, 3, 3)]]),
        "at": lambda: split_at(neurons, a, place),
    }[kind]()


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(command(), max_size=12))
def test_any_commands_undone_and_redone_give_the_same_neurons(drawn, tmp_path_factory):
    path = tmp_path_factory.mktemp("edits") / "log"
    work = Proofreading(start(), path)
    states = [start()]
    for one in drawn:
        if len(work.neurons) == 0:
            break
        try:
            delta = work.do(act(work.neurons, one))
        except InputError:
            continue  # a command that says it cannot be done changes nothing
        if delta.changes:
            states.append(copied(work.neurons))
    for expected in states[-2::-1]:
        work.undo()
        assert same(work.neurons, expected)
    assert work.undo() is None
    for expected in states[1:]:
        work.redo()
        assert same(work.neurons, expected)
    work.close()
    again = Proofreading(start(), path)
    assert same(again.neurons, states[-1])
    again.close()


def copied(neurons):
    return NeuronSet(
        neurons.shape, neurons.voxel_size, neurons.unit, neurons,
        channels=neurons.channels,
    )  # fmt: skip


def test_edits_outlive_the_session_and_a_save(tmp_path):
    work = Proofreading(start(), tmp_path / "log")
    work.do(commands.merge(work.neurons, [1, 5]))
    work.do(commands.rename(work.neurons, 1, "both"))
    file = write_neurons(tmp_path / "a.neurons.zarr", work.neurons)
    work.saved()
    work.do(commands.delete(work.neurons, [3]))
    work.close()
    for source in (read_neurons(file), start()):
        again = Proofreading(source, tmp_path / "log")
        assert again.neurons.ids == [1]
        assert again.history() == ["Merge 5 into 1", "Name 1 “both”", "Delete 3"]
        assert again.undo_text == "Delete 3"
        again.close()
    again = Proofreading(read_neurons(file), tmp_path / "log")
    for _ in range(3):
        again.undo()
    assert again.neurons.ids == [1, 5, 3]
    assert digest(again.neurons) == digest(start())
    again.close()


def test_edits_of_other_neurons_are_not_made_to_these(tmp_path):
    work = Proofreading(start(), tmp_path / "log")
    delta = work.do(commands.merge(work.neurons, [1, 5]))
    work.close()
    others = NeuronSet(SHAPE, neurons=[tube(1, 2), tube(5, 12)])
    with pytest.raises(InputError, match="made to other neurons"):
        Proofreading(others, tmp_path / "log")
    before = digest(others)
    with pytest.raises(InputError, match="does not fit"):
        apply(others, delta)
    assert digest(others) == before


def test_a_change_says_which_box_to_draw_again(tmp_path):
    work = Proofreading(start(), tmp_path / "log")
    heard = []
    work.changed.connect(heard.append)
    work.do(commands.paint(work.neurons, 1, ball((4, 20, 10), 0.45, SHAPE, SIZE)))
    work.do(commands.accept(work.neurons, [1]))
    work.undo()
    assert heard[0].dirty(SHAPE) == ((4, 19, 9), (5, 22, 12))
    assert [d.dirty(SHAPE) for d in heard[1:]] == [None, None]
    assert [d.ids for d in heard] == [[1], [1], [1]]
    work.close()


def test_a_delta_is_small_and_reads_back(tmp_path):
    neurons = start()
    delta = commands.erase(neurons, [1], ball((3, 3, 20), 1.0, SHAPE, SIZE))
    data = encode(delta)
    assert len(data) < 600
    read = decode(data)
    assert read.text == delta.text
    assert read.changes[0].removed.tolist() == delta.changes[0].removed.tolist()
    with pytest.raises(InputError, match="cannot be read"):
        decode(data[:20])


def test_an_edit_that_cannot_be_written_is_not_made(tmp_path, monkeypatch):
    work = Proofreading(start(), tmp_path / "log")
    before = digest(work.neurons)

    def full(_payload):
        raise OutputError("The edit was not made: the disk is full.")

    monkeypatch.setattr(work.log, "append", full)
    with pytest.raises(OutputError):
        work.do(commands.delete(work.neurons, [1]))
    assert digest(work.neurons) == before
    work.close()


SCRIPT = """
import sys, numpy as np
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_proofreading_session import start, ball, SHAPE, SIZE
from striate_filaments.proofreading import Proofreading, commands
work = Proofreading(start(), Path(sys.argv[1]))
for i in range(100000):
    spot = ball((i % 8, 20, i % 40), 0.5, SHAPE, SIZE)
    work.do((commands.paint if i % 3 else commands.erase)(
        work.neurons, 1 if i % 3 else [1], spot))
    print(len(work.log), len(work.neurons[1]), flush=True)
"""


def test_kill_loses_at_most_the_last_edit(tmp_path):
    """The program dies in the middle of editing; what it had said is there."""
    from pathlib import Path

    path = tmp_path / "log"
    here = str(Path(__file__).parent)
    sizes = {}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path), here],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        for line in program.stdout:
            number, size = map(int, line.split())
            sizes[number] = size
            if number >= 25:
                program.kill()
                break
        rest = [line.split() for line in program.stdout if line.endswith("\n")]
    sizes |= {int(number): int(size) for number, size in rest}
    again = Proofreading(start(), path)
    state = again.log.state
    assert max(sizes) <= state <= max(sizes) + 1
    while again.log.state > max(sizes):
        again.undo()
    assert len(again.neurons[1]) == sizes[max(sizes)]
    again.close()


def test_two_windows_are_kept_apart(tmp_path):
    hold = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from test_proofreading_session import start, Proofreading\n"
        "work = Proofreading(start(), Path(sys.argv[1]))\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    from pathlib import Path

    arguments = [str(tmp_path / "log"), str(Path(__file__).parent)]
    with subprocess.Popen(
        [sys.executable, "-c", hold, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout.readline() == "held\n"
        with pytest.raises(StriateError, match="open in another Striate"):
            Proofreading(start(), tmp_path / "log")
        program.stdin.close()
