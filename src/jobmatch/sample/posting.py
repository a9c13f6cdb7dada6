"""The stream of postings: drawing the facts, composing the text, writing the record."""

from collections import deque
from collections.abc import Iterator
from datetime import date
from itertools import count as counting
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import msgspec

from jobmatch.sample import prose
from jobmatch.sample.days import Calendar, age
from jobmatch.sample.kit import Kit, kit_deck
from jobmatch.sample.pay import pay
from jobmatch.sample.places import CITIES, NEIGHBOURS, City
from jobmatch.sample.prose import Draw, Facts, Paragraph
from jobmatch.sample.skeletons import OPENINGS

REFERENCE_DAY = date(2026, 1, 15)
# One draw in len(OPENINGS) is turned down, because its opening would stand next to its like.
DUPLICATES = 0.03 * len(OPENINGS) / (len(OPENINGS) - 1)
RECENT = 100
SEVERAL_PLACES = 0.06


class Draft(NamedTuple):
    """A posting before it is numbered, dated and rendered; a duplicate repeats its draft."""

    id: str
    facts: Facts
    opening: int
    paragraphs: list[Paragraph]
    places: tuple[City, ...]
    pay: dict[str, Any] | None
    age: int


def postings(count: int, *, seed: int = 0, today: date = REFERENCE_DAY) -> Iterator[dict[str, Any]]:
    """Yield `count` postings as records; the first ones do not depend on `count`.

    A posting lies 1 to 120 days before `today`. About 3 in 100 repeat a recent one under another id,
    named in `metadata["duplicate_of"]`.
    """
    calendar, draw = Calendar(today), Random(f"days {seed}").random
    for ident, draft in islice(drafts(seed), count):
        yield record(ident, draft, calendar, draw)


def lines(count: int, *, seed: int = 0, today: date = REFERENCE_DAY) -> Iterator[bytes]:
    """Yield the same postings as JSON lines: `file.writelines(lines(1_000_000))`."""
    encode = msgspec.json.Encoder().encode
    for posting in postings(count, seed=seed, today=today):
        yield encode(posting) + b"\n"


def drafts(seed: int) -> Iterator[tuple[str, Draft]]:
    """An endless stream of ids with drafts; neighbours never begin with the same skeleton."""
    draw = Random(f"drafts {seed}").random
    opening = 0
    recent: deque[Draft] = deque(maxlen=RECENT)
    for number in counting(1):
        ident = f"sample-{seed}-{number:06}"
        chosen = repeated(recent, opening, draw) if draw() < DUPLICATES else None
        if chosen is None:
            opening = (opening + 1 + int(draw() * (len(OPENINGS) - 1))) % len(OPENINGS)
            chosen = draft(ident, opening, draw)
            recent.append(chosen)
        opening = chosen.opening
        yield ident, chosen


def repeated(recent: deque[Draft], opening: int, draw: Draw) -> Draft | None:
    """A recent draft that may stand next to one that begins with `opening`, if there is any."""
    if not recent:
        return None
    found = recent[int(draw() * len(recent))]
    return None if found.opening == opening else found


def draft(ident: str, opening: int, draw: Draw) -> Draft:
    kits = kit_deck()
    kit = kits[int(draw() * len(kits))]
    city = CITIES[int(draw() * len(CITIES))]
    facts = decide(kit, city, draw)
    return Draft(
        id=ident,
        facts=facts,
        opening=opening,
        paragraphs=prose.compose(facts, opening, draw),
        places=places(city, draw),
        pay=pay(kit.work, facts.rung.level, city.country, facts.employment, draw),
        age=age(draw),
    )


def decide(kit: Kit, city: City, draw: Draw) -> Facts:
    rung = kit.rungs[int(draw() * len(kit.rungs))]
    title, post = rung.titles[int(draw() * len(rung.titles))]
    skills, enumeration = kit.skillsets[int(draw() * len(kit.skillsets))]
    employment = kit.employments[int(draw() * len(kit.employments))]
    return Facts(
        kit=kit,
        rung=rung,
        title=title,
        post=post,
        company=kit.employers[int(draw() * len(kit.employers))],
        industry=kit.work.industries[int(draw() * len(kit.work.industries))],
        city=city,
        skills=skills,
        enumeration=enumeration,
        workplace=kit.workplaces[int(draw() * len(kit.workplaces))],
        employment="internship" if rung.level.name == "intern" else employment,
    )


def places(city: City, draw: Draw) -> tuple[City, ...]:
    """Mostly one place; sometimes up to three of one country."""
    if draw() >= SEVERAL_PLACES:
        return (city,)
    near = NEIGHBOURS[city.country.code]
    others = (near[int(draw() * len(near))] for _ in range(2))
    return tuple(dict.fromkeys((city, *others)))


def record(ident: str, draft: Draft, calendar: Calendar, draw: Draw) -> dict[str, Any]:
    """Render a draft; lists and dicts are fresh ones, since the caller may change them."""
    facts = draft.facts
    duplicate = ident != draft.id
    days = 1 + int(draw() * draft.age) if duplicate else draft.age
    return {
        "id": ident,
        "title": facts.title,
        "company": facts.company,
        "description": prose.text(draft.paragraphs),
        "places": [city.record() for city in draft.places],
        "workplace": facts.workplace,
        "employment_type": facts.employment,
        "level": facts.rung.level.name,
        "industry": facts.industry,
        "skills": list(facts.skills),
        "pay": draft.pay and dict(draft.pay),
        "posted_at": calendar.posted(days, draw),
        "expires_at": calendar.expires(days, draw),
        "url": f"https://jobs.example/{ident}",
        "language": "en",
        "metadata": metadata(facts.kit, draft.id if duplicate else None),
    }


def metadata(kit: Kit, original: str | None) -> dict[str, Any]:
    facts = {"occupation": kit.work.slug, "sector": kit.sector}
    return facts if original is None else {**facts, "duplicate_of": original}
