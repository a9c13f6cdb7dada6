"""Compute the common part that the default embedder subtracts: ``python benchmarks/common_part.py``.

The mean of the pooled, not centred vectors of generated postings and résumés. It is a property of the embedder and
the language, not of anyone's data: a change of it is a change of the embedder's name.
"""

import json
from pathlib import Path

import numpy as np

from jobmatch.backends.embedders import wordllama
from jobmatch.sample import postings, resumes

TARGET = Path(wordllama.__file__).with_name("wordllama_common_part.json")


def main() -> None:
    """Write the file that the embedder reads."""
    jobs = list(postings(5_000, seed=2))
    texts = [job["title"] for job in jobs] + [job["description"] for job in jobs]
    texts += [resume["text"] for resume in resumes(5_000, seed=2)]
    mean = wordllama.pool(texts).mean(axis=0, dtype=np.float64)
    TARGET.write_text(json.dumps([round(float(value), 5) for value in mean]) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
