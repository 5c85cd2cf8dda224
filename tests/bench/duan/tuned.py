"""The opponent's setting: the best mean S found on tuning volumes.

Tried on the tuning volumes 102, 104 and 105: denoising by 1 and 1.4 voxels; grey as
luminance and as the brightest channel; thresholds of 0.02 to 0.1 of the clipped range;
2 to 3, 2 to 6, 6 to 12 and 12 to 20 clusters; 8 and 20 as the distance of like colours;
parts joined over 5, 10, 20 and 30 voxels; neurons of more than 800, 2000 and 4000
voxels. Mean S went from 0.14 to the 0.36 of this setting; the published threshold of
0.2 on luminance finds too little of volumes with dim neurons and blue ones.
"""

from __future__ import annotations

from tests.bench.duan.method import DuanParams

TUNED = DuanParams(sigma=1.0, grey="max", threshold=0.04, alike=20.0, clusters=(6, 12))
