"""Striate: a desktop workbench for neuroscientists.

The platform lives here: data, jobs, models, project, widgets and the desktop
shell. It knows nothing of neurons or cortex; workspaces bring those. The public
entry of the library is :func:`open_volume`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.data import Volume, open_volume

__version__ = "0.1.0"
__all__ = ["Volume", "__version__", "open_volume"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `striate --help` does not pay for dask and zarr.
    if name in ("Volume", "open_volume"):
        import striate.data as data

        return getattr(data, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
