"""Composing a description from ready sentences, so that it reads like one."""

from collections.abc import Callable
from typing import NamedTuple

from jobmatch.sample import skeletons
from jobmatch.sample.kit import Kit, Pool, Rung, Sentence
from jobmatch.sample.levels import INTERN
from jobmatch.sample.places import City

Draw = Callable[[], float]
Paragraph = list[Sentence]


class Facts(NamedTuple):
    """What the sentences of one posting agree on."""

    kit: Kit
    rung: Rung
    title: str
    post: str
    company: str
    industry: str
    city: City
    skills: tuple[str, ...]
    enumeration: str
    workplace: str | None
    employment: str | None


def compose(facts: Facts, opening: int, draw: Draw) -> list[Paragraph]:
    """Write the paragraphs: `opening` is the number of the skeleton to begin with.

    Each sentence is a pair (name of its skeleton, text), and no two neighbours share a skeleton.
    """
    # Asking more or offering more, not both, keeps the length within bounds; and an apprentice's
    # needs are so few that a second sentence would repeat the first.
    demanding = facts.rung.level is not INTERN and draw() < 0.4
    return [
        introduction(facts, opening, draw),
        tasks(facts.rung, draw),
        wishes(facts, 2 if demanding else 1, draw),
        offer(facts, [] if demanding else [one(facts.kit.benefits, draw)], draw),
    ]


def text(paragraphs: list[Paragraph]) -> str:
    return "\n\n".join([" ".join([sentence for _, sentence in each]) for each in paragraphs])


def introduction(facts: Facts, opening: int, draw: Draw) -> Paragraph:
    begin = skeletons.OPENINGS[opening].format(company=facts.company, post=facts.post, city=facts.city.name)
    middle = employer(facts, draw) if draw() < 0.7 else one(facts.kit.settings, draw)
    return [(f"opening-{opening}", begin), middle]


def employer(facts: Facts, draw: Draw) -> Sentence:
    about = int(draw() * len(skeletons.ABOUT))
    years = 4 + int(draw() * 80)
    return f"about-{about}", skeletons.ABOUT[about].format(
        company=facts.company,
        industry=facts.industry.lower(),
        years=years,
        people=years * 7 - 9,
    )


def tasks(rung: Rung, draw: Draw) -> Paragraph:
    """Three postings in ten list their tasks, the others tell them."""
    if draw() < 0.3:
        return [one(rung.lists, draw)]
    return several(rung.duties, 2, 2, draw)


def wishes(facts: Facts, asked: int, draw: Draw) -> Paragraph:
    seniority = facts.rung.sentences
    number = int(draw() * len(skeletons.SKILLS))
    skills = skeletons.SKILLS[number].format(skills=facts.enumeration)
    return [
        seniority[int(draw() * len(seniority))],
        *several(facts.rung.needs, asked, 2, draw),
        (f"skills-{number}", skills),
    ]


def offer(facts: Facts, benefits: Paragraph, draw: Draw) -> Paragraph:
    closing = int(draw() * len(skeletons.CLOSINGS))
    return [
        workplace(facts, draw),
        employment(facts, draw),
        *benefits,
        (f"closing-{closing}", skeletons.CLOSINGS[closing].format(company=facts.company)),
    ]


def workplace(facts: Facts, draw: Draw) -> Sentence:
    templates = skeletons.WORKPLACES[facts.workplace]
    number, city = int(draw() * len(templates)), facts.city
    sentence = templates[number].format(city=city.name, country=city.country.name)
    return f"workplace-{facts.workplace}-{number}", sentence


def employment(facts: Facts, draw: Draw) -> Sentence:
    sentences = skeletons.EMPLOYMENTS[facts.employment]
    number = int(draw() * len(sentences))
    return f"employment-{facts.employment}-{number}", sentences[number]


def one(pool: Pool, draw: Draw) -> Sentence:
    choice = pool[int(draw() * len(pool))]
    return choice[int(draw() * len(choice))]


def several(pool: Pool, count: int, phrases: int, draw: Draw) -> Paragraph:
    """Sentences on fresh phrases, of which each uses up as many as `phrases`.

    The step to the next skeleton is never a whole turn, so neighbours differ.
    """
    skeleton, phrase = int(draw() * len(pool)), int(draw() * len(pool[0]))
    chosen = []
    for _ in range(count):
        chosen.append(pool[skeleton][phrase])
        skeleton = (skeleton + 1 + int(draw() * (len(pool) - 1))) % len(pool)
        phrase = (phrase + phrases) % len(pool[0])
    return chosen
