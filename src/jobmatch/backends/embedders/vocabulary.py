"""`Vocabulary`: from texts to the numbers of their tokens, by way of the words that were met before."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Tokens = npt.NDArray[np.int32]

#: Bytes of words and tokens that are remembered at most, but for those of the texts in hand.
MOST_REMEMBERED = 64 << 20
#: What a word takes besides its characters and tokens: the heads of two objects and a place in a dictionary.
_PER_WORD = 200
#: Words that are handed to the tokenizer at once.
_AT_ONCE = 500
#: Characters of a word, on average of a text, by which it is in a script that puts no spaces between words.
_LONG = 20
_SPACE = "▁"
_SPECIAL = ("<s>", "</s>", "<unk>", _SPACE)


class Vocabulary:
    """Splits texts into tokens as the tokenizer does, several times faster.

    The tokenizer takes more than a microsecond for a token, and most words come again and again. None of its tokens
    reaches from one word into the next, so the tokens of a text are those of its words, one after another. Texts for
    which that is not certain are left to the tokenizer as a whole.

    Arguments:
        tokenizer: writes ``▁`` before a text and in place of each space.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        pieces = tokenizer.get_vocab()
        self._begins = np.zeros(max(pieces.values()) + 1, dtype=bool)
        self._begins[[number for piece, number in pieces.items() if piece.startswith(_SPACE)]] = True
        self._lock = Lock()
        self._forget()

    def tokens(self, texts: Sequence[str]) -> "list[Tokens]":
        """Return the numbers of the tokens of each text."""
        split = [_words(text) for text in texts]
        known = self._known_with(set().union(*split))
        whole = self._encoded([text for text, words in zip(texts, split, strict=True) if not words])
        return [_joined(known, words) if words else next(whole) for words in split]

    def _known_with(self, words: set[str]) -> Mapping[str, bytes]:
        known = self._known  # kept, for another thread may forget meanwhile
        new = self._learned(list(words.difference(known)))  # which takes no longer the more is known
        known.update(new)
        with self._lock:
            self._room -= sum(4 * len(word) + len(tokens) + _PER_WORD for word, tokens in new.items())
            if self._room < 0:
                self._forget()
        return known

    def _learned(self, words: Sequence[str]) -> dict[str, bytes]:
        """Return the tokens of words; they are encoded as texts, and cut where a token begins a word."""
        chunks = [words[start : start + _AT_ONCE] for start in range(0, len(words), _AT_ONCE)]
        learned: dict[str, bytes] = {}
        for chunk, tokens in zip(chunks, self._encoded([" ".join(chunk) for chunk in chunks]), strict=True):
            starts = tokens.itemsize * np.flatnonzero(self._begins[tokens])
            cuts = [*starts.tolist(), tokens.nbytes]
            data = tokens.tobytes()
            learned.update(zip(chunk, (data[start:end] for start, end in pairwise(cuts)), strict=True))
        return learned

    def _encoded(self, texts: Sequence[str]) -> "Iterator[Tokens]":
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return (np.array(encoding.ids, dtype=np.int32) for encoding in encodings)

    def _forget(self) -> None:
        space = np.array([self._tokenizer.token_to_id(_SPACE)], dtype=np.int32).tobytes()
        self._known, self._room = {"": space}, MOST_REMEMBERED


def _joined(known: Mapping[str, bytes], words: Sequence[str]) -> "Tokens":
    return np.frombuffer(b"".join(map(known.__getitem__, words)), dtype=np.int32)


def _words(text: str) -> list[str]:
    """Return the words of a text; none if it has to stay whole, or if they would not come again."""
    if not text or text[0] == " " or "  " in text or any(mark in text for mark in _SPECIAL):
        return []
    words = text.split(" ")
    return words if len(text) < _LONG * len(words) else []
