"""Inspection: why an embedding is what it is.

Here live the ablation of channels and attention over a region; no training, no
tables. Public entry: :func:`striate_channels.inspection.inspect.inspect_region`.
"""
