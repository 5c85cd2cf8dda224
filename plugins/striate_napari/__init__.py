"""The napari plugin: a manifest and thin adapters, nothing else.

Readers, writers, sample data and the panels of Filaments for plain napari; the work
is done in ``striate`` and the workspaces. Never ``striate.desktop``, no Qt binding
but through qtpy. Public entry: ``napari.yaml``.
"""
