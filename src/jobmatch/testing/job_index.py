"""The contract of `JobIndex`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from jobmatch.errors import Incompatible
from jobmatch.model import Exact, Filters, Hnsw, IndexStrategy, InteractionKind, IvfFlat, Method, Plan, Storage
from jobmatch.ports import Entry, JobIndex, SearchQuery
from jobmatch.testing.filtering import JOBS
from jobmatch.testing.job_search import EXACT, Hold, JobSearchContract, fan, find, ids
from jobmatch.testing.material import DIMENSIONS, EMBEDDER, axis, entry
from jobmatch.testing.wording import WordingContract, told

STRATEGIES: list[IndexStrategy] = [
    Exact(),
    *(Hnsw(storage=storage) for storage in Storage),
    *(IvfFlat(lists=4, probes=2, storage=storage) for storage in Storage),
]
DAY = timedelta(days=1)


class JobIndexContract(JobSearchContract, WordingContract):
    """Give a fixture ``index``, open, empty and not bound; it lets filters ask for `METADATA_FIELDS`, nothing else."""

    @pytest.fixture
    async def bound(self, index: JobIndex) -> JobIndex:
        """The index, bound to an embedder."""
        await index.bind(EMBEDDER, DIMENSIONS)
        return index

    @pytest.fixture
    def hold(self, bound: JobIndex) -> Hold:
        """Put entries into the index."""

        async def put(entries: Sequence[Entry]) -> JobIndex:
            await bound.put(entries)
            return bound

        return put

    async def test_binding_again_is_fine(self, bound: JobIndex) -> None:
        await bound.bind(EMBEDDER, DIMENSIONS)

    async def test_it_has_an_identity(self, bound: JobIndex) -> None:
        assert bound.identity.strip()
        assert bound.identity == bound.identity

    async def test_no_phrase_reaches_across_pieces(self, hold: Hold) -> None:
        pieces = entry("a", title="Chief", skills=("Night shift", "Nurse care"), description="Ward of children")
        index = await hold([pieces])
        apart = ("shift nurse", "chief night", "care ward", "shift of the nurse")
        assert await told(index, *apart, "night shift", "nurse care", "ward of children") == {
            "a": (*(False for _ in apart), True, True, True)
        }

    async def test_another_embedder_is_refused_once_there_are_vectors(self, filled: JobIndex) -> None:
        with pytest.raises(Incompatible, match=EMBEDDER):
            await filled.bind("another", DIMENSIONS)
        with pytest.raises(Incompatible):
            await filled.bind(EMBEDDER, DIMENSIONS * 2)
        assert await filled.count() == len(JOBS)

    async def test_an_empty_index_finds_nothing(self, bound: JobIndex) -> None:
        found = await find(bound)
        assert (found.hits, found.complete) == ((), True)
        assert await bound.count() == 0

    async def test_an_approximate_search_leaves_out_what_the_owner_had_to_do_with(self, bound: JobIndex) -> None:
        await bound.put(fan(300))
        await bound.create_index(Hnsw())
        await bound.record([f"j{n:04}" for n in range(0, 300, 2)], InteractionKind.DISMISSED, owner="me")
        query = SearchQuery(vector=axis(0), filters=Filters(exclude_interactions="dismissed"), owner="me")
        found = await bound.search(query, Plan(method=Method.APPROXIMATE, fetch=10, effort=100))
        assert ids(found) == [f"j{n:04}" for n in range(1, 21, 2)]

    async def test_put_replaces(self, bound: JobIndex) -> None:
        await bound.put([entry("a", title="Before")])
        await bound.put([entry("a", axis(2), title="After")])
        found = await find(bound)
        assert [hit.job.title for hit in found.hits] == ["After"]
        assert found.hits[0].similarity == pytest.approx(0, abs=1e-3)

    async def test_put_without_a_vector_keeps_the_stored_one(self, bound: JobIndex) -> None:
        await bound.put([entry("a", axis(0), title="Before")])
        await bound.put([attrs.evolve(entry("a", title="After"), vector=None)])
        found = await find(bound)
        assert [(hit.job.title, round(hit.similarity, 2)) for hit in found.hits] == [("After", 1.0)]

    async def test_put_nothing(self, bound: JobIndex) -> None:
        await bound.put([])
        assert await bound.count() == 0

    async def test_a_job_without_a_vector_is_counted_but_not_found(self, bound: JobIndex) -> None:
        await bound.put([attrs.evolve(entry("a"), vector=None)])
        assert await bound.count() == 1
        assert ids(await find(bound)) == []

    async def test_strange_texts_survive(self, bound: JobIndex) -> None:
        title = "Schweißer \\ 'quoted' \"double\" 焊工 \U0001f525 $1 %s {x} \t"
        await bound.put([entry("ключ/1", title=title, company="a,b{}", description="word " * 50_000)])
        found = await find(bound, companies="A,B{}")
        assert [hit.job.title for hit in found.hits] == [title.strip()]

    async def test_fingerprints(self, bound: JobIndex) -> None:
        one = entry("a")
        await bound.put([one])
        assert await bound.fingerprints(["a", "b"]) == {"a": one.fingerprint}
        assert await bound.fingerprints([]) == {}

    async def test_remove(self, filled: JobIndex) -> None:
        assert await filled.remove(["berlin", "nobody", "remote", "berlin"]) == 2
        assert set(ids(await find(filled))) == {"boston", "unknown"}
        assert await filled.remove([]) == 0

    async def test_purged_is_what_expired_before(self, bound: JobIndex) -> None:
        now = datetime.now(UTC)
        ends = {"old": now - 9 * DAY, "new": now - DAY, "open": now + DAY, "endless": None}
        await bound.put([entry(job_id, expires_at=end) for job_id, end in ends.items()])
        assert await bound.purge(expired_before=now - 5 * DAY) == 1
        assert set(await bound.fingerprints(list(ends))) == {"new", "open", "endless"}
        assert await bound.purge(expired_before=now + 9 * DAY) == 1  # of what goes on nothing is removed
        assert set(await bound.fingerprints(list(ends))) == {"open", "endless"}
        assert await bound.purge(expired_before=now) == 0
        assert set(ids(await find(bound))) == {"open", "endless"}

    async def test_what_was_purged_can_be_put_again(self, bound: JobIndex) -> None:
        await bound.put([entry("a", description="gone", expires_at=datetime.now(UTC) - DAY)])
        assert await bound.purge(expired_before=datetime.now(UTC)) == 1
        await bound.put([entry("a", description="welding")])
        assert ids(await find(bound, keywords="weld")) == ["a"]

    async def test_what_was_recorded_is_removed(self, filled: JobIndex) -> None:
        for owner in ("ann", "bob"):
            await filled.record(["berlin", "boston"], InteractionKind.DISMISSED, owner=owner)
        between = datetime.now(UTC)
        while datetime.now(UTC) == between:  # what comes next is later, however coarse the clock is
            pass
        await filled.record(["remote"], InteractionKind.DISMISSED, owner="ann")
        assert await filled.unrecord(owner="eve", recorded_before=None) == 0
        assert await filled.unrecord(owner="ann", recorded_before=between) == 2
        filters = Filters(exclude_interactions="dismissed")
        asked = [SearchQuery(vector=axis(0), filters=filters, owner=owner) for owner in ("ann", "bob")]
        left = [set(ids(await filled.search(query, EXACT))) for query in asked]
        assert left == [{"berlin", "boston", "unknown"}, {"remote", "unknown"}]
        assert await filled.unrecord(owner=None, recorded_before=None) == 3

    async def test_a_survey_of_everything_tells_the_total(self, bound: JobIndex) -> None:
        await bound.put(fan(200))
        await bound.create_index(Exact())
        survey = await bound.survey(Filters())
        assert survey.total == pytest.approx(200, abs=40)
        assert survey.matching == pytest.approx(200, abs=40)
        assert isinstance(survey.strategy, Exact)

    @pytest.mark.parametrize("strategy", STRATEGIES, ids=IndexStrategy.describe)
    async def test_answers_are_the_same_with_any_index(self, bound: JobIndex, strategy: IndexStrategy) -> None:
        await bound.put(fan(300))
        told: list[tuple[float, str]] = []
        await bound.create_index(strategy, progress=lambda part, stage: told.append((part, stage)))
        assert told[-1][0] == 1.0
        plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=strategy.efforts(300)[-1] if strategy.storage else 0)
        if strategy.exact:
            plan = attrs.evolve(EXACT, fetch=10)
        assert ids(await find(bound, plan)) == [f"j{n:04}" for n in range(10)]

    async def test_creating_an_index_again_is_fine(self, bound: JobIndex) -> None:
        await bound.put(fan(50))
        await bound.create_index(Hnsw())
        await bound.create_index(Hnsw())
        await bound.create_index(Hnsw(m=8))
        await bound.create_index(Exact())
        assert len(ids(await find(bound))) == 50

    async def test_an_approximate_search_never_comes_short(self, bound: JobIndex) -> None:
        """The few jobs that pass lie farthest from the query, where an index looks last."""
        rare = [entry(f"r{n}", axis(0, towards=1, by=100 + n), company="Rare") for n in range(5)]
        await bound.put([*fan(400), *rare])
        await bound.create_index(Hnsw())
        plan = Plan(method=Method.APPROXIMATE, fetch=10, effort=10)
        found = await find(bound, plan, companies="rare")
        assert ids(found) == [f"r{n}" for n in range(5)]
        assert found.complete

    async def test_jobs_put_after_the_index_are_found(self, bound: JobIndex) -> None:
        await bound.put(fan(50))
        await bound.create_index(Hnsw())
        await bound.put([entry("late", axis(0))])
        plan = Plan(method=Method.APPROXIMATE, fetch=2, effort=40)
        assert set(ids(await find(bound, plan))) == {"j0000", "late"}
