"""Toasts: notifications that rise at the bottom right of a window and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from striate.widgets.theme_icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from striate.widgets.notifications import Notification, Notifications

__all__ = ["Toast", "Toasts"]

_SECONDS = {"info": 5, "warning": 10, "error": 20}
_MOST = 4
_WIDTH = 420
_MARGIN = 14


class Toast(QFrame):
    """One notification; `count` says how often it was said."""

    closed = Signal(object)
    details_wanted = Signal(object)

    def __init__(self, notification: Notification, parent: QWidget) -> None:
        super().__init__(parent)
        self.notification = notification
        self.count = 1
        self.setObjectName("Toast")
        self.setProperty("level", notification.level)
        self.setAccessibleName(f"{notification.level}: {notification.text}")
        self._text = QLabel(_breakable(notification.text))
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._badge = QLabel("")
        self._badge.setObjectName("ToastCount")
        self._badge.hide()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(lambda: self.closed.emit(self))
        self._lay_out()
        self._restart()

    def say_again(self) -> None:
        """Count one more of the same instead of stacking a second toast."""
        self.count += 1
        self._badge.setText(f"×{self.count}")
        self._badge.show()
        self._restart()

    def enterEvent(self, event: QEvent) -> None:
        """Stay while the pointer rests on it."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Start to leave again."""
        self._restart()
        super().leaveEvent(event)

    def _restart(self) -> None:
        # A question stays until it is answered or dismissed.
        if self.notification.answer is None:
            self._timer.start(1000 * _SECONDS[self.notification.level])

    def _lay_out(self) -> None:
        sign = QLabel()
        sign.setPixmap(icon(f"level-{self.notification.level}").pixmap(QSize(20, 20)))
        close = QToolButton(icon=icon("cancel"), autoRaise=True)
        close.setAccessibleName("Dismiss this message")
        close.setToolTip("Dismiss")
        close.clicked.connect(lambda: self.closed.emit(self))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 6, 8)
        row.setSpacing(8)
        row.addWidget(sign, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, stretch=1)
        row.addWidget(self._badge)
        if self.notification.details:
            row.addWidget(self._details_button())
        if self.notification.answer:
            row.addWidget(self._answer_button(*self.notification.answer))
        row.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)

    def _details_button(self) -> QPushButton:
        button = QPushButton("Details…")
        button.clicked.connect(lambda: self.details_wanted.emit(self.notification))
        return button

    def _answer_button(self, label: str, function: Callable[[], None]) -> QPushButton:
        button = QPushButton(label)
        button.clicked.connect(lambda: self.closed.emit(self))
        button.clicked.connect(lambda: function())
        return button


class Toasts(QObject):
    """Stacks toasts in a window; the same message twice is one with a count.

    They rise at the bottom right of the widget `area` returns, so that no button
    is under them.
    """

    details_wanted = Signal(object)

    def __init__(
        self,
        window: QWidget,
        notifications: Notifications,
        area: Callable[[], QWidget],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._area = area
        self._toasts: list[Toast] = []
        window.installEventFilter(self)
        notifications.posted.connect(self.show)

    @property
    def shown(self) -> list[Toast]:
        """The toasts on screen, oldest first."""
        return list(self._toasts)

    def show(self, notification: Notification) -> None:
        """Show a notification, unless it is meant for the log only."""
        if notification.quiet:
            return
        same = self._find(notification.key)
        if same is not None:
            same.say_again()
        else:
            self._add(notification)
        self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the window changes."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return False

    # ---- Private methods

    def _find(self, key: str) -> Toast | None:
        return next((t for t in self._toasts if t.notification.key == key), None)

    def _add(self, notification: Notification) -> None:
        while len(self._toasts) >= _MOST:
            self._remove(self._toasts[0])
        toast = Toast(notification, self._window)
        toast.closed.connect(self._remove)
        toast.details_wanted.connect(self.details_wanted)
        self._toasts.append(toast)
        toast.show()
        toast.raise_()

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self.place()

    def place(self, *_: object) -> None:
        """Put them where they belong, after the area has changed."""
        if not self._toasts:
            return
        area = self._area()
        area.installEventFilter(self)
        corner = area.mapTo(self._window, area.rect().bottomRight())
        width = min(_WIDTH, area.width() - 2 * _MARGIN)
        bottom = corner.y() - _MARGIN
        for toast in reversed(self._toasts):
            height = max(toast.heightForWidth(width), toast.minimumSizeHint().height())
            bottom -= height
            toast.setGeometry(corner.x() - width - _MARGIN, bottom, width, height)
            bottom -= 8


def _breakable(text: str) -> str:
    """Let long names of files and modules break at their joints."""
    joints = str.maketrans({c: f"{c}\u200b" for c in "/\\._"})
    return " ".join(
        word.translate(joints) if len(word) > 30 else word for word in text.split(" ")
    )
