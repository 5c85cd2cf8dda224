"""Images that were made for units of a subject, found again another day; no Qt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit_asking import Asked

__all__ = ["MadeImage", "best_first", "images_of", "keep_images", "kept_images"]

_MOST = 24
"""Images that are kept in sight for one question."""


class MadeImage(dict[str, Any]):
    """One image: ``path``, ``state``, ``seed``, ``z``, ``percentile``, and more."""


def images_of(value: dict[str, Any], state: str) -> list[MadeImage]:
    """Read the images of a job's outcome, or of what it says on the way."""
    found = []
    seeds = value.get("seeds") or ()
    for k, path in enumerate(value.get("images", ())):
        image = MadeImage(path=str(path), state=state)
        for name in ("z", "percentile", "predicted", "judged"):
            column = value.get(name) or ()
            image[name] = column[k] if k < len(column) else None
        image["seed"] = seeds[k] if k < len(seeds) else k
        found.append(image)
    return found


def best_first(images: Iterable[MadeImage]) -> list[MadeImage]:
    """Order images by z-score; those without come last."""
    return sorted(images, key=lambda i: -(i["z"] if i["z"] is not None else -1e9))


def kept_images(view: CortexView, asked: Asked) -> list[MadeImage]:
    """Return what was made for this before and is still there."""
    whole = _read(_file(view))
    found = [MadeImage(**image) for image in whole.get(_key(view, asked), ())]
    return [image for image in found if Path(image["path"]).is_file()]


def keep_images(view: CortexView, asked: Asked, images: list[MadeImage]) -> None:
    """Keep in the subject's store which images were made; a locked one keeps none."""
    place = _file(view)
    whole = _read(place)
    whole[_key(view, asked)] = [dict(image) for image in images[:_MOST]]
    part = place.with_suffix(".part")
    try:
        part.write_text(json.dumps(whole, indent=1), "utf-8")
        part.replace(place)
    except OSError:
        return


def _file(view: CortexView) -> Path:
    from striate_cortex.captions.store import store_of

    place = store_of(view.subject).path
    return place.with_name(f"{place.stem}-images.json")


def _key(view: CortexView, asked: Asked) -> str:
    from striate_cortex.captions.store import model_mark

    mark = model_mark(view.model(asked.model))
    return "|".join([mark, asked.units, asked.minus, asked.method, asked.library])


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
