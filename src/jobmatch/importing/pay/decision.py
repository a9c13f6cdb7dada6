"""From what a posting tells to its pay: of all that it may mean, what makes sense, if that is one thing only."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from attrs import frozen

from jobmatch.importing.pay import currencies
from jobmatch.importing.pay.grammar import Told
from jobmatch.importing.pay.items import Amount, Money, Span
from jobmatch.model import Pay, PayPeriod
from jobmatch.model.job import PERIODS_PER_YEAR

_MOST_EVER = 1e12
#: Parts and multiples of the pay of a usual year: what anybody may be paid, and what many are.
_ANYBODY, _MANY, _BY_THE_HOUR = (1 / 100, 30.0), (1 / 10, 20.0), (1 / 5, 5.0)
_WIDEST = 10.0


@frozen
class Sense:
    """One of the things that a text may mean; the ends are what it says, in ``money``, per ``span``."""

    low: float | None
    high: float | None
    money: str
    span: Span
    way: str

    def within(self, bounds: tuple[float, float]) -> bool:
        """Tell whether both ends are, as parts of what a usual year brings."""
        usual = currencies.usual_year(self.money)
        ends = [end * self.span.times * PERIODS_PER_YEAR[self.span.period] for end in (self.low, self.high) if end]
        return max(ends) <= _MOST_EVER if usual is None else all(bounds[0] <= e / usual <= bounds[1] for e in ends)

    def pay(self) -> Pay:
        """Return it as a value."""
        low, high = (None if end is None else round(end * self.span.times, 4) for end in (self.low, self.high))
        return Pay(minimum=low, maximum=high, currency=self.money, period=self.span.period)


@lru_cache(maxsize=16_384)  # many postings pay the same
def decided(told: Told, default: str | None) -> Pay | None:
    """Return the pay that is meant, None if nothing makes sense, or several things do.

    Arguments:
        told: what the posting tells.
        default: currency of the posting's country, None if that is unknown.
    """
    if not told.spans and not told.sure:  # what was not understood may be the time
        return None
    found = [sense for sense in _senses(told, default) if sense.within(_ANYBODY)]
    if _several(found):
        found = [sense for sense in found if sense.within(_MANY)] or found
    if _several(found):
        found = [sense for sense in found if sense.way == _likelier(told, sense.money)]
    return found[0].pay() if found and not _several(found) else None


def _several(found: list[Sense]) -> bool:
    return len(found) > 1 and len({(sense.low, sense.high, sense.money, sense.span) for sense in found}) > 1


def _likelier(told: Told, money: str) -> str | None:
    """Return how a number such as ``60.000`` is meant where both ways make sense.

    Three decimals are rare: after a comma nobody writes them. A full stop parts thousands only where people do so.
    """
    if any(amount and "," in amount.groups for amount in (told.low, told.high)):
        return "point"
    return "comma" if money in currencies.DOTTED else None


def _senses(told: Told, default: str | None) -> Iterator[Sense]:
    ends = [end for end in (told.low, told.high) if end]
    ways = ("point", "comma") if any(end.groups for end in ends) else ("point",)
    for money, way in product(_currencies(told.money, default), ways):
        if not all(_usual_signs(end, way, money, sure=_sure(told, default)) for end in ends):
            continue
        for low, high in _ends(told, way):
            for span in told.spans or _usual(low, high, money):
                if not span.only or money in span.only:
                    yield Sense(low, high, money, span, way)


def _sure(told: Told, default: str | None) -> bool:
    """Tell whether the currency is more than a guess."""
    return default is not None or (told.money is not None and len(told.money.codes) == 1)


def _usual_signs(end: Amount, way: str, money: str, *, sure: bool) -> bool:
    """Tell whether people write an amount of this currency so, if ``17.125`` is meant this way.

    Three decimals are rare, and rarer still if the last is 0. Full stops between thousands are rare where they part
    decimals, but for round amounts.
    """
    if not end.three or money in currencies.THREE_DECIMALS:
        return True
    if end.three == way:
        return sure and not end.padded()
    return end.three == "comma" or money in currencies.DOTTED or end.padded()


def _currencies(money: Money | None, default: str | None) -> list[str]:
    if money is None or default in money.codes:
        return [default or currencies.of_country(None)]
    return [money.usual] if money.usual else sorted(money.codes)


def _ends(told: Told, way: str) -> Iterator[tuple[float | None, float | None]]:
    """Yield least and most, the right way round; 0 says nothing."""
    one = told.one()
    for low, high in product(_values(told.low, told.high, way), _values(told.high, None, way)):
        if one:
            low = high
        if low and high and low > high:
            low, high = high, low
        if (low or high) and not (low and high and high > low * _WIDEST):
            yield low or None, high or None


def _values(amount: Amount | None, other: Amount | None, way: str) -> list[float | None]:
    """Return what *amount* may be; in ``60-80k`` the k of the *other* is meant for both."""
    if amount is None:
        return [None]
    value: float | None = getattr(amount, way)
    if value is None:
        return []
    times = amount.times or (1.0,)
    beyond: float | None = getattr(other, way) if other else None
    if not amount.times and other and other.times and beyond is not None and value <= beyond:
        times = other.times
    return [value * one for one in times]


def _usual(low: float | None, high: float | None, money: str) -> Iterator[Span]:
    """Yield the time that is meant where none is named: an hour or a year, if the amounts are usual for that."""
    hour, year = Span(PayPeriod.HOUR), Span(PayPeriod.YEAR)
    if money in currencies.HOURLY and Sense(low, high, money, hour, "").within(_BY_THE_HOUR):
        yield hour
    least = currencies.yearly_from(money)
    if least is not None and min(end for end in (low, high) if end) >= least:
        yield year
