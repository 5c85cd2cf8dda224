"""Models: cards, the cache, verified download, device choice, safe loading.

Here live the facts about a model file and the ways to get and load one without
running code that came with it. No Qt, no napari, no network architecture.
Public entries: ``ModelCard`` and ``ensure``.
"""
