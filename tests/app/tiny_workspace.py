"""A whole small workspace: what a plugin adds to the platform, for the tests."""

from __future__ import annotations

import json

from striate.errors import Cancelled
from striate.jobs import JobKind
from striate.workspace import Sample, Workspace

HERE = "tests.app.tiny_workspace"
COUNT = JobKind(
    "tiny.count",
    "Count",
    "tests.app.jobs_for_tests:count",
    "tests.app.jobs_for_tests:Params",
)


def workspace() -> Workspace:
    return Workspace(
        "tiny",
        "Tiny",
        "A workspace for tests.",
        "filaments",
        job_kinds=(COUNT,),
        samples=(
            Sample("dots", "Dots", "Five dots.", "CC0", "Us",
                   maker=f"{HERE}:paint", simulated=True, bytes=2_000_000),
        ),
        cli="tests.app.tiny_cli:app",
        demo=f"{HERE}:demo",
    )  # fmt: skip


def paint(folder, ctx):
    ctx.progress(0, 1, "Painting dots")
    (folder / "dots").mkdir()
    (folder / "dots" / "dots.txt").write_text(".....")
    return folder / "dots" / "dots.txt"


def paint_half(folder, ctx):
    (folder / "half.txt").write_text("..")
    raise Cancelled


def demo(folder, ctx):
    from striate.provenance import Provenance

    result = folder / "result.txt"
    result.write_text(f"seed {ctx.seed}")
    Provenance.record("tiny.demo", {"out": str(result)}, [result]).write_beside(result)
    (folder / "x.zarr").mkdir()
    (folder / "x.zarr" / "zarr.json").write_text(json.dumps({"source": str(result)}))
    return {"dots": 5, "result": str(result), "seed": ctx.seed}


def broken():
    raise RuntimeError("this plugin is out of date")
