"""Witnesses: an index that misses what is nearest is found out, and one that finds it is believed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import anyio
import attrs
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmatch.backends.postgres import looking
from jobmatch.backends.postgres.catalog import Catalog, read
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.hits import hits, job
from jobmatch.backends.postgres.job_index import PostgresJobIndex
from jobmatch.backends.postgres.looking import Looking
from jobmatch.backends.postgres.looks import BESIDE, RANK, beside, handed_out
from jobmatch.backends.postgres.searches import Search, approximate
from jobmatch.backends.postgres.sight import LOOSE, Found, Sight
from jobmatch.backends.postgres.strategies import Metric
from jobmatch.backends.postgres.vectors import literal, received, unfolded
from jobmatch.backends.postgres.witnesses import NEIGHBOURS, SOME, Witnesses, hardly
from jobmatch.backends.postgres.witnessing import FRESH, Witnessing, seed
from jobmatch.composing import unit
from jobmatch.engine.index.measuring import Meter, mean
from jobmatch.engine.index.questions import Question, of_two
from jobmatch.engine.index.tuning import Tuning
from jobmatch.model import Filters, Hnsw, IvfFlat, JobSummary, Method, Place, Plan, Storage
from jobmatch.model import plan as plans
from jobmatch.planning import walk
from jobmatch.ports import SearchQuery, SearchResult
from jobmatch.settings import Settings
from jobmatch.testing import entry

Array = npt.NDArray[np.float32]
TOTAL, DIMENSIONS = 4_000, 16
WIDE, QUERIES = 64, 12


def postings(seed: int, count: int = TOTAL) -> Array:
    """Return vectors that have nothing in common."""
    vectors: Array = unit(np.random.default_rng(seed).standard_normal((count, DIMENSIONS), dtype=np.float32))
    return vectors


def seen(witnesses: Witnesses, query: Array) -> Sight:
    """Return how witnesses lie about a query."""
    return Sight(witnesses=witnesses, query=query)


def distances(metric: Metric, vectors: Array, query: Array) -> Array:
    """Return the distances as pgvector defines them, ascending."""
    products = vectors @ query
    if metric is Metric.L2:
        return np.sort(np.sqrt(((vectors - query) ** 2).sum(axis=1)))
    cosines = products / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
    return np.sort(1 - cosines if metric is Metric.COSINE else -products)


@pytest.mark.parametrize("metric", Metric)
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), wanted=st.sampled_from([1, 10, 100, 1_000]))
def test_the_nearest_are_believed_and_the_far_are_not(metric: Metric, seed: int, wanted: int) -> None:
    vectors = postings(seed)
    witnesses = Witnesses(vectors=vectors[::4], rate=0.25, metric=metric)
    query = postings(seed + 1, count=1)[0]
    by_distance, sight = distances(metric, vectors, query), seen(witnesses, query)
    assert not sight.refute(farthest=by_distance[wanted - 1], looked_at=wanted)
    assert sight.refute(farthest=by_distance[wanted * 3 // 2 + 150], looked_at=wanted)


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_that_is_nearer_than_what_was_found_should_have_been_found(metric: Metric, seed: int) -> None:
    vectors, query = postings(seed), postings(seed + 10, count=1)[0]
    sight = seen(Witnesses(vectors=vectors[::4], rate=0.25, metric=metric), query)
    found = distances(metric, vectors, query)[:50]
    drawn = distances(metric, vectors[::4], query)
    (among,) = np.flatnonzero(np.abs(found - drawn[2]) < 1e-6)
    assert not sight.missed(found, EVERYONE)
    assert sight.missed(np.delete(found, among), EVERYONE)
    assert not sight.missed(found[:among], EVERYONE)  # there it is the next one


@pytest.mark.parametrize(
    ("filters", "missed"),
    [
        (Filters(country="DE"), True),
        (Filters(country="FR"), False),
        (Filters(country="DE", exclude_job_ids=["j0"]), False),
        (Filters(country="DE", exclude_interactions=["applied"]), False),
        (Filters(country="DE", keywords="nurse"), False),
    ],
)
def test_one_that_should_have_been_found_passes_for_certain(filters: Filters, missed: bool) -> None:
    vectors = postings(5, count=400)
    sight = seen(german(vectors, np.ones(400, np.bool_)), postings(6, count=1)[0])
    found = distances(Metric.COSINE, vectors, sight.query)[1:50]
    assert sight.missed(found, filters) is missed
    of_others = seen(Witnesses(vectors=vectors, rate=0.01, metric=Metric.COSINE), sight.query)
    assert of_others.missed(found, EVERYONE)
    assert not of_others.missed(found, filters)  # nobody knows who passes


def test_nobody_is_no_witness() -> None:
    for metric in Metric:
        nobody = Witnesses(vectors=received([], Storage.HALFVEC), rate=0.01, metric=metric)
        sight = seen(nobody, postings(1, count=1)[0])
        assert nobody.share(GERMAN, total=TOTAL) is None
        assert not sight.refute(farthest=2.0, looked_at=10)
        assert not sight.missed([0.5, 2.0], EVERYONE)
        assert sight.share(GERMAN, usual=0.5) == 0.5


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    """Yield an index in lists, of which each has but some of what is nearest."""
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("random", DIMENSIONS)
        await index.put([entry(f"j{n:04}", vector) for n, vector in enumerate(postings(7))])
        await index.create_index(IvfFlat(lists=50))
        yield index


async def searched(index: PostgresJobIndex, plan: Plan, number: int = 0) -> SearchResult:
    """Search for what nothing is very near to, one of some queries."""
    return await index.search(SearchQuery(vector=postings(8, count=QUERIES)[number], filters=Filters()), plan)


def plan(effort: int, *, doubted: bool = True) -> Plan:
    """Return a plan to visit so many lists."""
    return Plan(method=Method.APPROXIMATE, fetch=200, effort=effort, doubted=doubted, reason="a test")


async def test_searches_that_were_led_astray_look_again(index: PostgresJobIndex) -> None:
    """Which lists the index has, and who is drawn, is chance: it shows in many searches, and hardly in each."""
    again = believed = found = blindly = 0
    for number in range(QUERIES):
        truth = set((await searched(index, Plan(method=Method.EXACT, fetch=200), number)).hits)
        astray = await searched(index, plan(effort=3), number)
        again += astray.plan.method is Method.EXACT or astray.plan.effort >= 12
        believed += (await searched(index, plan(effort=45), number)).plan == plan(effort=45)
        blind = await searched(index, plan(effort=3, doubted=False), number)
        assert blind.plan == plan(effort=3, doubted=False)
        found += len(truth & set(astray.hits))
        blindly += len(truth & set(blind.hits))
    assert again > QUERIES / 2
    assert believed > QUERIES * 3 / 4
    assert found > 1.5 * blindly


def parts(seed: int, *, count: int = 80, each: int = 50) -> tuple[Array, Array]:
    """Return postings in many parts that have nothing in common, and the middle of each part."""
    rng = np.random.default_rng(seed)
    centres: Array = unit(rng.standard_normal((count, WIDE), dtype=np.float32))
    strewn = rng.standard_normal((count * each, WIDE), dtype=np.float32) / np.sqrt(WIDE)
    return rng.permutation(unit(np.repeat(centres, each, axis=0) + 0.5 * strewn)), centres


@pytest.fixture
async def divided(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresJobIndex]:
    """Yield an index over a graph that has hardly a way from one part to another; half of the postings have a skill."""
    monkeypatch.setattr("jobmatch.backends.postgres.witnessing.COUNT", 500)
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("wide", WIDE)
        await index.put([entry(f"j{n:04}", v, skills=["a", "b"][n % 2 :]) for n, v in enumerate(parts(5)[0])])
        await index.create_index(Hnsw())
        yield index


async def recall(index: PostgresJobIndex, plan: Plan, filters: Filters) -> float:
    """Return the share of the nearest that are found, of all who ask for two things at once."""
    meter, found = Meter(index, k=plan.fetch), list[float]()
    for vector in of_two(list(parts(5)[1])):
        question = Question(vector=vector, filters=filters)
        found.append((await meter.trial(question, plan, await meter.truth(question))).recall)
    return mean(found)


@pytest.mark.parametrize(("filters", "near"), [({}, 0), ({"exclude_job_ids": ["j0001"]}, 0), ({"skills": "a"}, 40)])
async def test_whoever_asks_for_two_things_at_once_finds_both(
    divided: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, filters: dict[str, Any], near: int
) -> None:
    plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=20, near=near, reach=4_000, doubted=True)
    missed = 1 - await recall(divided, plan, Filters(**filters))
    found = []
    for turn in range(6):
        divided._surveyor._witnessing.forget()  # who is drawn is chance
        monkeypatch.setattr("jobmatch.backends.postgres.witnessing.seed", lambda turn=turn: turn)
        found.append(await recall(divided, attrs.evolve(plan, aside=True), Filters(**filters)))
    aside = 1 - mean(found)
    assert missed > 0.05
    assert aside < 0.6 * missed


def count_looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have each look at the index noted, by how many of the nearest it is among."""
    looks: list[int] = []

    def counted(query: SearchQuery, plan: Plan, catalog: Catalog, *, shown: int) -> Search:
        looks.append(plan.near)
        return approximate(query, plan, catalog, shown=shown)

    monkeypatch.setattr(looking, "approximate", counted)
    return looks


