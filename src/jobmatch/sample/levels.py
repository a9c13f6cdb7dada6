"""Seniority: how it shows in titles, in sentences and in pay."""

from dataclasses import dataclass

from jobmatch.sample.chance import deck
from jobmatch.sample.occupation import Style


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """`titles` and `sentences` take {title} and {field}; `pay` multiplies the mid-level wage."""

    name: str | None
    pay: float
    years: int
    titles: dict[Style, tuple[str, ...]]
    sentences: tuple[str, ...]


PLAIN: dict[Style, tuple[str, ...]] = {
    "craft": ("{title}", "{title}", "Skilled {title}"),
    "desk": ("{title}",),
    "service": ("{title}", "{title}", "{title} (all shifts)"),
}

UNKNOWN = Level(None, 1.0, 4, PLAIN, (
    "We hire for attitude as well as experience, so tell us what you can do in {field}.",
    "Whether you have two years in {field} or twenty, we would like to hear from you.",
    "Your place in the team depends on what you have done in {field} so far.",
))  # fmt: skip
INTERN = Level("intern", 0.5, 0, {
    "craft": ("Apprentice {title}", "Trainee {title}"),
    "desk": ("{title} Intern", "Trainee {title}"),
    "service": ("Trainee {title}", "{title} in Training"),
}, (
    "No experience is expected: you learn {field} from the ground up and at a sensible pace.",
    "An experienced colleague is at your side while you learn {field}.",
    "This is a place for learning, and each week ends with time for your questions about {field}.",
))  # fmt: skip
ENTRY = Level("entry", 0.77, 1, {
    "craft": ("Junior {title}", "{title} (Entry Level)", "Newly Qualified {title}"),
    "desk": ("Junior {title}", "Graduate {title}", "{title} (Entry Level)"),
    "service": ("Junior {title}", "{title} (Entry Level)", "{title} (Career Changers Welcome)"),
}, (
    "A first year in {field} is enough, since we train every beginner ourselves.",
    "The post suits people at the start of their career in {field}.",
    "Graduates and career changers are welcome, for a mentor introduces you to {field}.",
))  # fmt: skip
MID = Level("mid", 1.0, 4, PLAIN, (
    "Three to five years in {field} are what we have in mind.",
    "You have worked in {field} for several years and need no one to look over your shoulder.",
    "Independent work comes naturally to you after some years in {field}.",
))  # fmt: skip
SENIOR = Level("senior", 1.3, 9, {
    "craft": ("Senior {title}", "Experienced {title}"),
    "desk": ("Senior {title}", "Senior {title}", "Experienced {title}"),
    "service": ("Senior {title}", "Experienced {title}"),
}, (
    "Eight years or more in {field} let you judge hard cases on your own.",
    "Colleagues come to you with the hard questions of {field}, and you enjoy answering them.",
    "As a senior colleague you set the standard for {field} and mentor the younger ones.",
))  # fmt: skip
LEAD = Level("lead", 1.5, 12, {
    "craft": ("Lead {title}", "{title} Foreperson", "{title} Crew Lead"),
    "desk": ("Lead {title}", "{title} Team Lead", "Principal {title}"),
    "service": ("Lead {title}", "{title} Team Leader", "{title} Supervisor"),
}, (
    "You lead a team of six to ten, assign the work and stand up for the result.",
    "Besides your own work in {field} you lead a small team and plan its week.",
    "Leading people is half of the post; the other half is {field} itself.",
))  # fmt: skip
EXECUTIVE = Level("executive", 2.1, 18, {
    "craft": ("Director of {field}", "Head of {field}"),
    "desk": ("Director of {field}", "Head of {field}", "Vice President, {field}"),
    "service": ("Director of {field}", "General Manager, {field}"),
}, (
    "You answer to the board for strategy, budget and people in {field}.",
    "More than fifty people in {field} report to you through their team leads.",
    "As a member of the management you decide where {field} goes in the next five years.",
))  # fmt: skip

GUIDANCE = (
    "set the goals of {field} and see that they are met",
    "hold the budget for {field} and account for it to the board",
    "hire and promote the team leads in {field}",
    "represent {field} before customers, authorities and the public",
    "decide on investments, sites and suppliers",
    "settle conflicts between departments",
    "develop the people who will lead {field} after you",
    "review risks and results every month",
)
"""The duties of those who lead the others."""

LEVELS = (UNKNOWN, INTERN, ENTRY, MID, SENIOR, LEAD, EXECUTIVE)
DECKS: dict[Style, tuple[Level, ...]] = {
    "craft": deck(zip(LEVELS, (8, 6, 22, 39, 16, 8, 1), strict=True)),
    "desk": deck(zip(LEVELS, (7, 6, 18, 34, 23, 9, 3), strict=True)),
    "service": deck(zip(LEVELS, (8, 4, 38, 32, 11, 6, 1), strict=True)),
}
