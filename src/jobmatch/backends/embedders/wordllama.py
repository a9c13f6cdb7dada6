"""`WordLlamaEmbedder`: static word vectors, with weights that come inside a wheel. The default."""

import json
import logging
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import numpy as np

from jobmatch.errors import MissingExtra

if TYPE_CHECKING:
    from jobmatch.plugins import Backends
    from jobmatch.ports import Vector, Vectors

DIMENSIONS = 256


class WordLlamaEmbedder:
    """The mean of a text's word vectors, less the mean of all postings, at length 1.

    Averages of static word vectors all share a large common part, which tells nothing about any of them; without it,
    what is left separates better (measured: ``benchmarks/relevance.py``). The common part was computed from generated
    postings by ``benchmarks/common_part.py``.
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
    model = _model()
    encodings = model.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, encoding in enumerate(encodings):
        if encoding.ids:
            np.take(model.embedding, encoding.ids, axis=0).mean(axis=0, out=vectors[row])
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
def _model() -> Any:
    wordllama = _package()
    # Its own look-up misses the tokenizer in the wheel and would ask a hub; the package's folder is where it is.
    folder = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(dim=DIMENSIONS, cache_dir=folder, disable_download=True)
    model.tokenizer.no_padding()
    return model


def _package() -> Any:
    """Import the package without the root logger that it configures on the way."""
    before = logging.root.handlers[:], logging.root.level
    try:
        return import_module("wordllama")
    except ImportError:
        raise MissingExtra("wordllama", extra="wordllama") from None
    finally:
        logging.root.handlers[:], logging.root.level = before


def from_backends(backends: "Backends") -> WordLlamaEmbedder:
    """Make the embedder; it has no settings."""
    return WordLlamaEmbedder()
