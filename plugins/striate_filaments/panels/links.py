"""Connections of a panel to what outlives it; all panels share them."""

from striate.widgets.links import Links

__all__ = ["Links"]
