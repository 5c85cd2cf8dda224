"""Train a linking model on simulated volumes: one command, the same numbers each time.

python -m striate_filaments.linking.training --out FOLDER [--network ID|PATH]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.fitting import fit
from striate_filaments.linking.keeping import KEEP
from striate_filaments.linking.lessons import Notes, prepare, take_notes
from striate_filaments.linking.links import CONTACT, GAP
from striate_filaments.linking.model import (
    NETWORK_TASK,
    TASK,
    LinkModel,
    Settings,
    save_links,
)
from striate_filaments.linking.regions import PAIR
from striate_filaments.linking.scorer import Scorer
from striate_filaments.linking.volumes import FIRST_SEED, paint_example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.linking.fragments import Fragments
    from striate_filaments.linking.lessons import Example

    Doubles = NDArray[np.float64]

__all__ = ["first_model", "learn"]

_ROUNDS = 2
_READY = 1.0
"""Log-odds at which contacts join while it learns: readier than later on, to err."""
_NAME = "filaments-links"


def learn(
    ready: Sequence[tuple[Example, Fragments, Doubles]], settings: Settings, seed: int
) -> LinkModel:
    """Learn from examples, first by the truth, then from what the model makes of them.

    What a model must decide depends on what it joined before, so it is trained on its
    own decisions too (Ross et al. 2011), with the truth as the answer.
    """
    model = first_model(replace(settings, contact=_READY))
    notes = {step: Notes() for step in ("contact", "gap", "keep")}
    for turn in range(_ROUNDS + 1):
        take_notes(ready, model, obey=turn == 0, notes=notes)
        contact, gap, keep = (
            fit(*notes[step].all(), seed) for step in ("contact", "gap", "keep")
        )
        model = replace(model, contact=contact, gap=gap, keep=keep)
    return replace(model, settings=settings)


def first_model(settings: Settings) -> LinkModel:
    """Hue, the saddle between two crests, emptiness and direction; to begin with."""
    contact = _weights((*PAIR, *CONTACT), unlike_grain=-3.0, saddle=-2.0)
    gap = _weights((*PAIR, *GAP), unlike_grain=-3.0, bare=-2.0, straight=1.0)
    return LinkModel(
        Scorer.linear(contact, 3.0),
        Scorer.linear(gap, 2.0),
        Scorer.linear(_weights(KEEP, cable=1.0), 0.0),
        settings,
        {},
    )


def _weights(names: Sequence[str], **given: float) -> Doubles:
    return np.array([given.get(name, 0.0) for name in names])


def main() -> None:
    """Paint, learn, and write the model with its card."""
    options = _options()
    settings = Settings()
    seeds = range(options.seed, options.seed + options.volumes)
    examples = []
    for seed in seeds:
        examples.append(paint_example(seed, options.network, settings.found))
        sys.stderr.write(f"volume {seed} of {seeds.stop - 1}\n")
    model = learn(prepare(examples, settings), settings, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / f"{_NAME}.safetensors"
    save_links(file, model)
    card = _card(file, settings, options)
    (options.out / f"{_NAME}.json").write_text(json.dumps(card, indent=1) + "\n")


def _card(
    file: Path, settings: Settings, options: argparse.Namespace
) -> dict[str, object]:
    return {
        "format": "striate-model-card-1",
        "id": _NAME,
        "title": "Links of fragments",
        "task": NETWORK_TASK if options.network else TASK,
        "source": {"path": file.name},
        "licence": "BSD-3-Clause",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "size": file.stat().st_size,
        "default": True,
        "description": "Three small networks that decide which pieces of neurite are "
        "one neuron, and which are none.",
        "recommended_use": "Taken by the learned method, for volumes with crowded, "
        "dim or like-coloured neurons.",
        "details": {
            "trained_on": f"{options.volumes} semi-synthetic volumes, seeds "
            f"{options.seed} to {options.seed + options.volumes - 1}, of training "
            "shapes",
            "finder": options.network or "the ridge filter of the colour method",
            "seed": options.seed,
            "command": "python -m striate_filaments.linking.training --out "
            f"resources/models --volumes {options.volumes} --seed {options.seed}",
            "settings": asdict(settings),
        },
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--network", help="that finds the voxels; else ridges do")
    parser.add_argument("--volumes", type=int, default=24)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    return parser.parse_args()


if __name__ == "__main__":
    main()
