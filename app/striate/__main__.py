"""``python -m striate``, and the desktop's entry point."""

from __future__ import annotations

import sys

from striate.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    if getattr(sys, "frozen", False):
        # Processes that libraries start re-enter a frozen program here.
        from multiprocessing import freeze_support

        freeze_support()
    sys.exit(main())
