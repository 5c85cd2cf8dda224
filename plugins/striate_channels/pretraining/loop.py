"""The loop: views, loss, step, teacher; honest to the clock and to cancel."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253 - this module is imported to train

from striate_channels.chadavit.config import ChAdaViTConfig
from striate_channels.chadavit.network import ChAdaViT
from striate_channels.pretraining.distillation import (
    Centre,
    Student,
    koleo,
    make_teacher,
    self_distillation,
    update,
)
from striate_channels.pretraining.views import make_views

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_channels.pretraining.params import PretrainParams
    from striate_channels.pretraining.pool import Pool

__all__ = ["Pretrained", "pretrain"]

WARM_UP = 0.08
"""Share of the schedule in which the rate rises."""


@dataclass
class Pretrained:
    """The teacher's network, which is the better one, and how it went."""

    model: ChAdaViT
    steps: int
    pictures: int
    seconds: float
    losses: list[float] = field(default_factory=list)


def pretrain(
    pool: Pool,
    params: PretrainParams,
    ctx: JobContext,
    *,
    start: ChAdaViT | None = None,
) -> Pretrained:
    """Train a network without labels.

    Parameters
    ----------
    pool
        Where pictures come from.
    start
        Continue with these weights; their shape then counts and not `params`'.

    Raises
    ------
    Cancelled
        Between two steps.
    """
    if params.threads:
        torch.set_num_threads(params.threads)
    torch.manual_seed(ctx.seed)
    student = Student(start or ChAdaViT(_config(params)), params.prototypes)
    student.requires_grad_(True).train()
    trainer = _Trainer(student, pool, params, ctx.seed)
    began = time.monotonic()
    step, losses = 0, []
    while True:
        spent = (time.monotonic() - began) / (60 * params.minutes)
        progress = max(step / params.steps, spent)
        if progress >= 1:
            break
        losses.append(trainer.step(progress))
        step += 1
        mean = float(np.mean(losses[-50:]))
        ctx.progress(step, params.steps, f"Training, loss {mean:.3f}")
    seconds = time.monotonic() - began
    model = trainer.teacher.network.eval()
    return Pretrained(model, step, step * params.batch, seconds, losses)


def _config(params: PretrainParams) -> ChAdaViTConfig:
    wanted = ("depth", "embed_dim", "num_heads", "ffn_dim", "patch_size", "img_size")
    return ChAdaViTConfig(**{name: getattr(params, name) for name in wanted})


class _Trainer:
    def __init__(
        self, student: Student, pool: Pool, params: PretrainParams, seed: int
    ) -> None:
        self.student, self.teacher = student, make_teacher(student)
        self._pool, self._params = pool, params
        self._rng = np.random.default_rng(seed)
        self._generator = torch.Generator().manual_seed(seed)
        self._centre = Centre(params.prototypes)
        self._optimiser = torch.optim.AdamW(_groups(student), lr=params.rate)

    def step(self, progress: float) -> float:
        """One step at a point of the schedule, from 0 to 1; returns the loss."""
        self._schedule(progress)
        pictures = torch.from_numpy(self._pool.batch(self._rng, self._params.batch))
        # The larger views are three quarters of a full picture: less to compute.
        patch = self.student.network.config.patch_size
        large = patch * max(2, round(0.75 * self._params.img_size / patch))
        small = patch * max(2, round(0.5 * self._params.img_size / patch))
        g = self._generator
        wide = [make_views(pictures, large, (0.35, 1.0), g) for _ in range(2)]
        near = [make_views(pictures, small, (0.1, 0.4), g) for _ in range(2)]
        with torch.no_grad():
            targets = self.teacher(torch.cat(wide))[1].chunk(2)
        summaries, seen = self.student(torch.cat(wide))
        logits = [*seen.chunk(2), *self.student(torch.cat(near))[1].chunk(2)]
        temperature = 0.04 + 0.02 * min(1.0, progress / 0.3)
        loss = self_distillation(logits, list(targets), self._centre, temperature)
        spread = torch.stack([koleo(part) for part in summaries.chunk(2)]).mean()
        self._optimiser.zero_grad(set_to_none=True)
        (loss + 0.1 * spread).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 3.0)
        self._optimiser.step()
        self._centre.update(torch.cat(targets))
        momentum = 1 - (1 - 0.99) * (1 + math.cos(math.pi * progress)) / 2
        update(self.teacher, self.student, momentum)
        return float(loss.detach())

    def _schedule(self, progress: float) -> None:
        if progress < WARM_UP:
            share = progress / WARM_UP
        else:
            done = (progress - WARM_UP) / (1 - WARM_UP)
            share = 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2
        for group in self._optimiser.param_groups:
            group["lr"] = self._params.rate * max(share, 1e-3)


def _groups(student: Student) -> list[dict[str, Any]]:
    """Matrices decay; biases, norms, tokens and positions do not."""
    named = list(student.named_parameters())
    decayed = [p for n, p in named if p.ndim == 2 and n != "head.prototypes"]
    chosen = {id(p) for p in decayed}
    rest = [p for _, p in named if id(p) not in chosen]
    return [
        {"params": decayed, "weight_decay": 0.05},
        {"params": rest, "weight_decay": 0.0},
    ]
