"""The services of the running desktop, as panels receive them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.settings import Settings
    from striate.widgets.notifications import Notifications

__all__ = ["ShellServices"]


@dataclass
class ShellServices:
    """Fulfils ``striate.widgets.services.Services``."""

    jobs: Any
    notify: Notifications
    settings: Settings
    project: Any = None
