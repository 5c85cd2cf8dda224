"""The Library panel: which library answers, what is in it, and how one is built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from striate.errors import StriateError
from striate.widgets.background import Background
from striate.widgets.links import Links
from striate.widgets.message import Message
from striate.widgets.record_model import Column
from striate.widgets.tables import RecordTable
from striate_cortex.panels.answer_settings import AnswerSettings
from striate_cortex.panels.known_libraries import (
    LibraryFacts,
    facts_of,
    known_libraries,
    remember_library,
)
from striate_cortex.panels.library_building import LibraryBuilder
from striate_cortex.panels.library_items import LibraryItems
from striate_cortex.panels.section import Section, muted
from striate_cortex.panels.view_menu import ViewMenu

if TYPE_CHECKING:
    from striate.widgets.services import Services, ViewerLike
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["LibraryPanel"]

_OWN = "own"
_COLUMNS = (
    Column("title", "Library", help="The one with a dot answers."),
    Column("fits", "Fits", help="Whether it can answer the model in use."),
    Column("count", "Items"),
    Column("space", "Space", help="The encoder whose vectors it holds."),
)


class LibraryPanel(QWidget):
    """Chooses what clicks are answered with, and builds libraries.

    Parameters
    ----------
    viewer
        Whose subjects are answered for.
    services
        Jobs, notifications and settings of the running program.
    """

    def __init__(self, viewer: ViewerLike, services: Services) -> None:
        super().__init__()
        self._links = Links(self)
        self._background = Background(self)
        self._view: CortexView | None = None
        self._facts: dict[str, LibraryFacts] = {}
        self.menu = ViewMenu(viewer, self._links)
        self.table = RecordTable(_COLUMNS, empty="Reading the libraries …")
        self.about = muted()
        self.message = Message()
        self.use_button = QPushButton("Answer with it")
        self.open_button = QPushButton("Open…")
        self.items = LibraryItems()
        self.settings = AnswerSettings()
        self.builder = LibraryBuilder(services, self._links)
        self._lay_out()
        self._connect()
        self._on_view_changed(self.menu.view())

    # ---- Public methods

    def view(self) -> CortexView | None:
        """Return the view of the subject that is answered for."""
        return self._view

    def open(self, path: str | Path) -> None:
        """Offer a library in a folder, and answer with it if it fits."""
        folder = Path(path)
        self._background.run(
            lambda: self._read(folder), lambda f: self._opened(f), self._tell
        )

    def choose(self, path: Path | None) -> None:
        """Answer with a library that is listed; None: what the subject brings."""
        facts = self._facts.get(_key(path))
        if self._view is None or facts is None:
            return
        if facts.problem:
            self.message.warning(facts.problem)
            return
        self.message.clear()
        self._view.answering.choose(path)
        self._fill()

    def closeEvent(self, event: Any) -> None:
        """Let go of viewer and jobs."""
        self._links.close()
        self.items.close_items()
        self._background.close()
        super().closeEvent(event)

    # ---- Making

    def _lay_out(self) -> None:
        self.table.setMinimumHeight(130)
        self.use_button.setToolTip("Clicks are answered with the library selected.")
        self.open_button.setToolTip("Offer a library that lies in a folder.")
        head = QLabel("<b>Clicks are answered with</b>")
        row = QHBoxLayout()
        row.addWidget(self.use_button)
        row.addWidget(self.open_button)
        row.addStretch(1)
        self._inside = Section("What is in it")
        self._inside.add(self.items)
        told = Section("How units are told", opened=False)
        told.add(self.settings)
        self._build = Section("Build a library", opened=False)
        self._build.add(self.builder)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for part in (self.menu, head, self.table):
            column.addWidget(part)
        column.addLayout(row)
        for part in (self.about, self.message, self._inside, told, self._build):
            column.addWidget(part)
        column.addStretch(1)

    def _connect(self) -> None:
        self.menu.changed.connect(self._on_view_changed)
        self.table.selection_changed.connect(self._on_selected)
        self.table.activated_record.connect(self._on_entered)
        self.use_button.clicked.connect(self._on_use)
        self.open_button.clicked.connect(self._on_open)
        self.builder.built.connect(self.open)
        self.builder.told.connect(self.message.say)
        self.settings.failed.connect(self.message.error)

    # ---- The libraries

    def _on_view_changed(self, view: CortexView | None) -> None:
        self._links.follow(self._signals, self._view, view)
        self._view = view
        self.settings.set_view(view)
        self.refresh()

    def _signals(self, view: CortexView) -> list[tuple[Any, Any]]:
        return [
            (view.models_changed, self.refresh),
            (view.model_chosen, self.refresh),
            (view.answering.chosen, self._fill),
        ]

    def refresh(self) -> None:
        """Read again which libraries there are, in a thread."""
        wanted: list[Path | None] = [None, *known_libraries()]
        if self._view is not None and self._view.answering.path not in wanted:
            wanted.append(self._view.answering.path)
        self._background.run(
            lambda: [self._read(path) for path in wanted], self._show, self._tell
        )

    def _read(self, path: Path | None) -> LibraryFacts:
        view = self._view
        if view is None:
            return facts_of(path, None, "", 0)
        space, dimension = "", 0
        if view.model_in_use:
            model = view.model(view.model_in_use)
            space, dimension = model.space, int(model.weights.shape[1])
        return facts_of(path, view.subject, space, dimension)

    def _show(self, found: list[LibraryFacts]) -> None:
        self._facts = {_key(facts.path): facts for facts in found}
        self._fill()

    def _opened(self, facts: LibraryFacts) -> None:
        if facts.path is None or not facts.count:
            self.message.error(facts.problem)
            return
        remember_library(facts.path)
        self._facts[_key(facts.path)] = facts
        self._fill()
        self.choose(facts.path)

    def _fill(self) -> None:
        used = _key(self._view.answering.path) if self._view is not None else ""
        self.table.set_records(
            {
                "id": key, "title": f"● {f.title}" if key == used else f.title,
                "count": f.count or None, "space": f.space,
                "fits": "no" if f.problem else "yes",
            }
            for key, f in self._facts.items()
        )  # fmt: skip
        if used in self._facts:
            self.table.select([used])
        self._on_selected(self.table.selected())

    def _on_selected(self, keys: list[str]) -> None:
        facts = self._facts.get(keys[0]) if keys else None
        self.use_button.setEnabled(facts is not None and not facts.problem)
        self.about.setText("" if facts is None else _about(facts))
        self.items.show_library(facts, self._view)

    # ---- The person

    def _on_use(self) -> None:
        keys = self.table.selected()
        if keys and keys[0] in self._facts:
            self.choose(self._facts[keys[0]].path)

    def _on_entered(self, key: str) -> None:
        if key in self._facts:
            self.choose(self._facts[key].path)

    def _on_open(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a library's folder")
        if path:
            self.open(path)

    def _tell(self, error: BaseException) -> None:
        if isinstance(error, StriateError):
            self.message.error(str(error))
        else:
            self.message.error(f"The libraries cannot be read ({error}).")


def _key(path: Path | None) -> str:
    return _OWN if path is None else str(path)


def _about(facts: LibraryFacts) -> str:
    if facts.problem:
        return facts.problem
    parts = [f"{facts.count:,} items in the space of {facts.space or 'no encoder'}"]
    parts[0] += f" ({facts.dimension} dimensions)"
    if not facts.captioned:
        parts.append("no captions: units are told by the names of their top items")
    if facts.simulated:
        parts.append("simulated")
    if facts.sources:
        more = f" and {len(facts.sources) - 3} more" if len(facts.sources) > 3 else ""
        parts.append("from " + ", ".join(facts.sources[:3]) + more)
    elif facts.path is None:
        parts.append("brought by the subject")
    return "; ".join(parts) + "."
