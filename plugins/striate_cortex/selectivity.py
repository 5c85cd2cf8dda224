"""Job that says in words what units are selective for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from striate.data.atomic import replacing
from striate.provenance import Provenance
from striate_cortex.unit_choice import (
    UnitsJob,
    choose_units,
    library_for,
    number,
    target_of,
)

if TYPE_CHECKING:
    from striate.jobs.context import JobContext
    from striate_cortex.library import Library

__all__ = ["CaptionJob", "CaptionOutcome", "run_caption"]


class CaptionJob(UnitsJob):
    """Caption units; see :func:`striate_cortex.captions.describing.describe_units`."""

    method: Literal["brainscuba", "lavca"] = "brainscuba"
    tau: float = 1 / 150
    top: int = 50


class CaptionOutcome(BaseModel):
    """Where the captions are, how many, and the first of them."""

    path: Path
    units: int
    simulated: bool
    first: str


def run_caption(params: CaptionJob, ctx: JobContext) -> CaptionOutcome:
    """Caption units and write them as JSON, one record for each."""
    from striate_cortex.captions.describing import describe_units
    from striate_cortex.encoders import open_encoder
    from striate_cortex.mapping import find_model

    subject, model, name = find_model(params.model, params.subject)
    target = target_of(params, f"{name}-captions.json", ctx)
    rows = choose_units(params.units, subject, len(model))
    library = library_for(params.library, subject)
    told = describe_units(
        model.weights[rows], library, open_encoder(model.space, ctx=ctx),
        method=params.method, tau=params.tau, top=params.top, ctx=ctx,
    )  # fmt: skip
    ceiling = subject.ceiling
    records = [
        {
            "unit": int(u), "caption": t.caption, "how": t.how,
            "confidence": number(t.confidence),
            "keywords": [vars(k) for k in t.keywords],
            "effective_n": number(t.effective_n),
            "ceiling": number(float(ceiling[u])),
            "top": [
                _item(int(i), float(s), library)
                for i, s in zip(t.top[:10], t.top_weights[:10], strict=True)
                if t.how != "none"
            ],
        }
        for u, t in zip(rows, told, strict=True)
    ]  # fmt: skip
    simulated = subject.simulated or bool(library.facts.get("simulated"))
    whole = {"method": params.method, "simulated": simulated, "units": records}
    with replacing(target, overwrite=params.overwrite) as part:
        part.write_text(json.dumps(whole, indent=1), "utf-8")
    record = Provenance.record("cortex.caption", params, [params.model])
    record.notes["simulated"] = simulated
    record.write_beside(target)
    return CaptionOutcome(
        path=target, units=len(rows), simulated=simulated, first=told[0].caption
    )


def _item(i: int, share: float, library: Library) -> dict[str, int | float | str]:
    return {"item": i, "share": share, "origin": library.items[i].origin}
