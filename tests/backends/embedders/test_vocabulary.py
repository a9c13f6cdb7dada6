"""Tokens by way of remembered words are those of the tokenizer."""

import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from jobmatch.backends.embedders import vocabulary, wordllama
from jobmatch.backends.embedders.vocabulary import Vocabulary
from jobmatch.sample import postings

TEXTS = [
    "Registered nurse, eight years on surgical wards",
    "one line\nand another\n\n• and a list\nwith C++, C# and .NET (3.5)",
    *("", " ", "  ", "\n", " a", "a ", "a\n ", "a  b", "   a", "a \n b"),
    *("<s>", "a <s> b", "a</s>b", "x <unk>", "a<sb", "< s >", "▁", "a▁b", "▁ a"),
    "看護師 東京 und Straße\u00a0mit 🦄 👩\u200d🚀",
    "x" * 3_000,
    "a " * 3_000,
]
tricky = st.lists(st.sampled_from([*" \n\t<>/▁aé日🦄", "the", "<s>"]), max_size=20).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    path = wordllama.folder() / "tokenizers" / "l2_supercat_tokenizer_config.json"
    return Tokenizer.from_file(str(path))


@pytest.fixture(scope="module")
def known(tokenizer: Tokenizer) -> Vocabulary:
    return Vocabulary(tokenizer)


def assert_same(known: Vocabulary, tokenizer: Tokenizer, texts: list[str]) -> None:
    expected = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert [tokens.tolist() for tokens in known.tokens(texts)] == expected


def test_the_tokens_are_those_of_the_tokenizer(known: Vocabulary, tokenizer: Tokenizer) -> None:
    for _ in range(2):
        assert_same(known, tokenizer, [*TEXTS, *(job["description"] for job in postings(50))])


@given(texts=st.lists(tricky | st.text(max_size=40), max_size=5))
def test_whatever_the_text_is(known: Vocabulary, tokenizer: Tokenizer, texts: list[str]) -> None:
    assert_same(known, tokenizer, texts)


def test_no_token_reaches_from_one_word_into_the_next(tokenizer: Tokenizer) -> None:
    assert [token for token in tokenizer.get_vocab() if "▁" in token.lstrip("▁")] == []


def test_what_is_remembered_is_bounded(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_REMEMBERED", 100_000)
    forgetful = Vocabulary(tokenizer)
    tracemalloc.start()
    try:
        for start in range(0, 30_000, 100):
            forgetful.tokens([f"{number:x}" for number in range(start, start + 100)])
        remembered, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert remembered < 100_000 < most < 200_000


def test_what_was_forgotten_is_learned_again(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_REMEMBERED", 2_000)
    forgetful = Vocabulary(tokenizer)
    for word in "abcdef":
        assert_same(forgetful, tokenizer, [f"{word} word", *TEXTS])
        assert_same(forgetful, tokenizer, [word])


def test_threads_that_learn_and_forget_at_once(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_REMEMBERED", 20_000)
    shared, interval = Vocabulary(tokenizer), sys.getswitchinterval()
    texts = [job["description"] for job in postings(400)]
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as threads:
            found = threads.map(lambda start: shared.tokens(texts[start : start + 4]), range(0, len(texts), 4))
            ids = [tokens.tolist() for batch in found for tokens in batch]
    finally:
        sys.setswitchinterval(interval)
    assert ids == [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
