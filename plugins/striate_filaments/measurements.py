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
    largest radius, tortuosity, cable over gaps of the mask, bounding box, centre,
    colour per channel (null where unknown), state. Without neurons the table has
    the columns and no rows. Positions are those of SWC files and meshes: the centre
    of the volume's first voxel lies at 0, so that a box may begin half a voxel below.

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
    return pa.Table.from_pylist(rows, schema=_schema(neurons))


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
    start = (np.asarray(neuron.start) - 0.5) * size
    stop = (np.asarray(neuron.stop) - 0.5) * size
    centre = neuron.coordinates().mean(0) * size
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
    for name, value in zip(_colour_columns(neurons), neuron.colour, strict=False):
        row[name] = float(value)
    return row


def _schema(neurons: NeuronSet) -> pa.Schema:
    unit = "um" if neurons.unit == "µm" else "px"
    whole, real = pa.int64(), pa.float64()
    columns = [("id", whole), ("name", pa.string()), ("state", pa.string())]
    columns += [("voxels", whole), (f"volume_{unit}3", real)]
    columns += [(f"cable_length_{unit}", real), ("tips", whole)]
    columns += [("branch_points", whole), (f"mean_radius_{unit}", real)]
    columns += [(f"largest_radius_{unit}", real), ("tortuosity", real)]
    columns += [(f"bridged_gaps_{unit}", real)]
    edges = [f"box_{axis}_{edge}" for axis in "zyx" for edge in ("start", "stop")]
    places = [*edges, *(f"centre_{axis}" for axis in "zyx")]
    columns += [(f"{place}_{unit}", real) for place in places]
    columns += [(name, real) for name in _colour_columns(neurons)]
    return pa.schema(columns)


def _colour_columns(neurons: NeuronSet) -> list[str]:
    """One name per channel; two channels of one name are told apart by number."""
    widest = max((len(n.colour) for n in neurons), default=0)
    names = neurons.channels or tuple(f"channel_{i + 1}" for i in range(widest))
    clear = len(set(names)) == len(names)
    return [f"colour_{n if clear else f'{i}_{n}'}" for i, n in enumerate(names, 1)]
