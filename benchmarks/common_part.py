"""Compute the common part that the default embedder subtracts: ``python benchmarks/common_part.py``.

The mean of the pooled, not centred vectors of generated posting texts. It is a property of the embedder and the
language, not of anyone's data: a change of it is a change of the embedder's name.
"""

import json
from pathlib import Path

import numpy as np

from jobmatch.backends.embedders import wordllama
from jobmatch.sample import postings

TARGET = Path(wordllama.__file__).with_name("wordllama_common_part.json")


def main() -> None:
    """Write the file that the embedder reads."""
    texts = [job["description"] for job in postings(10_000, seed=2)]
    mean = wordllama.pool(texts).mean(axis=0, dtype=np.float64)
    TARGET.write_text(json.dumps([round(float(value), 5) for value in mean]) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
