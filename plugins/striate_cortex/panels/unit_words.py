"""What a unit is selective for, in words: caption, keywords, facets, trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from striate_cortex.panels.bars import Bar, Bars
from striate_cortex.panels.section import Section, muted

if TYPE_CHECKING:
    from striate_cortex.captions import UnitAnswer

__all__ = ["CaptionView", "Facets", "Keywords", "TrustView", "made_how"]

_WAYS = {
    "clipcap": "Decoded from its projected weights by CLIPCap",
    "consensus": "The library's caption that speaks best for its top items",
    "keywords": "A sentence made of its keywords",
    "concepts": "Composed of the names of its top items, which have no captions",
    "none": "Nothing can be said",
}


class CaptionView(QWidget):
    """The caption, large, and under it which way it was made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        # A style sheet of the program would overrule a font that is set.
        self.caption.setStyleSheet("font-size: 14pt;")
        self.caption.setAccessibleName("Caption of the unit")
        self.how = muted()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(3)
        column.addWidget(self.caption)
        column.addWidget(self.how)
        self.clear()

    def clear(self, why: str = "") -> None:
        """Show no caption, and why."""
        self.caption.clear()
        self.caption.hide()
        self.how.setText(why)
        self.how.setVisible(bool(why))

    def show_answer(self, answer: UnitAnswer) -> None:
        """Show an answer's caption; greyed where the unit is not to be trusted."""
        doubtful = answer.reliable is False
        self.caption.setText(f"“{answer.caption}”" if answer.caption else "")
        self.caption.setVisible(bool(answer.caption))
        self.caption.setEnabled(not doubtful)
        self.how.setText(made_how(answer))
        self.how.show()


def made_how(answer: UnitAnswer) -> str:
    """Say which way a caption was made, how sure it is, and what it rests on."""
    parts = [_WAYS[answer.how]]
    if answer.confidence is not None:
        parts[0] += f" (confidence {answer.confidence:.2f})"
    if answer.effective_n is not None:
        n = f"{answer.effective_n:.3g}"
        parts.append(f"{n} {'item counts' if n == '1' else 'items count'}")
    if answer.library:
        parts.append(f"library: {answer.library}")
    if answer.simulated and "simulated" not in answer.library.lower():
        parts.append("simulated data")
    return "; ".join(parts) + "."


class Keywords(Section):
    """The words that fit the weights best, each with its share."""

    def __init__(self) -> None:
        super().__init__("Keywords")
        self.bars = Bars("No keywords: the library has no captions to take words from.")
        self.sentence = muted()
        self.add(self.bars)
        self.add(self.sentence)

    def show_answer(self, answer: UnitAnswer) -> None:
        """Show an answer's keywords."""
        waiting = not answer.complete and not answer.keywords
        self.bars.empty = (
            "Reading the library's words …" if waiting else
            "No keywords: the library has no captions to take words from."
        )  # fmt: skip
        most = max((k.share for k in answer.keywords), default=1.0)
        self.bars.set_bars(
            Bar(k.word, k.share / most, f"{k.share:.0%}") for k in answer.keywords
        )
        self.sentence.setText(
            f"Together: {answer.sentence}." if answer.sentence else ""
        )
        self.sentence.setVisible(bool(answer.sentence))


class Facets(Section):
    """The several things a unit answers to."""

    def __init__(self) -> None:
        super().__init__("Facets", opened=False)
        self.bars = Bars("Clusters of the top items, once they are looked at.")
        self.add(self.bars)

    def show_answer(self, answer: UnitAnswer) -> None:
        """Show an answer's facets."""
        few = len(answer.facets) == 1
        self.bars.set_bars(
            Bar(f.caption or "(no caption)", f.share,
                f"{f.share:.0%}, {len(f.items)} items")
            for f in answer.facets
        )  # fmt: skip
        self.note.setText(
            "one thing" if few else f"{len(answer.facets)} things" if answer.facets
            else ""
        )  # fmt: skip


class TrustView(Section):
    """How far to trust the caption: folds, and what its first keyword adds."""

    def __init__(self) -> None:
        super().__init__("Trust", opened=False)
        self.text = muted()
        self.text.setObjectName("")
        self.bars = Bars()
        self.add(self.text)
        self.add(self.bars)

    def show_answer(self, answer: UnitAnswer) -> None:
        """Show what an answer knows of this."""
        self.text.setText("<br>".join(trust_lines(answer)))
        counts = {c: answer.fold_captions.count(c) for c in answer.fold_captions}
        n = max(1, len(answer.fold_captions))
        self.bars.set_bars(
            Bar(text or "(none)", k / n, f"{k} of {n} folds")
            for text, k in sorted(counts.items(), key=lambda pair: -pair[1])
        )
        self.bars.setVisible(bool(counts))
        known = answer.agreement is not None
        self.note.setText(f"folds agree {answer.agreement:.2f}" if known else "")


def trust_lines(answer: UnitAnswer) -> list[str]:
    """Say how far to trust an answer, a sentence each."""
    lines = []
    if answer.reliable is False:
        lines.append("Below the noise ceiling's floor: not to be trusted.")
    if answer.agreement is not None:
        lines.append(
            f"Captions under weights fitted without a part of the trials agree by "
            f"{answer.agreement:.2f} (cosine of sentences)."
        )
    elif answer.complete:
        lines.append("No folds: agreement needs responses, or weights kept by fold.")
    else:
        lines.append("Fitting without parts of the trials …")
    if answer.concept_effect is not None:
        lines.append(
            f"Added to other captions, “{answer.concept}” changes the predicted "
            f"response by {answer.concept_effect:+.2f} standard deviations."
        )
    return lines
