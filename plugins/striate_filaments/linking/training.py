"""Train a linking model on simulated volumes: one command, the same numbers each time.

python -m striate_filaments.linking.training --out FOLDER [--network ID|PATH]

Links belong to the network whose voxels they join, and lie beside its weights.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from striate_filaments.learned.files import find_model
from striate_filaments.linking.context import ContextNet
from striate_filaments.linking.fitting import fit
from striate_filaments.linking.keeping import KEEP
from striate_filaments.linking.lessons import (
    Notes,
    look,
    note_contacts,
    note_gaps,
    note_meetings,
    prepare,
    sight_of_contacts,
    sight_of_gaps,
    sight_of_meetings,
)
from striate_filaments.linking.links import BETWEEN, CONTACT, GAP, MEETING
from striate_filaments.linking.looking import fit_context
from striate_filaments.linking.model import (
    LinkModel,
    Settings,
    save_links,
)
from striate_filaments.linking.opening import BESIDE
from striate_filaments.linking.regions import PAIR
from striate_filaments.linking.scorer import Scorer
from striate_filaments.linking.volumes import FIRST_SEED, paint_example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from striate_filaments.linking.lessons import Prepared, Seen
    from striate_filaments.linking.looking import Sight

    Doubles = NDArray[np.float64]

    class Note(Protocol):
        """Takes down what is decided on in one volume."""

        def __call__(
            self, seen: Seen, model: LinkModel, notes: Notes, *, obey: bool
        ) -> None: ...


__all__ = ["first_model", "learn"]

_ROUNDS = 2
_READY = 1.0
"""Log-odds at which contacts join while it learns: readier than later on, to err."""
_LOOKS = {"near": 24, "mid": 8, "far": 8}
"""Times that each network looks at every graph."""
_CAREFUL = (-1.0, 0.0, 1.0)
"""More or less careful than it will be at contacts, to learn from regions that are
smaller or greater."""
_DECIDING = 4
"""Every so manieth volume teaches to decide, the others to look: what is decided on
must not have been learned by heart."""
_VOLUMES = 300
_SEEN = 4.0
"""Score down to which voxels are looked for once it has learned, lower than while it
learns, as found best on tuning volumes: more of what is dim is seen, and links know
what to drop."""


def learn(
    prepared: Sequence[Prepared],
    settings: Settings,
    seed: int,
    told: Callable[[str], None] = lambda _: None,
) -> LinkModel:
    """Learn to look around, then to decide: at contacts, at those left, over gaps.

    What a model must decide depends on what it joined before, so after the truth it
    is trained on its own decisions too (Ross et al. 2011), with the truth as answer.
    """
    looking = [p for i, p in enumerate(prepared) if i % _DECIDING]
    sights = [sight_of_contacts(p) for p in looking]
    near = fit_context(sights, seed, _LOOKS["near"], told)
    seen = [look(p, near) for p in prepared]
    deciding = seen[::_DECIDING]
    looking_on = [s for i, s in enumerate(seen) if i % _DECIDING]
    ready = replace(settings, contact=_READY, meeting=_READY)
    model = first_model(ready, near)
    model = _learn_touching("contact", note_contacts, deciding, model, seed)
    model = replace(model, settings=replace(ready, contact=settings.contact))
    told("contacts of pieces learned")
    sights = _sights(sight_of_meetings, looking_on, model)
    mid = fit_context(sights, seed, _LOOKS["mid"], told)
    model = replace(model, mid=mid)
    model = _learn_touching("meeting", note_meetings, deciding, model, seed)
    model = replace(model, settings=settings)
    told("contacts of regions learned")
    sights = _sights(sight_of_gaps, looking_on, model)
    model = replace(model, far=fit_context(sights, seed, _LOOKS["far"], told))
    return _learn_gaps(deciding, model, seed)


def _sights(
    sight: Callable[[Seen, LinkModel], Sight], seen: Sequence[Seen], model: LinkModel
) -> list[Sight]:
    """See what comes of joining more or less carefully."""
    usual = model.settings
    models = [
        replace(
            model,
            settings=replace(
                usual, contact=usual.contact + more, meeting=usual.meeting + more
            ),
        )
        for more in _CAREFUL
    ]
    return [sight(one, careful) for one in seen for careful in models]


def _learn_touching(
    step: str, note: Note, seen: Sequence[Seen], model: LinkModel, seed: int
) -> LinkModel:
    """Learn the decider called `step`, from what `note` takes down."""
    notes = Notes()
    for turn in range(_ROUNDS + 1):
        for one in seen:
            note(one, model, notes, obey=turn == 0)
        decider: Any = {step: fit(*notes.all(), seed)}
        model = replace(model, **decider)
    return model


def _learn_gaps(seen: Sequence[Seen], model: LinkModel, seed: int) -> LinkModel:
    gaps, keeping = Notes(), Notes()
    for turn in range(_ROUNDS + 1):
        for one in seen:
            note_gaps(one, model, gaps, keeping, obey=turn == 0)
        gap, keep = fit(*gaps.all(), seed), fit(*keeping.all(), seed)
        model = replace(model, gap=gap, keep=keep)
    return model


def first_model(settings: Settings, near: ContextNet) -> LinkModel:
    """Hue, the saddle between two crests, emptiness and direction; to begin with."""
    hue = {"unlike_grain": -3.0}
    return LinkModel(
        near,
        _blank(MEETING),
        _blank(GAP),
        Scorer.linear(_weights((*PAIR, *CONTACT), saddle=-2.0, **hue), 3.0),
        Scorer.linear(_weights((*PAIR, *MEETING), saddle=-2.0, **hue), 3.0),
        Scorer.linear(_weights((*PAIR, *GAP), bare=-2.0, straight=1.0, **hue), 2.0),
        Scorer.linear(_weights(KEEP, cable=1.0), 0.0),
        settings,
        {},
    )


def _blank(links: Sequence[str]) -> ContextNet:
    return ContextNet(len(PAIR) + len(links) - len(BETWEEN)).eval()


def _weights(names: Sequence[str], **given: float) -> Doubles:
    return np.array([given.get(name, 0.0) for name in names])


def main() -> None:
    """Paint, learn, and write the model."""
    options = _options()
    _in_one_order()
    prepared = []
    seeds = range(options.seed, options.seed + options.volumes)
    for seed, one in zip(seeds, _paint(options, seeds), strict=True):
        prepared.append(one)
        _told(f"volume {seed} of {seeds.stop - 1}")
    model = learn(prepared, Settings(), options.seed, _told)
    settings = replace(model.settings, found=_SEEN, low=_SEEN)
    options.out.mkdir(parents=True, exist_ok=True)
    made = replace(model, settings=settings, facts=_facts(options))
    save_links(options.out / BESIDE, made)


def _in_one_order() -> None:
    """Sums come out the same to the last bit only in the same order."""
    import torch

    torch.set_num_threads(1)


def _paint(options: argparse.Namespace, seeds: Sequence[int]) -> Iterator[Prepared]:
    one = partial(_prepared, options.network)
    if options.workers == 1:
        yield from map(one, seeds)
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, fresh, _in_one_order) as pool:
        yield from pool.map(one, seeds)


def _prepared(network: str, seed: int) -> Prepared:
    settings = Settings()
    return prepare(paint_example(seed, network, settings.found), settings)


def _told(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _facts(options: argparse.Namespace) -> dict[str, object]:
    network = find_model(options.network)
    return {
        "trained_on": f"{options.volumes} semi-synthetic volumes, seeds {options.seed} "
        f"to {options.seed + options.volumes - 1}, of training shapes",
        "network": network.id,
        "network_sha256": hashlib.sha256(network.path.read_bytes()).hexdigest(),
        "command": "python -m striate_filaments.linking.training --out DIR --network "
        f"{network.id} --volumes {options.volumes} --seed {options.seed}",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--network", default="", help="empty: the one that ships")
    parser.add_argument("--volumes", type=int, default=_VOLUMES)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--workers", type=int, default=1, help="that paint volumes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
