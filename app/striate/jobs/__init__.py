"""Jobs: one background run of one pure function with a params model.

Here live the job kinds, the context a job talks to, the queue (SQLite), the
JSON-lines protocol, the worker process and its supervisor. No Qt, no napari.
Public entries: :class:`JobContext` for the callee, ``Supervisor`` for the caller.
"""
