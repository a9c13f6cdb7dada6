"""The vector index as its owner looks after it: `VectorIndex`."""

from jobmatch.engine.index.vector_index import VectorIndex

__all__ = ["VectorIndex"]
