"""The encoding of text that is not UTF-8: given, or guessed from what it looks like.

Latin text is Windows-1252 unless its words have the letters of a language in another encoding only. Other scripts are
told apart by charset-normalizer, which comes with the extra ``cli``; without it they are not.
"""

import codecs
import re
from collections import Counter

from jobmatch.errors import InvalidInput

#: What Python calls encodings of text, and no file is written in: names of hosts.
_OF_HOSTS = frozenset({"idna", "punycode"})
#: What text is taken for if nothing else is likelier.
WESTERN = "cp1252"
#: Encodings of which a character may be any bytes, those of an end of line included.
_WIDE = re.compile(r"utf_?(?:16|32)")
#: Byte-order marks of what is no UTF-8; those of UTF-32 begin like those of UTF-16.
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_OTHER_SCRIPTS = (
    "cp1251",
    "koi8_r",
    "iso8859_5",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
    "cp1253",
    "cp1255",
    "cp1256",
)
_WEST = "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœ"
_CENTRAL = ("ąćęłńóśźż", "áäčďéěíĺľňóôŕřšťúůýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž")
#: Per Latin encoding the letters of the languages that are written in it.
_LETTERS = {
    WESTERN: (_WEST,),
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": ("çğıi̇öşüâîû",),
    "mac_roman": (_WEST,),
    "cp850": (_WEST,),
}
#: Signs that texts are full of, and those of them that do not stand within words.
_SIGNS = frozenset("«»‹›„“”‘’‚¿¡–—•·€£…\xa0\xad")
_BETWEEN = frozenset("«»‹›„“”‚¿¡–—•€£…")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]{3,}")
#: The share of characters beyond ASCII that stand in runs where a script is not Latin.
_MOSTLY_RUNS = 0.5
#: How many letters more have to be right, and which share of them, for another encoding than the western one.
_MORE, _MORE_OF = 3, 0.2
_LONGEST = 2**16
#: What decoding left of bytes that are not UTF-8: a character cut off, or another byte.
_ODD = re.compile("[\udcc2-\udcf4][\udc80-\udcbf]+|[\udc80-\udcff]")
#: How many characters beyond ASCII have to be UTF-8 for each that is not.
_GOOD = 3


def named(encoding: str) -> str:
    """Return Python's name of an encoding.

    Raises:
        InvalidInput: there is no such encoding of text.
    """
    try:
        found = codecs.lookup(encoding).name
        if found not in _OF_HOSTS:
            "".encode(found)
            return found
    except (LookupError, TypeError, ValueError):
        pass
    raise InvalidInput("encoding", f"{encoding!r} is no encoding; give its name, as in cp1251 or shift_jis")


def marked(data: bytes) -> str | None:
    """Return the encoding that a byte-order mark tells, None for that of UTF-8 and for none."""
    return next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)


