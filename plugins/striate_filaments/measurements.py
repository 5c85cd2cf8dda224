"""Measure neurons: one row per neuron, the unit in the name of every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from striate.jobs.context import JobContext
from striate_filaments.skeletons import skeletonise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate_filaments.neurons import Neuron, NeuronSet
    from striate_filaments.skeletons import Skeleton

__all__ = ["measure", "tortuosity"]


def measure(
    neurons: NeuronSet, ids: Iterable[int] | None = None, ctx: JobContext | None = None
) -> pa.Table:
    """Measure neurons.

    Columns end in ``_um`` (µm), ``_um3`` (µm³) or, for an uncalibrated volume,
    ``_px`` and ``_px3``: volume, cable length, tips, branch points, mean and
    largest radius, tortuosity, bounding box, centre, colour per channel, state.

    Parameters
    ----------
    ids
        Which neurons; None measures all.
    """
    ctx = ctx or JobContext()
    wanted = neurons.ids if ids is None else list(ids)
    rows = []
    for i, id in enumerate(wanted):
        ctx.progress(i, len(wanted), f"Measuring neuron {id}")
        rows.append(_row(neurons[id], neurons))
    if not rows:
        return pa.table({"id": pa.array([], pa.int64())})
    return pa.Table.from_pylist(rows)


def tortuosity(skeleton: Skeleton) -> float:
    """Path length over straight distance, from the root to each tip, averaged.

    1 is a straight neuron. NaN for a single node.
    """
    along = np.zeros(len(skeleton))
    for i, (parent, length) in enumerate(
        zip(skeleton.parents, skeleton.lengths, strict=True)
    ):
        if parent >= 0:
            along[i] = along[parent] + length
    tips = skeleton.tips[skeleton.tips != 0]
    straight = np.linalg.norm(skeleton.points[tips] - skeleton.points[0], axis=1)
    apart = straight > 0
    if not apart.any():
        return float("nan")
    return float(np.mean(along[tips][apart] / straight[apart]))


def _row(neuron: Neuron, neurons: NeuronSet) -> dict[str, Any]:
    size = np.asarray(neurons.voxel_size)
    unit = "um" if neurons.unit == "µm" else "px"
    skeleton = skeletonise(neuron, neurons.voxel_size, neurons.unit)
    start, stop = np.asarray(neuron.start) * size, np.asarray(neuron.stop) * size
    centre = (neuron.coordinates().mean(0) + 0.5) * size
    row: dict[str, Any] = {
        "id": neuron.id,
        "name": neuron.name,
        "state": neuron.state,
        "voxels": len(neuron),
        f"volume_{unit}3": float(len(neuron) * size.prod()),
        f"cable_length_{unit}": skeleton.cable_length,
        "tips": len(skeleton.tips),
        "branch_points": len(skeleton.branch_points),
        f"mean_radius_{unit}": float(skeleton.radii.mean()),
        f"largest_radius_{unit}": float(skeleton.radii.max()),
        "tortuosity": tortuosity(skeleton),
        f"bridged_gaps_{unit}": float(skeleton.lengths[skeleton.bridges].sum()),
    }
    for i, axis in enumerate("zyx"):
        row[f"box_{axis}_start_{unit}"] = float(start[i])
        row[f"box_{axis}_stop_{unit}"] = float(stop[i])
        row[f"centre_{axis}_{unit}"] = float(centre[i])
    names = neurons.channels or tuple(
        f"channel_{i + 1}" for i in range(len(neuron.colour))
    )
    for name, value in zip(names, neuron.colour, strict=False):
        row[f"colour_{name}"] = float(value)
    return row
