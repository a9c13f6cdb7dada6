"""What the tables say about an occupation and its sector.

The tables are written as plain text blocks, so that a reader sees phrases rather than punctuation:
commas part short terms, line breaks part phrases.
"""

from dataclasses import dataclass
from typing import Literal

Style = Literal["craft", "desk", "service"]
Remote = Literal["never", "some", "often"]
Paid = Literal["hour", "year"]


@dataclass(frozen=True, slots=True)
class Occupation:
    """One line of work: the phrases are fragments that the skeletons are filled with.

    `duties` start with one verb in its base form, `needs` are noun phrases, `settings` start with
    their preposition, `results` are whole résumé lines in the past tense.
    `pay` is what a mid-level person earns in the United States, in thousands of dollars a year.
    """

    slug: str
    field: str
    titles: tuple[str, ...]
    skills: tuple[str, ...]
    duties: tuple[str, ...]
    needs: tuple[str, ...]
    settings: tuple[str, ...]
    results: tuple[str, ...]
    studies: tuple[str, ...]
    industries: tuple[str, ...]
    pay: int
    paid: Paid
    remote: Remote
    weight: int


@dataclass(frozen=True, slots=True)
class Sector:
    """A family of occupations with the words that its members share."""

    name: str
    style: Style
    tails: tuple[str, ...]
    needs: tuple[str, ...]
    benefits: tuple[str, ...]
    occupations: tuple[Occupation, ...]


def terms(block: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in block.split(","))


def phrases(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


def occupation(
    slug: str,
    *,
    field: str,
    titles: str,
    skills: str,
    duties: str,
    needs: str,
    settings: str,
    results: str,
    studies: str,
    industries: str,
    pay: int,
    paid: Paid = "year",
    remote: Remote = "never",
    weight: int = 2,
) -> Occupation:
    """Read the text blocks of one table entry."""
    return Occupation(
        slug=slug,
        field=field,
        titles=terms(titles),
        skills=terms(skills),
        duties=phrases(duties),
        needs=phrases(needs),
        settings=phrases(settings),
        results=phrases(results),
        studies=phrases(studies),
        industries=terms(industries),
        pay=pay,
        paid=paid,
        remote=remote,
        weight=weight,
    )


def sector(
    name: str,
    *,
    style: Style,
    tails: str,
    needs: str,
    benefits: str,
    occupations: tuple[Occupation, ...],
) -> Sector:
    """Read the text blocks of one sector."""
    return Sector(name, style, terms(tails), phrases(needs), phrases(benefits), occupations)
