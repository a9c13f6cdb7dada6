"""From the pieces of a text to the amounts, the currency and the time that it tells.

Whatever stands beside an amount has to be understood, else nothing is read: the word may be a time, or a thousand. In a
part of the text that is set off (by a comma, brackets, a plus) anything may stand, if the time has been told.

Each piece has a kind, one letter, so that what is allowed can be written as regular expressions:

| kind | stands for | kind | stands for |
|---|---|---|---|
| N | a number | T | to; before a single amount: at most |
| A | an amount | F, H | at least, at most |
| C | a currency | W | between |
| M | a thousand and the like | &, n | and; n elsewhere parts, as a break does |
| t | a thousand, before a currency | - / % | a dash, a slash, per cent |
| S, s | a time, a noun or too short to be one | \\| | a break |
| V | a time, said as such | L | what stands before numbers that are no amounts |
| P, G | per and articles; of | X | what is paid beside the pay |
| B | to, per, a year: "a" | q | a number that is no amount |
| E | per, a year: "an" | _ | says nothing |
| w, m, y | in, million, and; or a week, a month, a year | ? | was not understood |
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from attrs import evolve, frozen

from jobmatch.importing.pay.amounts import MILLION
from jobmatch.importing.pay.items import Amount, Item, Money, Span
from jobmatch.importing.pay.lexer import UNKNOWN, items

_Rule = tuple[re.Pattern[str], Callable[[Sequence[Item]], list[Item]]]
#: Times are told in so many: ``per 4 weeks``, ``6 months``.
_COUNTS = frozenset((1, 2, 3, 4, 6, 12))
_LABEL_BELOW = 100


@frozen
class Told:
    """What was read of pay.

    Arguments:
        low: the least; None if there is none.
        high: the most; None if there is none.
        money: in what, None if nothing is said.
        spans: for which time, empty if nothing is said.
        sure: False if something else was left unread, which may be the time.
    """

    low: Amount | None = None
    high: Amount | None = None
    money: Money | None = None
    spans: frozenset[Span] = frozenset()
    sure: bool = True

    def one(self) -> Amount | None:
        """Return the amount, None unless it is exactly one."""
        return self.low if self.low is not None and self.low is self.high else None


def _small(item: Item, below: int) -> int | None:
    amount = item.amount
    if amount is None or amount.groups or amount.point is None or not 1 <= amount.point < below:
        return None
    return int(amount.point)


def _scaled(found: Sequence[Item]) -> list[Item]:
    """Read ``per 2 weeks``."""
    count = _small(found[-2], _LABEL_BELOW)
    if count not in _COUNTS:
        return [UNKNOWN]
    spans = frozenset(evolve(span, times=span.times / count) for span in found[-1].spans)
    return [Item("V", spans=spans)]


def _label(found: Sequence[Item]) -> list[Item]:
    """Read ``Band 6`` and ``Grade 7-9``."""
    numbers = [item for item in found if item.kind == "N"]
    return [Item("_")] if all(_small(item, _LABEL_BELOW) for item in numbers) else [UNKNOWN]


def _multiplied(found: Sequence[Item]) -> list[Item]:
    number, times = found[0].amount, found[-1]
    if number is None:
        return [UNKNOWN]
    amount = evolve(number, times=MILLION if times.kind == "m" else times.times)
    implied = [Item("C", money=times.money)] if times.money else []
    return [Item("A", amount=amount), *found[1:-1], *implied]


_PER = "PGBE&w"
_RULES: list[_Rule] = [
    (re.compile(rf"[/{_PER}]+[Ss]|[/P][EBwym]"), lambda found: [evolve(found[-1], kind="V")]),
    (re.compile(r"P+N[Ss]"), _scaled),
    (re.compile(r"N(?:[-T]N)?%"), lambda _: [Item("%")]),
    (re.compile(r"L+-?N(?:[-T/]N)?(?![Mtm])"), _label),
    (re.compile(r"(?<![CM\-TB])N[-TB]N-?[Ss]{1,2}V?|(?<!C)N-?[Ss]{1,2}V?"), lambda _: [Item("q")]),
    (re.compile(r"NC?M|Nt(?=C)|Nm"), _multiplied),
    (re.compile(r"N"), lambda found: [evolve(found[0], kind="A")]),
    (re.compile(r"(?<=[CA])[G_]*S"), lambda found: [evolve(found[-1], kind="V")]),
    (re.compile(r"(?<=[ACV_])/(?=V)|(?<=[CV_])/(?=_)"), lambda _: [Item("_")]),
]
_AND_IS_TO = str.maketrans("&yn", "TTT")
_AND_PARTS = str.maketrans("n", "|")
_COUNTED = re.compile("NS")
_NO_AMOUNT = re.compile("[CVSsEBwymLGP_/-]+")
_SAYS_NOTHING = str.maketrans("", "", "CVGW_q")
_EXACTLY = re.compile("A")
_AT_LEAST = re.compile("F+A|AF")
_AT_MOST = re.compile("[TB]*H+A|TA|AH")
_BETWEEN = re.compile("F?AF?(?:-?[TB]?H?|-)(?<=[TBH-])AH?")


@lru_cache(maxsize=4_096)
def read(text: str) -> Told | None:
    """Return the pay that *text* tells, None if there is none or something beside it was not understood."""
    kinds, found = _reduced(items(text))
    parts = [_Part(kind, piece) for kind, piece in _parts(kinds, found)]
    told = [part for part in parts if "A" in part.kinds and "X" not in part.kinds]
    if len(told) != 1:
        return None
    beside = [part for part in parts if part.plain and not part.strange]
    return told[0].told([told[0], *beside], sure=not any(part.strange for part in parts))


@lru_cache(maxsize=4_096)
def words(text: str) -> Told | None:
    """Return the currency and the time that *text* names, without an amount; None if it says anything else."""
    found = items(text)
    if _COUNTED.fullmatch("".join(item.kind for item in found)):
        found = [Item("P"), *found]
    kinds, found = _reduced(found)
    if not _NO_AMOUNT.fullmatch(kinds):
        return None
    return _merged([item.money for item in found if item.money], [item.spans for item in found if item.spans], Told())


def _reduced(found: list[Item]) -> tuple[str, list[Item]]:
    kinds = "".join(item.kind for item in found)
    for pattern, make in _RULES:
        if not pattern.search(kinds):
            continue
        made: list[Item] = []
        end = 0
        for match in pattern.finditer(kinds):
            made += [*found[end : match.start()], *make(found[match.start() : match.end()])]
            end = match.end()
        found = made + found[end:]
        kinds = "".join(item.kind for item in found)
    return kinds, found


def _parts(kinds: str, found: list[Item]) -> list[tuple[str, list[Item]]]:
    kinds = kinds.translate(_AND_IS_TO if "W" in kinds else _AND_PARTS)
    return [(match[0], found[match.start() : match.end()]) for match in re.finditer(r"[^|]+", kinds)]


@frozen
class _Part:
    """A part of a text between breaks."""

    kinds: str
    found: list[Item]

    @property
    def strange(self) -> bool:
        """Whether it holds what was not understood, or numbers of something else."""
        return not set(self.kinds) <= set("ACVGW_TFHBXq-%") or ("q" in self.kinds and "X" not in self.kinds)

    @property
    def plain(self) -> bool:
        """Whether it tells of the pay without naming an amount."""
        return not set(self.kinds) & set("AX%")

    def told(self, parts: "list[_Part]", *, sure: bool) -> Told | None:
        """Return what the amounts of this part and the words of all *parts* tell."""
        amounts = [item.amount for item in self.found if item.kind == "A" and item.amount]
        shape = self.kinds.translate(_SAYS_NOTHING).strip("-")
        found = _ends(shape, amounts)
        pieces = [item for part in parts for item in part.found]
        spans = [item.spans for item in pieces if item.kind == "V"]
        return found and _merged([item.money for item in pieces if item.money], spans, evolve(found, sure=sure))


def _ends(shape: str, amounts: list[Amount]) -> Told | None:
    first, last = amounts[0], amounts[-1]
    if _EXACTLY.fullmatch(shape):
        return Told(first, first)
    if _AT_LEAST.fullmatch(shape):
        return Told(low=first)
    if _AT_MOST.fullmatch(shape):
        return Told(high=first)
    return Told(first, last) if _BETWEEN.fullmatch(shape) else None


def _merged(money: list[Money], spans: list[frozenset[Span]], told: Told) -> Told | None:
    """Return *told* with what all agree on, None if they do not."""
    for one in money:
        both = one if told.money is None else told.money.both(one)
        if both is None:
            return None
        told = evolve(told, money=both)
    if spans:
        told = evolve(told, spans=frozenset.intersection(*spans))
        return told if told.spans else None
    return told
