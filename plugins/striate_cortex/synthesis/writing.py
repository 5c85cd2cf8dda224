"""Images in files: one each, all on a sheet, and what is known of them as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data.atomic import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from striate_cortex.synthesis.record import Synthesis

__all__ = ["contact_sheet", "write_synthesis"]

_EDGE, _GAP, _LINE, _HEAD = 192, 12, 17, 46
_COLUMNS = 6
_LABELS = {
    "activation": "by gradient through the encoder",
    "guided": "by guided diffusion",
    "text": "from text",
}


def write_synthesis(
    made: Synthesis, folder: Path, facts: dict[str, Any], *, overwrite: bool = False
) -> list[Path]:
    """Write a folder whole, or not at all.

    It holds ``01-seed7.png`` and so on, best first; ``sheet.png``; and
    ``images.json`` with `facts`, the method, the model's card and a record for each.

    Parameters
    ----------
    facts
        JSON-able; ``"title"`` heads the sheet.

    Returns
    -------
    list
        Paths of the images, best first.

    Raises
    ------
    OutputError
        When `folder` is there and `overwrite` is False, or cannot be written.
    """
    from PIL import Image

    names = [f"{k + 1:02}-seed{seed}.png" for k, seed in enumerate(made.seeds)]
    rows = [{"file": n, **r} for n, r in zip(names, made.rows(), strict=True)]
    told = {
        "format": "striate-synthesis-1", **facts, "method": made.method,
        "simulated": made.simulated, "made": made.made, "model": made.model,
        "settings": made.facts, "images": rows,
    }  # fmt: skip
    with replacing(folder, overwrite=overwrite) as part:
        part.mkdir()
        for name, image in zip(names, made.images, strict=True):
            Image.fromarray(image).save(part / name)
        contact_sheet(made, str(facts.get("title", ""))).save(part / "sheet.png")
        (part / "images.json").write_text(json.dumps(told, indent=1), "utf-8")
    return [folder / name for name in names]


def contact_sheet(made: Synthesis, title: str = "") -> Image:
    """Draw all images with what is predicted of each below it.

    Returns
    -------
    PIL.Image.Image
        Six images a row; black on white.
    """
    from PIL import Image, ImageDraw

    columns = max(2, min(_COLUMNS, len(made)))
    rows = math.ceil(len(made) / columns)
    cell = _EDGE + _GAP, _EDGE + _GAP + 2 * _LINE
    size = _GAP + columns * cell[0], _HEAD + rows * cell[1]
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    bold, plain, wide = _font(15), _font(12), size[0] - 2 * _GAP
    draw.text((_GAP, 6), _fitted(title, bold, wide), "black", bold)
    draw.text((_GAP, 26), _fitted(_head(made), plain, wide), "#444444", plain)
    for k in range(len(made)):
        x, y = _GAP + k % columns * cell[0], _HEAD + k // columns * cell[1]
        image = Image.fromarray(made.images[k]).resize((_EDGE, _EDGE))
        sheet.paste(image, (x, y))
        for line, text in enumerate(_below(made, k)):
            draw.text((x, y + _EDGE + 3 + line * (_LINE - 2)), text, "black", plain)
    return sheet


def _head(made: Synthesis) -> str:
    parts = [f"Made {_LABELS[made.method]}", f"best {len(made)} of {made.made}"]
    title = made.model.get("title") or made.model.get("id")
    parts += [str(title)] if title else []
    if made.simulated:
        parts.append("responses are simulated")
    return "; ".join(parts)


def _below(made: Synthesis, k: int) -> list[str]:
    """Say what is predicted, and where that stands among the library."""
    first = f"seed {made.seeds[k]}: {made.predicted[k]:.3g}"
    if not np.isfinite(made.percentile[k]):
        return [first]
    z = f"z {made.z[k]:+.1f}, " if np.isfinite(made.z[k]) else ""
    return [first, f"{z}above {made.percentile[k]:.0f} % of library"]


def _font(size: int) -> Any:
    from PIL import ImageFont

    from striate import resources

    return ImageFont.truetype(resources.path("fonts/OpenSans-Regular.ttf"), size)


def _fitted(text: str, font: Any, width: int) -> str:
    """Shorten a text to what fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
