"""The options of ``jobmatch match`` that are conditions."""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click
import msgspec

from jobmatch.model import EmploymentType, Filters, InteractionKind, Level, PayPeriod, Workplace

F = TypeVar("F", bound=Callable[..., Any])
_METADATA = re.compile(r"(?P<name>[^=<>]+)(?:(?P<operator>>=|<=|=)(?P<value>.*))?", re.DOTALL)
_LIMITS = {">=": "min", "<=": "max"}


def several(name: str, help: str, **more: Any) -> Callable[[F], F]:  # noqa: A002  as click calls it
    """Return an option that may be repeated."""
    return click.option(name, multiple=True, help=help, **more)


def choices(kinds: type[StrEnum]) -> "click.Choice[str]":
    """Return the words of a vocabulary as choices."""
    return click.Choice([str(kind) for kind in kinds])


if TYPE_CHECKING:
    _ConditionType: TypeAlias = click.ParamType[tuple[str, dict[str, Any]]]
else:  # which takes no parameters before click 8.4
    _ConditionType = click.ParamType


class _Metadata(_ConditionType):
    """``NAME=VALUE`` and the like, as a pair of name and condition."""

    name = "condition"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, dict[str, Any]]:
        found = _METADATA.fullmatch(value)
        if not found:
            self.fail("must be NAME, NAME=VALUE, NAME>=VALUE or NAME<=VALUE", param, ctx)
        if not found["operator"]:
            return found["name"], {"exists": True}
        return found["name"], {_LIMITS.get(found["operator"], "in"): _scalar(found["value"])}


def _scalar(text: str) -> str | bool | float:
    """Return a number or a flag that is written as such, anything else as text."""
    try:
        return msgspec.json.decode(text, type=bool | int | float)
    except msgspec.MsgspecError:
        return text.strip('"')


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    several("--country", "Only in this country, by its two-letter code."),
    several("--region", "Only in this state or province, or remote."),
    several("--city", "Only in this city, or remote."),
    click.option("--latitude", type=float, help="Only near this point; with --longitude and --radius-km."),
    click.option("--longitude", type=float, help="Degrees east."),
    click.option("--radius-km", type=float, help="How near, in kilometres."),
    click.option("--remote/--no-remote", default=None, help="Only remote jobs, or none."),
    several("--workplace", "Only with this workplace.", type=choices(Workplace)),
    several("--experience", "Only on this level.", type=choices(Level)),
    several("--employment-type", "Only with this contract.", type=choices(EmploymentType)),
    click.option("--salary-min", type=float, help="Least pay for a full-time year, or for --salary-period."),
    click.option("--salary-currency", help="Only paid in this currency; otherwise amounts are compared as they are."),
    click.option("--salary-period", type=choices(PayPeriod), help="The time that --salary-min is for."),
    click.option("--posted-after", type=click.DateTime(["%Y-%m-%d"]), help="Only posted since this day."),
    click.option("--max-age-days", type=float, help="Only posted in the last so many days."),
    several("--company", "Only at this company."),
    several("--exclude-company", "Not at this company."),
    several("--industry", "Only in this industry."),
    several("--language", "Only written in this language, by its two-letter code or its name."),
    several("--require-skills", "Only postings that name this skill, and all others given."),
    several("--require-any-skill", "Only postings that name this skill, or another one given."),
    several("--require-keywords", "Only postings with this word or phrase."),
    several("--exclude-keywords", "Only postings without this word or phrase."),
    several("--metadata", "Only if NAME is there; also NAME=VALUE, NAME>=VALUE, NAME<=VALUE.", type=_Metadata()),
    several("--exclude-job", "Not the posting with this id."),
    several("--exclude-interactions", "Not what --owner has dealt with in this way.", type=choices(InteractionKind)),
    click.option("--cool-down-days", type=float, help="Days after which --exclude-interactions forgets."),
    click.option("--keep-unknown", is_flag=True, help="Keep postings that do not tell what a condition asks for."),
    several(
        "--keep-unknown-in",
        "The same for this condition alone.",
        type=click.Choice(Filters.CAN_BE_UNKNOWN),
    ),
)
_RENAMED = {
    "company": "companies",
    "exclude_company": "exclude_companies",
    "industry": "industries",
    "require_skills": "skills",
    "require_any_skill": "skills_any",
    "require_keywords": "keywords",
    "exclude_job": "exclude_job_ids",
}


def conditions(command: F) -> F:
    """Give *command* all the options that are conditions."""
    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), command)


def to_filters(
    *,
    metadata: Sequence[tuple[str, dict[str, Any]]],
    keep_unknown: bool,
    keep_unknown_in: Sequence[str],
    **options: Any,
) -> Filters:
    """Return the conditions that the options make up."""
    named = {_RENAMED.get(name, name): value for name, value in options.items()}
    return Filters(metadata=_together(metadata), keep_unknown=keep_unknown or tuple(keep_unknown_in), **named)


def _together(conditions: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Join what is said about one name: values are alternatives, all else adds up."""
    joined: dict[str, dict[str, Any]] = {}
    for name, condition in conditions:
        known = joined.setdefault(name.strip(), {})
        if "in" in condition:
            condition = {"in": [*known.get("in", ()), condition["in"]]}
        known.update(condition)
    return joined
