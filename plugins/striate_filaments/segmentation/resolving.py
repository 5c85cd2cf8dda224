"""What the automatic zeros of the parameters become, and for which volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from striate.errors import InputError
from striate_filaments.segmentation.foreground import Optics
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.segmentation.tuning import TUNED

if TYPE_CHECKING:
    import dask.array as da

    from striate.data.volume import Volume
    from striate.jobs.context import JobContext

__all__ = ["Request", "resolve", "suggest_defaults"]

_AROUND_DEFAULT = 0.5
_OF_SIDE = 0.4


@dataclass(frozen=True)
class Request:
    """A segmentation with everything decided.

    Parameters
    ----------
    params
        As asked for, without automatic zeros.
    array
        (C, Z, Y, X), the region only, lazily.
    origin
        Voxel of the volume that `array` begins with.
    shape
        (z, y, x) of the whole volume.
    voxel
        (z, y, x) size of a voxel in half thicknesses.
    voxel_size
        The same in `unit`.
    """

    params: SegmentParams
    array: da.Array
    origin: tuple[int, int, int]
    shape: tuple[int, int, int]
    voxel: tuple[float, float, float]
    voxel_size: tuple[float, float, float]
    unit: str
    channels: tuple[str, ...]

    @property
    def half(self) -> float:
        """Half a neurite's thickness in `unit`."""
        return self.params.thickness / 2

    @property
    def optics(self) -> Optics:
        """Widths at which neurites are looked for."""
        size = self.array.shape[1:]
        return Optics.of(size, self.voxel_size, self.params.thickness)

    @property
    def strictness(self) -> float:
        """What the sensitivity multiplies scores that must be reached by."""
        return float(4.0 ** (_AROUND_DEFAULT - self.params.sensitivity))

    @property
    def thresholds(self) -> tuple[float, float]:
        """Ridge scores a component reaches down to, and must reach."""
        return TUNED.low * self.strictness, TUNED.high * self.strictness


def resolve(
    volume: Volume, params: SegmentParams, ctx: JobContext | None = None
) -> Request:
    """Decide everything that is automatic, and check that the volume will do.

    Raises
    ------
    InputError
        When the region lies outside the volume, the values are not numbers, or
        a model is named for a method that takes none.
    """
    if params.model and params.method != "learned":
        raise InputError(
            f"The method {params.method} takes no model: choose the method learned."
        )
    if volume.dtype.kind not in "buif":
        raise InputError(
            f"A volume of {volume.dtype} cannot be segmented: convert it to whole or "
            "decimal numbers."
        )
    if ctx and "T" in volume.axes and volume.shape[0] > 1:
        ctx.log("The volume has several time points: the first is segmented.")
    if ctx and not volume.calibrated:
        ctx.log("The volume has no voxel size: lengths are in voxels.", "warning")
    full = volume.czyx()
    array, origin = _region(full, params)
    settled = _settled(params, volume.voxel_size_zyx, array.shape[1:])
    half = settled.thickness / 2
    z, y, x = volume.voxel_size_zyx
    return Request(
        settled,
        array,
        origin,
        (int(full.shape[1]), int(full.shape[2]), int(full.shape[3])),
        (z / half, y / half, x / half),
        volume.voxel_size_zyx,
        volume.unit,
        tuple(c.name for c in volume.channels),
    )


def suggest_defaults(
    volume: Volume, ctx: JobContext | None = None
) -> dict[str, str | float]:
    """Say what each automatic zero becomes for this volume; reads no pixels.

    Returns
    -------
    Field of :class:`SegmentParams` to its value, in the field's unit
    """
    size = volume.czyx().shape[1:]
    settled = _settled(SegmentParams(), volume.voxel_size_zyx, size)
    found: dict[str, str | float] = {
        name: round(float(getattr(settled, name)), 3)
        for name in ("thickness", "gap", "minimum_length")
    }
    found["colour_tolerance"] = "from the hues along single neurites"
    return found


def _settled(
    params: SegmentParams,
    voxel_size: tuple[float, float, float],
    shape: tuple[int, ...],
) -> SegmentParams:
    thickness = params.thickness or 2.0 * min(voxel_size[1:])
    half = thickness / 2
    # In a small volume or region even a long neuron shows little of its cable.
    side = max(n * v for n, v in zip(shape, voxel_size, strict=True))
    shortest = min(TUNED.shortest * half, _OF_SIDE * side)
    chosen: dict[str, Any] = {
        "thickness": thickness,
        "gap": params.gap or TUNED.gap * half,
        "minimum_length": params.minimum_length or shortest,
    }
    return params.model_copy(update=chosen)


def _region(
    array: da.Array, params: SegmentParams
) -> tuple[da.Array, tuple[int, int, int]]:
    if params.roi is None:
        return array, (0, 0, 0)
    size = array.shape[1:]
    if any(b > n for (_, b), n in zip(params.roi, size, strict=True)):
        raise InputError(
            f"The region {params.roi} reaches beyond the volume, which has "
            f"{tuple(size)} voxels (z, y, x)."
        )
    z, y, x = (slice(a, b) for a, b in params.roi)
    return array[:, z, y, x], (z.start, y.start, x.start)
