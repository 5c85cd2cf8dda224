"""The main job on the samples: fit, map, query; and the real weights that ship."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from striate import resources
from striate.errors import MissingDependencyError
from striate.provenance import Provenance
from striate_cortex.encoding.params import FitParams
from striate_cortex.jobs import FitJob, MapJob, run_fit, run_map
from striate_cortex.subjects.simulation import SIMULATED, simulate_subject

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from striate.jobs.context import JobContext

__all__ = ["demo"]

_QUERIES = ("a face", "a house", "an arm", "a written word")


def demo(folder: Path, ctx: JobContext) -> dict[str, Any]:
    """Fill `folder` with what Cortex makes of its samples, and tell the numbers.

    A simulated subject is made, an encoding model fitted to its responses, and quality
    and phrases are mapped; of the real BOLD5000 weights, tuning and regions.

    Returns
    -------
    dict
        JSON-able: per sample its numbers and files; versions.
    """
    started = time.monotonic()
    made = {
        "simulated-cortex": _simulated(folder / "simulated-cortex", ctx),
        "bold5000-csi3": _bold5000(folder / "bold5000-csi3", ctx),
    }
    record = Provenance.record("cortex.demo", {})
    return {
        "workspace": "cortex",
        "samples": made,
        "seconds": round(time.monotonic() - started, 2),
        "striate": record.striate,
        "versions": record.versions,
        "machine": record.machine,
        "created": record.created,
    }


def _simulated(folder: Path, ctx: JobContext) -> dict[str, Any]:
    subject = simulate_subject(folder / "subject", ctx=ctx)
    fitted = run_fit(
        FitJob(
            subject=subject.folder,
            out=folder / "fitted.encoding.safetensors",
            fit=FitParams(held_out=0.25, permutations=200),
        ),
        ctx,
    )
    files = {"subject": subject.folder, "model": fitted.model}
    summary: dict[str, Any] = {
        "simulated": True,
        "note": SIMULATED,
        "images": fitted.images,
        "held_out": fitted.held_out,
        "r2_top": fitted.r2_top,
        "regions": {},
    }
    for what in ("r2", "r2/ceiling", "pc", "roi"):
        name = what.replace("/", "-of-")
        made = _map(fitted.model, what, folder / f"{name}.png", ctx)
        files[name] = made.path
        if what in ("r2", "r2/ceiling"):
            summary["regions"][what] = _medians(made.regions)
    try:
        summary["phrases"] = _phrases(fitted.model, subject.units.rois, folder, ctx)
        files |= {q: folder / f"text-{q.replace(' ', '-')}.png" for q in _QUERIES}
    except MissingDependencyError as error:
        summary["phrases"] = str(error)
    return {**summary, "files": {k: str(v) for k, v in files.items()}}


def _phrases(
    model: Path, rois: Any, folder: Path, ctx: JobContext
) -> dict[str, dict[str, float]]:
    """Map each phrase; say how well it tells its region from the rest (AUC)."""
    from striate_cortex.encoders import open_encoder
    from striate_cortex.mapping import find_model, write_map
    from striate_cortex.maps import query_map

    vectors = open_encoder("starter", ctx=ctx).embed_texts(list(_QUERIES))
    subject, fitted, _ = find_model(model)
    found = {}
    for phrase, vector in zip(_QUERIES, vectors, strict=True):
        made = query_map(fitted, vector, phrase)
        write_map(folder / f"text-{phrase.replace(' ', '-')}.png", subject, made)
        found[phrase] = {
            name: round(_auc(made.values, inside), 3) for name, inside in rois.items()
        }
    return found


def _auc(values: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """Chance that a unit inside has a higher value than one outside."""
    from scipy.stats import rankdata

    ranks, n = rankdata(values), int(inside.sum())
    above = ranks[inside].sum() - n * (n + 1) / 2
    return float(above / (n * (len(values) - n)))


def _bold5000(folder: Path, ctx: JobContext) -> dict[str, Any]:
    subject = resources.path("samples/bold5000_weights/csi3")
    maps = {
        what: str(_map(subject, what, folder / f"{what}.png", ctx).path)
        for what in ("pc", "roi")
    }
    return {
        "simulated": False,
        "note": "Real encoding weights, fitted by the makers of img2fmri (MIT) to "
        "BOLD5000 (CC0).",
        "files": maps,
    }


def _map(model: Path, what: str, out: Path, ctx: JobContext) -> Any:
    return run_map(MapJob(model=model, what=what, out=out), ctx)


def _medians(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    return {row["region"]: row["median"] for row in rows}
