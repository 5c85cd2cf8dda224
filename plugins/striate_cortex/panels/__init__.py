"""The dock widgets of Cortex: subject, map, unit, regions.

Each panel is ``Panel(viewer, services)`` and works in the shell and in plain napari
alike: public napari API, Qt by qtpy, nothing of the shell. What they share is the
:class:`~striate_cortex.panels.cortex_view.CortexView` of the subject that is shown.
Public entries: the ``*Panel`` classes and ``opener.open_path``.
"""
