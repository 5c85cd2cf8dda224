"""How soon the shell is there, and how fluid it stays while a job runs.

    xvfb-run -a -s "-screen 0 1600x1000x24" python tests/bench/shell.py

Prints two tables. The first compares the time from process start to the first
picture of Striate's window with bare napari's, run alternately on the same machine.
The second steps through a real stack in the viewer, alone and while a Python-busy
job runs in the worker process. Nothing here is a timed test.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
STACK = ROOT / "resources/samples/brainbow_cortex/chroms_cortex_sample.tif"
TARGETS = {"paint": 4.0, "ratio": 1.3, "step": 30.0}

STRIATE = """
from striate.desktop.bootstrap import create_app, create_window
app = create_app()
window = create_window()
window.show()
app.processEvents()
"""
NAPARI = """
import napari
viewer = napari.Viewer()
from qtpy.QtWidgets import QApplication
app = QApplication.instance()
app.processEvents()
"""
SAY = """
import os, time
wall, cpu = time.time() - float(os.environ["BENCH_START"]), time.process_time()
print(f"{wall:.3f} {cpu:.3f}", flush=True)
os._exit(0)
"""


class BusyParams(BaseModel):
    seconds: float = 20.0


class BusyOutcome(BaseModel):
    loops: int


def busy(params: BusyParams, ctx) -> BusyOutcome:
    """Keep one core busy with pure Python: the worst neighbour of a window."""
    end, loops = time.monotonic() + params.seconds, 0
    while time.monotonic() < end:
        sorted(range(20_000), key=lambda i: -i)
        loops += 1
        ctx.progress(loops, 0, "Busy")
    return BusyOutcome(loops=loops)


def first_picture(code: str, home: str) -> tuple[float, float]:
    """Return seconds, and CPU seconds, from starting a process to its picture."""
    env = {**os.environ, "STRIATE_HOME": home, "BENCH_START": str(time.time())}
    env |= {"QT_API": "pyside6", "NAPARI_CONFIG": str(Path(home) / "napari.yaml")}
    answer = subprocess.run(
        [sys.executable, "-c", code + SAY], env=env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    wall, cpu = answer.stdout.splitlines()[-1].split()
    return float(wall), float(cpu)


def paint_table(runs: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {"Striate": [], "napari": []}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(runs + 1):
            times["napari"].append(first_picture(NAPARI, home))
            times["Striate"].append(first_picture(STRIATE, home))
    # The first round of each fills the disk cache.
    kept = {name: values[1:] for name, values in times.items()}
    titles = ("median", "best", "worst", "CPU")
    print(f"{'first picture after start (s)':32}" + "".join(f"{t:>9}" for t in titles))
    middle = {}
    for name, values in kept.items():
        walls, cpus = zip(*values, strict=True)
        middle[name] = statistics.median(walls)
        row = (middle[name], min(walls), max(walls), statistics.median(cpus))
        print(f"{name:32}" + "".join(f"{v:9.2f}" for v in row))
    ratio = middle["Striate"] / middle["napari"]
    print(
        f"{'Striate / napari':32}{ratio:9.2f}   targets: under {TARGETS['paint']:g} s "
        f"and {TARGETS['ratio']:g} times\n"
    )


def steps(app, model, n: int) -> dict[str, list[float]]:
    """Milliseconds of each slider step: set and slice, and then draw."""
    took: dict[str, list[float]] = {"slice": [], "draw": []}
    depth = int(model.dims.nsteps[0])
    for i in range(n):
        begin = time.perf_counter()
        model.dims.set_current_step(0, i % depth)
        sliced = time.perf_counter()
        app.processEvents()
        took["slice"].append(1000 * (sliced - begin))
        took["draw"].append(1000 * (time.perf_counter() - sliced))
    return took


def step_table(n: int) -> None:
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as home:
        os.environ["STRIATE_HOME"] = home
        _measure_steps(n)


def _measure_steps(n: int) -> None:
    from striate.desktop.bootstrap import create_app, create_window
    from striate.jobs import JobKind, JobRequest

    app, window = create_app(), create_window()
    here = "tests.bench.shell"
    kind = JobKind("bench.busy", "Busy", f"{here}:busy", f"{here}:BusyParams")
    jobs = window.services.jobs
    # The window's supervisor knows the installed kinds; this one is only ours.
    jobs.supervisor._orders._kinds[kind.name] = kind
    window.show()
    window.show_page(window.workspaces[0].name)
    page = window.current_page()
    window.opening.open([STACK])
    _wait(app, lambda: len(page.model.layers) == 3)
    steps(app, page.model, 5)
    rows = {"Striate, alone": steps(app, page.model, n)}
    job = jobs.submit(JobRequest(kind=kind.name, params={"seconds": 60}))
    _wait(app, lambda: jobs.record(job).state == "running")
    window.toggle_dock("jobs")
    _wait(app, lambda: True)
    rows["Striate, a Python-busy job runs"] = steps(app, page.model, n)
    rows["napari, the same job runs"] = _napari_steps(app, window, n)
    print(f"{'slider step, 3 channels (ms)':34}{'slice':>8}{'90 %':>8}{'draw':>8}")
    for name, took in rows.items():
        ninth = statistics.quantiles(took["slice"], n=10)[-1]
        middle = {what: statistics.median(values) for what, values in took.items()}
        print(f"{name:34}{middle['slice']:8.1f}{ninth:8.1f}{middle['draw']:8.1f}")
    print(
        f"target: under {TARGETS['step']:g} ms to slice; drawing is the graphics "
        "card's work, or, under Xvfb, a software renderer's"
    )
    jobs.cancel(job)
    window.may_leave = lambda: True
    window.close()


def _napari_steps(app, window, n: int) -> dict[str, list[float]]:
    import napari

    from striate.data import open_volume
    from striate.widgets.layers import add_volume

    window.hide()
    viewer = napari.Viewer()
    viewer.window.resize(window.width(), window.height())
    add_volume(viewer, open_volume(STACK))
    _wait(app, lambda: len(viewer.layers) == 3)
    steps(app, viewer, 5)
    took = steps(app, viewer, n)
    viewer.close()
    return took


def _wait(app, ready) -> None:
    end = time.monotonic() + 30
    while not ready() and time.monotonic() < end:
        app.processEvents()
        time.sleep(0.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="starts of each program")
    parser.add_argument("--steps", type=int, default=60, help="slider steps")
    chosen = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start\n")
    paint_table(chosen.runs)
    step_table(chosen.steps)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
