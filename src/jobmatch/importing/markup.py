"""HTML to plain text: entities become characters, blocks become lines, other tags vanish."""

import html
import re
from functools import lru_cache

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK = (
    "address|article|aside|blockquote|br|center|dd|div|dl|dt|fieldset|figure|footer|form|h1|h2|h3|h4|h5|h6|header|hr|li|"
    "main|nav|ol|option|p|pre|section|select|table|tbody|td|tfoot|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|b|big|body|button|cite|code|del|em|font|head|html|i|iframe|img|input|ins|kbd|label|link|mark|meta|noscript|"
    "object|q|s|script|small|span|strike|strong|style|sub|sup|svg|time|title|tt|u|var|video"
)
_BLOCKS = frozenset(_BLOCK.split("|"))
_HIDDEN = {"script", "style", "head", "!--"}
_TAG = re.compile(rf"<(/?)({_BLOCK}|{_INLINE})(?![\w-])[^<>]*>|(<)(!--)|(-->)", re.IGNORECASE)
_MOST_ROUNDS = 3


@lru_cache(maxsize=4_096)
def _character(entity: str) -> str:
    return html.unescape(entity)


def _replacement(found: re.Match[str]) -> str:
    return _character(found[0])


def unescaped(text: str) -> str:
    """Return *text* with entities as the characters that they stand for, those that were escaped twice included."""
    for _ in range(_MOST_ROUNDS):
        if "&" not in text:
            break
        text, count = _ENTITY.subn(_replacement, text)
        if not count:
            break
    return text


def _kind(tag: re.Match[str]) -> tuple[str, bool]:
    """Return the name of a tag and whether it closes."""
    if tag[5]:
        return "!--", True
    return (tag[4] or tag[2]).lower(), bool(tag[1])


def _in_place_of(name: str, closing: bool) -> str:
    if name == "li":
        return "" if closing else "\n• "
    return "\n" if name in _BLOCKS else ""


def without_tags(text: str) -> str:
    """Return *text* without HTML tags, comments, scripts and styles. A ``<`` that opens no known tag stays."""
    parts: list[str] = []
    position, hidden = 0, ""
    for tag in _TAG.finditer(text):
        name, closing = _kind(tag)
        if not hidden and not tag[5]:
            parts += (text[position : tag.start()], _in_place_of(name, closing))
            position = tag.end()
            hidden = name if name in _HIDDEN and not closing else ""
        elif hidden == name and closing:
            position, hidden = tag.end(), ""
    return "".join(parts) if hidden else "".join((*parts, text[position:]))


def plain(text: str) -> str:
    """Return the text that a browser would show for *text*."""
    text = unescaped(text)
    return without_tags(text) if "<" in text else text