async def test_to_ask_from_aside_takes_no_longer_than_to_compare_all(
    divided: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "from_aside", refuting)  # of which no search could be made
    plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=10, near=10, reach=19, doubted=True, aside=True)
    asked = [
        SearchQuery(vector=vector, filters=Filters(exclude_job_ids=["none"])) for vector in of_two(list(parts(5)[1]))
    ]
    methods = [(await divided.search(query, plan)).plan.method for query in asked]
    assert Method.EXACT in methods


async def test_tuning_tells_whether_an_index_is_divided(
    divided: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        plans, "MARGIN", 0
    )  # or else one of the greatest efforts is taken: among so few none takes long

    async def astray(index: PostgresJobIndex, vectors: Array, target: float = 0.5) -> float | None:
        tuning = Tuning(
            meter=Meter(index, k=10), survey=await index.survey(Filters()), progress=lambda done, message: None
        )
        return (await tuning.run([Question(vector=vector) for vector in vectors], [], target)).astray

    middles = parts(5)[1][:51]
    assert (await astray(divided, middles) or 0) > 0.1
    assert await astray(divided, middles[:1]) is None
    await divided.create_index(IvfFlat(lists=1))  # which leaves nothing out
    assert await astray(divided, middles, 1.0) == 0


async def test_an_index_is_measured_as_it_is_searched(divided: PostgresJobIndex) -> None:
    meter, survey = Meter(divided, k=10), await divided.survey(Filters())
    middles = list(parts(5)[1])
    questions = [Question(vector=vector) for vector in (*middles[:51], *of_two(middles))]
    truths = [await meter.truth(question) for question in questions]
    heard: list[float] = []
    tuning = Tuning(meter=meter, survey=survey, progress=lambda done, stage: heard.append(done))
    rungs = (await tuning.run(questions, [], 0.5)).rungs
    plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=rungs[0].effort, doubted=True)
    straight = mean(
        [(await meter.trial(one, plan, truth)).recall for one, truth in zip(questions, truths, strict=True)]
    )
    assert rungs[0].recall > straight + 0.01
    assert heard == sorted(heard)


