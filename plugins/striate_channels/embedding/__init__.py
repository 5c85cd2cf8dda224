"""Embedding tens of thousands of things: plan, batches, parts on disk, one table.

Here live the params of an embedding, its plan, the resumable stream of parts and the
table they become; networks and pixels come from the rooms beside. Public entries:
:func:`embed_files`, :class:`EmbedParams`, :func:`read_embeddings`.
"""

from __future__ import annotations

from striate_channels.embedding.params import EmbedParams
from striate_channels.embedding.run import Embedded, embed_files
from striate_channels.embedding.table import Embeddings, read_embeddings

__all__ = ["EmbedParams", "Embedded", "Embeddings", "embed_files", "read_embeddings"]
