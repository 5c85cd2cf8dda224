"""The first page: open something, try a sample, go on where one left off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from striate.samples import ready_path
from striate.widgets.theme_icons import app_icon, icon

if TYPE_CHECKING:
    from striate.desktop.main_window import MainWindow
    from striate.workspace import Sample, Workspace

__all__ = ["Welcome"]

_WIDTH = 980
_MOST_RECENT = 6


class Welcome(QScrollArea):
    """Shown first; everything on it is a menu entry too."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.setObjectName("Welcome")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Welcome page")
        self._window = window
        self.fill()

    def fill(self) -> None:
        """Build the page anew: after a change of theme or of the recent files."""
        body = QWidget()
        body.setObjectName("WelcomeBody")
        column = QVBoxLayout()
        column.setSpacing(14)
        column.addLayout(self._header())
        column.addLayout(self._open_row())
        column.addSpacing(8)
        column.addLayout(self._samples())
        column.addLayout(self._recent())
        column.addStretch(1)
        middle = QWidget()
        middle.setObjectName("WelcomeBody")
        middle.setMaximumWidth(_WIDTH)
        middle.setLayout(column)
        row = QHBoxLayout(body)
        row.setContentsMargins(32, 28, 32, 24)
        row.addStretch(1)
        row.addWidget(middle, stretch=100)
        row.addStretch(1)
        self.setWidget(body)

    # ---- Private methods

    def _header(self) -> QHBoxLayout:
        from striate import __version__

        sign = QLabel()
        sign.setPixmap(app_icon().pixmap(QSize(72, 72)))
        title = QLabel("Striate")
        title.setObjectName("Title")
        title.setIndent(0)
        line = _muted(
            "From a picture to a neuron, and from a voxel to what it means. "
            f"Version {__version__}"
        )
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addStretch(1)
        text.addWidget(title)
        text.addWidget(line)
        text.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(sign)
        row.addLayout(text, stretch=1)
        return row

    def _open_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for number, action_id in enumerate(
            ("file.open", "file.open_folder", "project.open")
        ):
            row.addWidget(self._button(action_id, primary=number == 0))
        row.addWidget(_muted("or drop files anywhere; hold Shift to choose how"))
        row.addStretch(1)
        return row

    def _button(self, action_id: str, *, primary: bool) -> QPushButton:
        action = self._window.book.qaction(action_id)
        button = QPushButton(action.text() if primary else f" {action.text()}")
        if primary:
            button.setObjectName("Primary")
        else:
            button.setIcon(action.icon())
        button.setMinimumHeight(34)
        button.setToolTip(action.statusTip())
        button.clicked.connect(action.trigger)
        return button

    def _samples(self) -> QVBoxLayout:
        box = QVBoxLayout()
        found = [(w, s) for w in self._window.workspaces for s in w.samples]
        if not found:
            return box
        box.addWidget(_heading("Try a sample"))
        grid = QGridLayout()
        grid.setSpacing(12)
        for i, (workspace, sample) in enumerate(found):
            grid.addWidget(self._card(workspace, sample), i // 2, i % 2)
        if len(found) % 2:
            grid.addWidget(QWidget(), len(found) // 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        box.addLayout(grid)
        return box

    def _card(self, workspace: Workspace, sample: Sample) -> QFrame:
        card = QFrame()
        card.setObjectName("Card")
        title = QLabel(f"<b>{sample.title}</b>")
        head = QHBoxLayout()
        head.addWidget(title)
        if sample.simulated:
            tag = QLabel(sample.simulation)
            tag.setObjectName("Tag")
            tag.setToolTip("Painted by a program from measured neuron shapes.")
            head.addWidget(tag)
        head.addStretch(1)
        text = QLabel(sample.description)
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        foot = QHBoxLayout()
        foot.addWidget(_muted(_facts(sample)), stretch=1)
        foot.addWidget(self._sample_button(workspace, sample))
        layout = QVBoxLayout(card)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addLayout(head)
        layout.addWidget(text, stretch=1)
        layout.addLayout(foot)
        return card

    def _sample_button(self, workspace: Workspace, sample: Sample) -> QPushButton:
        remote = sample.remote and ready_path(sample) is None
        verb = "Download" if remote else "Open"
        button = QPushButton(icon("sample"), f" {verb}")
        button.setAccessibleName(f"{verb} the sample {sample.title}")
        button.setToolTip(f"{sample.origin}. Licence: {sample.licence}")
        button.clicked.connect(
            lambda: self._window.opening.open_sample(workspace, sample)
        )
        return button

    def _recent(self) -> QVBoxLayout:
        box = QVBoxLayout()
        recent = [Path(p) for p in self._window.recent_files()][:_MOST_RECENT]
        box.addSpacing(8)
        box.addWidget(_heading("Recent"))
        if not recent:
            box.addWidget(_muted("Files and projects you open are listed here."))
        for path in recent:
            box.addWidget(self._recent_button(path))
        return box

    def _recent_button(self, path: Path) -> QPushButton:
        button = QPushButton(icon("recent"), f" {path.name}    {path.parent}")
        button.setObjectName("Recent")
        button.setToolTip(str(path))
        button.clicked.connect(lambda: self._window.opening.open([path]))
        return button


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("Heading")
    label.setIndent(0)
    return label


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("Muted")
    label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return label


def _facts(sample: Sample) -> str:
    if not sample.bytes:
        return sample.licence
    unit, scale = ("GB", 1e9) if sample.bytes >= 1e9 else ("MB", 1e6)
    return f"{sample.bytes / scale:.1f} {unit}, {sample.licence}"
