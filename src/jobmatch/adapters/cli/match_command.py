"""``jobmatch match``."""

from collections.abc import Sequence
from typing import Any

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.explained import explained_lines
from jobmatch.adapters.cli.matches import matches_table
from jobmatch.adapters.cli.narrowing import choices, conditions, several, to_filters
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.importing import read_resume
from jobmatch.model import Explained, MatchRequest, Page, Profile, Recall, Sort
from jobmatch.settings import Settings


@click.command("match")
@click.argument("resume", required=False)
@several("--title", "A job held or wanted; may be repeated, as all that may name several.")
@several("--skills", "A skill of the candidate.")
@several("--keywords", "A word or phrase that should count.")
@conditions
@click.option("--owner", help="Who asks, for what they have dealt with.")
@click.option("--min-score", type=float, default=0.0, help="Least score of a match, 0 to 1.")
@click.option("--sort", type=choices(Sort), default=str(Sort.RECOMMENDED), show_default=True)
@click.option(
    "--recall",
    type=choices(Recall),
    default=str(Recall.BALANCED),
    show_default=True,
    help="How many of the nearest postings have to be looked at.",
)
@click.option("--limit", type=int, default=25, show_default=True, help="Number of matches, 1 to 1,000.")
@click.option("--offset", type=int, default=0, help="Number of best matches to leave out.")
@click.option("--explain", is_flag=True, help="Tell how it would be searched instead: the plan, and the SQL.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(resume: str | None, owner: str | None, explain: bool, as_json: bool, **options: Any) -> None:
    """Rank postings for a résumé: a text file, or JSON with a "text"; - is standard input.

    \b
    Examples:
      jobmatch match resume.txt --country US --remote
      jobmatch match resume.txt --keywords python --keywords "data platform" --limit 5
      jobmatch match --title "Registered Nurse" --city Austin --json
    """
    request = _request(read_resume(resume) if resume else "", **options)
    if explain:
        _show_explained(run(lambda: _explain(request, owner)), as_json)
        return
    page, count = run(lambda: _match(request, owner))
    if as_json:
        output.as_json(page)
    elif page.matches:
        output.show(matches_table(page.matches, width=output.width()))
    elif count:
        output.note(f"None of the {count:,} postings passes the filters.")
    elif Settings.load().job_table:
        output.note(
            "There are no postings yet in your table: add rows to it that JOBMATCH_JOB_TABLE does not leave out"
        )
    else:
        output.note("There are no postings yet: jobmatch import FILE, or jobmatch demo")


def _request(
    text: str,
    *,
    title: Sequence[str],
    skills: Sequence[str],
    keywords: Sequence[str],
    min_score: float,
    sort: str,
    recall: str,
    limit: int,
    offset: int,
    **filters: Any,
) -> MatchRequest:
    return MatchRequest(
        profile=Profile(text=text, titles=title, skills=skills),
        filters=to_filters(**filters),
        keywords=keywords,
        min_score=min_score,
        sort=Sort(sort),
        recall=Recall(recall),
        limit=limit,
        offset=offset,
    )


def _show_explained(explained: Explained, as_json: bool) -> None:
    if as_json:
        output.as_json(explained)
        return
    for name, lines in explained_lines(explained):
        click.echo(f"{name}:")
        for line in lines:
            click.echo(f"  {line}")


async def _explain(request: MatchRequest, owner: str | None) -> Explained:
    async with open_engine() as engine:
        return await engine.explain(request, owner=owner)


async def _match(request: MatchRequest, owner: str | None) -> tuple[Page, int]:
    async with open_engine() as engine:
        page = await engine.match(request, owner=owner)
        return page, len(page.matches) or await engine.count()
