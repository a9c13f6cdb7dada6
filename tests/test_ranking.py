"""Ranking: each criterion on small examples, the score that they make up, the orders, the reasons."""

import gc
import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmatch.model import Criterion, Exact, Job, Level, Match, MatchRequest, Place, Profile, Sort, Weights
from jobmatch.ports import Hit, Survey
from jobmatch.ranking import rank, rarity
from jobmatch.ranking.criteria import CRITERIA
from jobmatch.ranking.scoring import NEUTRAL, shares
from jobmatch.ranking.subject import Subject

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def hit(job_id: str = "j", similarity: float = 0.5, keywords: tuple[bool, ...] = (), **fields: Any) -> Hit:
    """Return a hit on a small posting."""
    job = Job(**({"id": job_id, "title": "Welder"} | fields))
    return Hit(job=job.summary(), similarity=similarity, keywords=keywords)


def request(**fields: Any) -> MatchRequest:
    """Return a request with a profile of these fields, or with fields of its own."""
    own = {a.name for a in attrs.fields(MatchRequest)} & set(fields)
    profile = {name: value for name, value in fields.items() if name not in own}
    return MatchRequest(profile=Profile(**({"text": "x"} | profile)), **{name: fields[name] for name in own})


def subject(*, weights: tuple[float, ...] = (), **fields: Any) -> Subject:
    """Return what a request says, looked at on a fixed day."""
    return attrs.evolve(Subject.of(request(**fields), weights), now=NOW)


def survey(matching: int, total: int = 1_000) -> Survey:
    """Return a survey of a keyword."""
    return Survey(matching=matching, total=total, strategy=Exact())


def score(name: str, one: Hit, on: Subject) -> float | None:
    """Return the score of one criterion."""
    return CRITERIA[name].scores([one], on)[0]