EVERYONE = Filters()
ONE, OTHER = np.eye(3, dtype=np.float32)[:2]
BETWEEN = unit((ONE + OTHER)[np.newaxis])[0]


def sides(sight: Sight, *found: Found, filters: Filters = EVERYONE) -> list[Array]:
    """Return from where else to look after *found*."""
    return sight.sides(found, filters)


def test_the_sides_of_a_query() -> None:
    there = Witnesses(vectors=np.stack([ONE, OTHER, ONE, -ONE]), rate=0.01, metric=Metric.COSINE)
    of_one_kind = [Found(0.45), Found(0.5)]
    looked = sides(seen(there, BETWEEN), Found(0.5))
    assert [round(float(side @ BETWEEN), 2) for side in looked] == [0.94, 0.94]
    assert sorted(int(np.argmax(side)) for side in looked) == [0, 1]
    assert not sides(seen(there, BETWEEN), Found(0.2), Found(0.24))  # much nearer than any of them
    near = unit((ONE + 0.3 * OTHER)[np.newaxis])[0]
    assert not sides(seen(there, near), Found(0.03), Found(0.04))  # all of the kind that is nearby
    assert not sides(seen(attrs.evolve(there, metric=Metric.L2), BETWEEN), *of_one_kind)


def test_an_index_that_found_several_of_a_kind_has_been_there() -> None:
    sight = seen(Witnesses(vectors=np.stack([ONE, OTHER]), rate=0.01, metric=Metric.COSINE), BETWEEN)
    first, second = sight.kinds

    def towards(*kinds: int, filters: Filters = EVERYONE) -> list[int]:
        found = [Found(0.4, kind) for kind in kinds]
        return [int(np.argmax(side)) for side in sides(sight, *found, filters=filters)]

    assert towards(0, 1, 0, 1) == []
    assert towards(0, 1, 0, 0) == [second]  # one may be an accident
    assert towards(1, 1, 1, 1, filters=GERMAN) == [first]
    assert towards(0, 1) == [first, second]


def test_a_lone_witness_that_is_near_was_found_or_overlooked() -> None:
    lone = seen(Witnesses(vectors=ONE[np.newaxis], rate=0.01, metric=Metric.COSINE), BETWEEN)
    distance = float(lone.distances[0])
    assert not sides(lone, Found(0.1), Found(0.2))
    assert len(sides(lone, Found(0.1), Found(0.4))) == 1
    assert not sides(lone, Found(0.1), Found(distance + 1e-6), Found(0.4))
    assert not sides(lone, Found(0.1), Found(0.4), filters=GERMAN)  # which it need not pass


async def test_the_few_nearest_that_are_found_come_with_their_vectors(index: PostgresJobIndex) -> None:
    catalog = await index._surveyor.catalog()
    query = SearchQuery(vector=AHEAD, filters=Filters(), keywords=("x", "y"))
    vectors = {f"j{n:04}": vector for n, vector in enumerate(postings(7))}
    rows = await index._send(approximate(query, plan(effort=50), catalog, shown=3))
    alone = await index._send(approximate(query, plan(effort=50), catalog))
    assert [(*row[:3], *row[4:]) for row in rows] == alone
    assert hits(rows, shown=True) == hits(alone)
    shown = unfolded([row[3] for row in rows[:3]], catalog.target.kind)
    assert np.allclose(shown, [vectors[job(row[0]).id] for row in rows[:3]], atol=1e-3)
    assert {row[3] for row in rows[3:]} == {None}


def test_of_what_is_found_each_is_of_the_kind_that_it_is_nearest_to() -> None:
    sight = seen(Witnesses(vectors=np.stack([ONE, OTHER, -ONE]), rate=0.01, metric=Metric.COSINE), BETWEEN)
    vectors = np.array([[0.9, 0.1, 0], [0.2, 3, 1], [1, 0, 0]], dtype=np.float32)
    assert [sight.kinds[number] for number in sight.nearest_kinds(vectors)] == [0, 1, 0]


