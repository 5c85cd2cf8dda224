"""A figure of a map: both hemispheres from the standard sides, flat, colourbar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from striate import resources
from striate_cortex.maps import Colouring, limits_of, ramp
from striate_cortex.surfaces.compiled import compiled
from striate_cortex.surfaces.curvature import curvature_greys
from striate_cortex.surfaces.shading import lit, vertex_normals

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from striate_cortex.maps import CortexMap
    from striate_cortex.subjects import Subject
    from striate_cortex.surfaces.brain import Brain, Side

__all__ = ["draw_map", "draw_view"]

_INK, _GREY = (20, 20, 24), (105, 105, 112)
_CELL, _GAP, _TOP, _FOOT = 460, 14, 64, 96
_LOOKS = {
    "lateral": {"left": (-1, 0, 0), "right": (1, 0, 0)},
    "medial": {"left": (1, 0, 0), "right": (-1, 0, 0)},
    "below": {"left": (0, 0, -1), "right": (0, 0, -1)},
}
_SIDES: tuple[Side, Side] = ("left", "right")


def draw_map(subject: Subject, made: CortexMap) -> Image:
    """Draw a map on each hemisphere's lateral, medial and lower side, and flat.

    Parameters
    ----------
    made
        One value or colour for each unit of `subject`.

    Returns
    -------
    PIL image
        Two columns, left and right, on white; says where a subject is simulated.
    """
    from PIL import Image as Pil
    from PIL import ImageDraw

    brain = subject.brain
    colouring = _colouring(made)
    values = subject.units.paint(made.values)
    colours = colouring.paint(values, curvature_greys(brain.curvature))
    rows = [*_LOOKS, *(["flat"] if "flat" in brain.kinds else [])]
    sides = [s for s in _SIDES if s in brain.sides]
    width = len(sides) * (_CELL + _GAP) + 90
    height = _TOP + len(rows) * (_CELL * 3 // 4 + _GAP) + _FOOT
    page = Pil.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    _write(draw, (20, 14), f"{subject.title}: {made.label}", 24, _INK)
    for r, look in enumerate(rows):
        y = _TOP + r * (_CELL * 3 // 4 + _GAP)
        _write(draw, (20, y + _CELL // 3), look, 17, _GREY)
        for c, side in enumerate(sides):
            seen = draw_view(brain, colours, side, look, (_CELL, _CELL * 3 // 4))
            page.paste(Pil.fromarray(seen), (90 + c * (_CELL + _GAP), y))
            if r == 0:
                _write(draw, (90 + c * (_CELL + _GAP) + 8, y), side, 17, _GREY)
    _draw_legend(page, made, colouring, height - _FOOT + 16)
    return page


def draw_view(
    brain: Brain,
    colours: NDArray[np.float32],
    side: Side,
    look: str,
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    """Draw one hemisphere from one side, or its flat map.

    Parameters
    ----------
    colours
        (n, 4) of all vertices, left first.
    look
        ``"lateral"``, ``"medial"``, ``"below"`` or ``"flat"``.
    size
        Width and height in pixels; drawn at twice that and averaged.

    Returns
    -------
    ndarray
        (height, width, 3) on white.
    """
    half = next(h for h in brain.halves if h.side == side)
    start = brain.start(side)
    own = np.ascontiguousarray(colours[start : start + half.n_vertices])
    if look == "flat":
        faces = half.flat_faces if half.flat_faces is not None else half.faces
        place = np.ascontiguousarray(half.surfaces["flat"], np.float32)
        seen = place[:, [0, 1, 2]]
        used = np.unique(faces).astype(np.intp)
    else:
        kind = "inflated" if "inflated" in half.surfaces else next(iter(half.surfaces))
        faces, place = half.faces, half.surfaces[kind]
        towards = np.array(_LOOKS[look][side], float)
        seen = _turned(place, towards)
        shaded = np.empty_like(own)
        lit(own, vertex_normals(place, faces), tuple(towards), shaded)
        own, used = shaded, np.arange(len(place), dtype=np.intp)
    wide, high = size[0] * 2, size[1] * 2
    low, top = seen[used].min(axis=0), seen[used].max(axis=0)
    scale = 0.94 * min(wide / (top[0] - low[0]), high / (top[1] - low[1]))
    middle = (low + top) / 2
    screen = np.empty((len(seen), 3), np.float32)
    screen[:, 0] = (seen[:, 0] - middle[0]) * scale + wide / 2
    screen[:, 1] = high / 2 - (seen[:, 1] - middle[1]) * scale
    screen[:, 2] = seen[:, 2]
    picture = np.ones((high, wide, 3), np.float32)
    depth = np.full((high, wide), -np.inf, np.float32)
    _raster(picture, depth, screen, np.ascontiguousarray(faces), own[:, :3].copy())
    small = picture.reshape(size[1], 2, size[0], 2, 3).mean(axis=(1, 3))
    return np.asarray(small.clip(0, 1) * 255, np.uint8)


def _colouring(made: CortexMap) -> Colouring:
    mode: Any = "symmetric" if made.kind == "signed" else "percentile"
    limits = limits_of(made.values, mode)
    return Colouring(made.default_colours, limits)


def _turned(
    place: NDArray[np.float32], towards: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Turn points so that x is to the right on screen, y up and z to the viewer."""
    up = np.array([0.0, 0, 1]) if abs(towards[2]) < 0.5 else np.array([0.0, 1, 0])
    right = np.cross(up, towards)
    return np.asarray(place @ np.stack([right, up, towards], axis=1), np.float32)


