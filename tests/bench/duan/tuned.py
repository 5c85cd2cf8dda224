"""The opponent's setting: the best mean S found on tuning volumes.

Tried on the tuning volumes 102, 104 and 105 (2026): denoising by 1 and 1.4 voxels,
grey as luminance and as the brightest channel, thresholds of 0.02 to 0.1 of the clipped
range, parts joined over 5, 10 and 20 voxels, neurons of more than 800, 2000 and 4000
voxels. Mean S went from 0.14 to the 0.33 of this setting; the published threshold of
0.2 on luminance finds too little of volumes with dim neurons and blue ones.
"""

from __future__ import annotations

from tests.bench.duan.method import DuanParams

TUNED = DuanParams(sigma=1.0, grey="max", threshold=0.04, join=20.0)
