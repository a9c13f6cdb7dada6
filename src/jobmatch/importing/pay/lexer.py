"""From a text to the pieces that mean something."""

import re

from attrs import evolve

from jobmatch.importing.pay import amounts, currencies, periods, wording
from jobmatch.importing.pay.items import Item, key
from jobmatch.importing.text import one_line

#: Words win over currencies, those for numbers and times over both.
ITEMS = currencies.ITEMS | wording.ITEMS | amounts.ITEMS | periods.ITEMS
UNKNOWN = Item("?")
_MOST_WORDS = 4
#: Characters of scripts that put no spaces between words.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd"
_LETTER = rf"[^\W\d_{_UNSPACED}]"
_LANDS = "US CA AU NZ HK SG MX TT JM"
_TOKEN = re.compile(
    rf"(?P<number>{amounts.NUMBER})"
    rf"|(?P<sign>[Uu]\$[SsDd](?!{_LETTER})|{_LETTER}{{0,4}}\$(?: ?(?:{_LANDS.replace(' ', '|')})(?!{_LETTER}))?"
    r"|[Ss]/\.?(?= ?\d)|[đĐ](?![^\W\d_])|[Gg][Hh][₵¢])"
    rf"|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>{_LETTER}(?:{_LETTER}|[{_MARKS}])*)"
    r"|(?P<other>\S)",
)
_JOINTS = re.compile(r"[ .'’_-]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFFE5: 0xA5, 0xFFE1: 0xA3, 0xFFE6: 0x20A9}
_DIGITS = {
    0x66C: "’",
    0x66B: ".",
    **dict.fromkeys(map(ord, "−‐‑‒–—―〜～"), "-"),
    **dict.fromkeys(map(ord, "、，；。"), ";"),
}
#: Numbers that are none, and a minus sign, after which there is no pay to be read.
_NO_AMOUNTS = re.compile(r"(?<![\d.,])401\s?\(?k\)?|\b(?:b2b|c2c|w-?2|ir35|24/7)\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"\W*-[^\w\s]?\d")
_MARKS_OF = {
    **dict.fromkeys("-~", "-"),
    **dict.fromkeys("/", "/"),
    **dict.fromkeys(";|()[]{}•·", "|"),
    **dict.fromkeys(".:'’_\"*!“”„«»`´", ""),
    **dict.fromkeys("≥>", "F"),
    **dict.fromkeys("≤<", "H"),
    **dict.fromkeys("&", "n"),
    **dict.fromkeys("%٪", "%"),
    **dict.fromkeys("≈±", "_"),
    **dict.fromkeys("=", "?"),
}


def items(text: str) -> list[Item]:
    """Return what the pieces of *text* mean, in order."""
    text = one_line(text.translate(_FULL_WIDTH)).translate(_DIGITS)
    if _NEGATIVE.match(text):
        return [UNKNOWN]
    text = _NO_AMOUNTS.sub(" ", text)
    found: list[Item] = []
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        pieces, used = _read(tokens, at)
        found += pieces
        at += used
    return found


def _read(tokens: list[re.Match[str]], at: int) -> tuple[list[Item], int]:
    """Return what begins at a token, and how many tokens that takes."""
    token = tokens[at]
    if token["number"]:
        number = amounts.amount(token["number"])
        return [Item("N", amount=number) if number else UNKNOWN], 1
    if token["sign"]:
        return _sign(token["sign"]), 1
    if token["unspaced"]:
        return _unspaced(token["unspaced"]), 1
    return _words(tokens, at) if token["word"] else ([*_mark(token)], 1)


def _sign(text: str) -> list[Item]:
    """Return the currency of a sign such as ``US$``, ``k$`` or ``$ CA``."""
    prefix, dollar, land = text.partition("$")
    if not dollar:
        named = currencies.by_name("₫" if text in "đĐ" else text.rstrip("."))
        return [Item("C", money=named)] if named else [UNKNOWN]
    if named := currencies.by_name(text) or currencies.by_name(land.strip() + dollar + prefix):
        return [Item("C", money=named)]
    return [ITEMS.get(key(prefix), UNKNOWN), *_sign(dollar + land)]  # ``k$``, ``to$``


def _unspaced(run: str) -> list[Item]:
    found: list[Item] = []
    while run:
        size = next((n for n in range(min(len(run), 8), 0, -1) if key(run[:n]) in ITEMS), 0)
        found.append(ITEMS[key(run[:size])] if size else UNKNOWN)
        run = run[size or 1 :]
    return found


def _words(tokens: list[re.Match[str]], at: int) -> tuple[list[Item], int]:
    """Return the meaning of the longest run of words that has one."""
    text = tokens[at].string
    best, phrase, end = ([UNKNOWN], 1), "", tokens[at].start()
    words = 0
    for used, token in enumerate(tokens[at:], 1):
        if token["word"] and (used == 1 or _JOINTS.fullmatch(text, end, token.start())):
            phrase, end, words = f"{phrase} {key(token[0])}".strip(), token.end(), words + 1
            if found := _meaning(phrase, token[0] if words == 1 else ""):
                best = (found, used)
        elif not (token["other"] and _JOINTS.fullmatch(token[0])) or words == _MOST_WORDS:
            break
    return best


def _meaning(phrase: str, written: str) -> list[Item] | None:
    if phrase == "lpa":
        return [ITEMS["lakh"], ITEMS["annual"]]
    if money := currencies.by_code(written):
        return [Item("C", money=money)]
    if item := ITEMS.get(phrase):
        return [item]
    rest = ITEMS.get(phrase[1:], UNKNOWN)  # ``keur``, ``T€``
    return [Item("M", times=(1e3,)), rest] if phrase[0] in "kt" and len(phrase) > 2 and rest.kind == "C" else None


def _mark(token: re.Match[str]) -> list[Item]:
    sign, text = token[0], token.string
    if money := currencies.by_name(sign):
        return [Item("C", money=money)]
    if sign == "+":
        return _plus(text, token.start())
    if sign == ",":
        return [Item("|")] if text[token.end() : token.end() + 1] in {"", " "} else [UNKNOWN]
    kind = _MARKS_OF.get(sign, "?")
    return [evolve(UNKNOWN, kind=kind)] if kind else []


def _plus(text: str, at: int) -> list[Item]:
    """Return the meaning of a plus: "at least" right after an amount, else that more follows."""
    attached = at > 0 and not text[at - 1].isspace() and not text[at + 1 : at + 2].isalnum()
    return [Item("F"), Item("|")] if attached else [Item("|")]
