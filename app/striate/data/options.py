"""What a caller may say about a file that does not say it itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OpenOptions"]


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """Options of :func:`striate.data.open_volume`; see there."""

    axes: str | None = None
    voxel_size: tuple[float, ...] | None = None
    unit: str | None = None
    series: int = 0
    dataset: str | None = None
    channel_names: tuple[str, ...] | None = None
