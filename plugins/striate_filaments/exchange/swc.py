"""SWC: ``id type x y z radius parent`` per line, µm, the root first.

The format is that of Cannon et al. 1998 as neuromorpho.org uses it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from striate.data import replacing
from striate.errors import InputError
from striate.jobs.context import JobContext
from striate_filaments.exchange.folders import check_folder
from striate_filaments.skeletons import Skeleton, skeletonise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate_filaments.neurons import NeuronSet

__all__ = ["read_swc", "write_swc", "write_swc_folder"]


def write_swc(
    path: str | Path, skeleton: Skeleton, *, overwrite: bool = False, title: str = ""
) -> Path:
    """Write one skeleton; its first node must be its root."""
    target = Path(path)
    with replacing(target, overwrite=overwrite) as part:
        part.write_text(_text(skeleton, title), "utf-8")
    return target


def write_swc_folder(
    folder: str | Path,
    neurons: NeuronSet,
    ids: Iterable[int] | None = None,
    *,
    overwrite: bool = False,
    ctx: JobContext | None = None,
) -> Path:
    """Write ``neuron_<id>.swc`` for each neuron, all of them or none."""
    ctx = ctx or JobContext()
    target = Path(folder)
    wanted = neurons.ids if ids is None else list(ids)
    replace = check_folder(target, overwrite=overwrite)
    with replacing(target, overwrite=replace) as part:
        part.mkdir()
        for i, id in enumerate(wanted):
            ctx.progress(i, len(wanted), f"Skeleton of neuron {id}")
            skeleton = skeletonise(neurons[id], neurons.voxel_size, neurons.unit)
            title = neurons[id].name or f"neuron {id}"
            text = _text(skeleton, title)
            (part / f"neuron_{id}.swc").write_text(text, "utf-8")
    return target


def read_swc(path: str | Path, *, columns: str = "xyz") -> Skeleton:
    """Read an SWC file; several roots are allowed.

    Parameters
    ----------
    columns
        Meaning of columns 3 to 5; some programs write ``"zyx"``.

    Raises
    ------
    InputError
        When a line is no SWC, a parent is missing, or there are no nodes.
    """
    place = Path(path)
    rows = _rows(place)
    index = {int(row[0]): i for i, row in enumerate(rows)}
    if len(index) != len(rows):
        raise InputError(f"{place.name} uses a node id twice.")
    parents = np.full(len(rows), -1)
    for i, row in enumerate(rows):
        if row[6] >= 0:
            if int(row[6]) not in index:
                raise InputError(
                    f"{place.name}: node {int(row[0])} has the parent {int(row[6])}, "
                    "which is not in the file."
                )
            parents[i] = index[int(row[6])]
    order = _parents_first(parents, place)
    table = np.array(rows)[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    sorted_parents = parents[order]
    found = np.where(sorted_parents < 0, -1, rank[np.maximum(sorted_parents, 0)])
    points = table[:, [2 + columns.index(axis) for axis in "zyx"]]
    return Skeleton(points, np.maximum(table[:, 5], 0), found)


def _text(skeleton: Skeleton, title: str) -> str:
    header = [
        f"# {title}".rstrip(),
        "# Written by Striate; root at the thickest node",
        f"# unit: {'micrometer' if skeleton.unit == 'µm' else 'voxel'}",
    ]
    if skeleton.bridges:
        header.append(f"# bridges over gaps, by node: {_listed(skeleton.bridges)}")
    header.append("# id type x y z radius parent")
    lines = [
        f"{i + 1} 0 {x:.4f} {y:.4f} {z:.4f} {r:.4f} {p + 1 if p >= 0 else -1}"
        for i, ((z, y, x), r, p) in enumerate(
            zip(skeleton.points, skeleton.radii, skeleton.parents, strict=True)
        )
    ]
    return "\n".join([*header, *lines]) + "\n"


def _listed(nodes: list[int]) -> str:
    return " ".join(str(n + 1) for n in nodes)


def _rows(place: Path) -> list[list[float]]:
    try:
        lines = place.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise InputError(f"{place} cannot be opened: {error.strerror}.") from error
    rows = []
    for number, line in enumerate(lines, 1):
        text = line.split("#")[0].replace(",", " ").split()
        if not text:
            continue
        try:
            row = [float(v) for v in text[:7]]
        except ValueError:
            row = []
        if len(row) != 7:
            raise InputError(
                f"{place.name}, line {number}: an SWC line has the seven numbers "
                "id type x y z radius parent."
            )
        rows.append(row)
    if not rows:
        raise InputError(f"{place.name} holds no nodes.")
    return rows


def _parents_first(parents: np.ndarray, place: Path) -> list[int]:
    children: dict[int, list[int]] = {}
    for i, parent in enumerate(parents):
        children.setdefault(int(parent), []).append(i)
    order, stack = [], children.get(-1, [])[::-1]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(children.get(node, [])[::-1])
    if len(order) != len(parents):
        raise InputError(f"{place.name} has nodes that lead to no root: a ring.")
    return order
