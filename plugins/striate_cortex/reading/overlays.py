"""Regions drawn on pycortex's flat maps (``overlays.svg``), as vertices."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.reading.opening import magic, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from numpy.typing import NDArray

    from striate_cortex.reading.meshes import Mesh

    Path2 = NDArray[np.float64]

__all__ = ["Overlays", "read_overlays", "regions_of_flat", "side_by_side"]

_SVG = "{http://www.w3.org/2000/svg}"
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
_TOKEN = re.compile(
    r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
)
_COUNT = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7}
_STEPS = np.linspace(0, 1, 11)[1:, None]
"""Of a curve, which is drawn as this many straight pieces."""


class Overlays:
    """Drawn shapes by layer and name, and the size of their page.

    Attributes
    ----------
    size
        (width, height) of the page in its own units.
    layers
        ``rois``, ``sulci``, … to name to paths, (k, 2) each, x to the right and y down.
    """

    def __init__(
        self, size: tuple[float, float], layers: dict[str, dict[str, list[Path2]]]
    ) -> None:
        self.size = size
        self.layers = layers


def read_overlays(path: str | Path) -> Overlays:
    """Read the shapes of pycortex's ``overlays.svg``.

    Raises
    ------
    InputError
        When it is no such file, or damaged.
    """
    from xml.etree import ElementTree

    place = Path(path)
    magic(place, 1)
    try:
        root = ElementTree.parse(place).getroot()
        size = (_number(root.get("width")), _number(root.get("height")))
        layers: dict[str, dict[str, list[Path2]]] = {}
        for layer in root.findall(f"{_SVG}g"):
            for group in layer.findall(f"{_SVG}g"):
                if group.get(_LABEL) == "shapes":
                    turned = _moved(_moved(np.eye(3), layer), group)
                    layers[str(layer.get(_LABEL))] = _shapes(group, turned)
    except (ElementTree.ParseError, ValueError, IndexError) as error:
        raise unreadable(place, error) from error
    if not layers:
        raise InputError(f"{place} has no layers of shapes: give pycortex's overlays.")
    return Overlays(size, layers)


def regions_of_flat(
    overlays: Overlays, flat: NDArray[np.floating[Any]], *, layer: str = "rois"
) -> dict[str, NDArray[np.bool_]]:
    """Tell which vertices lie inside drawn regions.

    Parameters
    ----------
    flat
        (n, 2) flat vertices of both hemispheres as :func:`side_by_side` places them;
        NaN where the map was cut.

    Returns
    -------
    dict
        Name to (n,) bool; regions that hold no vertex are left out.
    """
    from skimage.measure import points_in_poly

    low, high = np.nanmin(flat, axis=0), np.nanmax(flat, axis=0)
    page = (flat - low) / (high - low) * overlays.size
    page[:, 1] = overlays.size[1] - page[:, 1]
    found = {}
    for name, paths in overlays.layers.get(layer, {}).items():
        inside = np.zeros(len(flat), bool)
        for line in paths:
            near = ((page >= line.min(axis=0)) & (page <= line.max(axis=0))).all(axis=1)
            here = np.flatnonzero(near)
            inside[here] |= points_in_poly(page[here], line)
        if inside.any():
            found[name] = inside
    return found


def side_by_side(left: Mesh, right: Mesh) -> NDArray[np.float64]:
    """Place two flat maps as pycortex does: they meet at x = 0.

    Returns
    -------
    ndarray
        (n, 2), left vertices first; NaN for those that no triangle of the map has.
    """
    found = []
    for mesh, sign in ((left, -1), (right, 1)):
        place = mesh.vertices[:, :2].astype(np.float64)
        cut = np.ones(len(place), bool)
        cut[mesh.faces] = False
        place[cut] = np.nan
        place[:, 0] -= sign * np.nanmin(sign * place[:, 0])
        found.append(place)
    return np.concatenate(found)


# ---- Shapes


def _shapes(group: Element, turned: NDArray[np.float64]) -> dict[str, list[Path2]]:
    found: dict[str, list[Path2]] = {}
    for shape in group.findall(f"{_SVG}g"):
        name = str(shape.get(_LABEL) or shape.get("id"))
        own = _moved(turned, shape)
        for element in shape.iter(f"{_SVG}path"):
            matrix = _moved(own, element)
            for line in _lines(element.get("d") or ""):
                whole = np.column_stack([line, np.ones(len(line))]) @ matrix.T
                found.setdefault(name, []).append(whole[:, :2])
    return found


def _number(text: str | None) -> float:
    match = re.match(r"[\d.]+", text or "")
    if match is None or float(match[0]) <= 0:
        raise ValueError("its page has no size")
    return float(match[0])


def _moved(matrix: NDArray[np.float64], element: Element) -> NDArray[np.float64]:
    """Apply an element's own transform after (within) those of its parents."""
    for name, inside in re.findall(r"(\w+)\(([^)]*)\)", element.get("transform") or ""):
        v = [float(n) for n in re.split(r"[\s,]+", inside.strip())]
        own = np.eye(3)
        if name == "translate":
            own[:2, 2] = v[0], v[1] if len(v) > 1 else 0
        elif name == "scale":
            own[0, 0], own[1, 1] = v[0], v[-1]
        elif name == "matrix":
            own[:2] = np.reshape(v, (3, 2)).T
        else:
            raise ValueError(f"its shapes are moved by {name}")
        matrix = matrix @ own
    return matrix


# ---- Paths


def _lines(text: str) -> Iterator[Path2]:
    """Yield each part of a path as straight pieces, curves drawn out."""
    points: list[NDArray[np.float64]] = []
    for command, values in _commands(text):
        small = command.lower()
        if small == "m" and points:
            yield np.array(points)
            points = []
        if small == "z":
            continue
        points += _step(small, values, points, relative=command.islower())
    if len(points) > 2:
        yield np.array(points)


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    command = ""
    values: list[float] = []
    for letter, number in _TOKEN.findall(text):
        if letter:
            command, values = letter, []
            if letter in "Zz":
                yield letter, []
            continue
        values.append(float(number))
        if command and len(values) == _COUNT[command.lower()]:
            yield command, values
            values = []
            # More pairs after a move are lines.
            command = {"m": "l", "M": "L"}.get(command, command)


def _step(
    small: str, values: list[float], before: list[Any], *, relative: bool
) -> list[NDArray[np.float64]]:
    last = before[-1] if before else np.zeros(2)
    start = last if relative else np.zeros(2)
    if small == "h":
        return [np.array([values[0] + start[0], last[1]])]
    if small == "v":
        return [np.array([last[0], values[0] + start[1]])]
    if small == "a":
        # Arcs are short in drawn regions: straight.
        return [np.array(values[5:]) + start]
    given = np.reshape(values, (-1, 2)) + start
    if small == "c":
        return list(_curve(np.vstack([last, given])))
    if small == "s":
        return list(_curve(np.vstack([last, last, given])))
    if small == "q":
        a, b = given
        return list(_curve(np.vstack([last, (last + 2 * a) / 3, (b + 2 * a) / 3, b])))
    return list(given)


def _curve(p: NDArray[np.float64]) -> NDArray[np.float64]:
    t = _STEPS
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    total = sum(w * point for w, point in zip(weights, p, strict=True))
    return np.asarray(total)
