"""A page per scored volume: the numbers, and every error shown where it is."""

from __future__ import annotations

import base64
import colorsys
import html
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.data import replacing
from striate.errors import InputError
from striate_filaments.figures import Panel, neuron_panel, overview, raw_panel
from striate_filaments.metrics import Place, places
from striate_filaments.neurons import NeuronSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

    from striate.data import Volume
    from striate_filaments.metrics import Instances, Score

__all__ = ["check_report", "error_figure", "write_report"]

_MOST_ERRORS = 24
_GREY = np.array([0.62, 0.62, 0.62], np.float32)


def write_report(
    path: str | Path,
    score: Score,
    *,
    volume: Volume | None = None,
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "px",
    title: str = "",
    overwrite: bool = False,
) -> Path:
    """Write a report as ``.html`` (one file) or the figure alone as ``.png``.

    Parameters
    ----------
    volume
        The image, shown beside the neurons and, in grey, behind them.
    voxel_size
        (z, y, x) in `unit`.

    Raises
    ------
    InputError
        For another suffix.
    OutputError
        When it cannot be written.
    """
    target = Path(path)
    check_report(target)
    figure = error_figure(
        score, volume=volume, voxel_size=voxel_size, unit=unit, title=title
    )
    with replacing(target, overwrite=overwrite) as part:
        if target.suffix == ".png":
            figure.save(part, "PNG")
        else:
            part.write_text(_page(score, figure, title), "utf-8")
    return target


def check_report(path: Path) -> None:
    """See that a name is one that a report can have.

    Raises
    ------
    InputError
        When it is not.
    """
    if path.suffix not in (".html", ".png"):
        raise InputError(f"{path.name}: a report is written as .html or .png.")


def error_figure(
    score: Score,
    *,
    volume: Volume | None = None,
    voxel_size: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "px",
    title: str = "",
) -> Image:
    """Draw truth and prediction as projections, with the errors numbered.

    A predicted neuron wears the colour of the true one it is matched with; those that
    are matched with none are grey.
    """
    gt, pred = score.agreement.gt, score.agreement.pred
    true_colours = {i: _hue(i - 1, len(gt)) for i in range(1, len(gt) + 1)}
    mine = {p: true_colours[g] for g, p in score.matches}
    pred_colours = {i: mine.get(i, _GREY) for i in range(1, len(pred) + 1)}
    fits = volume is not None and volume.czyx().shape[1:] == gt.shape
    raw = raw_panel(volume) if volume is not None and fits else None
    errors = places(score)[:_MOST_ERRORS]
    panels = [
        *([raw] if raw else []),
        _panel(gt, "Truth", raw, true_colours, ()),
        _panel(pred, "Prediction, errors numbered", raw, pred_colours, errors),
    ]
    note = "Grey: matched with no true neuron."
    if len(places(score)) > _MOST_ERRORS:
        note += f" The {_MOST_ERRORS} most costly errors are shown."
    name = f"{title}: " if title else ""
    heading = f"{name}S = {score['S']:.3f}"
    return overview(panels, voxel_size, unit, title=heading, note=note)


# ---- Private functions


def _panel(
    instances: Instances,
    title: str,
    raw: Panel | None,
    colours: dict[int, NDArray[np.float32]],
    errors: Sequence[Place],
) -> Panel:
    neurons = NeuronSet(instances.shape, neurons=instances.neurons)
    drawn = neuron_panel(neurons, title, raw, colours=colours)
    numbers = [(i, (e.voxel[1], e.voxel[2])) for i, e in enumerate(errors, 1)]
    return replace(drawn, numbers=numbers)


def _hue(place: int, count: int) -> NDArray[np.float32]:
    """Colours far apart around the wheel, alternately lighter and deeper."""
    light = (0.62, 0.78)[place % 2]
    return np.array(colorsys.hls_to_rgb(place / max(count, 1), light, 0.85), np.float32)


def _page(score: Score, figure: Image, title: str) -> str:
    buffer = io.BytesIO()
    figure.save(buffer, "PNG")
    picture = base64.b64encode(buffer.getvalue()).decode()
    facts = score.to_dict()
    name = html.escape(title or "Score")
    headline = [[k, _number(score[k])] for k in score]
    thresholds = [
        [f"{t['threshold']}", *(_number(t[k]) for k in _AT)]
        for t in facts["thresholds"]
    ]
    errors = [
        [str(i), p.kind, html.escape(p.sentence()), str(p.cost), str(p.voxel)]
        for i, p in enumerate(places(score), 1)
    ]
    coverage = [[str(c["gt"]), _number(c["coverage"])] for c in facts["coverage"]]
    parts = [
        f"<h1>{name}</h1>",
        _table(["", "value"], headline),
        f'<p><img alt="Truth and prediction, errors numbered" '
        f'src="data:image/png;base64,{picture}"></p>',
        "<h2>Errors, the most costly first</h2>",
        _table(["", "kind", "what", "centre-line voxels", "(z, y, x)"], errors)
        if errors
        else "<p>None.</p>",
        "<h2>Per clDice threshold</h2>",
        _table(["clDice above", *_AT], thresholds),
        "<h2>Coverage of each true neuron</h2>",
        _table(["true neuron", "coverage"], coverage),
        f"<p>Preset {facts['preset']['name']}; predicted labels of "
        f"{facts['preset']['remove_small']} voxels or fewer are left out; "
        f"{'partly' if facts['partly'] else 'completely'} labelled.</p>",
    ]
    body = "\n".join(parts)
    return f"{_HEAD.format(name)}\n<body>\n{body}\n</body></html>\n"


_AT = ("TP", "FP", "FN", "precision", "recall", "F1")
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{}</title>'
    "<style>body{{font:15px system-ui,sans-serif;margin:2em auto;max-width:1100px;"
    "color:#18181c;background:#fff}}img{{max-width:100%}}table{{border-collapse:"
    "collapse;margin:.5em 0 1.5em}}td,th{{padding:.25em .8em;text-align:left;"
    "border-bottom:1px solid #ddd}}</style></head>"
)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{h}</th>" for h in head)
    cells = ["".join(f"<td>{c}</td>" for c in row) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><tr>{top}</tr>{body}</table>"


def _number(value: Any) -> str:
    return f"{value:d}" if isinstance(value, int) else f"{value:.4g}"
