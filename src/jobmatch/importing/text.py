"""Text as people read it: no markup, no broken characters, no invisible ones, white space in order."""

import re

from jobmatch.importing import markup, mojibake

_NOT_PLAIN = re.compile(r"[^ -%'-;=-~\n]")
_ODD = re.compile(  # one class of characters, since that is what `re` searches fast
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ud800-\udfff\uf000-\uf0ff\ufeff\ufff9-\ufffb]"
)
_JOINERS = "\u200c\u200d"
_SPACE = "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BREAK = "\r\x0b\x0c\u2028\u2029"
_WINDOWS = {chr(byte): bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
_BULLETS = {chr(code): "•" for code in range(0xF000, 0xF100)}
#: What is written for a character that does not print; for others nothing. A control code of Windows-1252's range was
#: meant as that, a private one is a bullet of a symbol font.
_INSTEAD = {**dict.fromkeys(_SPACE, " "), **dict.fromkeys(_BREAK, "\n"), **_WINDOWS, **_BULLETS}
_SPACES = re.compile("  +")
_EMPTY_LINES = re.compile("\n{3,}")
_MISSING = (
    "-|--|n/a|na|nan|nil|none|not applicable|not available|not provided|not specified|not stated|null|tbd|undefined|"
    "unknown|unspecified"
)
#: What people write for "nothing", in lower case.
MISSING = frozenset(_MISSING.split("|"))


def _visible(found: re.Match[str]) -> str:
    """Return what to write for a character that does not print.

    Joiners are letters of their own in many scripts, and noise in Latin.
    """
    character = found[0]
    if character in _JOINERS:
        return character if found.string[found.start() - 1 : found.start()] >= "\u0250" else ""
    return _INSTEAD.get(character, "")


def _printable(text: str) -> str:
    text = mojibake.repaired(markup.plain(text))
    return _ODD.sub(_visible, text.replace("\r\n", "\n") if "\r" in text else text)


def _orderly(text: str) -> str:
    if "  " in text:
        text = _SPACES.sub(" ", text)
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    if "\n\n\n" in text:
        text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip()


def unquoted(text: str) -> str:
    """Return *text* without the quotes that a CSV writer put around a cell and a bad reader left there."""
    if not (text.startswith('"') and '""' in text):
        return text
    body = text[1:-1] if text.endswith('"') else text[1:]
    return body.replace('""', '"') if '"' not in body.replace('""', "") else text


def several_lines(text: str) -> str:
    """Return *text* cleaned, its lines and paragraphs kept."""
    return _orderly(_printable(unquoted(text)) if _NOT_PLAIN.search(text) or text[:1] == '"' else text)


def one_line(text: str) -> str:
    """Return *text* cleaned, on one line."""
    if _NOT_PLAIN.search(text):
        text = _printable(text)
    return " ".join(text.split())


def name(value: object) -> str | None:
    """Return what names something on one line, None for the likes of ``n/a``; numbers are names too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    cleaned = one_line(value if isinstance(value, str) else str(value))
    return None if is_missing(cleaned) else cleaned


def is_missing(value: str) -> bool:
    """Tell whether a cell says that there is nothing to say."""
    return len(value) < 20 and (not value or value.lower() in MISSING)
