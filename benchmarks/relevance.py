"""How well postings are found that fit: ``python benchmarks/relevance.py --data FOLDER``.

The folder holds ``resumes.jsonl.gz`` (text, category), ``jobs_nyc.jsonl.gz`` and ``resume_category_titles.json`` (per
category the regular expression that a fitting title matches: a weak label), and in ``qrels/jobtitlesim_en`` titles with
the titles that people hold for similar (``queries``, ``corpus`` and ``qrels``, all ``.jsonl.gz``).

Reports for résumés precision among the first ten: of the vectors alone, in their variants, and of the whole ranking of
whole records; and for titles the discounted gain of the first ten. The postings are years old, and many have expired:
all are moved as far as the newest is old, and none expires. None names skills, and no résumé a level: of those two
criteria this says nothing.
"""

import argparse
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import attrs
import numpy as np

from jobmatch import Job, MatchEngine, MatchRequest, Profile, Sort
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder, embed, pool
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryJobIndex, MemoryTaskStore
from jobmatch.composing import BODY_CHARACTERS, unit
from jobmatch.importing import jobs_from_records
from jobmatch.model.contact import told

FIRST = 10
#: A short résumé, and how to reach whoever wrote it.
SHORT = 700
CONTACT = "Jane Doe\n12 Elm Street, Springfield\nPhone: +1 555 867 5309\njane@example.com, linkedin.com/in/jane\n\n"


