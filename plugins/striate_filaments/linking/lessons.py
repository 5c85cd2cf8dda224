"""Lessons: what a linking model learns from, taken down while it links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from striate_filaments.linking.contraction import Lesson, contract
from striate_filaments.linking.fragments import Fragments
from striate_filaments.linking.joining import (
    join_touching,
    look_again,
    look_far,
    look_near,
)
from striate_filaments.linking.keeping import describe
from striate_filaments.linking.links import meeting_links
from striate_filaments.linking.looking import Sight
from striate_filaments.linking.regions import PAIR, SUMS
from striate_filaments.linking.surroundings import surroundings
from striate_filaments.linking.truth import vote
from striate_filaments.segmentation.colour import Palette
from striate_filaments.segmentation.joining import connected, part
from striate_filaments.segmentation.tuning import TUNED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from striate_filaments.linking.context import ContextNet
    from striate_filaments.linking.links import Links
    from striate_filaments.linking.model import LinkModel, Settings
    from striate_filaments.linking.regions import LinkRegions
    from striate_filaments.neurons import NeuronSet
    from striate_filaments.segmentation.foreground import Detector, Voxels
    from striate_filaments.segmentation.resolving import Request

    Doubles = NDArray[np.float64]

__all__ = [
    "Example", "Notes", "Prepared", "Seen", "look", "note_contacts", "note_gaps",
    "note_meetings", "prepare", "sight_of_contacts", "sight_of_gaps",
    "sight_of_meetings",
]  # fmt: skip

_AGAINST = 6
_SIZE_LOW = PAIR.index("size_low")


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
        """Take down rows; more voxels weigh more, if not in proportion.

        What goes wrong with two long neurites costs a score both, but there are few.
        """
        self.features.append(features)
        self.answers.append(answer.astype(np.float64))
        self.weights.append(np.clip(size**0.7, 1.0, 500.0))

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


@dataclass(frozen=True)
class Prepared:
    """An example cut into pieces.

    Parameters
    ----------
    gap, shortest
        Widest gap and shortest neuron, in half thicknesses.
    votes
        (K, T + 1) whose the pieces truly are.
    """

    fragments: Fragments
    votes: Doubles
    gap: float
    shortest: float


@dataclass(frozen=True)
class Seen:
    """What was prepared, and what a trained network makes of its contacts.

    Parameters
    ----------
    touching, real
        As ``joining.look_near`` returns them.
    """

    prepared: Prepared
    touching: Links
    real: Doubles

    def regions(self) -> LinkRegions:
        """Every piece a region of its own."""
        found = self.prepared.fragments.regions()
        found.sums[:, SUMS.index("real")] = self.real
        return found


def prepare(example: Example, settings: Settings) -> Prepared:
    """Cut an example into pieces and count whose they are."""
    request, shape = example.request, example.request.array.shape[1:]
    voxels = example.voxels.take(np.flatnonzero(example.voxels.score > settings.low))
    voxels = connected(voxels, shape, settings.high, TUNED.speckle)
    fragments = Fragments.of(
        voxels, Palette.of(voxels, example.detector), shape, np.asarray(request.voxel),
        0.0, settings.tuning(TUNED),
    )  # fmt: skip
    votes = vote(fragments.grid, fragments.pieces, example.truth, example.dim)
    params, half = request.params, request.half
    return Prepared(fragments, votes, params.gap / half, params.minimum_length / half)


def look(prepared: Prepared, near: ContextNet) -> Seen:
    """Judge the contacts by what is around them, once for all lessons."""
    touching, real = look_near(prepared.fragments, prepared.fragments.regions(), near)
    return Seen(prepared, touching, real)


def sight_of_contacts(prepared: Prepared) -> Sight:
    """Contacts between pieces, with the answers."""
    fragments = prepared.fragments
    touching = fragments.contacts()
    around = surroundings(fragments, fragments.regions(), touching)
    return Sight.of(around, prepared.votes[np.unique(touching.pairs)])


def sight_of_meetings(seen: Seen, model: LinkModel) -> Sight:
    """Contacts left between what the model joins of pieces, with the answers."""
    regions = _joined_pieces(seen, model)
    return _sight(seen, regions, meeting_links(seen.touching, regions.labels))


def sight_of_gaps(seen: Seen, model: LinkModel) -> Sight:
    """Gaps between what the model joins over contacts, with the answers."""
    prepared, regions = seen.prepared, _joined_touching(seen, model)
    gaps = prepared.fragments.gaps(
        regions, seen.touching, prepared.gap, model.settings.smallest
    )
    return _sight(seen, regions, gaps)


def note_contacts(seen: Seen, model: LinkModel, notes: Notes, *, obey: bool) -> None:
    """Join contacts by the model, or by the truth, and note every decision."""
    lesson = Lesson(seen.prepared.votes.copy(), obey)
    grain = seen.prepared.fragments.grain
    contract(
        seen.regions(), seen.touching, model.contact, grain, model.settings.contact,
        lesson,
    )  # fmt: skip
    _write(notes, lesson)


def note_meetings(seen: Seen, model: LinkModel, notes: Notes, *, obey: bool) -> None:
    """Join pieces by the model, then what is left by the model or by the truth."""
    fragments, regions = seen.prepared.fragments, _joined_pieces(seen, model)
    lesson = Lesson(_votes(seen, regions), obey)
    meetings = look_again(fragments, regions, seen.touching, model.mid)
    contract(
        regions, meetings, model.meeting, fragments.grain, model.settings.meeting,
        lesson,
    )  # fmt: skip
    _write(notes, lesson)


def note_gaps(
    seen: Seen, model: LinkModel, notes: Notes, keeping: Notes, *, obey: bool
) -> None:
    """Join contacts by the model, then gaps by the model or by the truth.

    Notes every decision over gaps, and in the end what is truly a neuron.
    """
    prepared, chosen = seen.prepared, model.settings
    fragments, grain = prepared.fragments, prepared.fragments.grain
    regions = _joined_touching(seen, model)
    bridged = [np.empty((0, 2), dtype=np.int64)]
    for _ in range(chosen.rounds):
        gaps = look_far(fragments, regions, seen.touching, prepared.gap, model)
        lesson = Lesson(_votes(seen, regions), obey)
        used = contract(regions, gaps, model.gap, grain, chosen.gap, lesson)
        bridged.append(gaps.pairs[used])
        _write(notes, lesson)
    joined = part(
        fragments.grid, fragments.pieces, regions.labels, seen.touching.pairs,
        np.concatenate(bridged), grain, TUNED,
    )  # fmt: skip
    has = np.zeros((len(joined.length), prepared.votes.shape[1]))
    np.add.at(has, joined.neuron, prepared.votes)
    long = joined.length > 0.5 * prepared.shortest
    true = has[:, :-1].sum(axis=1) > has[:, -1]
    features = describe(fragments, joined, seen.real)
    keeping.add(features[long], true[long], has.sum(axis=1)[long])


def _joined_pieces(seen: Seen, model: LinkModel) -> LinkRegions:
    """Regions after the first look at contacts."""
    regions, grain = seen.regions(), seen.prepared.fragments.grain
    contract(regions, seen.touching, model.contact, grain, model.settings.contact)
    return regions


def _joined_touching(seen: Seen, model: LinkModel) -> LinkRegions:
    """Regions after both looks at contacts."""
    regions = seen.regions()
    join_touching(seen.prepared.fragments, regions, seen.touching, model)
    return regions


def _votes(seen: Seen, regions: LinkRegions) -> Doubles:
    """(K, T + 1) whose the regions are, in the rows of the pieces that name them."""
    votes = np.zeros_like(seen.prepared.votes)
    np.add.at(votes, regions.labels, seen.prepared.votes)
    return votes


def _sight(seen: Seen, regions: LinkRegions, links: Links) -> Sight:
    around = surroundings(seen.prepared.fragments, regions, links)
    names = np.unique(regions.labels[links.pairs])
    return Sight.of(around, _votes(seen, regions)[names])


def _write(notes: Notes, lesson: Lesson) -> None:
    if lesson.features is not None and lesson.answer is not None:
        size = np.exp(lesson.features[:, _SIZE_LOW])
        notes.add(lesson.features, lesson.answer, size)
