"""Regions painted on a surface by geodesic distance, and the files they are kept in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from striate.errors import InputError
from striate_cortex.surfaces.adjacency import edge_graph

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["GeodesicBrush", "RoiPainting", "write_annot", "write_label"]

# fmt: off
_COLOURS = (
    "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
    "#999999", "#882255", "#44AA99", "#DDCC77", "#117733",
)
# fmt: on


class GeodesicBrush:
    """Distances along a surface, and the vertices within one.

    Parameters
    ----------
    points
        (n, 3) millimetres of a folded surface: distances on an inflated or flat one
        are not those in the head.
    faces
        (m, 3) triangles.
    """

    def __init__(self, points: NDArray[np.float32], faces: NDArray[np.int32]) -> None:
        self._points = np.asarray(points, np.float32)
        self._faces = faces

    def distances(self, vertex: int, limit: float = np.inf) -> NDArray[np.float64]:
        """Return (n,) millimetres along the surface; inf beyond `limit`.

        Raises
        ------
        InputError
            When there is no such vertex.
        """
        n = len(self._points)
        if not 0 <= vertex < n:
            raise InputError(f"There is no vertex {vertex}: they go from 0 to {n - 1}.")
        # No way along the surface is shorter than the straight one.
        straight = np.linalg.norm(self._points - self._points[vertex], axis=1)
        near = straight <= limit
        faces = self._faces[near[self._faces].all(1)]
        own = np.flatnonzero(near)
        number = np.full(n, -1, np.int32)
        number[own] = np.arange(len(own))
        graph = edge_graph(self._points[own], number[faces])
        found = np.full(n, np.inf)
        found[own] = dijkstra(graph, indices=number[vertex], limit=limit)
        return found

    def within(self, vertex: int, radius: float) -> NDArray[np.int64]:
        """Return the vertices not farther than `radius` millimetres, in order."""
        return np.flatnonzero(self.distances(vertex, radius) <= radius)


class RoiPainting:
    """Labels of vertices that a person paints, with undo.

    Parameters
    ----------
    n_vertices
        How many vertices there are.
    labels
        (n,) names' places plus one, 0 outside any; None starts empty.
    names
        Of regions 1, 2, ...
    """

    def __init__(
        self,
        n_vertices: int,
        labels: NDArray[np.int64] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.labels = np.zeros(n_vertices, np.int32)
        if labels is not None:
            self.labels[:] = labels
        self.names = list(names)
        self._strokes: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []

    def region(self, name: str) -> int:
        """Return a region's number, made if there is none of that name."""
        wanted = name.strip()
        if not wanted:
            raise InputError("Give the region a name.")
        if wanted not in self.names:
            self.names.append(wanted)
        return self.names.index(wanted) + 1

    def paint(self, vertices: NDArray[np.int64], region: int) -> None:
        """Give vertices to a region; 0 erases."""
        self._strokes.append((vertices, self.labels[vertices].copy()))
        self.labels[vertices] = region

    def undo(self) -> bool:
        """Take the last stroke back; tell whether there was one."""
        if not self._strokes:
            return False
        vertices, before = self._strokes.pop()
        self.labels[vertices] = before
        return True

    def vertices(self, name: str) -> NDArray[np.int64]:
        """Return the vertices of a region."""
        if name not in self.names:
            raise InputError(f"There is no region {name!r}.")
        return np.flatnonzero(self.labels == self.names.index(name) + 1)


def write_label(
    path: str | Path,
    vertices: NDArray[np.int64],
    points: NDArray[np.float32],
    *,
    subject: str = "",
    overwrite: bool = False,
) -> Path:
    """Write vertices of one hemisphere as a FreeSurfer ``.label``.

    Parameters
    ----------
    vertices
        Their indices within the hemisphere.
    points
        (n, 3) positions on the white surface, which the file states beside them.

    Raises
    ------
    OutputError
        When the file is there already, or cannot be written.
    """
    from striate.data import replacing

    place = np.asarray(points, np.float64)
    rows = [
        f"{int(v)}  {place[v, 0]:.3f}  {place[v, 1]:.3f}  {place[v, 2]:.3f} 1.000000"
        for v in vertices
    ]
    head = f"#!ascii label , from subject {subject} vox2ras=TkReg coords=white"
    text = "\n".join([head, str(len(rows)), *rows]) + "\n"
    target = Path(path)
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="ascii", errors="replace")
    return target


def write_annot(
    path: str | Path,
    labels: NDArray[np.int64],
    names: Sequence[str],
    *,
    colours: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the regions of one hemisphere as a FreeSurfer ``.annot``.

    Parameters
    ----------
    labels
        (n,) a name's place plus one, 0 outside any, which is written as "unknown".
    colours
        ``"#RRGGBB"`` by name; regions without one take colours that can be told apart.

    Raises
    ------
    OutputError
        When the file is there already, or cannot be written.
    """
    from nibabel.freesurfer import io

    from striate.data import replacing

    table = _colour_table(names, colours or {})
    target = Path(path)
    with replacing(target, overwrite=overwrite) as temporary:
        io.write_annot(
            str(temporary),
            np.asarray(labels, np.int32),
            table,
            ["unknown", *names],
            fill_ctab=True,
        )
    return target


def _colour_table(
    names: Sequence[str], colours: Mapping[str, str]
) -> NDArray[np.int32]:
    rows: list[tuple[int, int, int]] = [(25, 5, 25)]
    for number, name in enumerate(names):
        stops = _rgb(colours.get(name, _COLOURS[number % len(_COLOURS)]))
        # An annotation is told by its colour: two alike would become one.
        while stops in rows:
            stops = ((stops[0] + 37) % 256, (stops[1] + 101) % 256, stops[2])
        rows.append(stops)
    table = np.zeros((len(rows), 4), np.int32)
    table[:, :3] = rows
    return table


def _rgb(colour: str) -> tuple[int, int, int]:
    text = colour.lstrip("#")
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:6], 16)
