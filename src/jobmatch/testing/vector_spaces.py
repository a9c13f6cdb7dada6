"""The contract of `VectorSpaces`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import pytest

from jobmatch.composing import embed_jobs
from jobmatch.errors import Incompatible, InvalidInput, NotFound, NotReady
from jobmatch.model import Exact, Filters, Hnsw, Job, Method, Plan, SpaceState
from jobmatch.ports import Entry, Filled, JobIndex, SearchQuery, Unfilled
from jobmatch.testing.material import HashingEmbedder, entry

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

OLD, NEW, THIRD = HashingEmbedder(16), HashingEmbedder(32), HashingEmbedder(48)
TITLES = {"a": "night nurse", "b": "welder of pipes", "c": "pastry baker"}
EXACT = Plan(method=Method.EXACT, fetch=10)


async def entries(titles: dict[str, str], embedder: HashingEmbedder = OLD) -> list[Entry]:
    """Return entries with the vectors of an embedder."""
    jobs = [Job(id=job_id, title=title) for job_id, title in titles.items()]
    vectors = await embed_jobs(embedder, jobs)
    return [attrs.evolve(entry(j.id, v, title=j.title)) for j, v in zip(jobs, vectors, strict=True)]


async def embed(jobs: Sequence[Job]) -> "Vectors":
    """Embed postings by the new embedder."""
    return await embed_jobs(NEW, jobs)


async def filled(unfilled: Sequence[Unfilled]) -> list[Filled]:
    """Return what fills them."""
    vectors = await embed([one.job for one in unfilled])
    return [Filled(job_id=one.job.id, text=one.text, vector=v) for one, v in zip(unfilled, vectors, strict=True)]


async def found(index: JobIndex, text: str, embedder: HashingEmbedder) -> list[str]:
    """Return ids, the nearest first."""
    query = SearchQuery(vector=(await embedder.embed([text]))[0], filters=Filters())
    return [hit.job.id for hit in (await index.search(query, EXACT)).hits]


class VectorSpacesContract:
    """Give a fixture ``index``, a `JobIndex`, open, empty and not bound."""

    @pytest.fixture
    async def bound(self, index: JobIndex) -> JobIndex:
        """The index with some jobs, bound to the old embedder."""
        await index.bind(OLD.name, OLD.dimensions)
        await index.put(await entries(TITLES))
        return index

    @pytest.fixture
    async def changing(self, bound: JobIndex) -> JobIndex:
        """The same, with a change begun and one job filled."""
        await bound.spaces.begin(NEW.name, NEW.dimensions)
        assert await bound.spaces.fill(NEW.name, await filled(await bound.spaces.missing(NEW.name, limit=1))) == 1
        return bound

    async def test_a_whole_change(self, changing: JobIndex) -> None:
        spaces, told = changing.spaces, list[float]()
        status = await spaces.status()
        assert (status.jobs, status.filled, status.index, status.planned) == (3, 1, "exact", "exact")
        assert status.serving
        assert status.filling
        assert [(s.embedder, s.dimensions) for s in (status.serving, status.filling)] == [
            (OLD.name, 16),
            (NEW.name, 32),
        ]
        assert await spaces.fill(NEW.name, await filled(await spaces.missing(NEW.name, limit=10))) == 2
        await spaces.create_index(NEW.name, progress=lambda part, stage: told.append(part))
        assert told[-1] == 1.0
        assert (await found(changing, "night nurse", OLD))[0] == "a"
        await spaces.switch(NEW.name, embed)
        assert (await found(changing, "night nurse", OLD))[0] == "a"
        await changing.bind(NEW.name, NEW.dimensions)
        assert (await found(changing, "night nurse", NEW))[0] == "a"
        await spaces.finish()
        after = await spaces.status()
        assert after.serving
        assert (after.serving.embedder, after.serving.state) == (NEW.name, SpaceState.SERVING)
        assert (after.filling, after.retired, after.jobs, after.filled) == (None, None, 3, 3)
        assert (await found(changing, "pastry baker", NEW))[0] == "c"
        await changing.put(await entries({"d": "tax lawyer"}, NEW))
        assert (await found(changing, "tax lawyer", NEW))[0] == "d"

    async def test_what_is_missing_comes_by_id_with_its_text(self, bound: JobIndex) -> None:
        await bound.put([entry("d", (await embed_jobs(OLD, [Job(id="d", title="x")]))[0], description="long text")])
        await bound.spaces.begin(NEW.name, NEW.dimensions)
        first = await bound.spaces.missing(NEW.name, limit=2)
        rest = await bound.spaces.missing(NEW.name, after=first[-1].job.id, limit=10)
        assert [one.job.id for one in (*first, *rest)] == ["a", "b", "c", "d"]
        assert (first[0].job.title, rest[-1].job.description) == ("night nurse", "long text")
        assert first[0].text == (await bound.fingerprints(["a"]))["a"].text

    async def test_nothing_of_it_is_seen_before_the_switch(self, changing: JobIndex) -> None:
        assert (await found(changing, "welder", OLD))[0] == "b"
        with pytest.raises(InvalidInput):
            await found(changing, "welder", NEW)
        with pytest.raises(Incompatible):
            await changing.bind(NEW.name, NEW.dimensions)

    async def test_a_new_text_has_no_vector_yet(self, changing: JobIndex) -> None:
        await changing.put(await entries({"a": "day nurse", "d": "driver"}))
        assert [one.job.id for one in await changing.spaces.missing(NEW.name, limit=10)] == ["a", "b", "c", "d"]

    async def test_an_old_text_keeps_its_vector(self, changing: JobIndex) -> None:
        (same,) = await entries({"a": TITLES["a"]})
        await changing.put([attrs.evolve(same, job=attrs.evolve(same.job, company="Other"), vector=None)])
        assert [one.job.id for one in await changing.spaces.missing(NEW.name, limit=10)] == ["b", "c"]

    async def test_a_vector_of_a_replaced_text_is_not_stored(self, changing: JobIndex) -> None:
        late = await filled(await changing.spaces.missing(NEW.name, limit=10))
        await changing.put(await entries({"b": "plumber"}))
        await changing.remove(["c"])
        assert await changing.spaces.fill(NEW.name, late) == 0
        assert [one.job.title for one in await changing.spaces.missing(NEW.name, limit=10)] == ["plumber"]

    async def test_a_vector_is_stored_once(self, changing: JobIndex) -> None:
        rest = await filled(await changing.spaces.missing(NEW.name, limit=10))
        assert [await changing.spaces.fill(NEW.name, rest), await changing.spaces.fill(NEW.name, rest)] == [2, 0]
        with pytest.raises(InvalidInput):
            await changing.spaces.fill(NEW.name, [attrs.evolve(rest[0], vector=rest[0].vector[:8])])

    async def test_the_switch_makes_up_for_the_last_ones(self, changing: JobIndex) -> None:
        await changing.put(await entries({"a": "day nurse", "d": "driver"}))
        await changing.spaces.switch(NEW.name, embed)
        await changing.bind(NEW.name, NEW.dimensions)
        assert (await found(changing, "driver", NEW))[0] == "d"
        assert (await found(changing, "day nurse", NEW))[0] == "a"

    async def test_the_switch_waits_for_the_many(self, bound: JobIndex) -> None:
        await bound.put(await entries({f"n{number}": "clerk" for number in range(1_100)}))
        await bound.spaces.begin(NEW.name, NEW.dimensions)
        with pytest.raises(NotReady):
            await bound.spaces.switch(NEW.name, embed)
        assert (await bound.spaces.status()).filling is not None

    async def test_an_embedder_that_fails_switches_nothing(self, changing: JobIndex) -> None:
        async def fail(jobs: Sequence[Job]) -> "Vectors":
            raise OSError

        with pytest.raises(OSError):  # noqa: PT011
            await changing.spaces.switch(NEW.name, fail)
        assert (await changing.spaces.status()).filled == 1
        assert (await found(changing, "welder", OLD))[0] == "b"

    async def test_the_old_embedder_searches_on_but_puts_no_more(self, changing: JobIndex) -> None:
        await changing.spaces.switch(NEW.name, embed)
        with pytest.raises(Incompatible, match=NEW.name):
            await changing.put(await entries({"d": "driver"}))
        await changing.bind(OLD.name, OLD.dimensions)
        assert (await found(changing, "welder", OLD))[0] == "b"
        await changing.spaces.finish()
        for _ in range(2):
            with pytest.raises(Incompatible, match=NEW.name):
                await found(changing, "welder", OLD)
            with pytest.raises(Incompatible, match=NEW.name):
                await changing.survey(Filters())
            with pytest.raises(Incompatible, match=NEW.name):
                await changing.admin.sample(1)
        with pytest.raises(Incompatible, match=NEW.name):
            await changing.bind(OLD.name, OLD.dimensions)

    async def test_giving_up_leaves_all_as_it_was(self, changing: JobIndex) -> None:
        await changing.spaces.abandon()
        status = await changing.spaces.status()
        assert (status.filling, status.retired, status.filled) == (None, None, 3)
        assert (await found(changing, "welder", OLD))[0] == "b"
        await changing.spaces.begin(THIRD.name, THIRD.dimensions)
        assert (await changing.spaces.status()).filled == 0

    async def test_one_change_at_a_time(self, changing: JobIndex) -> None:
        await changing.spaces.begin(NEW.name, NEW.dimensions)
        assert (await changing.spaces.status()).filled == 1
        with pytest.raises(Incompatible):
            await changing.spaces.begin(THIRD.name, THIRD.dimensions)
        await changing.spaces.switch(NEW.name, embed)
        with pytest.raises(Incompatible):
            await changing.spaces.begin(THIRD.name, THIRD.dimensions)

    async def test_a_change_that_was_given_up_does_not_go_on_in_another(self, changing: JobIndex) -> None:
        """Somebody still makes vectors for it, of the same length."""
        late = await filled(await changing.spaces.missing(NEW.name, limit=10))
        await changing.spaces.abandon()
        await changing.spaces.begin("another of that length", NEW.dimensions)
        stale = changing.spaces
        for act in (
            stale.missing(NEW.name, limit=1),
            stale.fill(NEW.name, late),
            stale.create_index(NEW.name),
            stale.switch(NEW.name, embed),
        ):
            with pytest.raises(NotFound, match=NEW.name):
                await act
        assert (await changing.spaces.status()).filled == 0

    async def test_back_again(self, changing: JobIndex) -> None:
        """The vectors of the first time are gone, and none of them is found."""
        await changing.spaces.switch(NEW.name, embed)
        await changing.spaces.finish()
        await changing.spaces.begin(OLD.name, OLD.dimensions)
        with pytest.raises(Incompatible):
            await found(changing, "welder", OLD)
        assert len(await changing.spaces.missing(OLD.name, limit=10)) == 3

    async def test_without_a_change_there_is_nothing_to_do(self, bound: JobIndex) -> None:
        spaces = bound.spaces
        for act in (
            spaces.missing(NEW.name, limit=1),
            spaces.fill(NEW.name, []),
            spaces.create_index(NEW.name),
            spaces.switch(NEW.name, embed),
        ):
            with pytest.raises(NotFound):
                await act
        for act in (spaces.finish(), spaces.abandon(), spaces.begin(OLD.name, OLD.dimensions)):
            with pytest.raises(NotFound):
                await act

    async def test_an_index_that_nobody_is_bound_to_has_nothing_to_change(self, index: JobIndex) -> None:
        assert (await index.spaces.status()).serving is None
        with pytest.raises(NotFound):
            await index.spaces.begin(NEW.name, NEW.dimensions)

    async def test_the_new_vectors_get_the_index_of_the_old_ones(self, bound: JobIndex) -> None:
        await bound.create_index(Hnsw(m=8))
        before = await bound.admin.inspect()
        await bound.spaces.begin(NEW.name, NEW.dimensions)
        if before.index != Exact().describe():
            with pytest.raises(NotReady):
                await bound.spaces.switch(NEW.name, embed)
        await bound.spaces.create_index(NEW.name)
        assert (await bound.spaces.status()).index == before.index
        assert await bound.admin.inspect() == before
        await bound.spaces.switch(NEW.name, embed)
        await bound.bind(NEW.name, NEW.dimensions)
        assert (await bound.admin.inspect()).index == before.index
        await bound.spaces.finish()
        assert (await bound.admin.inspect()).index == before.index
        await bound.create_index(Hnsw(m=8))
        assert (await bound.admin.forecast(Hnsw(m=8))).steps == ()
