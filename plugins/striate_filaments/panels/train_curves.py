"""How a training goes, from the points its job hands over; no Qt here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from striate_filaments.training.params import CurvePoint

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Curves", "in_words"]

_LATELY = 60
"""Points that the pace is taken from: a card that grows warm slows down."""


@dataclass
class Curves:
    """The points of one training, in order of their steps.

    A training that goes on after a stop hands over the later steps again; what it
    says last counts.
    """

    points: list[CurvePoint] = field(default_factory=list)

    def add(self, value: dict[str, Any]) -> CurvePoint:
        """Take in one point as the job sent it."""
        point = CurvePoint.model_validate(value)
        if self.points and point.step < self.points[-1].step:
            self.points = [p for p in self.points if p.step < point.step]
        self.points.append(point)
        return point

    def extend(self, values: Iterable[dict[str, Any]]) -> None:
        """Take in several."""
        for value in values:
            self.add(value)

    @property
    def steps(self) -> int:
        """Steps asked for; 0 before the first point."""
        return self.points[-1].steps if self.points else 0

    @property
    def loss(self) -> list[tuple[int, float]]:
        """(step, loss)."""
        return [(p.step, p.loss) for p in self.points if p.loss is not None]

    @property
    def scores(self) -> list[tuple[int, float]]:
        """(step, S) of every measurement."""
        return [(p.step, p.S) for p in self.points if p.S is not None]

    @property
    def before(self) -> float | None:
        """S before the first step."""
        first = self.scores[:1]
        return first[0][1] if first and first[0][0] == 0 else None

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and S of the measurement that is kept: the first of the highest."""
        return max(self.scores, key=lambda s: s[1], default=None)

    def seconds_left(self) -> float | None:
        """How long the steps still asked for will take; None until it can be told."""
        lately = self.points[-_LATELY:]
        if len(lately) < 2 or lately[-1].step <= lately[0].step:
            return None
        first, last = lately[0], lately[-1]
        pace = (last.seconds - first.seconds) / (last.step - first.step)
        return max(0.0, pace * (last.steps - last.step))

    def summary(self) -> str:
        """Say in a sentence how far it is and what came of it so far."""
        if not self.points:
            return "Nothing measured yet."
        parts = [f"Step {self.points[-1].step} of {self.steps}"]
        if self.best is not None:
            parts.append(f"best S {self.best[1]:.3f} at step {self.best[0]}")
        if self.before is not None:
            parts.append(f"{self.before:.3f} before training")
        return ", ".join(parts) + "."


def in_words(seconds: float | None) -> str:
    """Say a time that is left as a person would."""
    if seconds is None:
        return ""
    if seconds < 50:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min left"
    return f"about {seconds / 3600:.1f} h left"
