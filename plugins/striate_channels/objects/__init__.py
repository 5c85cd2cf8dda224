"""Objects: which parts of an image are embedded, and how their pixels are read.

Here live images as they come from files, tiles, labelled objects and crops; nothing
is normalised and nothing is embedded. Public entries: :func:`open_image`,
:func:`plan_items`, :class:`Pixels`.
"""

from __future__ import annotations

from striate_channels.objects.images import open_image
from striate_channels.objects.items import Item, ObjectParams, plan_items
from striate_channels.objects.labelled import LabelledObjects, open_labels
from striate_channels.objects.pixels import Pixels

__all__ = [
    "Item",
    "LabelledObjects",
    "ObjectParams",
    "Pixels",
    "open_image",
    "open_labels",
    "plan_items",
]
