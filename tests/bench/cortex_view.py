"""How fast a cortex is looked at, beside napari's own picking; one table, one run.

    python tests/bench/cortex_view.py [--subject FOLDER] [--clicks N]

The default subject is pycortex's S1 with 304,380 vertices (STRIATE_TEST_DATA). Times
are medians of our own work on this machine; drawing by the graphics card is left out,
what napari does when it is handed new data is given apart.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(
    os.environ.get("STRIATE_TEST_DATA", Path(__file__).parents[3] / "shared/data")
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", type=Path, default=DATA / "pycortex_S1")
    parser.add_argument("--clicks", type=int, default=25)
    asked = parser.parse_args()
    rows = measure(asked.subject, asked.clicks)
    width = max(len(name) for name, *_ in rows)
    print(f"{'':{width}}  {'ms':>9}  {'at most':>9}")
    for name, milliseconds, limit in rows:
        told = f"{limit:9.0f}" if limit else " " * 9
        print(f"{name:{width}}  {milliseconds:9.2f}  {told}")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def measure(folder: Path, clicks: int) -> list[tuple[str, float, float]]:
    from napari.components import ViewerModel

    from striate_cortex.maps import Colouring, CortexMap, limits_of
    from striate_cortex.panels.cortex_layers import add_view, surface_of
    from striate_cortex.panels.loading import load_view

    rows: list[tuple[str, float, float]] = []
    warm_up()
    start = time.perf_counter()
    view = load_view(folder)
    rows.append(("open the subject", 1e3 * (time.perf_counter() - start), 5000))
    n = view.brain.n_vertices
    print(f"{view.subject.title}: {n:,} vertices, {len(view.faces):,} faces")
    viewer = ViewerModel()
    add_view(viewer, view)
    surface = surface_of(viewer, view)
    rng = np.random.default_rng(0)
    rays = rays_to(view.points, rng, clicks)
    view.hit(*rays[0])
    rows.append(("pick, ours", median(lambda ray: view.hit(*ray), rays), 20))
    rows.append((
        "pick, napari get_value", median(lambda ray: peer(surface, *ray), rays[:5]), 0
    ))  # fmt: skip
    values = rng.normal(size=n).astype("f4")
    shown = CortexMap("noise", "Noise", values, "signed")
    limits = limits_of(values, "symmetric")
    view.show_map(shown, Colouring("red-blue", limits))
    rows.append(("recolour, our work", median(recolour(view, surface), range(20)), 25))
    rows.append(("recolour, with napari", median(
        lambda i: view.show_map(shown, Colouring("red-blue", limits, threshold=i / 20)),
        range(20)), 0))  # fmt: skip
    for name, stops in (("folded", (0.1, 1.9)), ("unfolding", (2.1, 2.9))):
        places = np.linspace(*stops, 12)
        rows.append((f"morph step {name}, our work", median(step(view), places), 25))
        rows.append((f"morph step {name}, with napari",
                     median(view.morph_to, places), 0))  # fmt: skip
    view.morph_to(2)
    rows += hover(surface, rays_to(view.points, rng, 20))
    rows.append(("text query, 512 features", query(n, rng), 60))
    viewer.layers.clear()
    return rows


def warm_up() -> None:
    """Compile, or read from the cache, what a first click would wait for."""
    from tests.cortex.brains import small_brain

    from striate_cortex.maps import Colouring
    from striate_cortex.picking import SurfacePicker
    from striate_cortex.surfaces import Morph
    from striate_cortex.surfaces.shading import lit, vertex_normals

    brain = small_brain()
    for position in (0.5, 2.5):
        points = Morph(brain).at(position)
    SurfacePicker(points, brain.faces()).hit([0, 0, 0], [1, 0, 0])
    normals = vertex_normals(points, brain.faces())
    nothing = np.zeros(len(points), "f4")
    colours = Colouring().paint(nothing, np.zeros((len(points), 3), "f4"))
    lit(colours, normals, (0, 1, 0), np.empty_like(colours))


def median(work: Callable[[Any], Any], items: Any) -> float:
    """Milliseconds."""
    times = []
    for item in items:
        start = time.perf_counter()
        work(item)
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def rays_to(points: np.ndarray, rng: Any, n: int) -> list[tuple[Any, Any]]:
    middle = points.mean(0)
    found = []
    for _ in range(n):
        away = rng.normal(size=3)
        origin = middle + 500 * away / np.linalg.norm(away)
        found.append((origin, points[rng.integers(len(points))] - origin))
    return found


def peer(surface: Any, origin: Any, direction: Any) -> Any:
    return surface.get_value(
        tuple(origin[::-1]),
        view_direction=direction[::-1] / np.linalg.norm(direction),
        dims_displayed=[0, 1, 2],
        world=True,
    )


def recolour(view: Any, surface: Any) -> Callable[[Any], Any]:
    from striate_cortex.panels.cortex_layers import layers_of
    from striate_cortex.surfaces.shading import lit

    layers = layers_of(surface)
    out = np.empty_like(view.colours)
    normals = layers._normals

    def work(_: Any) -> None:
        lit(view._painted(), normals, (0, -1, 0), out)

    return work


def step(view: Any) -> Callable[[float], Any]:
    from striate_cortex.surfaces.shading import lit, vertex_normals

    out, faces = np.empty_like(view.colours), view.faces

    def work(position: float) -> None:
        points = view.morph.at(position)
        if not view.morph.is_flat(position):
            lit(view.colours, vertex_normals(points, faces), (0, -1, 0), out)

    return work


def hover(surface: Any, rays: list[Any]) -> list[tuple[str, float, float]]:
    """What napari's status bar asks when the pointer moves over the surface."""

    def ask(get_status: Any) -> Callable[[Any], Any]:
        return lambda ray: get_status(
            tuple(ray[0][::-1]),
            view_direction=ray[1][::-1] / np.linalg.norm(ray[1]),
            dims_displayed=[0, 1, 2],
            world=True,
        )

    ours = median(ask(surface.get_status), rays)
    theirs = median(ask(type(surface).get_status.__get__(surface)), rays[:5])
    return [("hover, ours", ours, 1), ("hover, napari's own", theirs, 0)]


def query(n: int, rng: Any) -> float:
    from striate_cortex.encoding import EncodingModel

    weights = rng.standard_normal((n, 512), np.float32)
    nothing = np.zeros(n, "f4")
    model = EncodingModel(weights, nothing, nothing)
    return median(model.query, rng.standard_normal((8, 512), np.float32))


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
