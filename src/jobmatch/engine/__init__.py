"""The engine: `MatchEngine` and the parts that it is made of."""

from jobmatch.engine.embedder_change import EmbedderChange
from jobmatch.engine.index import VectorIndex
from jobmatch.engine.intake import ImportReport
from jobmatch.engine.match_engine import MatchEngine

__all__ = ["EmbedderChange", "ImportReport", "MatchEngine", "VectorIndex"]
