"""Lessons: what a linking model learns from, taken down while it links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.contraction import Lesson, contract
from striate_filaments.linking.fragments import Fragments
from striate_filaments.linking.keeping import describe
from striate_filaments.linking.truth import vote
from striate_filaments.segmentation.colour import Palette
from striate_filaments.segmentation.joining import connected, part
from striate_filaments.segmentation.tuning import TUNED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_filaments.linking.model import LinkModel, Settings
    from striate_filaments.neurons import NeuronSet
    from striate_filaments.segmentation.foreground import Detector, Voxels
    from striate_filaments.segmentation.resolving import Request

    Doubles = NDArray[np.float64]

__all__ = ["Example", "Notes", "prepare", "take_notes"]

_AGAINST = 6


@dataclass(frozen=True)
class Example:
    """A volume with true neurons, as far as the finder sees it.

    Parameters
    ----------
    voxels
        What the finder found, down to the lowest score that will be used.
    dim
        Ids of the neurons that are dim.
    """

    request: Request
    detector: Detector
    voxels: Voxels
    truth: NeuronSet
    dim: tuple[int, ...] = ()


@dataclass
class Notes:
    """Features and answers of one step over all examples."""

    features: list[Doubles] = field(default_factory=list)
    answers: list[Doubles] = field(default_factory=list)
    weights: list[Doubles] = field(default_factory=list)

    def add(self, features: Doubles, answer: NDArray[np.bool_], size: Doubles) -> None:
        """Take down rows; more voxels weigh more, if not in proportion."""
        self.features.append(features)
        self.answers.append(answer.astype(np.float64))
        self.weights.append(np.clip(np.sqrt(size), 1.0, 40.0))

    def all(self) -> tuple[Doubles, Doubles, Doubles]:
        """Features (n, F), answers (n,) and weights (n,).

        Of very many decisions against joining a part stands for all.
        """
        answers = np.concatenate(self.answers)
        weights = np.concatenate(self.weights)
        against = np.flatnonzero(answers == 0)
        every = max(1, len(against) // max(_AGAINST * int(answers.sum()), 20_000))
        weights[against] *= every
        chosen = np.sort(np.concatenate([np.flatnonzero(answers), against[::every]]))
        return np.concatenate(self.features)[chosen], answers[chosen], weights[chosen]


def prepare(
    examples: Sequence[Example], settings: Settings
) -> list[tuple[Example, Fragments, Doubles]]:
    """Cut every example into pieces and count whose they are."""
    ready = []
    tuning = settings.tuning(TUNED)
    for e in examples:
        voxels = e.voxels.take(np.flatnonzero(e.voxels.score > settings.low))
        shape = e.request.array.shape[1:]
        voxels = connected(voxels, shape, settings.high, TUNED.speckle)
        palette = Palette.of(voxels, e.detector)
        fragments = Fragments.of(
            voxels, palette, shape, np.asarray(e.request.voxel), 0.0, tuning
        )
        ready.append(
            (e, fragments, vote(fragments.grid, fragments.pieces, e.truth, e.dim))
        )
    return ready


def take_notes(
    ready: Sequence[tuple[Example, Fragments, Doubles]],
    model: LinkModel,
    *,
    obey: bool,
    notes: dict[str, Notes],
) -> None:
    """Link every example by the model, or by the truth, and note every decision."""
    chosen = model.settings
    for example, fragments, votes in ready:
        gap = example.request.params.gap / example.request.half
        regions, grain = fragments.regions(), fragments.grain
        touching = fragments.contacts()
        lesson = Lesson(votes.copy(), obey)
        contract(regions, touching, model.contact, grain, chosen.contact, lesson)
        _write(notes["contact"], lesson)
        bridged = [np.empty((0, 2), dtype=np.int64)]
        for _ in range(chosen.rounds):
            gaps = fragments.gaps(regions, gap, chosen.smallest)
            lesson = Lesson(lesson.votes, obey)
            used = contract(regions, gaps, model.gap, grain, chosen.gap, lesson)
            bridged.append(gaps.pairs[used])
            _write(notes["gap"], lesson)
        joined = part(
            fragments.grid, fragments.pieces, regions.labels, touching.pairs,
            np.concatenate(bridged), grain, TUNED,
        )  # fmt: skip
        has = np.zeros((len(joined.length), votes.shape[1]))
        np.add.at(has, joined.neuron, votes)
        long = joined.length * example.request.half > 0.5 * (
            example.request.params.minimum_length
        )
        true = has[:, :-1].sum(axis=1) > has[:, -1]
        notes["keep"].add(
            describe(fragments, joined)[long], true[long], has.sum(axis=1)[long]
        )


def _write(notes: Notes, lesson: Lesson) -> None:
    if lesson.features is not None and lesson.answer is not None:
        size = np.exp(lesson.features[:, 7])
        notes.add(lesson.features, lesson.answer, size)
