"""Qt building blocks that panels share; at home in plain napari too.

Here live forms made from params models, tables, progress rows, figure export
and the protocols a panel programs against. Nothing of the shell.
Public entry: the classes of its modules.
"""
