"""``jobmatch sample``."""

import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import IO, cast

import click


@click.command("sample")
@click.option("--jobs", type=click.IntRange(min=0), default=0, help="Number of postings.")
@click.option("--resumes", type=click.IntRange(min=0), default=0, help="Number of résumés.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same postings.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="Date from which ages are counted back.  [default: today]"
)
@click.option(
    "--out", type=click.File("wb", atomic=True), default="-", help="File to write; .gz packs it; - is stdout."
)
def command(jobs: int, resumes: int, seed: int, today: datetime | None, out: IO[bytes]) -> None:
    """Write realistic made-up postings or résumés as JSON lines, any number of them.

    \b
    Examples:
      jobmatch sample --jobs 100000 --seed 7 --out postings.jsonl.gz
      jobmatch sample --resumes 10
    """
    if bool(jobs) == bool(resumes):
        raise click.UsageError("Say --jobs NUMBER or --resumes NUMBER.")
    lines = _postings(jobs, seed, (today or datetime.now(UTC)).date()) if jobs else _resumes(resumes, seed)
    if not str(getattr(out, "name", "")).endswith(".gz"):
        out.writelines(lines)
        return
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=3, filename="", mtime=0) as packed:
        cast("IO[bytes]", packed).writelines(lines)


def _postings(count: int, seed: int, today: date) -> Iterator[bytes]:
    from jobmatch.sample import lines

    return lines(count, seed=seed, today=today)


def _resumes(count: int, seed: int) -> Iterator[bytes]:
    import msgspec

    from jobmatch.sample import resumes

    return (msgspec.json.encode(resume) + b"\n" for resume in resumes(count, seed=seed))
