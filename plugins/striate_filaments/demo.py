"""The main job on the samples that ship: segment, export, measure, score, draw."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from striate import resources
from striate.data import open_volume
from striate.provenance import Provenance
from striate_filaments.jobs import (
    ExportJob,
    ScoreJob,
    SegmentJob,
    run_export,
    run_score,
    run_segment,
)
from striate_filaments.segmentation.params import SegmentParams
from striate_filaments.simulation.sample import make_sample
from striate_filaments.simulation.source import ATTRIBUTION, SEMI_SYNTHETIC

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from striate.jobs.context import JobContext
    from striate_filaments.neurons import NeuronSet

__all__ = ["demo"]

_BRAINBOW = (
    "Real Brainbow stack of mouse cortex (E18, ChroMS microscopy), as it ships with "
    "napari-brainbow-diagnose (BSD-3-Clause).\nDensely packed cell bodies, segmented "
    "as short, thick pieces; there is no truth to score against."
)
_CELL_BODIES = SegmentParams(
    sensitivity=1.0, thickness=6.0, gap=2.0, minimum_length=8.0
)


def demo(folder: Path, ctx: JobContext) -> dict[str, Any]:
    """Fill `folder` with what Filaments makes of its samples, and tell the numbers.

    One folder per sample: the neurons, label image, SWC, meshes, table of
    measurements and a figure; for the semi-synthetic one the score against its
    exact truth too.

    Returns
    -------
    dict
        JSON-able: per sample its neurons, score, seconds and files; versions.
    """
    started = time.monotonic()
    painted = make_sample(_made(folder / "semi-synthetic"), ctx)
    made = {
        "semi-synthetic": _run(
            painted,
            folder / "semi-synthetic",
            "MCFO neurons (semi-synthetic)",
            f"{SEMI_SYNTHETIC}\n{ATTRIBUTION}",
            ctx,
            truth=painted,
        ),
        "brainbow-cortex": _run(
            resources.path("samples/brainbow_cortex/chroms_cortex_sample.tif"),
            _made(folder / "brainbow-cortex"),
            "Brainbow, mouse cortex",
            _BRAINBOW,
            ctx,
            settings=_CELL_BODIES,
        ),
    }
    record = Provenance.record("filaments.demo", {})
    return {
        "workspace": "filaments",
        "samples": made,
        "seconds": round(time.monotonic() - started, 2),
        "striate": record.striate,
        "versions": record.versions,
        "machine": record.machine,
        "created": record.created,
    }


def _run(
    volume: Path,
    folder: Path,
    title: str,
    note: str,
    ctx: JobContext,
    *,
    truth: Path | None = None,
    settings: SegmentParams | None = None,
) -> dict[str, Any]:
    """Segment one volume and write everything that can be made of it."""
    job = SegmentJob(
        volume=volume,
        out=folder / "found.neurons.zarr",
        segment=settings or SegmentParams(),
    )
    found = run_segment(job, ctx)
    forms = ExportJob(
        neurons=found.neurons,
        labels=folder / "labels.tif",
        swc=folder / "swc",
        table=folder / "measurements.csv",
        mesh=folder / "meshes",
    )
    exported = run_export(forms, ctx)
    files = {"volume": volume, "neurons": found.neurons, **exported.files}
    summary: dict[str, Any] = {
        "title": title,
        "semi_synthetic": truth is not None,
        "neurons": found.count,
        "seconds_to_segment": found.seconds,
        "overlaps_in_labels": exported.overlaps,
    }
    if truth is not None:
        scored = run_score(
            ScoreJob(pred=found.neurons, gt=truth, out=folder / "score.json"), ctx
        )
        summary["score"] = scored.numbers
        files["score"] = scored.path
    files["figure"] = _draw(volume, found.neurons, truth, title, note, folder, summary)
    return {**summary, "files": {name: str(path) for name, path in files.items()}}


def _draw(
    volume: Path,
    neurons: Path,
    truth: Path | None,
    title: str,
    note: str,
    folder: Path,
    summary: dict[str, Any],
) -> Path:
    from striate_filaments.colours import display_colours
    from striate_filaments.exchange import read_any
    from striate_filaments.figures import neuron_panel, overview, raw_panel

    opened, found = open_volume(volume), read_any(neurons)
    raw = raw_panel(opened)
    colours = display_colours(found)
    kind = "pieces" if truth is None else "neurons"
    segmented = f"Segmented: {len(found)} {kind}"
    panels = [raw, neuron_panel(found, segmented, raw, colours=colours)]
    if truth is not None:
        true = read_any(truth)
        matched = _matched_colours(true, colours, folder / "score.json")
        title_c = f"Truth: {len(true)} neurons"
        panels.append(neuron_panel(true, title_c, raw, colours=matched))
        note += (
            "\nColours of c are those of the match in b (clDice above 0.5; white: no "
            f"match). FISBe score of b against c: S = {summary['score']['S']:.2f}"
        )
    figure = overview(
        panels, opened.voxel_size_zyx, opened.unit, title=title, note=note
    )
    path = folder / "figure.png"
    figure.save(path)
    return path


def _matched_colours(
    true: NeuronSet, colours: dict[int, NDArray[np.float32]], score: Path
) -> dict[int, NDArray[np.float32]]:
    """Give each true neuron the colour of the one that was found for it."""
    matches = json.loads(score.read_text("utf-8"))["matches"]
    found = {int(m["gt"]): colours[int(m["pred"])] for m in matches}
    unmatched = np.full(3, 0.9, np.float32)
    return {id: found.get(id, unmatched) for id in true.ids}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
