"""placeholder."""

from qtpy.QtCore import QObject


class Projects(QObject):
    def __init__(self, w):
        super().__init__(w)

    def new(self): ...
    def may_close(self):
        return True

    def close(self): ...
    def offer_recovery(self): ...
    def note_opened(self, *a): ...
    def restart_autosave(self): ...
