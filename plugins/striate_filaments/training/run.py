"""Train: from named data to a model folder with a card that tells all."""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch  # noqa: TID253 - this module is imported to train

from striate.data import check_target, replacing
from striate.models import ModelCard
from striate.models.cards import PathSource
from striate.provenance import Provenance
from striate_filaments.learned.config import TASK
from striate_filaments.learned.files import ARCHITECTURE, find_model, load_network
from striate_filaments.learned.network import SegmenterNet
from striate_filaments.linking.opening import BESIDE
from striate_filaments.training.batches import Pool
from striate_filaments.training.judging import judge_on
from striate_filaments.training.loop import BEST, Progress, run_steps
from striate_filaments.training.params import (
    FROM_NOTHING,
    TrainOutcome,
    TrainParams,
    TrainSource,
)
from striate_filaments.training.sources import (
    Labelled,
    examples_of,
    open_source,
    paint_volumes,
)

if TYPE_CHECKING:
    from striate.jobs.context import JobContext

__all__ = ["train"]

_CHECKS = 2


def train(params: TrainParams, ctx: JobContext) -> TrainOutcome:
    """Train a segmenter and write ``model.safetensors`` and ``card.json``.

    What is kept is the network whose S on the validation volumes was highest, unless
    the last is wanted, with the links that lie beside the one it began with. A run
    that was cut off and is asked for again, with the same data and settings, goes on
    after its last checkpoint, in ``<out>.training``.

    Raises
    ------
    InputError
        When data hold no truth, too little of it, or the model to begin with is none.
    OutputError
        When the target exists or cannot be written to.
    StriateError
        When the loss is no number any more.
    Cancelled
        Between two steps; the checkpoint stays.
    """
    target = (params.out or ctx.folder / params.name).expanduser().absolute()
    check_target(target, overwrite=params.overwrite)
    if params.threads:
        torch.set_num_threads(params.threads)
    real = [open_source(s) for s in params.data if not s.simulated]
    start, net, links = _beginning(params, ctx)
    work = _work_folder(target, params, ctx)
    if links:
        shutil.copyfile(links, work / BESIDE)
    simulated = _painted(params, work, ctx)
    checks = _checks(params, real, work, ctx)
    learned = [r for r in real if r not in checks] or real
    pool = Pool(
        examples_of(learned, ctx), examples_of(simulated, ctx), params.simulated
    )
    judge = partial(judge_on, volumes=checks, folder=work, ctx=ctx)
    done = run_steps(net, pool, judge, params, work, ctx)
    _write(target, work, params, done, start, checks, ctx)
    shutil.rmtree(work, ignore_errors=True)
    return TrainOutcome(
        folder=target,
        card=target / "card.json",
        steps=done.step,
        best_step=done.best_step,
        start_S=round(done.start, 4),
        best_S=round(done.best, 4),
        minutes=round(done.seconds / 60, 2),
        stopped="steps" if done.step >= params.steps else "patience",
        curve=done.curve,
    )


# ---- Before


def _beginning(
    params: TrainParams, ctx: JobContext
) -> tuple[str, SegmenterNet, Path | None]:
    """The id of the model to begin with, or none, the network, and its links."""
    torch.manual_seed(ctx.seed)
    if params.start == FROM_NOTHING:
        return FROM_NOTHING, SegmenterNet(), None
    found = find_model(params.start)
    links = found.path.parent / BESIDE
    net = load_network(found.path, found.config)
    return found.id, net, links if links.is_file() else None


def _work_folder(target: Path, params: TrainParams, ctx: JobContext) -> Path:
    """Where checkpoints lie; emptied when another training left some there."""
    folder = target.with_name(f"{target.name}.training")
    asked = params.model_dump(mode="json", exclude={"out", "overwrite"})
    text = json.dumps({"params": asked, "seed": ctx.seed}, indent=1)
    place = folder / "asked.json"
    if place.exists() and place.read_text("utf-8") != text:
        ctx.log(f"{folder.name} was left by another training: beginning anew.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")
    return folder


def _painted(params: TrainParams, work: Path, ctx: JobContext) -> list[Labelled]:
    if not any(s.simulated for s in params.data):
        return []
    made = paint_volumes(
        work / "volumes", ctx.seed, params.volumes, ctx, like=params.like
    )
    return [open_source(s) for s in made]


