"""Times as a person reads them."""

from __future__ import annotations

__all__ = ["duration"]


def duration(seconds: float) -> str:
    """Write a duration.

    Examples
    --------
    >>> duration(7.4), duration(75), duration(3720)
    ('7 s', '1 min 15 s', '1 h 02 min')
    """
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