def read(path: Path) -> list[dict[str, Any]]:
    """Read gzipped JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def precision(ranked: Sequence[str], fitting: re.Pattern[str]) -> float:
    """Return the share of fitting titles among the first ten."""
    return float(np.mean([bool(fitting.search(title)) for title in ranked[:FIRST]]))


def gain(ranked: Sequence[str], grades: dict[str, int]) -> float:
    """Return the normalised discounted cumulative gain of the first ten ids."""
    discounts = 1 / np.log2(np.arange(2, FIRST + 2))
    got = [2.0 ** grades.get(one, 0) - 1 for one in ranked[:FIRST]]
    best = [2.0**grade - 1 for grade in sorted(grades.values(), reverse=True)[:FIRST]]
    return float(discounts[: len(got)] @ got / (discounts[: len(best)] @ best))


@asynccontextmanager
async def filled(jobs: Iterable[Job]) -> AsyncIterator[MatchEngine]:
    """Open an engine that holds *jobs*."""
    engine = MatchEngine(
        jobs=MemoryJobIndex(), tasks=MemoryTaskStore(), runner=LocalTaskRunner(), embedder=WordLlamaEmbedder()
    )
    async with engine:
        await engine.import_jobs(jobs)
        yield engine


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

    def by_vectors(self, embed: Callable[[Sequence[str]], Any], *, composed: bool) -> list[float]:
        """Rank by cosine alone."""
        vectors = embed([(job.get("description") or "")[:BODY_CHARACTERS] for job in self.jobs])
        if composed:
            vectors = unit(vectors + embed(self.titles))
        return self._nearest(embed(self.texts), vectors)

    def kept(self) -> tuple[float, float]:
        """Return how many of the first ten for short résumés stay when those say how to reach somebody; and when what
        is embedded leaves that out."""
        bodies = [(job.get("description") or "")[:BODY_CHARACTERS] for job in self.jobs]
        vectors, short = unit(embed(bodies) + embed(self.titles)), [text[:SHORT] for text in self.texts]
        reached = [CONTACT + one for one in short]
        bare, *others = (
            [set(row) for row in self._order(embed(texts), vectors)]
            for texts in (short, reached, list(map(told, reached)))
        )
        first, second = ([len(a & b) for a, b in zip(bare, other, strict=True)] for other in others)
        return float(np.mean(first)), float(np.mean(second))

    def _nearest(self, resumes: Any, jobs: Any) -> list[float]:
        return self._each([[self.titles[i] for i in row] for row in self._order(resumes, jobs)])

    def _order(self, resumes: Any, jobs: Any) -> list[list[int]]:
        order: list[list[int]] = np.argsort(-(resumes @ jobs.T), axis=1)[:, :FIRST].tolist()
        return order

    async def by_engine(self, *sorts: Sort) -> list[list[float]]:
        """Rank by the whole engine, in several orders."""
        async with filled(self._records()) as engine:
            return [await self._by(engine, sort) for sort in sorts]

    def _records(self) -> Iterator[Job]:
        jobs = list(jobs_from_records(self.jobs))
        moved = datetime.now(UTC) - max(job.posted_at for job in jobs if job.posted_at)
        for job in jobs:
            yield attrs.evolve(job, posted_at=job.posted_at and job.posted_at + moved, expires_at=None)

    async def _by(self, engine: MatchEngine, sort: Sort) -> list[float]:
        pages = [await engine.match(MatchRequest(profile=Profile(text=t), sort=sort)) for t in self.texts]
        return self._each([[match.job.title for match in page.matches] for page in pages])

    def _each(self, ranked: Sequence[Sequence[str]]) -> list[float]:
        return [precision(r, p) for r, p in zip(ranked, self.patterns, strict=True)]


async def similar_titles(folder: Path) -> dict[str, float]:
    """Return the gain for titles, of the vectors alone and of the whole ranking."""
    queries, corpus, pairs = (read(folder / f"{name}.jsonl.gz") for name in ("queries", "corpus", "qrels"))
    grades: dict[str, dict[str, int]] = {}
    for pair in pairs:
        grades.setdefault(pair["q"], {})[pair["d"]] = pair["rel"]
    asked = [query for query in queries if any(grades.get(query["id"], {}).values())]
    similarities = embed([query["text"] for query in asked]) @ embed([one["text"] for one in corpus]).T
    nearest = [[corpus[i]["id"] for i in row] for row in np.argsort(-similarities, axis=1)[:, :FIRST]]
    async with filled(Job(id=one["id"], title=one["text"]) for one in corpus) as engine:
        pages = [await engine.match(MatchRequest(profile=Profile(titles=[query["text"]]))) for query in asked]
    ways = {"titles, vectors": nearest, "titles, engine": [[match.job.id for match in page.matches] for page in pages]}
    return {
        way: float(np.mean([gain(r, grades[query["id"]]) for r, query in zip(ranked, asked, strict=True)]))
        for way, ranked in ways.items()
    }


async def measure(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return precision@10 of résumés, and the gain of titles, by way of ranking; print how résumés differ."""
    trial = Trial(folder)
    by_score, recommended = await trial.by_engine(Sort.SCORE, Sort.RECOMMENDED)
    resumes = {
        "body": trial.by_vectors(pool, composed=False),
        "title and body": trial.by_vectors(pool, composed=True),
        "body, centred": trial.by_vectors(embed, composed=False),
        "title and body, centred": trial.by_vectors(embed, composed=True),
        "engine, by score": by_score,
        "engine, recommended": recommended,
    }
    for before, after in (
        ("title and body", "title and body, centred"),
        ("title and body, centred", "engine, by score"),
    ):
        pairs = list(zip(resumes[before], resumes[after], strict=True))
        better, worse = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
        print(f"{after!r} against {before!r}: better for {better}, worse for {worse} of {len(pairs)} résumés")
    reached, left_out = trial.kept()
    print(f"of the first ten for short résumés stay with contact lines {reached:.1f}, without them {left_out:.1f}")
    return {name: float(np.mean(each)) for name, each in resumes.items()}, await similar_titles(
        folder / "qrels" / "jobtitlesim_en"
    )


def main() -> None:
    """Print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    resumes, titles = anyio.run(measure, parser.parse_args().data)
    for name, value in (resumes | titles).items():
        print(f"{name:28} {value:.3f}")
    print(json.dumps({"precision_at_10": resumes, "ndcg_at_10": titles}))


if __name__ == "__main__":
    main()