def _draw_legend(page: Image, made: CortexMap, colouring: Colouring, y: int) -> None:
    from PIL import Image as Pil
    from PIL import ImageDraw

    draw = ImageDraw.Draw(page)
    if made.legend:
        x = 90
        for name, colour in made.legend.items():
            if x > page.width - 180:
                x, y = 90, y + 26
            draw.rectangle((x, y + 4, x + 16, y + 18), fill=colour)
            x = _write(draw, (x + 24, y), name, 16, _INK) + 22
    if made.values.ndim == 2:
        return
    bar = (ramp(colouring.colours) * 255).astype(np.uint8)
    strip = Pil.fromarray(np.repeat(bar[None], 16, axis=0)).resize((360, 16))
    page.paste(strip, (90, y))
    low, high = colouring.limits.low, colouring.limits.high
    _write(draw, (90, y + 20), f"{low:.3g}", 16, _INK)
    _write(draw, (410, y + 20), f"{high:.3g}", 16, _INK)
    _write(draw, (480, y - 2), made.help, 15, _GREY)


def _write(
    draw: Any, place: tuple[int, int], text: str, size: int, colour: tuple[int, ...]
) -> int:
    """Write a line; returns where it ends."""
    from PIL import ImageFont

    font = ImageFont.truetype(str(resources.path("fonts/OpenSans-Regular.ttf")), size)
    draw.text(place, text, fill=colour, font=font)
    return int(place[0] + draw.textlength(text, font=font))


# ---- Machine code


@compiled
def _raster(
    picture: NDArray[np.float32],
    depth: NDArray[np.float32],
    screen: NDArray[np.float32],
    faces: NDArray[np.int32],
    colours: NDArray[np.float32],
) -> None:
    """Fill triangles, nearest to the viewer on top, colours mixed between corners."""
    high, wide = depth.shape
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        cx, cy = screen[c, 0], screen[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        left = max(0, int(min(ax, bx, cx)))
        right = min(wide - 1, int(max(ax, bx, cx)) + 1)
        for y in range(max(0, int(min(ay, by, cy))),
                       min(high - 1, int(max(ay, by, cy)) + 1) + 1):  # fmt: skip
            for x in range(left, right + 1):
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u < -1e-6 or v < -1e-6 or w < -1e-6:
                    continue
                z = u * screen[a, 2] + v * screen[b, 2] + w * screen[c, 2]
                if z <= depth[y, x]:
                    continue
                depth[y, x] = z
                for k in range(3):
                    picture[y, x, k] = (
                        u * colours[a, k] + v * colours[b, k] + w * colours[c, k]
                    )
