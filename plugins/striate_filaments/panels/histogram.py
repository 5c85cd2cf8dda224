"""A histogram of one column; all panels share it."""

from striate.widgets.histogram import Histogram, bins_of

__all__ = ["Histogram", "bins_of"]
