"""Volumes: open lazily, with axes, units and channels; write whole or not at all.

Here live readers and writers of image files and the :class:`Volume` they yield.
No Qt, no napari, and nothing that knows what a neuron is.
Public entry: :func:`open_volume`.
"""
