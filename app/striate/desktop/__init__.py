"""The shell: bootstrap, main window, viewer pages, docks, palette, preferences.

Here lives what only the desktop application has. Nothing imports this room but
``striate.__main__`` and the command line's no-argument start.
Public entry: ``run``.
"""
