"""What can be made ready before the first posting: decks and sentences, occupation by occupation.

Composing a posting then only picks; that is what makes a million of them a matter of a minute.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from jobmatch.sample import companies, skeletons
from jobmatch.sample.chance import deck
from jobmatch.sample.levels import DECKS, EXECUTIVE, GUIDANCE, INTERN, Level
from jobmatch.sample.occupation import Occupation, Remote, Sector, Style
from jobmatch.sample.sectors import SECTORS

Sentence = tuple[str, str]
"""The name of a skeleton, and a text made from it."""
Pool = tuple[tuple[Sentence, ...], ...]
"""First the skeleton, then the phrase with which its filling starts."""

SKILLSETS = 60

WORKPLACES: dict[Remote, tuple[str | None, ...]] = {
    "never": deck([("onsite", 97), (None, 3)]),
    "some": deck([("onsite", 48), ("hybrid", 38), ("remote", 9), (None, 5)]),
    "often": deck([("onsite", 20), ("hybrid", 38), ("remote", 38), (None, 4)]),
}
EMPLOYMENTS: dict[Style, tuple[str | None, ...]] = {
    "craft": deck([("full_time", 78), ("part_time", 5), ("contract", 6), ("temporary", 7), (None, 4)]),
    "desk": deck([("full_time", 78), ("part_time", 8), ("contract", 8), ("temporary", 2), (None, 4)]),
    "service": deck(
        [("full_time", 58), ("part_time", 28), ("contract", 2), ("temporary", 8), (None, 4)]
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rung:
    """A level as it looks in one occupation; a title comes with its article."""

    level: Level
    titles: tuple[tuple[str, str], ...]
    sentences: tuple[Sentence, ...]
    duties: Pool
    lists: Pool
    needs: Pool


@dataclass(frozen=True, slots=True)
class Kit:
    """The ready material of one occupation."""

    work: Occupation
    sector: str
    rungs: tuple[Rung, ...]
    employers: tuple[str, ...]
    skillsets: tuple[tuple[tuple[str, ...], str], ...]
    workplaces: tuple[str | None, ...]
    employments: tuple[str | None, ...]
    settings: Pool
    benefits: Pool


@cache
def kits() -> tuple[Kit, ...]:
    """All kits, one for each occupation."""
    return tuple(kit(work, sector) for sector in SECTORS for work in sector.occupations)


@cache
def kit_deck() -> tuple[Kit, ...]:
    return deck((each, each.work.weight) for each in kits())


def kit(work: Occupation, sector: Sector) -> Kit:
    return Kit(
        work=work,
        sector=sector.name,
        rungs=tuple(rungs(work, sector)),
        employers=companies.names(sector.tails),
        skillsets=tuple(skillsets(work)),
        workplaces=WORKPLACES[work.remote],
        employments=EMPLOYMENTS[sector.style],
        settings=pool("setting", skeletons.SETTINGS, work.settings),
        benefits=pool("benefit", skeletons.BENEFITS, sector.benefits),
    )


@cache
def pool(slot: str, templates: tuple[str, ...], phrases: tuple[str, ...]) -> Pool:
    """Fill every skeleton with every run of neighbouring phrases, the phrases taken as a circle."""
    turns = [phrases[start:] + phrases[:start] for start in range(len(phrases))]
    return tuple(
        tuple((f"{slot}-{number}", template.format(*turn)) for turn in turns)
        for number, template in enumerate(templates)
    )


def rungs(work: Occupation, sector: Sector) -> Iterator[Rung]:
    """The deck of levels; equal levels share one rung."""
    levels = DECKS[sector.style]
    ready = {level.name: rung(work, sector, level) for level in dict.fromkeys(levels)}
    return (ready[level.name] for level in levels)


def rung(work: Occupation, sector: Sector, level: Level) -> Rung:
    duties = duties_of(work, level)
    return Rung(
        level=level,
        titles=tuple(titles(work, level.titles[sector.style])),
        sentences=tuple(
            (f"level-{level.name}-{number}", template.format(field=work.field))
            for number, template in enumerate(level.sentences)
        ),
        duties=pool("duty", skeletons.DUTIES, duties),
        lists=pool("list", skeletons.DUTY_LISTS, tuple(map(capitalised, duties))),
        needs=pool("need", skeletons.NEEDS, needs_of(work, sector, level)),
    )


def titles(work: Occupation, forms: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Titles, each also as the prose has it: with an article, without a bracketed remark."""
    field = " ".join(w if w in {"and", "of"} else capitalised(w) for w in work.field.split())
    filled = (form.format(title=title, field=field) for form in forms for title in work.titles)
    for title in dict.fromkeys(filled):
        yield title, f"{article(title)} {title.partition(' (')[0]}"


def duties_of(work: Occupation, level: Level) -> tuple[str, ...]:
    if level is EXECUTIVE:
        return tuple(duty.format(field=work.field) for duty in GUIDANCE)
    return work.duties


def needs_of(work: Occupation, sector: Sector, level: Level) -> tuple[str, ...]:
    """Own and shared needs in turn; of a beginner nobody asks for what the training teaches."""
    if level is INTERN:
        return sector.needs
    return tuple(need for pair in zip(work.needs, sector.needs, strict=True) for need in pair)


def skillsets(work: Occupation) -> Iterator[tuple[tuple[str, ...], str]]:
    """Four to eight skills at a time, with their enumeration; the same in every run."""
    draw = Random(work.slug).random
    for _ in range(SKILLSETS):
        some = tuple(sorted(work.skills, key=lambda _: draw())[: 4 + int(draw() * 5)])
        yield some, enumeration(some[:4])


def enumeration(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def capitalised(phrase: str) -> str:
    """Unlike str.capitalize, leave the rest alone: "run API tests" keeps its API."""
    return phrase[:1].upper() + phrase[1:]


def article(title: str) -> str:
    if title.startswith(("HVAC", "HGV", "HR ", "FP&A", "SEO")):
        return "an"
    if title.startswith(("Uni", "UX", "UI")):
        return "a"
    return "an" if title[0] in "AEIOU" else "a"
