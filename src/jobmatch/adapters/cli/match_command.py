"""``jobmatch match``."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.matches import matches_table
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.importing import read_resume
from jobmatch.model import EmploymentType, Filters, Level, MatchRequest, Page, Profile, Sort, Workplace

F = TypeVar("F", bound=Callable[..., Any])


def _several(name: str, help: str, **more: Any) -> Callable[[F], F]:  # noqa: A002  as click calls it
    return click.option(name, multiple=True, help=help, **more)


def _choices(kinds: type[Level] | type[Sort] | type[Workplace] | type[EmploymentType]) -> click.Choice[str]:
    return click.Choice([str(kind) for kind in kinds])


@click.command("match")
@click.argument("resume", required=False)
@_several("--title", "A job held or wanted; may be repeated, as all that may name several.")
@_several("--skills", "A skill of the candidate.")
@_several("--keywords", "A word or phrase that should count.")
@_several("--country", "Only in this country, by its two-letter code.")
@_several("--city", "Only in this city, or remote.")
@click.option("--latitude", type=float, help="Only near this point; with --longitude and --radius-km.")
@click.option("--longitude", type=float, help="Degrees east.")
@click.option("--radius-km", type=float, help="How near, in kilometres.")
@click.option("--remote/--no-remote", default=None, help="Only remote jobs, or none.")
@_several("--workplace", "Only with this workplace.", type=_choices(Workplace))
@_several("--experience", "Only on this level.", type=_choices(Level))
@_several("--employment-type", "Only with this contract.", type=_choices(EmploymentType))
@_several("--require-skills", "Only postings that name this skill.")
@click.option("--salary-min", type=float, help="Least pay per full-time year, in the posting's currency.")
@click.option("--posted-after", type=click.DateTime(["%Y-%m-%d"]), help="Only posted since this day.")
@click.option("--keep-unknown", is_flag=True, help="Keep postings that do not tell what a condition asks for.")
@click.option("--sort", type=_choices(Sort), default=str(Sort.RECOMMENDED), show_default=True)
@click.option("--limit", type=int, default=25, show_default=True, help="Number of matches, 1 to 1,000.")
@click.option("--offset", type=int, default=0, help="Number of best matches to leave out.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(resume: str | None, as_json: bool, **options: Any) -> None:
    """Rank postings for a résumé: a text file, or JSON with a "text"; - is standard input.

    \b
    Examples:
      jobmatch match resume.txt --country US --remote
      jobmatch match resume.txt --keywords python --keywords "data platform" --limit 5
      jobmatch match --title "Registered Nurse" --city Austin --json
    """
    request = _request(read_resume(resume) if resume else "", **options)
    page, count = run(lambda: _match(request))
    if as_json:
        output.as_json(page)
    elif page.matches:
        output.show(matches_table(page.matches, width=output.width()))
    elif count:
        output.note(f"None of the {count:,} postings passes the filters.")
    else:
        output.note("There are no postings yet: jobmatch import FILE, or jobmatch demo")


def _request(
    text: str,
    *,
    title: Sequence[str],
    skills: Sequence[str],
    keywords: Sequence[str],
    require_skills: Sequence[str],
    sort: str,
    limit: int,
    offset: int,
    posted_after: datetime | None,
    **filters: Any,
) -> MatchRequest:
    return MatchRequest(
        profile=Profile(text=text, titles=title, skills=skills),
        filters=Filters(skills=require_skills, posted_after=posted_after, **filters),
        keywords=keywords,
        sort=Sort(sort),
        limit=limit,
        offset=offset,
    )


async def _match(request: MatchRequest) -> tuple[Page, int]:
    async with open_engine() as engine:
        page = await engine.match(request)
        return page, len(page.matches) or await engine.count()
