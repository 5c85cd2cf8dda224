"""Maps of the cortex: a value per unit, what it is called, and the colours it takes.

Here live the layers that panel and command line share (R², ceiling, PCA, queries,
differences), limits, colour tables and per-region numbers; nothing is drawn, and no Qt
or napari is known. Public entries: `CortexMap`, `Colouring`, `region_rows`.
"""

from striate_cortex.maps.captions import caption_map, caption_map_names, word_map
from striate_cortex.maps.colours import COLORMAPS, Colouring, Limits, limits_of, ramp
from striate_cortex.maps.layers import (
    CortexMap,
    ceiling_map,
    difference_map,
    pca_map,
    query_map,
    region_map,
    score_map,
    share_of_ceiling_map,
)
from striate_cortex.maps.regions import region_rows

__all__ = [
    "COLORMAPS",
    "Colouring",
    "CortexMap",
    "Limits",
    "caption_map",
    "caption_map_names",
    "ceiling_map",
    "difference_map",
    "limits_of",
    "pca_map",
    "query_map",
    "ramp",
    "region_map",
    "region_rows",
    "score_map",
    "share_of_ceiling_map",
    "word_map",
]