def is_utf8(data: bytes) -> bool:
    """Tell whether *data* is UTF-8, the end aside, where it may have been cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def mended(line: bytes) -> str | None:
    """Return a line that is UTF-8 but for a few bytes, None if it is not; these are taken for Windows-1252."""
    text = line.decode("utf-8", "surrogateescape")
    rest, odd = _ODD.subn("", text)
    good = len(rest) - len(rest.encode("ascii", "ignore"))
    return _ODD.sub(_instead, text) if good >= _GOOD * odd else None


def _instead(odd: re.Match[str]) -> str:
    data = odd[0].encode("utf-8", "surrogateescape")
    return data.decode(WESTERN, "replace") if len(data) == 1 else "\ufffd"


def guessed(data: bytes) -> str:
    """Return the encoding that lines which are not UTF-8 are most likely in."""
    odd = b"\n".join(line for line in data[:_LONGEST].splitlines() if not (is_utf8(line) or mended(line)))
    beyond, in_runs = len(_BEYOND_ASCII.findall(odd)), sum(map(len, _RUN.findall(odd)))
    return _guessed_script(odd) if in_runs >= _MOSTLY_RUNS * beyond else _guessed_latin(odd, beyond)


def _guessed_script(data: bytes) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return WESTERN
    best = from_bytes(data, cp_isolation=list(_OTHER_SCRIPTS)).best()
    return best.encoding if best else WESTERN


def _guessed_latin(data: bytes, beyond: int) -> str:
    right = {
        encoding: max(_right(data.decode(encoding, "replace"), frozenset(letters)) for letters in alphabets)
        for encoding, alphabets in _LETTERS.items()
    }
    best = max(right, key=lambda encoding: right[encoding])
    return best if right[best] - right[WESTERN] >= max(_MORE, _MORE_OF * beyond) else WESTERN


def _right(text: str, letters: frozenset[str]) -> int:
    """Return how many characters of *text* are those of a language, less those that are not."""
    found = (
        _is_right(text[max(0, place - 1) : place], character, text[place + 1 : place + 2], letters)
        for place, character in enumerate(text)
        if not character.isascii()
    )
    return sum(found)


def _is_right(before: str, character: str, after: str, letters: frozenset[str]) -> int:
    """Return 1 for a character that fits, -1 for one that does not, 0 for one that may."""
    if character.isalpha():
        return 1 if character.lower() in letters and not (before.islower() and character.isupper()) else -1
    if character in _SIGNS:
        return -1 if character in _BETWEEN and before.isalpha() and after.isalpha() else 1
    return -1 if after.isalpha() else 0


class Decoding:
    """How the text of one file is decoded.

    Arguments:
        encoding: by name; None to go by what the text looks like.

    Attributes:
        doubts: how many lines were taken for which encoding because they are not UTF-8.

    Raises:
        InvalidInput: there is no such encoding.
    """

    def __init__(self, encoding: str | None) -> None:
        self._given = named(encoding) if encoding is not None else None
        self.doubts: Counter[str] = Counter()
        self.begin(b"")

    def begin(self, sample: bytes) -> None:
        """Begin with a file whose first bytes are *sample*."""
        self._sample = sample.removeprefix(codecs.BOM_UTF8)
        self._guess: str | None = None
        self.doubts.clear()

    @property
    def wide(self) -> str | None:
        """The encoding, if lines can only be found after decoding."""
        if self._given is None:
            return marked(self._sample)
        if not _WIDE.match(self._given.replace("-", "_")):
            return None
        unmarked = f"{self._given}-le" if self._given in _MARKS.values() else self._given  # as Windows writes it
        return marked(self._sample) or unmarked

    @property
    def returns(self) -> bool:
        """Whether lines end with a carriage return alone."""
        return not self.wide and b"\r" in self._sample and b"\n" not in self._sample

    @property
    def head(self) -> bytes:
        """The sample in UTF-8, with line feeds and without a byte-order mark of UTF-8."""
        if encoding := self.wide or self._given:
            head = self._sample.decode(encoding, "ignore").encode()
        else:
            lines = (self._read(line)[0] for line in self._sample.splitlines(keepends=True))
            head = b"".join(lines).decode("utf-8", "ignore").encode()
        return head.replace(b"\r", b"\n") if self.returns else head

    def in_utf8(self, line: bytes) -> bytes:
        """Return a line in UTF-8."""
        if self._given:
            return line.decode(self._given, "replace").encode()
        data, doubt = self._read(line)
        if doubt:
            self.doubts[doubt] += 1
        return data

    def _read(self, line: bytes) -> tuple[bytes, str | None]:
        """Return a line in UTF-8, and what is doubtful about it."""
        if line.isascii() or is_utf8(line):
            return line, None
        if (text := mended(line)) is not None:
            return text.encode(), "text: is UTF-8 but for some bytes"
        encoding = self._guessed(line)
        return line.decode(encoding, "replace").encode(), f"text: is not UTF-8, and taken for {encoding}"

    def whole(self, data: bytes) -> str:
        """Return a text that is no longer than its sample."""
        self.begin(data)
        if self.wide:
            return data.decode(self.wide, "replace")
        return b"".join(map(self.in_utf8, data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True))).decode()

    def _guessed(self, line: bytes) -> str:
        if self._guess is None:
            self._guess = guessed(line if is_utf8(self._sample) else self._sample)
        return self._guess
