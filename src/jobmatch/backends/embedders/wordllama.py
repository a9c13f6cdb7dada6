"""`WordLlamaEmbedder`: static word vectors, with weights that come inside a wheel. The default."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import numpy as np

from jobmatch.backends.embedders.vocabulary import Vocabulary
from jobmatch.errors import MissingExtra

if TYPE_CHECKING:
    from jobmatch.plugins import Backends
    from jobmatch.ports import Vector, Vectors

DIMENSIONS = 256


class WordLlamaEmbedder:
    """The mean of a text's word vectors, less the mean of all postings, at length 1.

    Averages of static word vectors all share a large common part, which tells nothing about any of them; without it,
    what has nothing in common is nearer to 0, and the order is much the same (``benchmarks/relevance.py``). The common
    part was computed from generated postings by ``benchmarks/common_part.py``.
    """

    name = "wordllama-256-centred-1"
    dimensions = DIMENSIONS

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """See `Embedder.embed`. Computed in a worker thread: thousands of texts take seconds."""
        return await anyio.to_thread.run_sync(embed, list(texts))


def embed(texts: Sequence[str]) -> "Vectors":
    """Embed *texts*; shape (len(texts), 256)."""
    vectors = pool(texts)
    meaningful = vectors.any(axis=1, keepdims=True)
    return _unit(np.where(meaningful, vectors - common_part(), 0))


def pool(texts: Sequence[str]) -> "Vectors":
    """Return the unit means of the word vectors, zero for a text without words; not centred."""
    vocabulary, embedding = _model()
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, tokens in enumerate(vocabulary.tokens(texts)):
        if len(tokens):
            np.take(embedding, tokens, axis=0).mean(axis=0, out=vectors[row])
    return _unit(vectors)


def _unit(vectors: "Vectors") -> "Vectors":
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


@cache
def common_part() -> "Vector":
    """Return the mean of pooled postings, shape (256,)."""
    text = files(__package__).joinpath("wordllama_common_part.json").read_text(encoding="utf-8")
    return np.asarray(json.loads(text), dtype=np.float32)


@cache
def _model() -> "tuple[Vocabulary, Vectors]":
    """Return the tokens and their vectors, shape (tokens, 256).

    The files are read without the package that they come in: importing it configures the root logger, and brings along
    what fetches other models from a hub, for which a command would wait.
    """
    try:
        from safetensors import safe_open
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtra("wordllama", extra="wordllama") from None
    vocabulary = Vocabulary(Tokenizer.from_file(str(folder() / "tokenizers" / "l2_supercat_tokenizer_config.json")))
    with safe_open(folder() / "weights" / f"l2_supercat_{DIMENSIONS}.safetensors", framework="np") as weights:
        return vocabulary, weights.get_tensor("embedding.weight").astype(np.float32)


def folder() -> Path:
    """Return where the files of the model are."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise MissingExtra("wordllama", extra="wordllama")
    return Path(spec.origin).parent


def from_backends(backends: "Backends") -> WordLlamaEmbedder:
    """Make the embedder; it has no settings."""
    return WordLlamaEmbedder()
