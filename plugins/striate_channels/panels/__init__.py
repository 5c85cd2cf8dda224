"""The dock widgets of Channels: embed, channels, attention, map.

Each panel is ``Panel(viewer, services)`` and works in the shell and in plain napari
alike: public napari API, Qt by qtpy, nothing of the shell. The panels of one viewer
share a ``Session``. Public entries: the ``*Panel`` classes.
"""
