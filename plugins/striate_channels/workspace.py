"""What Channels adds to the platform, by name: nothing heavy is imported here."""

from __future__ import annotations

from striate.jobs import JobKind
from striate.workspace import PanelSpec, Workspace

__all__ = ["EMBED", "INSPECT", "PRETRAIN", "PROFILE", "workspace"]

_JOBS = "striate_channels.jobs"
_PANELS = "striate_channels.panels"

EMBED = JobKind(
    "channels.embed", "Embed images", f"{_JOBS}:run_embed", f"{_JOBS}:EmbedJob",
    uses_device=True,
)  # fmt: skip
PROFILE = JobKind(
    "channels.profile", "Profile embeddings", f"{_JOBS}:run_profile",
    f"{_JOBS}:ProfileJob",
)  # fmt: skip
INSPECT = JobKind(
    "channels.inspect", "Look into an embedding", f"{_JOBS}:run_inspect",
    f"{_JOBS}:InspectJob", uses_device=True,
)  # fmt: skip
PRETRAIN = JobKind(
    "channels.pretrain", "Train a ChAda-ViT", f"{_JOBS}:run_pretrain",
    f"{_JOBS}:PretrainJob",
)  # fmt: skip

_PANEL_SPECS = (
    PanelSpec(
        "embed",
        "Embed",
        f"{_PANELS}.embed:EmbedPanel",
        help="Turn images, tiles or labelled objects into vectors.",
    ),
    PanelSpec(
        "map",
        "Map",
        f"{_PANELS}.map:MapPanel",
        help="Every embedding as a point: colour, lasso, look.",
    ),
    PanelSpec(
        "channels",
        "Channels",
        f"{_PANELS}.channels:ChannelsPanel",
        help="Which channel is what, their order, and how much each matters.",
    ),
    PanelSpec(
        "attention",
        "Attention",
        f"{_PANELS}.attention:AttentionPanel",
        help="Where the model looks, over the image and between channels.",
    ),
)


def workspace() -> Workspace:
    """Entry point ``striate.workspaces``."""
    return Workspace(
        name="channels",
        title="Channels",
        description="Images with any number, order and kind of channels in one "
        "embedding space: embed, map, cluster, compare.",
        icon="channels",
        panels=_PANEL_SPECS,
        job_kinds=(EMBED, PROFILE, INSPECT, PRETRAIN),
        cli="striate_channels.cli:app",
        demo="striate_channels.demo:demo",
        order=20,
    )
