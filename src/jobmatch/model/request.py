"""What is asked: `Profile`, `Weights`, and the `MatchRequest` that they and `Filters` make up."""

from attrs import asdict, astuple, field, frozen

from jobmatch.errors import InvalidInput
from jobmatch.model import fields, vocabularies
from jobmatch.model.addresses import web_address
from jobmatch.model.filters import NO_FILTERS, Filters
from jobmatch.model.kinds import Level, Recall, Sort

#: The most matches that one answer can hold, offset included.
MAX_RESULTS = 1_000
#: Postings that ranking has to choose from for one that is wanted; how many at least, and at most.
OVERFETCH = 4
FEWEST, MOST = 100, 1_000
#: Times as far as the block before it a block of an answer goes.
WIDER = 4
#: The longest résumé that is read, in characters.
MAX_PROFILE_TEXT = 200_000
_SOME = fields.at_most(200)


@frozen(kw_only=True, field_transformer=fields.naming("profile"))
class Profile:
    """A candidate.

    Arguments:
        text: the résumé, plain text.
        titles: jobs held or wanted.
        skills: names of skills.
        level: experience.
        vector: an embedding of the résumé, shape (dimensions,), to be used instead of embedding the text.
    """

    text: str = field(default="", converter=fields.text, validator=fields.at_most(MAX_PROFILE_TEXT), repr=False)
    titles: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    skills: tuple[str, ...] = field(default=(), converter=fields.texts, validator=_SOME)
    level: Level | None = field(default=None, converter=vocabularies.level_or_none)
    vector: tuple[float, ...] | None = field(
        default=None, converter=fields.vector_or_none, validator=fields.all_finite, repr=False
    )

    def __bool__(self) -> bool:
        return bool(self.text or self.titles or self.skills or self.vector)


@frozen(kw_only=True, field_transformer=fields.naming("weights"))
class Weights:
    """How much each criterion counts, relative to the others; all at least 0, one above. They choose among the nearest
    by meaning, whatever they are: what has to be found wherever it is, is a matter of `Filters`.

    Arguments:
        semantic: nearness of meaning between profile and posting.
        keywords: share of the keywords in the posting, rare ones counting more.
        skills: share of the posting's skills in the profile.
        title: overlap of the profile's titles and the posting's.
        level: nearness of experience levels.
        recency: how new the posting is.
    """

    semantic: float = field(default=0.60, converter=fields.number)
    keywords: float = field(default=0.20, converter=fields.number)
    skills: float = field(default=0.10, converter=fields.number)
    title: float = field(default=0.10, converter=fields.number)
    level: float = field(default=0.05, converter=fields.number)
    recency: float = field(default=0.05, converter=fields.number)

    def __attrs_post_init__(self) -> None:
        values = astuple(self)
        if not all(0 <= v <= 1_000_000 for v in values) or not any(values):
            raise InvalidInput("weights", "must be numbers of at least 0, one of them above 0")


@frozen(kw_only=True, field_transformer=fields.naming("request"))
class MatchRequest:
    """One question to the index.

    Arguments:
        profile: the candidate.
        filters: what a job must fulfil.
        weights: how much each criterion counts.
        keywords: words or phrases that should count, beyond the profile; those of function words alone do not.
        min_score: least score of a match, 0 to 1; weaker ones are left out of the answer after it was ranked.
        sort: order of the answer. ``date`` does not choose: it orders the matches that their scores put between offset
            and offset + limit, newest first, undated ones last. Those of the next offset are ordered among themselves,
            so newer ones may follow; a larger limit puts more of them into one order.
        recall: how many of the postings that are truly nearest have to be looked at.
        limit: number of matches wanted, 1 to 1,000 with offset.
        offset: number of best matches to leave out.
        callback_url: told when the task ends, by an engine that calls back; part of a task, not of the question.
    """

    profile: Profile = field(default=Profile(), validator=fields.a(Profile, "Profile(text=…)"))
    filters: Filters = field(default=NO_FILTERS, validator=fields.a(Filters, "Filters(country=…)"))
    weights: Weights = field(default=Weights(), validator=fields.a(Weights, "Weights(skills=…)"))
    keywords: tuple[str, ...] = field(default=(), converter=fields.texts, validator=fields.at_most(50))
    min_score: float = field(default=0.0, converter=fields.number, validator=fields.between(0, 1))
    sort: Sort = field(default=Sort.RECOMMENDED, converter=vocabularies.sort)
    recall: Recall = field(default=Recall.BALANCED, converter=vocabularies.recall)
    limit: int = field(default=25, validator=[fields.whole, fields.between(1, MAX_RESULTS)])
    offset: int = field(default=0, validator=[fields.whole, fields.between(0, MAX_RESULTS)])

    callback_url: str | None = field(default=None, converter=fields.text_or_none, validator=web_address, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.limit + self.offset > MAX_RESULTS:
            raise InvalidInput("request.limit", f"with offset must be at most {MAX_RESULTS:,}")
        if not (self.profile or self.keywords):
            raise InvalidInput("request.profile", "is empty: give a résumé text, titles, skills or keywords")

    @property
    def spoken(self) -> dict[str, float]:
        """Weights of the criteria on which this says something; of the nearness of meaning if it speaks of none."""
        profile = self.profile
        silent = {
            "keywords": not self.keywords,
            "title": not profile.titles,
            "level": profile.level is None,
            "skills": not (profile.text or profile.skills),
        }
        weights = asdict(self.weights)
        return {name: weight for name, weight in weights.items() if weight and not silent.get(name)} or {
            "semantic": 1.0
        }

    @property
    def blocks(self) -> list[int]:
        """Where the blocks end that an answer is put together from, as ranks.

        Each is chosen from a `pool` of its own, found by a search of its own unless that would find the same. So
        nothing of what follows has a say in what comes first, and the pages of an answer fit together, whichever of
        them are asked for.
        """
        ends = [self.limit if self.nearest_first else max(self.limit, FEWEST // OVERFETCH)]
        while ends[-1] < self.limit + self.offset:
            ends.append(min(ends[-1] * WIDER, MAX_RESULTS))
        return ends

    @property
    def nearest_first(self) -> bool:
        """Whether the best matches are simply the nearest."""
        return self.sort is not Sort.RECOMMENDED and self.spoken.keys() == {"semantic"}


def pool(wanted: int) -> int:
    """Return from how many of the nearest postings the *wanted* best are chosen."""
    return min(max(wanted * OVERFETCH, FEWEST), max(MOST, wanted))
