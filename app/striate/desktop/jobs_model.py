"""The jobs as a Qt table: one row per job, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, QTimer

from striate.desktop.duration import duration
from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["COLUMNS", "RUNNING", "STATE_TITLES", "JobsModel"]

COLUMNS = ("Job", "State", "Progress", "Elapsed", "Message")
RUNNING = ("queued", "starting", "running")
STATE_TITLES = {
    "queued": "Queued",
    "starting": "Starting",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Lost",
}
_ICONS = {"starting": "state-running"}
FRACTION_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2
_NO_PARENT = QModelIndex()


class JobsModel(QAbstractTableModel):
    """Shows the records of a jobs service, and keeps up with its signals.

    Parameters
    ----------
    jobs
        Has ``jobs() -> list[JobRecord]`` and the signals of a supervisor on the
        GUI thread (``striate.widgets.jobs_bridge.QtJobs``).
    """

    def __init__(self, jobs: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.records: list[Any] = []
        self._row_of: dict[str, int] = {}
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._on_second_passed)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.reload)
        for name in ("queued", "started", "finished", "failed", "cancelled", "lost"):
            getattr(jobs, name).connect(self._on_state_changed)
        jobs.progress.connect(self._on_progress)
        self.reload()

    # ---- Public methods

    def reload(self) -> None:
        """Read all records anew; rows keep their place when only states changed."""
        new = sorted(self._jobs.jobs(), key=_age)
        if [r.id for r in new] == [r.id for r in self.records]:
            self.records = new
            self._touch_all()
        else:
            self.beginResetModel()
            self.records = new
            self._row_of = {r.id: i for i, r in enumerate(new)}
            self.endResetModel()
        if any(r.state in RUNNING for r in self.records):
            self._clock.start()
        else:
            self._clock.stop()

    def record(self, job_id: str) -> Any | None:
        """Return the record of a job, or None."""
        row = self._row_of.get(job_id)
        return None if row is None else self.records[row]

    def n_running(self) -> int:
        """How many jobs are queued or under way."""
        return sum(r.state in RUNNING for r in self.records)

    # ---- QAbstractTableModel

    def rowCount(self, parent: QModelIndex = _NO_PARENT) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: QModelIndex = _NO_PARENT) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:
        """Return the title of a column."""
        if role == Qt.ItemDataRole.DisplayRole and (
            orientation == Qt.Orientation.Horizontal
        ):
            return COLUMNS[section]
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        record = self.records[index.row()]
        column = COLUMNS[index.column()]
        reader = _READERS.get(Qt.ItemDataRole(role)) if role < 0x100 else None
        if reader is not None:
            return reader(record, column)
        if role == FRACTION_ROLE:
            return _fraction(record)
        return record.id if role == ID_ROLE else None

    # ---- Private methods

    def _on_state_changed(self, *_: Any) -> None:
        # Several signals of one step become one reload.
        self._soon.start()

    def _on_progress(self, job_id: str, *_: Any) -> None:
        self._soon.start()

    def _on_second_passed(self) -> None:
        self._touch_all()

    def _touch_all(self) -> None:
        if self.records:
            last = self.index(len(self.records) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


# ---- Reading a record


def elapsed(record: Any, now: datetime | None = None) -> float:
    """Seconds a job has been running; 0 before it starts."""
    start = _when(record.started)
    if start is None:
        return 0.0
    end = _when(record.finished) or now or datetime.now(UTC)
    if record.finished is None and record.state not in RUNNING:
        return 0.0
    return max(0.0, (end - start).total_seconds())


def _age(record: Any) -> float:
    created = _when(record.created)
    return -created.timestamp() if created else 0.0


def _when(value: Any) -> datetime | None:
    """Read a time as the queue keeps it: a datetime, ISO text or seconds."""
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _fraction(record: Any) -> float | None:
    done, total = record.done, record.total
    if record.state == "done":
        return 1.0
    return done / total if total else None


def _text(record: Any, column: str) -> str:
    if column == "Job":
        return str(record.title or record.kind)
    if column == "State":
        return STATE_TITLES.get(record.state, record.state)
    if column == "Progress":
        return _count(record)
    if column == "Elapsed":
        seconds = elapsed(record)
        return duration(seconds) if seconds or record.state in RUNNING else ""
    return str(record.error or record.text or "")


def _count(record: Any) -> str:
    done, total = record.done, record.total
    if not total:
        return ""
    if total <= 1:
        return f"{100 * done / total:.0f} %"
    return f"{done:.0f} of {total:.0f}"


def _decoration(record: Any, column: str) -> Any:
    if column != "State":
        return None
    return icon(_ICONS.get(record.state, f"state-{record.state}"))


def _tip(record: Any, column: str) -> str:
    return (
        f"{_text(record, 'Job')}: {_text(record, 'Message') or _text(record, column)}"
    )


_READERS: dict[Any, Callable[[Any, str], Any]] = {
    Qt.ItemDataRole.DisplayRole: _text,
    Qt.ItemDataRole.DecorationRole: _decoration,
    Qt.ItemDataRole.ToolTipRole: _tip,
    Qt.ItemDataRole.AccessibleTextRole: _text,
}
