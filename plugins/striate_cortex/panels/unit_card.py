"""One page about one unit: what it is of, drawn for PNG and PDF, written as HTML."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import QBuffer, QIODevice

if TYPE_CHECKING:
    from qtpy.QtGui import QImage

__all__ = ["CardPicture", "UnitCard", "card_html", "card_text"]

_STYLE = """
body { font: 14px/1.45 system-ui, 'Segoe UI', Roboto, sans-serif; color: #1d2129;
  max-width: 820px; margin: 32px auto; padding: 0 20px; }
h1 { font-size: 27px; font-weight: 600; margin: 4px 0 2px; }
h2 { font-size: 13px; text-transform: uppercase; letter-spacing: .06em; color: #5b6472;
  margin: 26px 0 8px; border-top: 1px solid #dde1e7; padding-top: 10px; }
.quiet { color: #5b6472; } .tag { color: #9a6200; border: 1px solid #9a6200;
  border-radius: 8px; padding: 1px 8px; font-size: 12px; }
.doubt { background: #fdf3dd; border-left: 4px solid #9a6200; padding: 8px 12px; }
table { border-collapse: collapse; } td { padding: 2px 18px 2px 0; }
td:first-child { color: #5b6472; }
.row { display: flex; flex-wrap: wrap; gap: 10px; }
figure { margin: 0; width: 128px; font-size: 12px; }
figure img { width: 128px; height: 128px; object-fit: cover; border-radius: 6px; }
.bar { background: #cfe3f7; border-radius: 4px; padding: 2px 8px; margin: 3px 0;
  white-space: nowrap; }
"""


@dataclass(frozen=True)
class CardPicture:
    """A picture (None: there is none here) with two lines below."""

    image: QImage | None
    line: str
    second: str = ""


@dataclass(frozen=True)
class UnitCard:
    """What a card says of a unit.

    Parameters
    ----------
    title, subject
        Of the unit, and whose it is.
    simulated
        Whether any of it is made up; then the card says so at its top.
    caption, how, doubt
        The caption, which way it was made, and why not to trust it.
    rows
        (name, value): place, scores, ceiling.
    keywords, facets
        (text, share of 0 to 1, what is written at the right).
    top, made
        The library's items, and images made for the unit.
    trust
        Sentences.
    cortex
        The cortex with the place marked; None: not drawn.
    foot
        Versions, library, date.
    """

    title: str
    subject: str
    simulated: bool = False
    caption: str = ""
    how: str = ""
    doubt: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    keywords: tuple[tuple[str, float, str], ...] = ()
    facets: tuple[tuple[str, float, str], ...] = ()
    top: tuple[CardPicture, ...] = ()
    made: tuple[CardPicture, ...] = ()
    trust: tuple[str, ...] = ()
    cortex: QImage | None = None
    foot: str = ""


def card_text(card: UnitCard) -> str:
    """Return a card as plain text, for the clipboard."""
    lines = [f"{card.title}, {card.subject}"]
    if card.simulated and "simulated" not in lines[0].lower():
        lines[0] += " (simulated)"
    lines += [t for t in (card.caption, card.how, card.doubt) if t]
    lines += [f"{name}: {value}" for name, value in card.rows]
    if card.keywords:
        lines.append("Keywords: " + ", ".join(f"{w} {v}" for w, _, v in card.keywords))
    if card.top:
        lines.append("Top items:")
        lines += [f"  {p.line}  {p.second}" for p in card.top]
    return "\n".join([*lines, *card.trust, card.foot])


def card_html(card: UnitCard) -> str:
    """Return a card as one HTML file with its pictures inside."""
    said = ' <span class="tag">simulated</span>' if card.simulated else ""
    parts = [
        f'<p class="quiet">{escape(card.title)}, {escape(card.subject)}{said}</p>',
        f"<h1>{escape(card.caption) or 'No caption'}</h1>",
        f'<p class="quiet">{escape(card.how)}</p>',
    ]
    if card.doubt:
        parts.append(f'<p class="doubt">{escape(card.doubt)}</p>')
    if card.cortex is not None:
        parts.append(f'<img style="max-width:100%" src="{_inline(card.cortex)}">')
    rows = "".join(
        f"<tr><td>{escape(n)}</td><td>{escape(v)}</td></tr>" for n, v in card.rows
    )
    parts.append(f"<h2>Place and quality</h2><table>{rows}</table>")
    parts += [_bars("Keywords", card.keywords), _figures("Top items", card.top)]
    parts += [_figures("Images made for it", card.made), _bars("Facets", card.facets)]
    if card.trust:
        lines = "".join(f"<p>{escape(line)}</p>" for line in card.trust)
        parts.append(f"<h2>Trust</h2>{lines}")
    parts.append(f'<p class="quiet" style="margin-top:28px">{escape(card.foot)}</p>')
    title = escape(f"{card.title}, {card.subject}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><body>{''.join(parts)}</body></html>"
    )


def _bars(title: str, bars: tuple[tuple[str, float, str], ...]) -> str:
    if not bars:
        return ""
    rows = "".join(
        f'<div class="bar" style="width:{max(12, round(100 * s))}%">{escape(t)} '
        f'<span class="quiet">{escape(v)}</span></div>'
        for t, s, v in bars
    )
    return f"<h2>{escape(title)}</h2>{rows}"


def _figures(title: str, pictures: tuple[CardPicture, ...]) -> str:
    if not pictures:
        return ""
    if all(p.image is None for p in pictures):
        rows = "".join(
            f"<tr><td>{escape(p.line)}</td><td>{escape(p.second)}</td></tr>"
            for p in pictures
        )
        return f"<h2>{escape(title)}</h2><table>{rows}</table>"
    figures = "".join(
        f'<figure><img src="{_inline(p.image)}"><div>{escape(p.line)}</div>'
        f'<div class="quiet">{escape(p.second)}</div></figure>'
        for p in pictures if p.image is not None
    )  # fmt: skip
    return f'<h2>{escape(title)}</h2><div class="row">{figures}</div>'


def _inline(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    text = base64.b64encode(bytes(buffer.data().data())).decode("ascii")
    return f"data:image/png;base64,{text}"
