"""Projects: references to data, view state, edit log, autosave, lock.

Here lives the ``.striate`` file: what was open, how it was looked at, what was
made of it. It holds references, never copies of volumes. No Qt, no napari.
Public entry: ``Project``.
"""
