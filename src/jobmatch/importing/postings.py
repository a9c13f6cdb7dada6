"""Records to jobs: each field found, read and cleaned; a row that cannot be a posting is refused with the reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec

from jobmatch.errors import InvalidInput
from jobmatch.importing import countries, dates, kinds, pay, shifts, skills, text, whereabouts, workplaces
from jobmatch.importing.cells import Cells
from jobmatch.importing.habits import Habits, foreseen
from jobmatch.importing.mapping import FieldMap, FieldNames, unfolded
from jobmatch.importing.rows import Record
from jobmatch.model import Job, Pay, Place, Workplace
from jobmatch.model.fields import called, several
from jobmatch.model.languages import language
from jobmatch.model.text import storable_values

_encode = msgspec.json.Encoder(order="sorted").encode
_PAY_FIELDS = ("pay_minimum", "pay_maximum", "pay_currency", "pay_period", "pay")
_LONGEST_ID = 512
#: What is posted later than that was most likely dated wrongly.
_FAR_AHEAD = timedelta(days=31)
_OF_JSON = frozenset({str, int, bool, dict, list, type(None)})


class NoPosting(Exception):
    """A record is no posting; the message is the reason."""


class Interpreter:
    """Makes jobs of the records of one file.

    Arguments:
        names: which field is which.
        stem: what ids begin with where a record has none: ``stem:digest of the record``.
        country: of places that name none, by code or name.

    Attributes:
        warnings: how often which field could not be read and was left out.
        doubts: how often which field was taken though it may mean something else.

    Raises:
        InvalidInput: there is no such country.
    """

    def __init__(self, names: FieldNames, stem: str, country: str | None = None) -> None:
        self._names = names
        self._stem = stem
        self._country = _land(country) if country is not None else None
        self._habits = Habits()
        self.warnings: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()

    def clear(self) -> None:
        """Forget what was seen and counted."""
        self._habits.clear()
        self.warnings.clear()
        self.doubts.clear()

    def see(self, record: Record) -> bool:
        """Take note of how a record is written, and return whether it holds what only others can tell how to read."""
        record = self._unfolded(record)
        return self._habits.see(record, self._names.plan(record))

    def _unfolded(self, record: Record) -> Record:
        return unfolded(record, self._names.nested) if self._names.nested else record

    def job(self, record: Record) -> Job:
        """Return the posting that *record* holds.

        Raises:
            NoPosting: it holds none.
        """
        record = self._unfolded(record)
        cells = Cells(record, self._names.plan(record), self.warnings)
        title = _title(cells)
        try:
            return self._job(cells, title, _id(cells) or self._digest(record))
        except InvalidInput as error:
            raise NoPosting(str(error)) from None

    def _job(self, cells: Cells, title: str, ident: str) -> Job:
        company, description = _company(cells), self._description(cells)
        found, written = whereabouts.read(cells)
        where = whereabouts.settled(found, cells, self._habits, self._country)
        workplace = _workplace(cells, written)
        employment_type, level = cells.take("employment_type", kinds.employment_type), cells.take("level", kinds.level)
        offer = _pay(cells, where)
        posted_at, expires_at = self._date(cells, "posted_at", dates.moment), self._date(cells, "expires_at", dates.end)
        if len(cells.odd) >= shifts.ENOUGH:
            raise NoPosting(f"columns look shifted: {', '.join(cells.odd)} hold something else; check the quoting")
        return Job(
            id=ident,
            title=title,
            company=company,
            description=description,
            places=where,
            workplace=workplace,
            employment_type=employment_type,
            level=level,
            industry=cells.take("industry", text.name),
            skills=cells.take("skills", skills.skills),
            pay=offer,
            posted_at=posted_at,
            expires_at=expires_at,
            url=cells.take("url", _url),
            language=cells.take("language", _language),
            metadata=_metadata(cells),
        )

    def _date(self, cells: Cells, field: str, read: Callable[..., datetime | None]) -> datetime | None:
        """Read a date, the day first if that is how the others of its kind are written."""
        day_first = self._habits.day_first(field)

        def reading(value: Any) -> datetime | None:
            found = read(value, day_first=day_first)
            if (day_first is None or self._habits.is_mixed(field)) and dates.is_open(value):
                self.doubts[f"{field}: the {'day' if day_first else 'month'} is taken to be first"] += 1
            return found

        found = cells.take(field, reading)
        if found and field == "posted_at" and found > datetime.now(UTC) + _FAR_AHEAD:
            self.doubts[f"{field}: lies more than {_FAR_AHEAD.days} days ahead"] += 1
        return found

    def _description(self, cells: Cells) -> str:
        if self._names.joined:
            parts = cells.take_all("description", _prose)
        else:
            parts = [cells.take("description", _prose) or ""]
        return "\n\n".join((*parts, *cells.take_all("requirements", _prose)))

    def _digest(self, record: Record) -> str:
        return f"{self._stem}:{blake2b(_encode(storable_values(record)), digest_size=10).hexdigest()}"


def _title(cells: Cells) -> str:
    title = cells.take("title", text.name)
    if not title:
        raise NoPosting("title is missing")
    if wrong := shifts.wrong_title(title):
        raise NoPosting(f"title holds a {wrong}, not a title: columns look shifted; check the quoting")
    return title


def _company(cells: Cells) -> str | None:
    company = cells.take("company", _named)
    if company and (wrong := shifts.wrong_company(company)):
        cells.odd.append("company")
        cells.warn("company", f"holds a {wrong}")
        cells.release("company")
        return None
    return company


def _id(cells: Cells) -> str | None:
    ident = cells.take("id", _identifier)
    if ident and len(ident) > _LONGEST_ID:
        raise NoPosting(f"id is longer than {_LONGEST_ID} characters")
    return ident


def _identifier(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return text.name(value.get("value") if isinstance(value, dict) else value)


def _named(value: Any) -> str | None:
    return text.name(value.get("name") if isinstance(value, dict) else value)


def _prose(value: Any) -> str | None:
    if isinstance(value, list):
        value = "\n".join(one for one in value if isinstance(one, str))
    return (text.several_lines(value) or None) if isinstance(value, str) else None


def _url(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    url = value.strip()
    return url if url.lower().startswith(("https://", "http://")) and not any(c.isspace() for c in url) else None


def _language(value: Any) -> str | None:
    return language(value) if isinstance(value, str) else None


def _metadata(cells: Cells) -> dict[str, Any]:
    own = cells.take("metadata", lambda value: value if isinstance(value, dict) else None)
    rest = cells.rest()
    return {**rest, **own} if own else rest


def _workplace(cells: Cells, written: Sequence[str]) -> Workplace | None:
    """Return the workplace; a flag knows nothing between remote and not, which the texts for places may tell."""
    told, where = cells.take("workplace", kinds.workplace), workplaces.among(written)
    if told is None or (told.by_flag and where is Workplace.HYBRID):
        return where
    return told.workplace


def _pay(cells: Cells, where: tuple[Place, ...]) -> Pay | None:
    if not cells.tells("pay", "pay_minimum", "pay_maximum"):
        return None
    beside = _beside_pay(cells, where[0].country if where else None)
    if whole := cells.take("pay", partial(pay.in_any, beside=beside)):
        return whole
    low, high = cells.take("pay_minimum", pay.amount), cells.take("pay_maximum", pay.amount)
    offer = pay.in_columns(low, high, beside=beside)
    if offer is None:
        if pay.names_any(low, high):
            cells.warn("pay", "not plausible for its period, or without one")
        cells.release(*_PAY_FIELDS)
    return offer


def _beside_pay(cells: Cells, country: str | None) -> pay.Beside:
    money, spans = cells.take("pay_currency", pay.currency), cells.take("pay_period", pay.period)
    unread = (money is None and cells.tells("pay_currency"), spans is None and cells.tells("pay_period"))
    return pay.Beside(pay.currency_of(country) if country else None, money, spans or frozenset(), unread)


def jobs_from_records(
    records: Iterable[Record], mapping: FieldMap | None = None, *, country: str | None = None
) -> Iterator[Job]:
    """Yield the postings that records hold, found and cleaned as those of a file.

    Arguments:
        records: in our own form, or with names of other programs.
        mapping: which fields of theirs are which of ours, where the names do not tell.
        country: of places that name none, by code or name.

    Raises:
        InvalidInput: a record is no posting, or there is no such country.
    """
    interpreter = Interpreter(FieldNames(mapping), "record", country)
    for number, record in foreseen(_numbered(records), lambda one: interpreter.see(one[1])):
        try:
            yield interpreter.job(record)
        except (NoPosting, InvalidInput) as reason:
            raise InvalidInput(f"records[{number}]", str(reason)) from None


def _numbered(records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
    for number, record in enumerate(called("records", several)(records, "mappings, one after the other")):
        if not isinstance(record, Mapping) or not all(isinstance(name, str) for name in record):
            raise InvalidInput(f"records[{number}]", "must be a mapping of fields by name")
        try:
            cleaned = {name: _cell(value) for name, value in record.items()}
        except InvalidInput as reason:
            raise InvalidInput(f"records[{number}]", str(reason)) from None
        yield number, cleaned


def _land(country: str) -> str:
    if not isinstance(country, str) or not (code := countries.country(country)):
        raise InvalidInput("country", f"{country!r} is no country; give its ISO 3166-1 code, as in DE")
    return code


def _cell(value: Any) -> Any:
    """Return what JSON would hold; of data frames NaN stands for nothing."""
    if type(value) in _OF_JSON:
        return value
    if isinstance(value, (float, date)) and value != value:
        return None
    return storable_values(value)
