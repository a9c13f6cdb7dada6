"""``jobmatch demo``."""

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import anyio
import click
from rich.progress import Progress

from jobmatch import plugins
from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.matches import matches_table
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.engine import ImportReport, MatchEngine
from jobmatch.importing import jobs_from_records, read_resume
from jobmatch.model import Match, MatchRequest, Profile, Task
from jobmatch.sample import postings, resumes
from jobmatch.settings import Settings

OWNER = "demo"
SAMPLE = 2_000
_OURS = "sample-0-"
_OCCUPATION = "registered-nurse"
_LOOK = 0.05


@click.command("demo")
@click.option("--resume", help='Your own résumé: a text file, or JSON with a "text"; - is standard input.')
@click.option("--limit", type=int, default=10, show_default=True, help="Number of matches, 1 to 1,000.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(resume: str | None, limit: int, as_json: bool) -> None:
    """See it work: sample postings, a résumé, a submitted match, and its ranked jobs.

    It uses the database of all commands, the embedded one unless DATABASE_URL is set. Sample postings are written only
    into an empty one, or beside other sample postings; your own postings are matched as they are.

    \b
    Examples:
      jobmatch demo
      jobmatch demo --resume resume.txt --json
    """
    title, profile = _yours(resume) if resume else _sample_profile()
    start = perf_counter()
    answer = run(lambda: _demo(MatchRequest(profile=profile, limit=limit)))
    answer["seconds"] = round(perf_counter() - start, 3)
    if as_json:
        output.as_json(answer)
        return
    _show(title, answer)


def _yours(path: str) -> tuple[str, Profile]:
    return "your résumé", Profile(text=read_resume(path))


def _sample_profile() -> tuple[str, Profile]:
    found = next(resume for resume in resumes(100) if resume["occupation"] == _OCCUPATION)
    title = f"the sample résumé ({found['titles'][0]})"
    return title, Profile(text=found["text"], titles=found["titles"], skills=found["skills"], level=found["level"])


def _show(title: str, answer: dict[str, Any]) -> None:
    matches: tuple[Match, ...] = answer["matches"]
    output.note(f"The best of {answer['postings']:,} postings for {title}, in {answer['seconds']:.1f} s:\n")
    output.show(matches_table(matches, width=output.width()))
    output.note("\nNext: jobmatch demo --resume FILE, jobmatch import FILE, jobmatch match FILE, jobmatch serve")


async def _demo(request: MatchRequest) -> dict[str, Any]:
    settings = Settings.load()
    async with open_engine(settings, works=True) as engine:
        imported = await _provide_postings(engine, settings)
        task = await engine.submit(request, owner=OWNER)
        task = await _followed(engine, task)
        page = await engine.results(task.id, owner=OWNER, limit=request.limit)
        count = await engine.count()
        return {
            "task": task,
            "postings": count,
            "imported": imported,
            "matches": page.matches,
            "diagnostics": page.diagnostics,
        }


async def _followed(engine: MatchEngine, task: Task) -> Task:
    """Look at a task until it is done, as any client would."""
    with output.waiting("Matching …"):
        while not task.state.final:
            await anyio.sleep(_LOOK)
            task = await engine.status(task.id, owner=OWNER)
    return task


async def _provide_postings(engine: MatchEngine, settings: Settings) -> ImportReport:
    """Import the sample, unless that would mix it with postings of somebody's own."""
    count = await engine.count()
    if count > SAMPLE or (count and not await _holds_sample(engine)):
        output.note(f"The database holds {count:,} postings already: these are matched, no sample is added.")
        return ImportReport()
    report = await _import_sample(engine)
    if report.added:
        with output.waiting("Building the index …"):
            await engine.index.create(plugins.strategy(settings))
    return report


async def _holds_sample(engine: MatchEngine) -> bool:
    """Tell whether the postings that are there are ours: all of the best for our résumé."""
    page = await engine.match(MatchRequest(profile=_sample_profile()[1], limit=10), owner=OWNER)
    return bool(page.matches) and all(match.job.id.startswith(_OURS) for match in page.matches)


async def _import_sample(engine: MatchEngine) -> ImportReport:
    records = postings(SAMPLE, today=datetime.now(UTC).date())
    with ExitStack() as stack:
        shown = Progress(console=output.console(stderr=True), transient=True, disable=not sys.stderr.isatty())
        progress = stack.enter_context(shown)
        bar = progress.add_task("Importing sample postings", total=SAMPLE)

        def show(report: ImportReport) -> None:
            progress.update(bar, completed=report.total)

        return await engine.import_jobs(jobs_from_records(records), progress=show)