def _checks(
    params: TrainParams, real: list[Labelled], work: Path, ctx: JobContext
) -> list[Labelled]:
    """The volumes S is measured on."""
    named = [s for s in params.validation if not s.simulated]
    if named:
        return [open_source(s) for s in named]
    if len(real) > 1:
        ctx.log(f"S is measured on {real[-1].name}, which is not trained on.")
        return real[-1:]
    if real:
        ctx.log(
            f"There is one volume only: S is measured on {real[0].name}, on which it "
            "is trained, and says too much.",
            "warning",
        )
        return real
    made = paint_volumes(
        work / "volumes", ctx.seed, _CHECKS, ctx, check=True, like=params.like
    )
    return [open_source(s) for s in made]


# ---- After


def _write(
    target: Path,
    work: Path,
    params: TrainParams,
    done: Progress,
    start: str,
    checks: list[Labelled],
    ctx: JobContext,
) -> None:
    with replacing(target, overwrite=params.overwrite) as part:
        part.mkdir()
        weights = part / "model.safetensors"
        shutil.copyfile(work / BEST, weights)
        card = _card(weights, params, done, start, checks, ctx.seed)
        if (work / BESIDE).exists():
            shutil.copyfile(work / BESIDE, part / BESIDE)
            card.details["links"] = {"file": BESIDE, "taken_over_from": start}
        text = json.dumps(card.model_dump(mode="json"), indent=1)
        (part / "card.json").write_text(text, "utf-8")
    inputs = [p for s in params.data for p in (s.volume, s.neurons) if p is not None]
    Provenance.record("filaments.train", params, inputs, seed=ctx.seed).write_beside(
        target
    )


def _card(
    weights: Path,
    params: TrainParams,
    done: Progress,
    start: str,
    checks: list[Labelled],
    seed: int,
) -> ModelCard:
    data = ", ".join(dict.fromkeys(s.name for s in params.data))
    after = "" if start == FROM_NOTHING else f", continuing {start}"
    details: dict[str, Any] = {
        "architecture": ARCHITECTURE,
        "simulated_training": any(s.simulated for s in params.data),
        "training": {
            "data": [s.model_dump(mode="json") for s in params.data],
            "continued_from": start,
            "steps": done.step,
            "best_step": done.best_step,
            "minutes": round(done.seconds / 60, 1),
            "seed": seed,
            "params": params.model_dump(
                mode="json", exclude={"data", "validation", "out", "overwrite"}
            ),
            "command": _command(params, seed),
        },
        "scores": {
            "what": f"mean FISBe S of {len(checks)} volumes that S chose the "
            "checkpoint on: " + ", ".join(c.name for c in checks),
            "S": round(done.best, 4),
            "S before training": round(done.start, 4),
        },
    }
    return ModelCard(
        id=params.name,
        title=params.name,
        task=TASK,
        source=PathSource(path=Path("model.safetensors")),
        licence="not stated",
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        size=weights.stat().st_size,
        description=f"Segments neurons; trained on this machine on {data} for "
        f"{done.step} steps{after}.",
        recommended_use="For volumes like those it was trained on.",
        details=details,
    )


def _command(params: TrainParams, seed: int) -> str:
    """The command line that repeats the training."""
    words = ["striate filaments train", *map(_said, params.data)]
    for source in params.validation:
        words.append(f"--validation {_said(source)}")
    default = TrainParams()
    for name in ("start", "steps", "batch", "crop", "rate", "simulated", "volumes",
                 "like", "check_every", "patience", "keep", "threads"):  # fmt: skip
        value = getattr(params, name)
        if value != getattr(default, name):
            said = value.name if isinstance(value, Path) else value
            words.append(f"--{name.replace('_', '-')} {said}")
    if any(s.partly for s in (*params.data, *params.validation)):
        words.append("--partly")
    return " ".join([*words, f"--seed {seed}", f"--name {params.name}", "--out DIR"])


def _said(source: TrainSource) -> str:
    text = source.name
    if source.neurons is not None:
        text += f"={source.neurons.name}"
    if source.roi is not None:
        text += "@" + ",".join(f"{a}:{b}" for a, b in source.roi)
    return text
