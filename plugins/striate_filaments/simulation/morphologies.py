"""Real neuron shapes: the Allen Institute's exaSPIM ground-truth tracings (MIT)."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

from striate.errors import InputError
from striate_filaments.simulation.source import morphology_archive

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate_filaments.simulation.params import Morphologies

__all__ = ["HELD_BACK", "Section", "Shape", "load_shapes", "read_archive"]

HELD_BACK = ("SNT_Data-028", "SNT_Data-041", "SNT_Data-045", "SNT_Data-052")
"""Shapes kept from training, so that a score tells of neurons never seen: a short,
a middling and a long one, and one of the two that branch."""

_SMOOTHING = 3.0  # the tracings step from voxel to voxel; in units of the tracing


@dataclass(frozen=True)
class Section:
    """An unbranched run of cable that begins where section `parent` ends."""

    points: NDArray[np.float64]
    parent: int


@dataclass(frozen=True)
class Shape:
    """One traced neuron piece: sections in order, the first point at the origin."""

    name: str
    sections: tuple[Section, ...]

    @property
    def length(self) -> float:
        """Cable length in units of the tracing (one voxel there)."""
        return sum(path_length(s.points) for s in self.sections)


def path_length(points: NDArray[np.float64]) -> float:
    """Length of a polyline of (n, 3) points."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def load_shapes(which: Morphologies = "all") -> tuple[Shape, ...]:
    """Shapes that come with Striate, smoothed and sampled once per unit.

    Parameters
    ----------
    which
        "all", those for "training", or those of :data:`HELD_BACK`.
    """
    if which == "all":
        return _shipped()
    held = which == "held-back"
    return tuple(s for s in _shipped() if (s.name in HELD_BACK) == held)


@cache
def _shipped() -> tuple[Shape, ...]:
    return read_archive(morphology_archive())


def read_archive(path: Path) -> tuple[Shape, ...]:
    """Read every SWC in a zip whose columns are ``id type z y x radius parent``.

    Raises
    ------
    InputError
        When there is no such file, or no tracing in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(n for n in archive.namelist() if n.endswith(".swc"))
            shapes = [_shape(n, archive.read(n).decode()) for n in names]
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            f"The neuron shapes in {path} cannot be read: {error}."
        ) from error
    if not shapes:
        raise InputError(f"{path} holds no SWC file to take neuron shapes from.")
    return tuple(shapes)


def _shape(name: str, text: str) -> Shape:
    rows = [r.split() for r in text.splitlines() if r.strip() and r[0] != "#"]
    place = {int(r[0]): np.array([float(v) for v in r[2:5]]) for r in rows}
    children: dict[int, list[int]] = {}
    for r in rows:
        children.setdefault(int(r[6]), []).append(int(r[0]))
    root = children[-1][0]
    sections: list[Section] = []
    waiting = [([root], -1)]
    while waiting:
        run, parent = waiting.pop()
        while len(following := children.get(run[-1], [])) == 1:
            run.append(following[0])
        points = np.array([place[i] - place[root] for i in run])
        if len(run) > 1:
            sections.append(Section(_smoothed(points), parent))
        at = len(sections) - 1 if len(run) > 1 else parent
        waiting.extend(([run[-1], child], at) for child in following)
    return Shape(name.rsplit("/", 1)[-1].removesuffix(".swc"), tuple(sections))


def _smoothed(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sample evenly, once per unit, and round off the steps; the ends stay."""
    even = resample(points, 1.0)
    soft = gaussian_filter1d(even, _SMOOTHING, axis=0, mode="nearest")
    ramp = np.linspace(0.0, 1.0, len(even))[:, None]
    return soft + (even[0] - soft[0]) * (1 - ramp) + (even[-1] - soft[-1]) * ramp


def resample(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Points evenly spaced along a polyline, at most `step` apart, ends included."""
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    n = max(2, math.ceil(along[-1] / step) + 1)
    at = np.linspace(0.0, along[-1], n)
    return np.stack([np.interp(at, along, c) for c in points.T], axis=1)
