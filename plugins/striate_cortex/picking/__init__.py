"""Which vertex a ray meets, exactly and at once, and walking on from there.

Here live the ray test and steps between neighbours; no viewer is known. Public entries:
`SurfacePicker`, `Hit`, `walk`.
"""

from striate_cortex.picking.picker import Hit, SurfacePicker
from striate_cortex.picking.walking import walk

__all__ = ["Hit", "SurfacePicker", "walk"]
