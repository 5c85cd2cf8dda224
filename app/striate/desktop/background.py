"""Short work off the GUI thread; panels need it too, so it lives with the widgets."""

from __future__ import annotations

from striate.widgets.background import Background

__all__ = ["Background"]
