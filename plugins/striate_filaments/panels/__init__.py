"""The dock widgets of Filaments: segment, neurons, measurements.

Each panel is ``Panel(viewer, services)`` and works in the shell and in plain
napari alike: public napari API, Qt by qtpy, nothing of the shell. Public entries:
the ``*Panel`` classes and ``opener.open_path``.
"""
