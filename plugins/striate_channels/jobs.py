"""The workspace's jobs: params in, files out; window, terminal and notebook alike.

Each function is ``run(params, ctx) -> outcome``; the first field of an outcome is the
absolute path of what it made.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from striate_channels.embedding.params import EmbedParams
from striate_channels.inspection.params import InspectParams
from striate_channels.pretraining.params import PretrainParams
from striate_channels.profiles.params import ProfileParams

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_channels.embedding import Embedded
    from striate_channels.inspection.inspect import Inspected
    from striate_channels.pretraining.saving import PretrainOutcome
    from striate_channels.profiles.run import Profiled

__all__ = [
    "EmbedJob",
    "InspectJob",
    "PretrainJob",
    "ProfileJob",
    "run_embed",
    "run_inspect",
    "run_pretrain",
    "run_profile",
]


class _Job(BaseModel):
    """Where the result goes; None leaves it in the job's folder."""

    model_config = ConfigDict(extra="forbid")

    out: Path | None = None
    overwrite: bool = False

    def target(self, name: str, ctx: JobContext) -> Path:
        """Return where to write."""
        folder = ctx.folder or Path(tempfile.mkdtemp(prefix="striate-"))
        return (self.out or folder / name).expanduser().absolute()


class EmbedJob(_Job):
    """Embed images into a Parquet table."""

    embed: EmbedParams

    def smaller(self) -> EmbedJob | None:
        """Return the same request with half the batch, for tight memory."""
        smaller = self.embed.smaller()
        return None if smaller is None else self.model_copy(update={"embed": smaller})


def run_embed(params: EmbedJob, ctx: JobContext) -> Embedded:
    """Embed images, tiles or labelled objects."""
    from striate_channels.embedding import embed_files

    target = params.target("embeddings.parquet", ctx)
    return embed_files(params.embed, target, ctx, overwrite=params.overwrite)


class ProfileJob(_Job):
    """Profile a table of embeddings into a folder."""

    profile: ProfileParams


def run_profile(params: ProfileJob, ctx: JobContext) -> Profiled:
    """Map, cluster and check a table of embeddings."""
    from striate_channels.profiles import profile_embeddings

    target = params.target("profile", ctx)
    return profile_embeddings(params.profile, target, ctx, overwrite=params.overwrite)


class InspectJob(_Job):
    """Look into how a model sees one region: attention, and channels left out."""

    inspect: InspectParams


def run_inspect(params: InspectJob, ctx: JobContext) -> Inspected:
    """Compute attention maps and the ablation of each channel."""
    from striate_channels.inspection.inspect import inspect_region

    target = params.target("inspection.npz", ctx)
    return inspect_region(params.inspect, target, ctx, overwrite=params.overwrite)


class PretrainJob(_Job):
    """Train a small ChAda-ViT without labels, on images and simulated fields."""

    images: tuple[Path, ...] = ()
    continue_from: str = Field(
        "", title="Continue from", description="A model to train further; empty: none."
    )
    name: str = Field("my-chadavit", title="Name", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    train: PretrainParams = Field(default_factory=PretrainParams)


def run_pretrain(params: PretrainJob, ctx: JobContext) -> PretrainOutcome:
    """Pre-train, and write weights, configuration and an honest card."""
    from striate_channels.pretraining.saving import pretrain_into

    return pretrain_into(
        params.target(params.name, ctx),
        params.train,
        ctx,
        name=params.name,
        images=params.images,
        continue_from=params.continue_from,
        overwrite=params.overwrite,
    )
