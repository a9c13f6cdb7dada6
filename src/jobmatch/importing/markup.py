"""HTML to plain text: entities become characters, blocks become lines, other tags vanish."""

import html
import re
from functools import lru_cache

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK = (
    "address|article|aside|blockquote|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h1|h2|h3|h4|h5|h6|header|hgroup|hr|legend|li|main|menu|nav|ol|optgroup|option|p|pre|section|select|summary|table|tbody|"
    "td|textarea|tfoot|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|acronym|area|audio|b|bdi|bdo|big|body|button|canvas|cite|code|col|colgroup|del|dfn|em|embed|font|g|head|html|i|"
    "iframe|img|input|ins|kbd|label|link|map|mark|meta|nobr|noscript|object|param|path|picture|q|ruby|s|samp|script|small|"
    "source|span|strike|strong|style|sub|sup|svg|template|time|title|track|tt|u|var|video|wbr|[a-z][a-z0-9]{0,9}:[a-z][\\w-]*"
)
_ALONE = (
    "allowfullscreen|async|autofocus|autoplay|checked|compact|controls|defer|disabled|hidden|ismap|itemscope|loop|multiple|"
    "muted|nofollow|noshade|novalidate|nowrap|open|readonly|required|reversed|selected"
)
#: A value in quotes may hold a ``>``; no ``<``, so that each tag is looked at up to the next one at most.
_VALUE = r"""(?:"[^"<]*"|'[^'<]*'|[^\s"'<>]+)"""
_ATTRIBUTE = rf"\s+(?:[\w:.@-]+\s*=\s*{_VALUE}|(?:{_ALONE})\b)"
#: What follows the name of a tag: attributes; whatever follows one that is spoilt; nothing. Else it is a comparison.
_REST = rf"(?:(?>(?:{_ATTRIBUTE})*)\s*/?|\s+[\w:.-]+\s*=[^<>]*)"
_BLOCKS = frozenset(_BLOCK.split("|"))
_HIDDEN = {"script", "style", "head", "!--"}
_TAG = re.compile(
    rf"</(?P<closed>{_BLOCK}|{_INLINE})(?![\w-])[^<>]*>|<(?P<opened>{_BLOCK}|{_INLINE})(?![\w-]){_REST}>|"
    r"(?P<comment><!--)|(?P<end>-->)",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"<(?:\?xml\b|!doctype\b|!\[(?:if|endif)\b)[^<>]*>", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
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
    if tag["comment"] or tag["end"]:
        return "!--", bool(tag["end"])
    return (tag["closed"] or tag["opened"]).lower(), bool(tag["closed"])


def _in_place_of(name: str, closing: bool) -> str:
    if name == "li":
        return "" if closing else "\n• "
    return "\n" if name in _BLOCKS else ""


def without_tags(text: str) -> str:
    """Return *text* without HTML tags, comments, scripts and styles. A ``<`` that opens no known tag stays."""
    text = _DECLARATION.sub("", _CDATA.sub("", text) if "<![CDATA[" in text else text)
    parts: list[str] = []
    position, hidden = 0, ""
    for tag in _TAG.finditer(text):
        name, closing = _kind(tag)
        if not hidden and not tag["end"]:
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
