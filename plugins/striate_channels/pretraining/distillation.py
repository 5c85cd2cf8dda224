"""Self-distillation: a student predicts what a slow copy of itself sees elsewhere.

DINO (Caron et al. 2021), with the term of DINOv2 that spreads features apart
(KoLeo, Sablayrolles et al. 2019), which small batches need.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch  # noqa: TID253 - this module is imported to train
from torch import Tensor, nn  # noqa: TID253 - as above
from torch.nn import functional  # noqa: TID253 - as above

if TYPE_CHECKING:
    from striate_channels.chadavit.network import ChAdaViT

__all__ = ["Centre", "Head", "koleo", "make_teacher", "self_distillation", "update"]

STUDENT_TEMPERATURE = 0.1


class Head(nn.Module):
    """Three layers, a narrow normalised one, and prototypes of unit length."""

    def __init__(self, dim: int, prototypes: int, hidden: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, 64),
        )  # fmt: skip
        self.prototypes = nn.Parameter(torch.randn(prototypes, 64))

    def forward(self, x: Tensor) -> Tensor:
        narrow = functional.normalize(self.layers(x), dim=-1)
        return narrow @ functional.normalize(self.prototypes, dim=-1).T


class Student(nn.Module):
    """Network and head; gives (summaries, logits)."""

    def __init__(self, network: ChAdaViT, prototypes: int) -> None:
        super().__init__()
        self.network = network
        self.head = Head(network.config.embed_dim, prototypes)

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        summary = self.network(views)[:, 0]
        return summary, self.head(summary)


class Centre:
    """Running mean of the teacher's logits; subtracting it prevents collapse."""

    def __init__(self, prototypes: int, momentum: float = 0.9) -> None:
        self.value = torch.zeros(prototypes)
        self._momentum = momentum

    def update(self, logits: Tensor) -> None:
        """Take in a batch."""
        self.value.lerp_(logits.mean(0), 1 - self._momentum)


def make_teacher(student: Student) -> Student:
    """Copy the student; the copy is never trained by gradients."""
    return copy.deepcopy(student).requires_grad_(False)


@torch.no_grad()
def update(teacher: Student, student: Student, momentum: float) -> None:
    """Let the teacher follow the student slowly."""
    for slow, fast in zip(teacher.parameters(), student.parameters(), strict=True):
        slow.lerp_(fast, 1 - momentum)


def self_distillation(
    students: list[Tensor], teachers: list[Tensor], centre: Centre, temperature: float
) -> Tensor:
    """Cross-entropy of every student view against every *other* teacher view.

    Parameters
    ----------
    students
        (B, K) logits; the first ones are of the views the teacher saw too.
    teachers
        (B, K) logits.
    """
    targets = [((t - centre.value) / temperature).softmax(-1) for t in teachers]
    losses = [
        -(target * (s / STUDENT_TEMPERATURE).log_softmax(-1)).sum(-1).mean()
        for i, target in enumerate(targets)
        for j, s in enumerate(students)
        if i != j
    ]
    return torch.stack(losses).mean()


def koleo(summaries: Tensor) -> Tensor:
    """Push every feature away from its nearest neighbour in the batch."""
    unit = functional.normalize(summaries, dim=-1)
    with torch.no_grad():
        alike = unit @ unit.T
        alike.fill_diagonal_(-2)
        nearest = alike.argmax(1)
    distance = (unit - unit[nearest]).norm(dim=-1)
    return -(distance + 1e-6).log().mean()
