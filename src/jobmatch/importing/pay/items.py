"""What pay is read from: pieces of text with what each means."""

import re

from attrs import frozen

from jobmatch.model import PayPeriod
from jobmatch.model.text import bare

_PLAIN = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "dj", "ʻ": "'", "’": "'"})
_BETWEEN = re.compile(r"[\s_.'-]+")


@frozen
class Span:
    """A time that pay is for.

    Arguments:
        period: an amount for it, times ``times``, is one per this.
        times: see there.
        only: currencies beside which a word may mean this time; empty for all.
    """

    period: PayPeriod
    times: float = 1.0
    only: frozenset[str] = frozenset()


@frozen(cache_hash=True)
class Money:
    """The currencies that a sign or a name may mean.

    Arguments:
        codes: ISO 4217 codes.
        usual: the one that is meant where the posting's country tells no other; None if nobody could say.
    """

    codes: frozenset[str]
    usual: str | None = None

    def both(self, other: "Money") -> "Money | None":
        """Return what both may mean, None if they contradict each other."""
        codes = self.codes & other.codes
        only = next(iter(codes)) if len(codes) == 1 else None
        usual = only or (self.usual if self.usual in codes else other.usual if other.usual in codes else None)
        return Money(codes, usual) if codes else None


@frozen(cache_hash=True)
class Amount:
    """A number, in the two ways in which it may be meant.

    Arguments:
        point: its value if a full stop parts the decimals, None if it is then none.
        comma: its value if a comma does.
        times: what it may have to be multiplied with; empty where nothing is said.
        groups: the sign that may part thousands, if there is one.
        three: ``point`` or ``comma`` if there is only that, before three digits: as decimals these are rare.
    """

    point: float | None
    comma: float | None
    times: tuple[float, ...] = ()
    groups: str = ""
    three: str = ""

    def padded(self) -> bool:
        """Tell whether the last of them is 0."""
        value = self.point if self.three == "point" else self.comma
        return value is not None and round(value * 1_000) % 10 == 0


@frozen
class Item:
    """A piece of text that means something.

    Arguments:
        kind: one letter; `grammar` tells what each stands for.
    """

    kind: str
    money: Money | None = None
    spans: frozenset[Span] = frozenset()
    times: tuple[float, ...] = ()
    amount: Amount | None = None


def key(text: str) -> str:
    """Return *text* as words are compared: no case, no accents, no signs between words."""
    return _BETWEEN.sub(" ", bare(text).translate(_PLAIN)).strip() or text
