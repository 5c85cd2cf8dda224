"""One sentence in a panel; all panels share it."""

from striate.widgets.message import Message

__all__ = ["Message"]
