"""From texts to one vector."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from jobmatch.composing import BODY_CHARACTERS, embed_jobs, embed_request, given, unit
from jobmatch.errors import Incompatible, InvalidInput
from jobmatch.model import Job, MatchRequest, Profile
from jobmatch.model.contact import told
from jobmatch.testing import HashingEmbedder

if TYPE_CHECKING:
    from jobmatch.ports import Vectors

EMBEDDER = HashingEmbedder()


async def test_a_posting_is_its_title_and_its_body() -> None:
    title, body = await EMBEDDER.embed(["Welder", "night shifts in Bonn"])
    vectors = await embed_jobs(EMBEDDER, [Job(id="1", title="Welder", description="night shifts in Bonn")])
    assert vectors.shape == (1, EMBEDDER.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(vectors[0], (title + body) / np.linalg.norm(title + body), atol=1e-6)


async def test_each_posting_gets_its_own_vector() -> None:
    jobs = [Job(id=str(n), title=title) for n, title in enumerate(("Welder", "Nurse", "Cook"))]
    vectors = await embed_jobs(EMBEDDER, jobs)
    for job, vector in zip(jobs, vectors, strict=True):
        assert np.allclose(vector, (await EMBEDDER.embed([job.title]))[0])


async def test_no_postings_give_no_vectors() -> None:
    assert (await embed_jobs(EMBEDDER, [])).shape == (0, EMBEDDER.dimensions)


async def test_the_end_of_a_very_long_body_is_left_out() -> None:
    body = "weld " * (BODY_CHARACTERS // 5)
    jobs = [
        Job(id=str(n), title="Welder", description=text) for n, text in enumerate((body + "a", body + "boilerplate"))
    ]
    first, second = await embed_jobs(EMBEDDER, jobs)
    assert np.array_equal(first, second)


async def test_a_posting_without_words_is_zero() -> None:
    assert not (await embed_jobs(EMBEDDER, [Job(id="1", title="!")])).any()


async def test_a_request_is_its_short_texts_and_its_long_one() -> None:
    profile = Profile(text="ten years of shifts", titles=("Welder",), skills=("MIG",))
    short, text = await EMBEDDER.embed(["Welder, MIG, night", "ten years of shifts"])
    vector = await embed_request(EMBEDDER, MatchRequest(profile=profile, keywords="night"))
    assert vector.shape == (EMBEDDER.dimensions,)
    assert np.allclose(vector, (short + text) / np.linalg.norm(short + text), atol=1e-6)


@pytest.mark.parametrize(
    "line",
    [
        "jane.doe@example.com",
        "Phone: +1 555 867 5309",
        "(312) 555-0188 | rm@example.org | linkedin.com/in/rm",
        "E-Mail: rm@example.org · LinkedIn: https://www.linkedin.com/in/rm?x=1",
        "Tel.: 030 1234567, mobil 0171-2345678",
        "555.867.5309",
    ],
)
async def test_how_to_reach_a_candidate_means_nothing(line: str) -> None:
    bare, reached = (Profile(text=text) for text in ("Welds steel.", f"{line}\r\nWelds steel."))
    first, second = [await embed_request(EMBEDDER, MatchRequest(profile=profile)) for profile in (bare, reached)]
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    "text",
    [
        "Nurse, 2017 - 2021\nCook, 06/2012 - 08/2017, 01.02.2010 - 03.04.2011",
        "2019-01 - 2022-03 Nurse\n03 2019 - 04 2022 Cook\n(2018) 12/2020 - 2021 Welder\n05 2019-06 2022 Baker",
        "Ran www.example.com, 10 000 000 visits, 2019-2021",
        "Wrote to everybody at help@example.com on shifts, wards, care and pay",
        "Reach me: jane@example.com",
        "",
    ],
)
def test_lines_that_tell_more_and_all_there_is_stay(text: str) -> None:
    assert told(text) == text


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("Senior Python Engineer | jane@x.org | Berlin", "Senior Python Engineer |  | Berlin"),
        ("Data analyst (SQL, Python), jane@x.org", "Data analyst (SQL, Python), "),
        ("github.com/kubernetes/kubernetes (Go)", " (Go)"),
        ("Jane Doe, +49 30 1234567", "Jane Doe, "),
    ],
)
def test_of_a_line_that_tells_more_the_rest_stays(line: str, left: str) -> None:
    assert told(f"{line}\nWelds.") == f"{left}\nWelds."


def test_a_line_without_end_is_read_quickly() -> None:
    for piece in ("0", "0 ", "a@", "+1", "(", "1-"):
        assert told(piece * 100_000)


async def test_a_request_without_meaning_is_refused_without_quoting_it() -> None:
    with pytest.raises(InvalidInput, match="no words that the embedder knows") as caught:
        await embed_request(EMBEDDER, MatchRequest(profile=Profile(text="¡¿—")))
    assert "¡¿—" not in str(caught.value)


async def test_a_vector_that_comes_along_is_normalised() -> None:
    vector = await embed_request(HashingEmbedder(2), MatchRequest(profile=Profile(text="x", vector=[3, 4])))
    assert vector.tolist() == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1, 1e30, 1e300])
def test_given_vectors_of_any_size_come_out_at_length_1(scale: float) -> None:
    vector = given([3 * scale, -4 * scale], 2, field="v")
    assert vector.dtype == np.float32
    assert vector.tolist() == pytest.approx([0.6, -0.8])


@pytest.mark.parametrize("values", [[np.nan, 1], [np.inf, 1], [0, 0]])
def test_given_vectors_need_a_direction(values: list[float]) -> None:
    with pytest.raises(InvalidInput, match=r"^v: must be finite and not all zero"):
        given(values, 2, field="v")


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3], [[1, 2]]])
def test_given_vectors_need_the_right_shape(values: list[float]) -> None:
    with pytest.raises(InvalidInput, match=r"^v: has shape .*, the embedder's vectors have \(2,\)"):
        given(values, 2, field="v")


def test_unit_leaves_zeros_alone() -> None:
    scaled = unit(np.array([[0, 0], [0, 2]], dtype=np.float32))
    assert scaled.tolist() == [[0, 0], [0, 1]]


class Answering(HashingEmbedder):
    """Gives what it is told to, made of what would be right."""

    def __init__(self, answer: Callable[["Vectors"], Any]) -> None:
        super().__init__()
        self.answer = answer

    async def embed(self, texts: Sequence[str]) -> Any:
        return self.answer(await super().embed(texts))


POSTINGS = [Job(id=str(number), title=f"Welder {number}", description="night shifts") for number in range(3)]
ASKED = MatchRequest(profile=Profile(text="welder"))
WRONG: dict[str, Callable[["Vectors"], Any]] = {
    r"shape \(\d, 64\)": lambda right: right[:1],
    r"shape \(\d+, 64\)": lambda right: np.vstack([right, right]),
    r"shape \(\d, 65\)": lambda right: np.hstack([right, right[:, :1]]),
    r"shape \(64,\)": lambda right: right[0],
    r"1 vectors that": lambda right: np.where(np.arange(len(right))[:, None] == 1, np.nan, right),
    r"vectors that are infinite": lambda right: np.full_like(right, np.inf),
    r"that are infinite or": lambda right: right.astype(float) * 1e300,
    r"NoneType": lambda right: None,
    r"of complex": lambda right: right * 1j,
    r"list without": lambda right: [["0.5"] * 64 for _ in right],
    r"list that is no array": lambda right: [[0.5] * 64, *[[0.5]] * (len(right) - 1)],
}


@pytest.mark.parametrize("fault", WRONG)
async def test_what_an_embedder_gives_must_be_vectors(fault: str) -> None:
    embedder = Answering(WRONG[fault])
    with pytest.raises(Incompatible, match=rf"^embedder '.+' gave .*{fault}.* for 6 texts; .* shape \(6, 64\)$"):
        await embed_jobs(embedder, POSTINGS)
    with pytest.raises(Incompatible, match=rf"^embedder '.+' gave .*{fault}.* for 2 texts; .* shape \(2, 64\)$"):
        await embed_request(embedder, ASKED)


@pytest.mark.parametrize("kind", [lambda right: right.tolist(), lambda right: right.astype(float), list])
async def test_whatever_holds_the_right_numbers_will_do(kind: Callable[["Vectors"], Any]) -> None:
    assert np.allclose(await embed_jobs(Answering(kind), POSTINGS), await embed_jobs(EMBEDDER, POSTINGS))
    assert np.allclose(await embed_request(Answering(kind), ASKED), await embed_request(EMBEDDER, ASKED))
