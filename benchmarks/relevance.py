"""How well résumés find fitting postings: ``python benchmarks/relevance.py --data FOLDER``.

The folder holds ``resumes.jsonl.gz`` (text, category), ``jobs_nyc.jsonl.gz`` and ``resume_category_titles.json`` (per
category the regular expression that a fitting title matches: a weak label). Reports precision among the first ten,
for the vectors alone, in their variants, and for the whole ranking.
"""

import argparse
import gzip
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import numpy as np

from jobmatch import Job, MatchEngine, MatchRequest, Profile, Sort
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder, embed, pool
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.composing import BODY_CHARACTERS, unit

FIRST = 10


def read(path: Path) -> list[dict[str, Any]]:
    """Read gzipped JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def precision(ranked: Sequence[str], fitting: re.Pattern[str]) -> float:
    """Return the share of fitting titles among the first ten."""
    return float(np.mean([bool(fitting.search(title)) for title in ranked[:FIRST]]))


class Trial:
    """The data, ready for being ranked in several ways."""

    def __init__(self, folder: Path) -> None:
        jobs = read(folder / "jobs_nyc.jsonl.gz")
        self.jobs = [job for job in jobs if job.get("title") and job.get("id") and not job.get("dup_of")]
        self.titles = [job["title"] for job in self.jobs]
        patterns = json.loads((folder / "resume_category_titles.json").read_text(encoding="utf-8"))
        resumes = [r for r in read(folder / "resumes.jsonl.gz") if r["category"] in patterns and not r.get("dup_of")]
        labelled = [(r["text"], re.compile(patterns[r["category"]], re.IGNORECASE)) for r in resumes]
        enough = [(t, p) for t, p in labelled if t.strip() and sum(bool(p.search(x)) for x in self.titles) >= FIRST]
        self.texts, self.patterns = [t for t, _ in enough], [p for _, p in enough]

    def by_vectors(self, embed: Callable[[Sequence[str]], Any], *, composed: bool) -> float:
        """Rank by cosine alone."""
        vectors = embed([(job.get("description") or "")[:BODY_CHARACTERS] for job in self.jobs])
        if composed:
            vectors = unit(vectors + embed(self.titles))
        order = np.argsort(-(embed(self.texts) @ vectors.T), axis=1)[:, :FIRST]
        return self._mean([[self.titles[i] for i in row] for row in order])

    async def by_engine(self, sort: Sort) -> float:
        """Rank by the whole engine."""
        engine = MatchEngine(
            jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=WordLlamaEmbedder()
        )
        async with engine:
            await engine.import_jobs(
                Job(id=j["id"], title=j["title"], company=j.get("company"), description=j.get("description") or "")
                for j in self.jobs
            )
            pages = [await engine.match(MatchRequest(profile=Profile(text=t), sort=sort)) for t in self.texts]
        return self._mean([[match.job.title for match in page.matches] for page in pages])

    def _mean(self, ranked: Sequence[Sequence[str]]) -> float:
        return float(np.mean([precision(r, p) for r, p in zip(ranked, self.patterns, strict=True)]))


async def measure(folder: Path) -> dict[str, float]:
    """Return precision@10 by way of ranking."""
    trial = Trial(folder)
    return {
        "body": trial.by_vectors(pool, composed=False),
        "title and body": trial.by_vectors(pool, composed=True),
        "body, centred": trial.by_vectors(embed, composed=False),
        "title and body, centred": trial.by_vectors(embed, composed=True),
        "engine, by score": await trial.by_engine(Sort.SCORE),
        "engine, recommended": await trial.by_engine(Sort.RECOMMENDED),
    }


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    figures = anyio.run(measure, parser.parse_args().data)
    for name, value in figures.items():
        print(f"{name:28} {value:.3f}")
    print(json.dumps({"precision_at_10": figures}))


if __name__ == "__main__":
    main()