async def test_how_witnesses_lie_is_made_out_while_the_server_is_at_work(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def noted(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def then(*arguments: Any, **named: Any) -> Any:
            order.append(name)
            return act(*arguments, **named)

        return then

    monkeypatch.setattr(Witnesses, "distances", noted("seen", Witnesses.distances))
    monkeypatch.setattr(looking, "approximate", noted("sent", approximate))
    monkeypatch.setattr(Looking, "_again", noted("answered", Looking._again))
    await searched(index, plan(effort=50))
    assert order == ["sent", "seen", "answered"]


async def test_where_nobody_nearby_can_tell_the_index_is_not_asked_for_less_than_before(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = count_looks(monkeypatch)
    look = attrs.evolve(plan(effort=50), fetch=10, near=200, estimate=TOTAL // 2, reach=TOTAL)
    found = await index.search(SearchQuery(vector=AHEAD, filters=Filters(keywords=["zebra"])), look)
    assert (found.plan.method, found.hits, looks) == (Method.EXACT, (), [200])


@pytest.mark.parametrize(
    ("near", "evenly", "effort", "asked"),
    [
        (100, True, 50, False),
        (100, False, 50, True),
        (40, True, 50, True),
        (70, False, 61, False),
        (70, False, 60, True),
    ],
)
async def test_where_enough_are_at_hand_nobody_is_asked_whether_they_pass(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, near: int, evenly: bool, effort: int, asked: bool
) -> None:
    """Fifteen should, of thirty; and who goes on until sixty were handed out need not ask if they lie evenly."""
    monkeypatch.setattr(Sight, "evenly", lambda *_: evenly)
    if effort != 50:  # lists: none are at hand
        await index.create_index(Hnsw(m=8, ef_construction=20))
    shares: list[float] = []

    def noted(_: Sight, filters: Filters, *, usual: float) -> float:
        shares.append(usual)
        return usual

    monkeypatch.setattr(Sight, "share", noted)
    look = attrs.evolve(plan(effort), fetch=10, near=near, estimate=TOTAL // 2, reach=TOTAL)
    query = SearchQuery(vector=AHEAD, filters=Filters(exclude_job_ids=["none"]))
    assert (await index.search(query, look)).plan == look
    assert bool(shares) is asked


async def test_without_filters_a_few_are_looked_at_from_aside_and_so_many_more_as_have_expired(
    index: PostgresJobIndex,
) -> None:
    catalog = await index._surveyor.catalog()
    half = attrs.evolve(plan(effort=50), near=400, estimate=catalog.total // 2)
    asked = SearchQuery(vector=AHEAD, filters=Filters())
    assert [beside(asked, look, catalog, 0).near for look in (plan(effort=50), half)] == [BESIDE, 2 * BESIDE]
    assert beside(asked, attrs.evolve(half, near=40), catalog, 0).near == 40
    assert beside(attrs.evolve(asked, filters=GERMAN), half, catalog, 70) == attrs.evolve(half, near=70)


def refuting(*_: object, **__: object) -> bool:
    """Refute everything."""
    return True


async def test_where_nothing_more_can_be_done_every_posting_is_compared(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sight, "refute", refuting)
    truth = await searched(index, Plan(method=Method.EXACT, fetch=200))
    for effort in (10, 50):
        found = await searched(index, plan(effort))
        assert (found.plan.method, found.complete, found.hits) == (Method.EXACT, True, truth.hits)


@pytest.mark.parametrize("aside", [False, True])
async def test_whatever_was_missed_is_found_unless_the_answer_may_be_rough(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, aside: bool
) -> None:
    monkeypatch.setattr(Sight, "missed", refuting)
    monkeypatch.setattr(Sight, "refute", lambda _, **__: False)
    found = await searched(index, attrs.evolve(plan(50), aside=aside))
    assert found.plan.method is (Method.EXACT if aside else Method.APPROXIMATE)


async def test_a_filter_of_which_the_index_passes_over_some_tells_nothing(index: PostgresJobIndex) -> None:
    query = SearchQuery(vector=postings(8, count=1)[0], filters=Filters(exclude_job_ids=["j0001"]))
    found = await index.search(query, plan(effort=3))
    assert (found.plan, len(found.hits)) == (plan(effort=3), 200)


async def test_after_a_second_look_in_vain_all_that_pass_are_compared(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def farther(_: Looking, look: Plan, rows: object) -> Plan:
        looks.append(look.near)
        return attrs.evolve(look, near=look.near + 1)

    monkeypatch.setattr(Looking, "_again", farther)
    query = SearchQuery(vector=postings(8, count=1)[0], filters=Filters(exclude_job_ids=["j0001"]))
    found = await index.search(query, attrs.evolve(plan(effort=3), near=300, reach=TOTAL))
    assert (found.plan.method, found.complete, looks) == (Method.EXACT, True, [300, 301])


async def test_of_every_posting_handed_out_the_nearest_are_taken_or_the_first(index: PostgresJobIndex) -> None:
    """Beyond its effort an index goes on where it had stopped, and hands out some that are nearer than those before."""
    catalog = await index._surveyor.catalog()
    query = SearchQuery(vector=postings(8, count=1)[0], filters=Filters(exclude_job_ids=["j0001"]))
    far = attrs.evolve(plan(effort=3), near=600)
    first, nearest = [
        await index._send(approximate(query, look, catalog)) for look in (far, attrs.evolve(far, every=True))
    ]
    truth = (await index.search(query, Plan(method=Method.EXACT, fetch=200))).hits
    assert len(first) == len(nearest) == 200
    found, chosen = (len({*hits(rows)} & {*truth}) for rows in (first, nearest))
    assert chosen > found
    for rows in (first, nearest):
        assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert {row[RANK] for row in first} >= set(range(1, 200))  # but for the one that does not pass
    assert handed_out(far, first) in (200, 201)
    assert {row[RANK] for row in nearest} >= set(range(1, 200))
    assert handed_out(far, []) == 600
    (unranked, *_) = await index._send(approximate(query, plan(effort=3), catalog))
    assert (unranked[RANK], handed_out(plan(effort=3), [unranked])) == (None, 200)


async def test_what_was_found_is_refuted_by_how_far_the_index_has_gone(
    index: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(_: Sight, *, farthest: float, looked_at: int) -> bool:
        asked.append(looked_at)
        return False

    monkeypatch.setattr(Sight, "refute", noted)
    query = postings(8, count=1)[0]
    ids = [f"j{number:04}" for number in np.argsort(-(postings(7) @ query)).tolist()]
    look = attrs.evolve(plan(effort=50), fetch=10, near=400, estimate=TOTAL // 2)
    for filters in (Filters(exclude_job_ids=ids[::2]), Filters()):
        await index.search(SearchQuery(vector=query, filters=filters), look)
    assert asked == [20, 10]


async def test_in_every_process_the_same_are_drawn_and_others_after_a_while(
    index: PostgresJobIndex, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = await index._surveyor.catalog()

    async def drawn() -> list[str]:
        async with Database(settings) as database:
            sight = await Witnessing(database).seen_from(AHEAD, catalog)
        return sorted(posting.id for posting in sight.witnesses.jobs)

    monkeypatch.setattr("jobmatch.backends.postgres.witnessing.seed", lambda: 1)
    once, again = await drawn(), await drawn()
    assert 0 < len(once) < TOTAL
    assert again == once
    monkeypatch.setattr("jobmatch.backends.postgres.witnessing.seed", lambda: 2)
    assert await drawn() != once


def test_what_is_drawn_changes_with_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = set()
    for now in (7_200, 10_799, 10_800):
        monkeypatch.setattr("jobmatch.backends.postgres.witnessing.time", lambda now=now: now)
        seeds.add(seed())
    assert len(seeds) == 2


@pytest.mark.parametrize("kind", [Storage.VECTOR, Storage.HALFVEC])
async def test_vectors_come_in_binary_and_in_base64(settings: Settings, kind: Storage) -> None:
    sent = {
        Storage.VECTOR: "SELECT vector_send(v), encode(vector_send(v), 'base64') FROM CAST(%(text)s AS vector) v",
        Storage.HALFVEC: "SELECT halfvec_send(v), encode(halfvec_send(v), 'base64') FROM CAST(%(text)s AS halfvec) v",
    }[kind]
    vectors = postings(9, count=3)
    async with Database(settings) as database:
        rows = [(await database.fetch(sent, {"text": literal(vector, kind)}))[0] for vector in vectors]
    rounded = vectors.astype(np.float16 if kind is Storage.HALFVEC else np.float32).astype(np.float32)
    assert np.array_equal(received([binary for binary, _ in rows], kind), rounded)
    assert np.array_equal(unfolded([text for _, text in rows], kind), rounded)
    assert received([], kind).shape == unfolded([], kind).shape == (0, 0)


def parted(count: int, german: Callable[[float], bool]) -> tuple[Array, list[JobSummary]]:
    """Return postings, and the same in short: how far ahead one lies tells whether it is German."""
    vectors = postings(3, count)
    countries = ["DE" if german(vector[0]) else "FR" for vector in vectors.tolist()]
    return vectors, [JobSummary(id=f"j{n}", title="x", places=(Place(country=c),)) for n, c in enumerate(countries)]


#: Some three in a hundred lie farther ahead.
FAR_AHEAD = 0.45
EVERYTHING = Plan(method=Method.EXACT, fetch=1_000)
AHEAD = np.eye(DIMENSIONS, dtype=np.float32)[0]
GERMAN = Filters(country="DE")


@pytest.mark.parametrize(
    ("near", "filters", "usual", "low", "high"),
    [
        (True, GERMAN, 0.5, 0.5, 0.5),
        (False, GERMAN, 0.5, 0.0, 0.05),
        (False, Filters(country=["DE", "FR"]), 0.5, 0.5, 0.5),
        (False, Filters(language="de"), 0.5, 0.5, 0.5),
        (False, Filters(keywords="German"), 0.5, 0.5, 0.5),
    ],
    ids=["near", "far", "all", "a field that the short form lacks", "words"],
)
def test_how_many_pass_nearby(near: bool, filters: Filters, usual: float, low: float, high: float) -> None:
    vectors, jobs = parted(1_000, lambda ahead: (ahead > 0) is near)
    witnesses = Witnesses(vectors=vectors, jobs=jobs, rate=0.01, metric=Metric.COSINE)
    assert low <= seen(witnesses, AHEAD).share(filters, usual=usual) <= high


def german(vectors: Array, flags: npt.NDArray[np.bool_]) -> Witnesses:
    """Return witnesses of whom some are German."""
    jobs = [JobSummary(id=f"j{n}", title="x", places=(Place(country="DE"),) if f else ()) for n, f in enumerate(flags)]
    return Witnesses(vectors=vectors, jobs=jobs, rate=0.01, metric=Metric.COSINE)


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_what_lies_together_is_expected_together(share: float) -> None:
    """Of 25 postings about the same either all are German or none."""
    centres = postings(5, 40)
    there = np.arange(40) < 40 * share
    vectors = unit(np.repeat(centres, 25, axis=0) + 0.05 * postings(6, 1_000))
    together = german(vectors, np.repeat(there, 25))
    assert together.bond(GERMAN).strength > 0.7
    assert together.bond(GERMAN).share == share
    shares = [seen(together, centre).share(GERMAN, usual=share) for centre in centres]
    assert shares[: sum(there)] == [share] * sum(there)
    assert max(shares[sum(there) :]) < share / 5
    # The same postings, whether they are German or not having nothing to do with what they are about.
    random = np.random.default_rng(7)
    several = [german(vectors, random.permutation(np.repeat(there, 25))) for _ in range(20)]
    assert np.mean([scattered.bond(GERMAN).strength for scattered in several]) < LOOSE / 2
    shares = [seen(several[0], centre).share(GERMAN, usual=share) for centre in centres]
    assert np.mean(shares) > 0.9 * share


def test_where_hardly_any_pass_it_is_told_whether_those_lie_together() -> None:
    """Eight of a thousand pass: that none of those nearby do is no wonder, unless all eight are about the same."""
    centres, share = postings(5, 40), 0.008
    vectors = unit(np.repeat(centres, 25, axis=0) + 0.05 * postings(6, 1_000))
    together, few = (german(vectors, np.arange(1_000) < count) for count in (8, SOME - 1))
    here, *elsewhere = (seen(together, centre).share(GERMAN, usual=share) for centre in centres)
    assert here == share
    assert max(elsewhere) < share / 5
    random = np.random.default_rng(7)
    scattered = [german(vectors, random.permutation(np.arange(1_000) < 8)) for _ in range(20)]
    shares = [seen(one, centre).share(GERMAN, usual=share) for one in scattered for centre in centres[:10]]
    assert np.mean(shares) > 0.95 * share
    assert {seen(few, centre).share(GERMAN, usual=share) for centre in centres} == {share}


def test_of_a_few_that_were_drawn_all_are_neighbours() -> None:
    few = german(postings(5, NEIGHBOURS), np.arange(NEIGHBOURS) < 3)
    assert few.bond(GERMAN) == (0.0, 3 / NEIGHBOURS)
    assert seen(few, AHEAD).share(GERMAN, usual=0.15) == 0.15


def test_a_few_tell_nothing_of_what_lies_together() -> None:
    vectors = unit(np.ones((1_000, DIMENSIONS), dtype=np.float32) + postings(5, 1_000))
    assert german(vectors, np.arange(1_000) < SOME - 1).bond(GERMAN).strength == 0.0
    assert german(vectors, np.arange(1_000) < 0).bond(GERMAN) == (0.0, 0.0)
    assert german(vectors, np.arange(1_000) < 1_000).bond(GERMAN) == (0.0, 1.0)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2, 0.1])
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_the_share_of_a_filter_that_lets_through_much_is_told(share: float, seed: int) -> None:
    drawn = np.random.default_rng(seed).random(1_000) < share
    jobs = [
        JobSummary(id=f"j{n}", title="x", places=(Place(country="DE" if d else "FR"),)) for n, d in enumerate(drawn)
    ]
    witnesses = Witnesses(vectors=postings(3, 1_000), jobs=jobs, rate=0.01, findable=0.5, metric=Metric.COSINE)
    told = witnesses.share(GERMAN, total=1_000_000)
    # Half of what was drawn cannot be found by any search.
    assert told is None or share / 2 / 3 < told < share / 2 * 3
    assert told is not None or share == 0.1


def few(count: int) -> Witnesses:
    """Return a thousand witnesses of whom so many are German, one here and one there."""
    here = (Place(country="DE"),)
    jobs = [JobSummary(id=f"j{n}", title="x", places=here if n * count % 1_000 < count else ()) for n in range(1_000)]
    return Witnesses(vectors=postings(3, 1_000), jobs=jobs, rate=0.01, metric=Metric.COSINE)


def test_that_next_to_nothing_passes_is_told_where_it_makes_no_difference() -> None:
    for total in (100_000, 1_000_000):  # among more, more are few
        told = few(0).share(GERMAN, total=total)
        assert told is not None
        assert 0 < told < 0.01
    assert few(0).share(GERMAN, total=1_000_000_000) is None


@pytest.mark.parametrize(("passing", "total"), [(1, 1_000_000), (3, 300_000), (8, 130_000)])
def test_that_few_pass_is_told_where_they_are_certainly_few_enough_to_compare(passing: int, total: int) -> None:
    assert few(passing).share(GERMAN, total=total) == passing / 1_000
    assert few(passing).share(GERMAN, total=2 * total) is None


@pytest.mark.parametrize(("passing", "total"), [(18, 200_000), (20, 230_000), (20, 1_000_000_000)])
def test_the_more_postings_there_are_the_more_have_to_pass_for_the_server_not_to_be_asked(
    passing: int, total: int
) -> None:
    assert few(passing).share(GERMAN, total=total) == passing / 1_000
    assert few(passing - 1).share(GERMAN, total=total) is None
    assert few(9).share(GERMAN, total=100_000) == 0.009


@pytest.mark.parametrize(("passing", "limit"), [(0, 3.0), (1, 4.74), (3, 7.75), (10, 16.96), (15, 23.1)])
def test_more_hardly_pass(passing: int, limit: float) -> None:
    """The exact upper limits, of 95 %."""
    assert hardly(passing) == pytest.approx(limit, rel=0.12)
    assert hardly(passing) > limit


@pytest.mark.parametrize(
    "untold", [{"language": "de"}, {"keywords": "x"}, {"exclude_keywords": "y"}, {"metadata": {"a": 1}}]
)
def test_what_short_postings_do_not_tell_is_asked_of_the_server(untold: dict[str, Any]) -> None:
    assert few(1_000).share(GERMAN, total=100_000) == pytest.approx(1, abs=0.1)
    assert few(1_000).share(attrs.evolve(GERMAN, **untold), total=100_000) is None


def test_long_lists_are_the_servers_to_compare() -> None:
    many = [f"company {n}" for n in range(10_000)]
    assert few(1_000).share(attrs.evolve(GERMAN, companies=many), total=100_000) is None
    assert few(1_000).share(attrs.evolve(GERMAN, exclude_companies=many), total=100_000) is None
    # A few jobs more or less make no difference.
    told = few(1_000).share(attrs.evolve(GERMAN, exclude_job_ids=many), total=100_000)
    assert told == few(1_000).share(GERMAN, total=100_000)


def test_where_nothing_that_was_drawn_can_be_found_nothing_is_known_of_filters() -> None:
    gone = Witnesses(vectors=postings(3, 0), rate=0.01, findable=0.0, metric=Metric.COSINE)
    assert gone.share(GERMAN, total=100_000) is None
    assert seen(gone, AHEAD).share(GERMAN, usual=0.5) == 0.5


def test_of_somebody_elses_table_only_the_vectors_are_known() -> None:
    witnesses = Witnesses(vectors=postings(3, 1_000), rate=0.01, metric=Metric.COSINE)
    assert witnesses.share(GERMAN, total=100_000) is None
    assert seen(witnesses, AHEAD).share(GERMAN, usual=0.5) == 0.5


async def test_without_filters_an_index_is_asked_for_those_that_have_not_expired(settings: Settings) -> None:
    """Those that have are left in, and are all that is near to some queries."""
    vectors, rng = postings(5), np.random.default_rng(6)
    gone = vectors[:, 0] > np.quantile(vectors[:, 0], 0.2)
    entries = [
        entry(f"j{n:04}", vector, expires_at=datetime(2020, 1, 1, tzinfo=UTC) if old else None)
        for n, (vector, old) in enumerate(zip(vectors, gone, strict=True))
    ]
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("random", DIMENSIONS)
        await index.put(entries)
        await index.create_index(Hnsw(m=16, ef_construction=64))
        survey = await index.survey(Filters())
        assert 0.15 * TOTAL < survey.matching < 0.25 * TOTAL
        far = walk(survey, 40, 10)
        chosen = attrs.evolve(plan(far.effort), fetch=10, near=far.near, reach=TOTAL, estimate=survey.matching)
        found = 0
        for query in rng.standard_normal((30, DIMENSIONS), dtype=np.float32):
            asked = SearchQuery(vector=unit(query[None])[0], filters=Filters())
            truth, hits = [(await index.search(asked, way)).hits for way in (EVERYTHING, chosen)]
            found += len({h.job.id for h in truth[:10]} & {h.job.id for h in hits})
    assert found >= 0.97 * 300


@pytest.fixture
async def all_but_nearby(settings: Settings) -> AsyncIterator[PostgresJobIndex]:
    """Yield an index of which all are German but those near to what is searched."""
    vectors, jobs = parted(TOTAL, lambda ahead: ahead < FAR_AHEAD)
    async with PostgresJobIndex(Database(settings)) as index:
        await index.bind("random", DIMENSIONS)
        await index.put([entry(j.id, v, places=j.places) for j, v in zip(jobs, vectors, strict=True)])
        await index.create_index(IvfFlat(lists=50))
        yield index


@pytest.mark.parametrize(("reach", "method"), [(200, Method.EXACT), (TOTAL, Method.APPROXIMATE)])
async def test_an_index_is_not_asked_in_vain(
    all_but_nearby: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, reach: int, method: Method
) -> None:
    looks = count_looks(monkeypatch)
    query = SearchQuery(vector=AHEAD, filters=GERMAN)
    asked = Plan(method=Method.APPROXIMATE, fetch=10, effort=50, near=30, reach=reach, doubted=True, estimate=TOTAL)
    found = await all_but_nearby.search(query, asked)
    truth = await all_but_nearby.search(query, Plan(method=Method.EXACT, fetch=10))
    assert (found.plan.method, found.hits) == (method, truth.hits)
    assert all(near > 5 * asked.near for near in looks)
    explained = await all_but_nearby.admin.explain(query, asked)
    assert explained.plan.method is method
    assert looks == [explained.plan.near] * len(looks)
    assert bool(looks) is (method is Method.APPROXIMATE)


@pytest.mark.parametrize(("reach", "method"), [(200, Method.EXACT), (TOTAL, Method.APPROXIMATE)])
async def test_where_none_of_many_at_hand_pass_those_nearby_tell_how_far_to_look(
    all_but_nearby: PostgresJobIndex, monkeypatch: pytest.MonkeyPatch, reach: int, method: Method
) -> None:
    looks = count_looks(monkeypatch)
    query = SearchQuery(vector=AHEAD, filters=GERMAN)
    monkeypatch.setattr(Sight, "evenly", lambda *_: True)
    asked = Plan(method=Method.APPROXIMATE, fetch=10, effort=50, near=34, reach=reach, doubted=True, estimate=TOTAL)
    found = await all_but_nearby.search(query, asked)
    truth = await all_but_nearby.search(query, Plan(method=Method.EXACT, fetch=10))
    assert (found.plan.method, found.hits) == (method, truth.hits)
    assert looks[0] == asked.near
    assert all(near > 5 * asked.near for near in looks[1:])
    assert len(looks) == (1 if method is Method.EXACT else 2)


async def test_those_that_pass_are_known_to_lie_evenly_or_not(all_but_nearby: PostgresJobIndex) -> None:
    sight = await all_but_nearby._surveyor.seen_from(AHEAD, await all_but_nearby._surveyor.catalog())
    anybody = Filters(exclude_companies=["nobody"])
    for filters, evenly in ((GERMAN, False), (anybody, True)):
        assert sight.witnesses.bond(filters).strength >= 0
        assert sight.evenly(filters) is evenly
    assert sight.evenly(Filters(keywords=["zebra"]))  # which a short posting does not tell


async def test_an_estimate_is_closer_if_it_has_to_be(all_but_nearby: PostgresJobIndex) -> None:
    french = Filters(country="FR", max_age_days=36_500, keep_unknown=True)
    count = len((await all_but_nearby.search(SearchQuery(vector=AHEAD, filters=french), EVERYTHING)).hits)
    told, close = [(await all_but_nearby.survey(french, closely=closely)).matching for closely in (False, True)]
    assert close == pytest.approx(count, rel=0.5)
    assert 0 < told < 10 * count
    assert (await all_but_nearby.survey(french)).matching == told  # which is remembered


async def looked(database: Database) -> Catalog:
    """Return what the server tells of the table."""
    found: Catalog = await database.repeat(lambda connection: read(connection, database.settings))
    return found


@pytest.mark.usefixtures("index")
async def test_others_are_drawn_when_there_are_many_more(settings: Settings) -> None:
    async with Database(settings) as database:
        witnessing, catalog = Witnessing(database), await looked(database)
        before = (await witnessing.seen_from(AHEAD, catalog)).witnesses
        assert (await witnessing.seen_from(AHEAD, catalog)).witnesses is before
        grown = attrs.evolve(catalog, total=2 * catalog.total)
        assert (await witnessing.seen_from(AHEAD, grown)).witnesses is not before


@pytest.mark.usefixtures("index")
async def test_while_others_are_drawn_searches_go_on_with_the_old_ones(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database(settings) as database:
        witnessing, catalog = Witnessing(database), await looked(database)
        old = (await witnessing.seen_from(AHEAD, catalog)).witnesses
        asked, answered, fetch = anyio.Event(), anyio.Event(), database.fetch

        async def slow(*arguments: Any, **named: Any) -> Any:
            asked.set()
            await answered.wait()
            return await fetch(*arguments, **named)

        monkeypatch.setattr(database, "fetch", slow)
        monkeypatch.setattr("jobmatch.backends.postgres.witnessing.monotonic", lambda: monotonic() + 2 * FRESH)
        async with anyio.create_task_group() as group:
            group.start_soon(witnessing.seen_from, AHEAD, catalog)
            await asked.wait()
            assert (await witnessing.seen_from(AHEAD, catalog)).witnesses is old
            answered.set()
        assert (await witnessing.seen_from(AHEAD, catalog)).witnesses is not old


@pytest.mark.usefixtures("all_but_nearby")
async def test_postings_that_cannot_be_read_are_left_to_the_server(settings: Settings) -> None:
    newer = """UPDATE match_job SET summary = (summary::jsonb || '{"level": "demigod"}')::json"""
    async with Database(settings) as database:
        catalog = await looked(database)
        assert await Witnessing(database).share(GERMAN, catalog) is not None
        await database.fetch(newer, {})
        assert await Witnessing(database).share(GERMAN, catalog) is None
