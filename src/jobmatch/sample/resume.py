"""Résumés without names: summary, experience, skills, education."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from jobmatch.sample import curriculum
from jobmatch.sample.kit import Kit, Rung, article, enumeration, kits, pool
from jobmatch.sample.levels import UNKNOWN
from jobmatch.sample.places import CITIES, City
from jobmatch.sample.prose import Draw, one, several

THIS_YEAR = 2025


@dataclass(frozen=True, slots=True)
class Career:
    """Who a résumé is about; `titles` and `starts` run from the latest post to the first."""

    kit: Kit
    rung: Rung
    city: City
    titles: tuple[str, ...]
    starts: tuple[int, ...]
    skills: tuple[str, ...]


def resumes(count: int, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield `count` résumés as records; every occupation has its turn before one comes again."""
    draw = Random(f"resumes {seed}").random
    for number, kit in enumerate(islice(turns(draw), count), start=1):
        career = career_in(kit, draw)
        yield {
            "id": f"resume-{seed}-{number:06}",
            "text": write(career, draw),
            "titles": list(dict.fromkeys(career.titles)),
            "skills": list(career.skills),
            "level": career.rung.level.name,
            "place": career.city.record(),
            "occupation": kit.work.slug,
        }


def turns(draw: Draw) -> Iterator[Kit]:
    while True:
        yield from sorted(kits(), key=lambda _: draw())


def career_in(kit: Kit, draw: Draw) -> Career:
    known = [rung for rung in kit.rungs if rung.level is not UNKNOWN]
    rung = known[int(draw() * len(known))]
    title, _ = rung.titles[int(draw() * len(rung.titles))]
    starts = tuple(stations(rung.level.years, draw))
    earlier = (kit.work.titles[int(draw() * len(kit.work.titles))] for _ in starts[1:])
    return Career(
        kit=kit,
        rung=rung,
        city=CITIES[int(draw() * len(CITIES))],
        titles=(title.partition(" (")[0], *earlier),
        starts=starts,
        skills=kit.skillsets[int(draw() * len(kit.skillsets))][0],
    )


def stations(years: int, draw: Draw) -> Iterator[int]:
    """The years in which the posts began, the latest first: one post, then up to two more."""
    posts = 1 + (years > 1) + (years > 5)
    for post in range(1, posts + 1):
        yield THIS_YEAR - 1 - years * post // posts - int(draw() * 2)


def write(career: Career, draw: Draw) -> str:
    return "\n\n".join(
        [
            f"{career.titles[0]}\n{career.city.name}, {career.city.country.name}",
            summary(career, draw),
            "Experience\n\n" + "\n\n".join(experience(career, draw)),
            "Skills\n\n" + ", ".join(career.skills),
            "Education\n\n" + education(career, draw),
        ]
    )


def summary(career: Career, draw: Draw) -> str:
    years = THIS_YEAR - career.starts[-1]
    work = career.kit.work
    first = curriculum.PROFESSIONALS if years > 3 else curriculum.BEGINNERS
    title = career.titles[0]
    sentences = (
        pick(first, draw).format(
            title=title,
            post=f"{article(title)} {title}",
            years=years,
            field=work.field,
            industry=pick(work.industries, draw).lower(),
        ),
        pick(curriculum.STRENGTHS, draw).format(skills=enumeration(career.skills[-3:])),
        one(pool("home", curriculum.HOMES, work.settings), draw)[1],
        pick(curriculum.AIMS, draw),
    )
    return " ".join(sentences)


def experience(career: Career, draw: Draw) -> Iterator[str]:
    """One block for a post: where and when, two lines on the work, one on what came of it."""
    results, latest = career.kit.work.results, int(draw() * 3)
    tasks = iter(several(pool("task", curriculum.TASKS, career.kit.work.duties), 6, 1, draw))
    ends = ("present", *map(str, career.starts))
    for post, (title, start) in enumerate(zip(career.titles, career.starts, strict=True)):
        employer = pick(career.kit.employers, draw)
        yield "\n".join(
            [
                f"{title}, {employer}, {start} to {ends[post]}",
                *(f"- {sentence}" for _, sentence in islice(tasks, 2)),
                f"- {results[(latest + post) % len(results)]}.",
            ]
        )


def education(career: Career, draw: Draw) -> str:
    """A degree finished in the year before the first post."""
    study = pick(career.kit.work.studies, draw)
    return f"{study}, {career.starts[-1] - 1}\n{pick(curriculum.EXTRAS, draw)}"


def pick(choices: tuple[str, ...], draw: Draw) -> str:
    return choices[int(draw() * len(choices))]