def evidence(name: str, one: Hit, on: Subject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what one criterion found, and what it missed."""
    shown = CRITERIA[name].evidence(one, on)
    return shown.found, shown.missing


def test_there_is_a_weight_for_every_criterion() -> None:
    assert set(CRITERIA) == {a.name for a in attrs.fields(Weights)}


class TestSemantic:
    @pytest.mark.parametrize(
        ("similarity", "expected"), [(0.5, 0.5), (1.0000001, 1), (-0.3, 0), (0, 0), (math.nan, 0), (math.inf, 1)]
    )
    def test_is_the_cosine_within_0_and_1(self, similarity: float, expected: float) -> None:
        assert score("semantic", hit(similarity=similarity), subject()) == expected
        assert evidence("semantic", hit(similarity=similarity), subject()) == ((), ())


class TestKeywords:
    def test_rare_ones_count_more(self) -> None:
        on = subject(keywords=("common", "rare"), weights=(1.0, 3.0))
        assert score("keywords", hit(keywords=(True, True)), on) == 1
        assert score("keywords", hit(keywords=(False, True)), on) == 0.75
        assert score("keywords", hit(keywords=(True, False)), on) == 0.25
        assert score("keywords", hit(keywords=(False, False)), on) == 0

    def test_evidence_is_split(self) -> None:
        on = subject(keywords=("common", "rare"), weights=(1.0, 3.0))
        assert evidence("keywords", hit(keywords=(False, True)), on) == (("rare",), ("common",))

    def test_rarity_is_the_inverse_document_frequency(self) -> None:
        assert rarity(survey(10)) == pytest.approx(math.log(1 + 990.5 / 10.5))
        assert rarity(survey(0)) > rarity(survey(1)) > rarity(survey(999)) > rarity(survey(1_000)) > 0

    def test_estimates_need_not_agree(self) -> None:
        assert rarity(survey(1_200, total=1_000)) == rarity(survey(1_000))
        assert rarity(survey(0, total=0)) > 0


class TestSkills:
    def test_counts_what_the_profile_names(self) -> None:
        on = subject(text="I do MIG welding and read blueprints.")
        asked = hit(skills=("MIG Welding", "Blueprints", "Forklift"))
        assert score("skills", asked, on) == pytest.approx((2 + 0.4) / 5)
        assert evidence("skills", asked, on) == (("MIG Welding", "Blueprints"), ("Forklift",))

    def test_a_thin_posting_does_not_win(self) -> None:
        on = subject(text="alpha beta gamma delta epsilon zeta eta theta iota")
        ten = hit(skills=("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"))
        thin, rich = score("skills", hit(skills=("alpha",)), on), score("skills", ten, on)
        assert thin is not None
        assert rich is not None
        assert thin < rich

    def test_a_posting_without_skills_does_not_tell(self) -> None:
        assert score("skills", hit(), subject()) is None

    @pytest.mark.parametrize("source", ["text", "skills", "titles"])
    def test_anything_in_the_profile_can_name_a_skill(self, source: str) -> None:
        named: dict[str, Any] = {source: "python"}
        assert subject(**named).known["Python"]

    @pytest.mark.parametrize("skill", ["Docker", "Ansible", "pandas", "Tableau", "Selenium"])
    def test_a_name_that_hardly_means_anything_else_may_be_written_in_any_way(self, skill: str) -> None:
        assert subject(text=f"deployed services, all with {skill.lower()} and kubernetes").known[skill]

    def test_what_is_looked_for_is_not_what_is_known(self) -> None:
        on = subject(text="Nurse with ten years on the ward", keywords=("welding",))
        assert evidence("skills", hit(skills=("welding",)), on) == ((), ("welding",))

    @pytest.mark.parametrize(
        ("skill", "text"),
        [
            ("Go", "I go where I am needed."),
            ("Go", "Goes abroad. Go and see."),
            ("Excel", "I excel at talking to families"),
            ("Spring", "On the ward since spring 2020"),
            ("Spring", "On the ward since Spring 2020, and before"),
            ("Word", "In a word, reliable"),
            ("C", "Charge nurse of Ward C, vitamin C"),
            ("REST", "I rest little"),
            ("R", "Head of R&D"),
            ("机器", "器机"),
            ("Less", "Night shifts, more or less."),
            ("D", "Krankenpfleger (m/w/d)"),
            ("B", "Plan A/B, driving licence B2"),
            ("IT", "It was a small ward and it closed."),
            ("IT", "OF ALL THE WARDS IT WAS THE LAST"),
            ("Access", "Responsible For Access Control And Alarms"),
            ("Swift", "Driver at Swift Transportation, at La Scala before"),
            ("Scala", "Driver at Swift Transportation, at La Scala before"),
            ("Express", "An express delivery of spark plugs"),
            ("Spark", "An express delivery of spark plugs"),
        ],
    )
    def test_an_everyday_word_is_no_skill(self, skill: str, text: str) -> None:
        assert not subject(text=text).known[skill]

    @pytest.mark.parametrize(
        ("skill", "text"),
        [
            ("Go", "Skills: Java, go, sql"),
            ("Go", "Wrote services in Go for a bank."),
            ("Go", "Senior go developer"),
            ("Excel", "Excel"),
            ("Excel", "Office: word and excel; typing"),
            ("Word", "Office: word and excel; typing"),
            ("Excel", "good knowledge of MS excel"),
            ("Excel", "advanced Excel, basic Word"),
            ("Excel", "Monthly reports in Excel."),
            ("Spring", "Backends with Spring and Kafka"),
            ("C", "C/C++, Python"),
            ("C", "- C\n- Fortran"),
            ("R", "Python (R, Julia)"),
            ("R", "R programming for trials"),
            ("R", "Proficient in R, SAS, and SPSS"),
            ("React", "Tech stack: React + Redux"),
            ("IT", "Ten years in IT."),
            ("机器学习", "本人精通数据分析和机器学习，熟悉Python。"),
            ("Python", "本人精通数据分析和机器学习，熟悉Python。"),
            ("Excel", "本人熟悉Excel、Word。"),
            ("看護", "病棟での看護師の経験"),
            ("พยาบาล", "เป็นพยาบาลวิชาชีพ"),
            ("React", "react/redux/node"),
            ("Excel", "Excel skills; typing at 60 words"),
            ("Docker", "Docker containers on Linux"),
            ("Tableau", "Tableau dashboards for finance"),
            ("Go", "✓ Go\n➤ Rust"),
            ("Excel", "Office: ■ Word ■ Excel"),
            ("Excel", "\uf0b7 Excel"),
            ("Go", 'Languages: "Go", `Rust`'),
            ("Rust", 'Languages: "Go", `Rust`'),
            ("Triage", "I triage by telephone."),
            ("Python", "python and its libraries"),
        ],
    )
    def test_an_everyday_word_written_as_a_name_is_a_skill(self, skill: str, text: str) -> None:
        assert subject(text=text).known[skill]

    @pytest.mark.parametrize("line", ["go " * 60_000, f"{'&' * 100_000} x, go x"], ids=["words", "signs"])
    def test_a_long_line_is_looked_through_once(self, line: str) -> None:
        assert not subject(text=f"x, {line}").known["Go"]

    @pytest.mark.parametrize("skill", ["Go", "R", "Excel", "IT"])
    def test_whoever_lists_a_skill_has_it(self, skill: str) -> None:
        assert subject(text="", skills=(skill.lower(),)).known[skill]

    @pytest.mark.parametrize(
        ("skill", "text"), [("C", "C++ and C#"), ("Java", "JavaScript"), ("R", "for research"), ("SQL", "MySQL")]
    )
    def test_only_whole_words_count(self, skill: str, text: str) -> None:
        assert not subject(text=text).known[skill]

    @pytest.mark.parametrize(("skill", "text"), [("C++", "c++."), (".NET", "(.NET)"), ("Café", "CAFE")])
    def test_names_are_compared_folded(self, skill: str, text: str) -> None:
        assert subject(text=text).known[skill]

    def test_a_skill_is_not_found_across_two_entries(self) -> None:
        assert not subject(titles=("Machine",), skills=("Learning",)).known["machine learning"]
        assert not subject(text="I like data", titles=("entry",)).known["data entry"]

    def test_a_skill_of_no_words_is_not_known(self) -> None:
        assert not subject(text="a … b", skills=("!!",)).known["??"]


class TestTitle:
    def test_is_the_best_overlap(self) -> None:
        on = subject(titles=("Pipe welder", "Nurse"))
        assert score("title", hit(title="Welder, pipe"), on) == 1
        assert score("title", hit(title="Pipe fitter"), on) == 0.5
        assert score("title", hit(title="Registered nurse"), on) == pytest.approx(2 / 3)
        assert score("title", hit(title="Baker"), on) == 0

    def test_evidence_is_the_shared_words(self) -> None:
        on = subject(titles=("Senior Pipe Welder", "Nurse"))
        assert evidence("title", hit(title="Pipe welder (night)"), on) == (("pipe", "welder"), ())

    @pytest.mark.parametrize(
        ("held", "asked"),
        [
            ("Krankenpfleger (m/w/d)", "Schweißer (m/w/d)"),
            ("Boulanger (H/F)", "Boucher H/F"),
            ("Verpleegkundige (m/v/x)", "Chauffeur (M/V/X)"),
            ("Director of the Finance Department", "Head of the Kitchen"),
            ("Chef de cuisine", "Agent de la circulation"),
            ("Nurse II", "Specialist II"),
            ("Senior Cook", "Senior Lawyer"),
            ("Vice President of Sales", "Vice President, Nursing"),
            ("Cook, 3rd shift, full-time", "Guard - shift 3 (full time)"),
            ("Infirmier(e)", "Boulanger(e)"),
            ("NURSE AT THE WARD", "COOK AT THE STATION"),
        ],
    )
    def test_what_every_title_may_have_is_no_overlap(self, held: str, asked: str) -> None:
        on = subject(titles=(held,))
        assert score("title", hit(title=asked), on) == 0
        assert evidence("title", hit(title=asked), on) == ((), ())

    @pytest.mark.parametrize(
        ("held", "asked", "words"),
        [
            ("IT Manager", "Head of IT", ("it",)),
            ("OR Nurse", "Circulating OR Nurse", ("nurse", "or")),
            ("Senior Cook II", "Cook II, Senior", ("cook", "ii", "senior")),
            ("H/W Engineer", "H/W Tester", ()),
            ("高级数据分析师", "数据分析师", ("分析", "据分", "数据", "析师")),
            ("Java开发工程师", "Java 工程师", ("java", "工程", "程师")),
            ("厨师", "教师", ()),
            ("Schweißer (m/w/d)", "SCHWEISSER", ("schweisser",)),
            ("C++ Developer", "C++ Engineer", ("c++",)),
            ("간호사 구인", "간호사", ("간호사",)),
            ("エンジニア", "エンジニア募集", ("エン", "ジニ", "ニア", "ンジ")),
        ],
    )
    def test_only_words_that_tell_are_evidence(self, held: str, asked: str, words: tuple[str, ...]) -> None:
        assert evidence("title", hit(title=asked), subject(titles=(held,))) == (words, ())

    def test_ranks_and_numbers_count_beside_an_occupation(self) -> None:
        on = subject(titles=("Nurse II",))
        assert score("title", hit(title="Nurse II"), on) == 1
        assert score("title", hit(title="Nurse III"), on) == 0.5

    def test_titles_without_words_overlap_with_nothing(self) -> None:
        assert score("title", hit(title="!!"), subject(titles=("??",))) == 0


class TestLevel:
    @pytest.mark.parametrize(
        ("asked", "expected"),
        [("senior", 1), ("mid", 0.6), ("lead", 0.6), ("entry", 0.2), ("executive", 0.2), ("intern", 0), (None, None)],
    )
    def test_is_nearness(self, asked: str | None, expected: float | None) -> None:
        assert score("level", hit(level=asked), subject(level="senior")) == expected

    def test_evidence_is_the_level_asked_for(self) -> None:
        assert evidence("level", hit(level="mid"), subject(level="mid")) == (("mid",), ())
        assert evidence("level", hit(level="lead"), subject(level="mid")) == ((), ("lead",))


class TestRecency:
    @pytest.mark.parametrize(("days", "expected"), [(0, 1), (-5, 1), (30, 0.5), (60, 0.25)])
    def test_halves_in_30_days(self, days: int, expected: float) -> None:
        assert score("recency", hit(posted_at=NOW - timedelta(days=days)), subject()) == pytest.approx(expected)

    def test_very_old_postings_are_not_below_0(self) -> None:
        old = score("recency", hit(posted_at=datetime(1, 1, 1, tzinfo=UTC)), subject())
        assert old == pytest.approx(0)

    def test_a_posting_without_a_date_does_not_tell(self) -> None:
        assert score("recency", hit(), subject()) is None

    def test_evidence_is_the_day(self) -> None:
        assert evidence("recency", hit(posted_at=NOW), subject()) == (("2026-06-01",), ())


class TestShares:
    def test_add_up_to_1(self) -> None:
        full = request(titles="a", skills="b", level="mid", keywords="c")
        assert sum(shares(full).values()) == pytest.approx(1)
        assert set(shares(full)) == set(CRITERIA)

    @pytest.mark.parametrize(
        ("fields", "spoken"),
        [
            ({}, {"semantic", "skills", "recency"}),
            ({"text": "", "titles": "a"}, {"semantic", "title", "recency"}),
            ({"text": "", "keywords": "a"}, {"semantic", "keywords", "recency"}),
            ({"level": "mid"}, {"semantic", "skills", "level", "recency"}),
        ],
    )
    def test_a_criterion_on_which_the_request_is_silent_has_none(
        self, fields: dict[str, Any], spoken: set[str]
    ) -> None:
        assert set(shares(request(**fields))) == spoken

    def test_weights_are_relative(self) -> None:
        one = Weights(semantic=1, skills=3, recency=0)
        thousand = Weights(semantic=1_000, skills=3_000, recency=0)
        assert shares(request(weights=one)) == shares(request(weights=thousand)) == {"semantic": 0.25, "skills": 0.75}

    def test_weights_on_silent_criteria_alone_leave_the_meaning(self) -> None:
        only = Weights(semantic=0, keywords=1, skills=0, title=1, level=1, recency=0)
        assert shares(request(weights=only)) == {"semantic": 1.0}


def by_hand(match: Match) -> float:
    """Return the score that the explanation adds up to."""
    return sum((NEUTRAL if c.score is None else c.score) * c.weight for c in match.explanation.criteria)


def test_the_score_is_what_the_explanation_adds_up_to() -> None:
    asked = request(text="python sql", titles="Data engineer", level="mid", keywords="remote")
    hits = [
        hit("a", 0.7, (True,), title="Data engineer", skills=("Python", "Go"), level="senior"),
        hit("b", 0.2, (False,)),
    ]
    for match in rank(asked, hits, [survey(3)]):
        assert match.score == pytest.approx(by_hand(match), abs=1e-3)
        assert sum(c.weight for c in match.explanation.criteria) == pytest.approx(1, abs=1e-3)


def test_what_is_unknown_has_no_score_and_no_evidence() -> None:
    (match,) = rank(request(level="mid"), [hit()])
    unknown = {c.name: c for c in match.explanation.criteria if c.score is None}
    assert set(unknown) == {"skills", "level", "recency"}
    assert unknown["level"] == Criterion(name="level", score=None, weight=unknown["level"].weight)


def test_each_match_shows_the_evidence_of_its_own_posting() -> None:
    asked = request(text="python", titles="Data engineer", level="mid", keywords=("remote", "nights"))
    hits = [
        hit("a", 0.9, (True, False), title="Data analyst", skills=("Python", "Go"), level="senior", posted_at=NOW),
        hit("b", 0.1, (False, True), title="Engineer", skills=("Rust",), level="mid"),
    ]
    evidence = [
        {c.name: (c.found, c.missing) for c in match.explanation.criteria}
        for match in rank(asked, hits, [survey(3), survey(3)])
    ]
    assert evidence == [
        {
            "semantic": ((), ()),
            "keywords": (("remote",), ("nights",)),
            "skills": (("Python",), ("Go",)),
            "title": (("data",), ()),
            "level": ((), ("senior",)),
            "recency": (("2026-06-01",), ()),
        },
        {
            "semantic": ((), ()),
            "keywords": (("nights",), ("remote",)),
            "skills": ((), ("Rust",)),
            "title": (("engineer",), ()),
            "level": (("mid",), ()),
            "recency": ((), ()),
        },
    ]


def test_the_unknown_is_better_than_a_miss_and_worse_than_a_fit() -> None:
    hits = [hit("miss", level="intern"), hit("fit", level="lead"), hit("unknown")]
    ranked = rank(request(level="lead", sort="score"), hits)
    assert [match.job.id for match in ranked] == ["fit", "unknown", "miss"]


def ids(asked: MatchRequest, hits: list[Hit]) -> list[str]:
    """Return the ids in the order of the answer."""
    return [match.job.id for match in rank(asked, hits)]


class TestOrders:
    def test_ties_are_broken_by_id(self) -> None:
        hits = [hit("b", title="B"), hit("c", title="C"), hit("a", title="A")]
        assert ids(request(sort="score"), hits) == ids(request(), hits) == ["a", "b", "c"]

    @pytest.mark.parametrize("sort", list(Sort))
    def test_the_order_of_the_hits_does_not_matter(self, sort: Sort) -> None:
        hits = [hit(str(n), n % 3 / 3, company=f"C{n % 2}", title=f"T{n % 4}", posted_at=NOW) for n in range(6)]
        orders = {tuple(ids(request(sort=sort), list(p))) for p in itertools.permutations(hits)}
        assert len(orders) == 1

    def test_repeated_postings_are_moved_down_but_not_out(self) -> None:
        hits = [hit(f"same{n}", 0.9, title="Welder", company="Steel") for n in range(3)]
        hits.append(hit("other", 0.8, title="Fitter", company="Iron"))
        assert ids(request(), hits) == ["same0", "other", "same1", "same2"]
        assert ids(request(sort="score"), hits) == ["same0", "same1", "same2", "other"]

    def test_repeats_are_seen_through_spelling(self) -> None:
        hits = [
            hit("a", 0.9, title="Welder", company="STEEL", places=[Place(city="Köln"), Place(city="Bonn")]),
            hit("b", 0.9, title=" welder ", company="Steel", places=[Place(city="BONN"), Place(city="Koln")]),
        ]
        assert ids(request(), [*hits, hit("c", 0.8, title="Nurse")]) == ["a", "c", "b"]

    def test_the_same_job_somewhere_else_is_another(self) -> None:
        cities = [[Place(city="Austin", country="US")], [Place(city="Boston", country="US")], []]
        cities.append([Place(latitude=1, longitude=1)])
        hits = [hit(f"{n}", 0.9 - n / 100, company="Mercy", places=places) for n, places in enumerate(cities)]
        assert ids(request(), [*hits, hit("other", 0.8)]) == ["0", "1", "2", "3", "other"]

    def test_a_far_worse_match_is_never_first(self) -> None:
        hits = [hit(f"{n:02}", 0.9, title="Welder", company="Steel") for n in range(30)]
        hits += [hit(f"{n}", 0.85, title=f"T{n}", company="Big") for n in range(100, 130)]
        *better, last = ids(request(limit=61), [*hits, hit("worse", 0.6, company="Iron")])
        assert (last, len(better)) == ("worse", 60)

    def test_the_score_that_is_shown_is_not_the_moved_one(self) -> None:
        hits = [hit(f"same{n}", 0.9, company="Steel") for n in range(2)]
        first, second = rank(request(), hits)
        assert first.score == second.score

    def test_a_company_does_not_fill_the_answer(self) -> None:
        hits = [hit(f"big{n}", 0.8 - n / 1_000, title=f"T{n}", company="Big") for n in range(5)]
        hits.append(hit("small", 0.79, title="S", company="Small"))
        order = ids(request(), hits)
        assert order.index("small") == 3
        assert sorted(order) == sorted(h.job.id for h in hits)

    def test_postings_without_a_company_are_no_company(self) -> None:
        hits = [hit(f"{n}", 0.8 - n / 1_000, title=f"T{n}") for n in range(9)]
        assert ids(request(), hits) == [str(n) for n in range(9)]

    def test_by_date_the_best_are_shown_newest_first(self) -> None:
        hits = [
            hit("old", 0.9, posted_at=NOW - timedelta(days=90)),
            hit("new", 0.8, posted_at=NOW),
            hit("undated", 0.95),
            hit("newest but unfit", 0.0, posted_at=NOW + timedelta(days=1)),
        ]
        assert ids(request(sort="date", limit=3), hits) == ["new", "old", "undated"]

    def test_by_date_each_page_orders_what_its_place_by_score_gives_it(self) -> None:
        ages = [90, 60, 0, 30]  # the best by score is the oldest
        hits = [hit(f"{age} days", 0.9 - n / 10, posted_at=NOW - timedelta(days=age)) for n, age in enumerate(ages)]
        assert ids(request(sort="date", limit=2), hits) == ["60 days", "90 days"]
        assert ids(request(sort="date", limit=2, offset=2), hits) == ["0 days", "30 days"]
        assert ids(request(sort="date", limit=4), hits) == ["0 days", "30 days", "60 days", "90 days"]


def test_offset_leaves_out_the_best_and_ranks_go_on() -> None:
    hits = [hit(str(n), 0.9 - n / 10, title=f"T{n}") for n in range(5)]
    ranked = rank(request(limit=2, offset=2), hits)
    assert [(match.rank, match.job.id) for match in ranked] == [(3, "2"), (4, "3")]
    assert rank(request(offset=5), hits) == ()


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("size", [7, 10, 25, 60])
def test_pages_never_overlap_and_leave_nothing_out(sort: Sort, size: int) -> None:
    """Though a later page is chosen from more postings, some of them better than what stands on the first."""
    hits = [
        hit(f"{n:03}", 0.9 - n / 1_000, (110 <= n < 150,), title=f"T{n % 40}", company=f"C{n % 7}", posted_at=NOW)
        for n in range(400)
    ]
    asked = request(keywords=("welding",), sort=sort, limit=size)
    pages = [rank(attrs.evolve(asked, offset=offset), hits, [survey(10)]) for offset in range(0, 240, size)]
    shown = [match for page in pages for match in page]
    assert [match.rank for match in shown] == list(range(1, len(shown) + 1))
    assert len({match.job.id for match in shown}) == len(shown) == size * len(pages)
    assert {f"{n:03}" for n in (*range(25), *range(110, 150))} <= {match.job.id for match in shown}


def test_a_page_comes_from_as_many_postings_as_it_would_without_those_after_it() -> None:
    hits = [hit(f"{n:03}", 0.9 - n / 1_000, (n >= 100,), title=f"T{n}") for n in range(200)]
    asked = request(keywords=("welding",), sort="score", limit=25)
    first, second = (rank(attrs.evolve(asked, offset=offset), hits, [survey(10)]) for offset in (0, 25))
    assert first == rank(asked, hits[:100], [survey(10)])
    assert [match.job.id for match in second] == [f"{n}" for n in range(100, 125)]


def test_what_another_search_found_for_a_page_before_is_left_out() -> None:
    """An index that looks harder finds other postings: here one that is better than all that the first page shows."""
    near = [hit(f"{n:03}", 0.9 - n / 1_000, title=f"T{n}") for n in range(1, 101)]
    farther = [hit("000", 0.95, title="T0"), *near[::2], *(hit(f"{n}", 0.7 - n / 1_000) for n in range(101, 300))]
    asked = request(sort="score", limit=25)
    first = rank(asked, near)
    second = rank(attrs.evolve(asked, offset=25), farther, before=[near])
    assert [match.job.id for match in first] == [f"{n:03}" for n in range(1, 26)]
    assert [match.job.id for match in second][:3] == ["000", "027", "029"]
    assert [match.rank for match in second] == list(range(26, 51))


def test_weak_ones_leave_a_page_short_but_none_out() -> None:
    hits = [hit(f"{n:03}", 0.9 if n % 10 == 0 else 0.1, title=f"T{n}") for n in range(400)]
    strong = request(min_score=0.5, weights=Weights(semantic=1, keywords=0, skills=0, title=0, level=0, recency=0))
    pages = [[m.job.id for m in rank(attrs.evolve(strong, offset=offset), hits)] for offset in (0, 25, 50)]
    assert pages[0] == [f"{n:03}" for n in range(0, 100, 10)]
    assert pages[1] == [f"{n:03}" for n in range(100, 350, 10)]
    assert pages[2] == [f"{n:03}" for n in range(350, 400, 10)]


def test_nothing_found_gives_nothing() -> None:
    assert rank(request(), []) == ()


TEXT = st.text(max_size=12) | st.sampled_from(["Welder", "pipe welder", "C++", "nurse, nights", "!!"])
NAMES = st.lists(TEXT, max_size=4)
JOBS = st.fixed_dictionaries(
    {"title": TEXT.map(lambda text: f"T {text}")},
    optional={
        "skills": NAMES,
        "company": TEXT,
        "level": st.sampled_from(Level),
        "posted_at": st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    },
)
SIMILARITIES = st.floats(-1, 1, width=32) | st.just(math.nan)


@st.composite
def searches(draw: st.DrawFn) -> tuple[MatchRequest, list[Hit], list[Survey]]:
    """Requests, what was found for them, and how rare their keywords are."""
    asked = request(
        text=draw(TEXT),
        titles=draw(NAMES),
        skills=["x", *draw(NAMES)],
        level=draw(st.none() | st.sampled_from(Level)),
        keywords=draw(NAMES),
        weights=draw(WEIGHTS),
        sort=draw(st.sampled_from(Sort)),
        limit=draw(st.integers(1, 10)),
        offset=draw(st.integers(0, 4)),
    )
    flags = st.tuples(*[st.booleans()] * len(asked.keywords))
    jobs = draw(st.lists(JOBS, max_size=12))
    hits = [hit(f"j{n}", draw(SIMILARITIES), draw(flags), **job) for n, job in enumerate(jobs)]
    counts = st.builds(survey, st.integers(0, 10**6), st.integers(0, 10**6))
    return asked, hits, [draw(counts) for _ in asked.keywords]


WEIGHTS = st.builds(
    Weights,
    **{a.name: st.floats(0, 1_000_000) for a in attrs.fields(Weights) if a.name != "recency"},
    recency=st.floats(0.001, 10),
)


@settings(deadline=None)
@given(searches())
def test_scores_are_sound_whatever_comes(search: tuple[MatchRequest, list[Hit], list[Survey]]) -> None:
    asked, hits, surveys = search
    ranked = rank(asked, hits, surveys)
    assert len(ranked) == min(asked.limit, max(len(hits) - asked.offset, 0))
    assert len({match.job.id for match in ranked}) == len(ranked)
    for match in ranked:
        assert 0 <= match.score <= 1
        assert match.score == pytest.approx(by_hand(match), abs=2e-3)
        assert all(c.score is None or 0 <= c.score <= 1 for c in match.explanation.criteria)


@settings(deadline=None)
@given(searches())
def test_evidence_is_found_or_missing_and_never_both(search: tuple[MatchRequest, list[Hit], list[Survey]]) -> None:
    for match in rank(*search):
        for criterion in match.explanation.criteria:
            assert not set(criterion.found) & set(criterion.missing)


def test_what_an_answer_has_hundreds_of_is_nothing_to_the_garbage_collector() -> None:
    hits = [hit(str(number), skills=("MIG",)) for number in range(3)]
    matches = rank(request(text="MIG"), hits)
    explanations = [match.explanation for match in matches]
    criteria = [criterion for explanation in explanations for criterion in explanation.criteria]
    assert criteria
    kept: list[Any] = [*hits, *(hit.job for hit in hits), *matches, *explanations, *criteria]
    assert [one for one in kept if gc.is_tracked(one)] == []
