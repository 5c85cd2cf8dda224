"""The loop: batch, loss, step, look at S now and then, and go on where it ended."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253 - this module is imported to train

from striate.errors import StriateError
from striate_filaments.learned.network import channels_last
from striate_filaments.learned.running import precision
from striate_filaments.training.batches import batch_of
from striate_filaments.training.losses import loss_of
from striate_filaments.training.params import CurvePoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from striate.jobs.context import JobContext
    from striate_filaments.learned.network import SegmenterNet
    from striate_filaments.training.batches import Pool
    from striate_filaments.training.params import TrainParams

    Judge = Callable[[SegmenterNet], dict[str, float]]

__all__ = ["BEST", "Progress", "run_steps"]

WARM_UP = 0.05
_KEEP_EVERY = 50
_SAY_EVERY = 10
BEST = "best.safetensors"


@dataclass
class Progress:
    """How far a training is; with the weights, all that is kept of it.

    Parameters
    ----------
    best_step, best
        Of the network that is kept: where S was highest, and how high.
    waited
        Measurements since.
    """

    step: int = 0
    seconds: float = 0.0
    best_step: int = 0
    best: float = -1.0
    start: float = 0.0
    waited: int = 0
    curve: list[CurvePoint] = field(default_factory=list)


def run_steps(
    net: SegmenterNet,
    pool: Pool,
    judge: Judge,
    params: TrainParams,
    folder: Path,
    ctx: JobContext,
) -> Progress:
    """Train, and leave the best weights in ``folder/best.safetensors``.

    A state in `folder` is gone on from; one is left there every few steps, whole or
    not at all.

    Raises
    ------
    StriateError
        When the loss is no number any more.
    Cancelled
        Between two steps; the state stays.
    """
    trainer = _Trainer(net, pool, params, folder, ctx)
    trainer.restore()
    done = trainer.progress
    if not done.curve:
        trainer.judge(judge)
    began = time.monotonic() - done.seconds
    with ThreadPoolExecutor(1, thread_name_prefix="striate-crops") as drawer:
        coming = drawer.submit(trainer.draw, done.step)
        while done.step < params.steps and not trainer.tired:
            batch = coming.result()
            coming = drawer.submit(trainer.draw, done.step + 1)
            trainer.step(batch)
            done.seconds = time.monotonic() - began
            if done.step % params.check_every == 0 or done.step == params.steps:
                trainer.judge(judge)
            elif done.step % _KEEP_EVERY == 0:
                trainer.keep()
    return done


class _Trainer:
    def __init__(
        self,
        net: SegmenterNet,
        pool: Pool,
        params: TrainParams,
        folder: Path,
        ctx: JobContext,
    ) -> None:
        self.net = channels_last(net.to(ctx.device))
        self.params, self.ctx = params, ctx
        self.progress = Progress()
        self._pool, self._folder = pool, folder
        self._optimiser = torch.optim.AdamW(
            net.parameters(), lr=params.settled_rate, weight_decay=1e-3
        )
        self._number = getattr(torch, precision(ctx.device))
        self._scaler = torch.amp.GradScaler(
            "cuda", enabled=self._number == torch.float16
        )
        self._losses: list[float] = []

    @property
    def tired(self) -> bool:
        """Whether S has not risen for as long as patience lasts."""
        return 0 < self.params.patience <= self.progress.waited

    def draw(self, step: int) -> Any:
        """The batch of a step."""
        p = self.params
        return batch_of(self._pool, self.ctx.seed, step, p.batch, p.crop)

    def step(self, batch: Any) -> None:
        """Learn from one batch."""
        device, p = self.ctx.device, self.progress
        features = batch[0].to(device, memory_format=torch.channels_last_3d)
        targets = batch[1].to(device)
        for group in self._optimiser.param_groups:
            group["lr"] = self.params.settled_rate * _share(p.step / self.params.steps)
        self.net.train()
        half = self._number != torch.float32
        with torch.autocast(device.split(":")[0], self._number, enabled=half):
            maps = self.net(features)
        maps = type(maps)(*(m.float() for m in maps))
        loss = torch.stack(list(loss_of(maps, targets).values())).sum()
        self._losses.append(float(loss.detach()))
        if not math.isfinite(self._losses[-1]):
            raise StriateError(
                f"The training came off the rails in step {p.step + 1} (the loss is "
                "no number): choose a lower learning rate."
            )
        self._optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimiser)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        p.step += 1
        mean = float(np.mean(self._losses[-50:]))
        self.ctx.progress(p.step, self.params.steps, f"Training, loss {mean:.3f}")
        if p.step % _SAY_EVERY == 0:
            self._say({})

    def judge(self, judge: Judge) -> None:
        """Measure S, keep the weights if they are the best, and the state."""
        p = self.progress
        found = judge(self.net)
        if p.step == 0:
            p.start = found["S"]
        if found["S"] > p.best or self.params.keep == "last":
            p.best, p.best_step, p.waited = found["S"], p.step, 0
            self._save_best()
        else:
            p.waited += 1
        self._say(found)
        self.ctx.log(f"Step {p.step}: S {found['S']:.3f}, best {p.best:.3f}")
        self.keep()

    def keep(self) -> None:
        """Write the whole state, so that a run that is cut off can go on."""
        values = vars(self.progress) | {
            "curve": [c.model_dump() for c in self.progress.curve]
        }
        state = {
            "net": self.net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
            "progress": values,
        }
        part = self._folder / "state.part"
        torch.save(state, part)
        part.replace(self._folder / "state.pt")

    def restore(self) -> None:
        """Go on where a run was cut off."""
        place = self._folder / "state.pt"
        if not place.exists():
            return
        state = torch.load(place, map_location=self.ctx.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._scaler.load_state_dict(state["scaler"])
        values = state["progress"]
        curve = [CurvePoint(**c) for c in values.pop("curve")]
        self.progress = Progress(**values, curve=curve)
        self.ctx.log(f"Going on after step {self.progress.step}.")

    def _save_best(self) -> None:
        from striate_filaments.learned.files import save_network

        part = self._folder / f"{BEST}.part"
        save_network(self.net, part)
        part.replace(self._folder / BEST)

    def _say(self, found: dict[str, float]) -> None:
        p = self.progress
        loss = float(np.mean(self._losses[-_SAY_EVERY:])) if self._losses else None
        point = CurvePoint(
            step=p.step,
            steps=self.params.steps,
            seconds=round(p.seconds, 1),
            loss=loss if loss is None else round(loss, 5),
            best=round(p.best, 4) if p.best >= 0 else None,
            **{k: round(found[k], 4) for k in ("S", "avF1", "C") if k in found},
        )
        p.curve.append(point)
        self.ctx.partial(point.model_dump())


def _share(progress: float) -> float:
    """Of the learning rate, at a point of the training from 0 to 1."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.02)
    done = (progress - WARM_UP) / (1 - WARM_UP)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2
