"""Copy or save what is known of a unit as a one-page card."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QGuiApplication, QImage
from qtpy.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton

from striate.errors import StriateError
from striate.widgets.theme_icons import icon
from striate_cortex.panels.unit_card import CardPicture, UnitCard, card_text
from striate_cortex.panels.unit_place import doubt_of
from striate_cortex.panels.unit_words import made_how, trust_lines

if TYPE_CHECKING:
    from striate_cortex.panels.cortex_view import CortexView
    from striate_cortex.panels.unit import UnitPanel

__all__ = ["CardMenu", "card_of"]

_KINDS = "PDF (*.pdf);;PNG (*.png);;Web page (*.html)"


class CardMenu(QPushButton):
    """A button with a menu: copy as text or picture, save as PDF, PNG or HTML."""

    def __init__(self, panel: UnitPanel) -> None:
        super().__init__("Card")
        self._panel = panel
        self.setToolTip("Copy or save what is known of this unit on one page.")
        menu = QMenu(self)
        for title, slot, sign in (
            ("Copy as text", self.copy_text, "copy"),
            ("Copy as picture", self.copy_picture, "camera"),
            ("Save as PDF, PNG or web page…", self._ask, "save"),
        ):
            action = menu.addAction(title)
            action.setIcon(icon(sign))
            action.triggered.connect(slot)
        self.setMenu(menu)

    def copy_text(self, *_: Any) -> None:
        """Put the card on the clipboard as text."""
        card = card_of(self._panel, picture=False)
        if card is not None:
            QApplication.clipboard().setText(card_text(card))

    def copy_picture(self, *_: Any) -> None:
        """Put the card on the clipboard as a picture."""
        from striate_cortex.panels.unit_page import card_image

        card = card_of(self._panel)
        if card is not None:
            QApplication.clipboard().setImage(card_image(card))

    def save(self, path: str | Path) -> None:
        """Write the card by suffix.

        Raises
        ------
        StriateError
            When it cannot be written.
        """
        from striate_cortex.panels.unit_page import check_kind, save_card

        check_kind(Path(path))
        card = card_of(self._panel)
        if card is not None:
            save_card(Path(path), card)

    def _ask(self, *_: Any) -> None:
        facts = self._panel.facts
        if facts is None:
            return
        name = f"unit-{facts.unit}.pdf"
        path, chosen = QFileDialog.getSaveFileName(
            self, "Save the unit's card", name, _KINDS
        )
        if not path:
            return
        place = Path(path)
        if not place.suffix:
            place = place.with_suffix(f".{chosen.split('*.')[1].rstrip(')')}")
        try:
            self.save(place)
        except (StriateError, OSError) as error:
            self._panel.trust.error(str(error))
            return
        self._panel.trust.info(f"Saved as {place}.")


def card_of(panel: UnitPanel, *, picture: bool = True) -> UnitCard | None:
    """Gather what a panel shows of its unit; None while it shows none."""
    view, facts, answer = panel.view(), panel.facts, panel.answer.shown
    if view is None or facts is None:
        return None
    from striate_cortex.panels.unit import title_of

    title = title_of(view, facts).replace("<b>", "").replace("</b>", "")
    doubt = doubt_of(facts)
    simulated = view.subject.simulated or (answer is not None and answer.simulated)
    told: dict[str, Any] = {}
    if answer is not None:
        most = max((k.share for k in answer.keywords), default=1.0)
        told = {
            "caption": answer.caption, "how": made_how(answer),
            "keywords": tuple(
                (k.word, k.share / most, f"{k.share:.0%}") for k in answer.keywords
            ),
            "facets": tuple(
                (f.caption, f.share, f"{f.share:.0%}") for f in answer.facets
            ),
            "trust": tuple(trust_lines(answer)),
            "top": tuple(
                CardPicture(
                    _image(i.image), f"{i.share:.1%}",
                    i.captions[0] if i.captions else i.name,
                )
                for i in answer.top
            ),
        }  # fmt: skip
    return UnitCard(
        title, view.subject.title, simulated=simulated,
        doubt=doubt[1] if doubt is not None else "",
        rows=tuple(panel.place.rows()), made=_made(panel),
        cortex=_cortex(view) if picture else None, foot=_foot(view, answer), **told,
    )  # fmt: skip


def _made(panel: UnitPanel) -> tuple[CardPicture, ...]:
    found = []
    for image in panel.images.shown():
        if image["state"] == "made":
            z = "" if image["z"] is None else f"z {image['z']:+.2f}"
            seed = f"seed {image['seed']}"
            found.append(CardPicture(_image(str(image["path"])), z or seed, seed))
    return tuple(found)


def _image(path: str) -> QImage | None:
    from striate_cortex.panels.thumbnails import read_picture
    from striate_cortex.panels.tiles import pixmap_of

    if not path or not Path(path).is_file():
        return None
    try:
        return pixmap_of(read_picture(path)).toImage()
    except OSError:
        return None


def _cortex(view: CortexView) -> QImage | None:
    """Take a picture of the cortex with the place marked."""
    from striate_cortex.panels.figure import FigureOptions, as_image, take_pictures

    if QGuiApplication.platformName() == "offscreen":
        return None
    flat = "flat" in view.morph.stops
    options = FigureOptions(
        "Flat map" if flat else "Back, top and bottom", marks=True, scale=1.5
    )
    return as_image(take_pictures(view, options)[0])


def _foot(view: CortexView, answer: Any) -> str:
    from importlib.metadata import version

    subject = view.subject.manifest
    parts = [f"Striate {version('striate')}, {date.today().isoformat()}"]
    if answer is not None:
        parts.append(f"model {answer.model} in the space of {answer.space}")
    parts += [t for t in (subject.origin, subject.licence) if t]
    if subject.simulated:
        parts.append("Simulated: nothing here was measured")
    return "; ".join(parts) + "."
