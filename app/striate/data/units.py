"""Length units as files spell them, in micrometres."""

from __future__ import annotations

__all__ = ["micrometres_per"]

_MICROMETRES = {
    "m": 1e6,
    "cm": 1e4,
    "mm": 1e3,
    "nm": 1e-3,
    "pm": 1e-6,
    "å": 1e-4,
    "angstrom": 1e-4,
    "inch": 25400.0,
    "in": 25400.0,
    "meter": 1e6,
    "centimeter": 1e4,
    "millimeter": 1e3,
    "nanometer": 1e-3,
    "picometer": 1e-6,
}
_SAME = {"µm", "μm", "um", "micron", "microns", "micrometer", "micrometre", "\\u00b5m"}


def micrometres_per(unit: str | None) -> float | None:
    """Return how many µm one `unit` is, or None for pixels and what we don't know.

    >>> micrometres_per("nm")
    0.001
    """
    name = (unit or "").strip().lower()
    if name in _SAME:
        return 1.0
    return _MICROMETRES.get(name)
