"""The values: what they accept, what they make of it, and what they refuse."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import msgspec
import numpy as np
import pytest

from jobmatch.errors import InvalidInput
from jobmatch.model import (
    Criterion,
    Diagnostics,
    EmploymentType,
    Exact,
    Explanation,
    Filters,
    Hnsw,
    IvfFlat,
    Job,
    Level,
    Match,
    MatchRequest,
    MetadataCondition,
    Method,
    Pay,
    PayPeriod,
    Place,
    Plan,
    Profile,
    Result,
    Sort,
    TaskState,
    Weights,
    Workplace,
)
from jobmatch.model.text import fold, storable, words

BAD_TEXT = " a\x00b\ud800c "
GOOD_TEXT = "ab\ufffdc"
NAN, INF = float("nan"), float("inf")


def job(**fields: Any) -> Job:
    """Return a posting with what every posting must have."""
    return Job(**({"id": "j", "title": "Welder"} | fields))


FULL: dict[str, Any] = {
    "company": "Steel",
    "description": "We weld.",
    "places": (Place(city="Bonn", country="DE"),),
    "workplace": "onsite",
    "employment_type": "full_time",
    "level": "senior",
    "industry": "metal",
    "skills": ("MIG",),
    "pay": Pay(minimum=20, period="hour"),
    "posted_at": datetime(2026, 1, 1, tzinfo=UTC),
    "expires_at": datetime(2026, 2, 1, tzinfo=UTC),
    "url": "https://example.org/1",
    "language": "en",
    "metadata": {"source": "x"},
}


def _asks(name: str, **of_it: Any) -> MetadataCondition:
    return MetadataCondition(name=name, **of_it)


class TestText:
    def test_what_postgresql_cannot_hold_is_taken_out(self) -> None:
        assert storable("a\x00b") == "ab"
        assert storable("a\ud800") == "a\ufffd"
        assert storable("焊工 🙂") == "焊工 🙂"

    def test_fold_compares_without_case_accents_and_spaces(self) -> None:
        assert fold("  SÖHNE  \n &  Cie ") == fold("Sohne & cie") == "sohne & cie"
        assert fold("Straße") == fold("STRASSE")

    def test_words_keep_names_of_languages_whole(self) -> None:
        assert words("C++, C# and .NET; Node.js (R&D)") == ["c++", "c#", "and", ".net", "node", ".js", "r", "d"]
        assert words("… — !!") == []


class TestPlace:
    def test_is_tidied(self) -> None:
        place = Place(city=" Bonn ", region="  ", country=" de ")
        assert (place.city, place.region, place.country) == ("Bonn", None, "DE")
        assert str(place) == "Bonn, DE"
        assert Place(country="d\x00e").country == "DE"
        assert str(Place()) == ""

    def test_what_people_call_a_country_is_told_by_its_code(self) -> None:
        assert Filters(country=["uk", "de"]).country == ("GB", "DE")
        assert Place(country="UK").country == "GB"

    @pytest.mark.parametrize("country", ["DEU", "D", "1A", "ÄÖ", "D\x00"])
    def test_refuses_what_is_no_country_code(self, country: str) -> None:
        with pytest.raises(InvalidInput, match=r"place\.country: must be a two-letter"):
            Place(country=country)

    @pytest.mark.parametrize("point", [(90.1, 0), (-91, 0), (0, 180.5), (0, -181), (NAN, 0), (0, INF)])
    def test_refuses_points_off_the_globe(self, point: tuple[float, float]) -> None:
        with pytest.raises(InvalidInput, match=r"place\.(latitude|longitude): must be"):
            Place(latitude=point[0], longitude=point[1])

    @pytest.mark.parametrize("point", [(90, 180), (-90, -180), (0, 0)])
    def test_accepts_the_edges(self, point: tuple[float, float]) -> None:
        assert Place(latitude=point[0], longitude=point[1]).latitude == point[0]

    @pytest.mark.parametrize("half", [{"latitude": 1.0}, {"longitude": 1.0}])
    def test_half_a_point_is_none(self, half: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput, match="give both or neither"):
            Place(**half)


class TestPay:
    @pytest.mark.parametrize(
        ("period", "yearly"),
        [("hour", 20_800), ("day", 2_600), ("week", 520), ("month", 120), ("year", 10), (PayPeriod.YEAR, 10)],
    )
    def test_is_compared_by_the_year(self, period: PayPeriod, yearly: float) -> None:
        assert Pay(minimum=10, period=period).yearly() == yearly

    def test_the_highest_amount_counts(self) -> None:
        assert Pay(minimum=10, maximum=20).yearly() == 20
        assert Pay(maximum=20).yearly() == 20
        assert Pay(maximum=0, minimum=0).yearly() == 0
        assert Pay().yearly() is None

    @pytest.mark.parametrize("amount", [-1, 1e13, NAN, INF])
    @pytest.mark.parametrize("name", ["minimum", "maximum"])
    def test_refuses_what_nobody_pays(self, name: str, amount: Any) -> None:
        with pytest.raises(InvalidInput, match=rf"pay\.{name}: must be"):
            attrs.evolve(Pay(), **{name: amount})

    def test_currency_is_tidied(self) -> None:
        assert Pay(currency=" eur\x00 ").currency == "EUR"

    @pytest.mark.parametrize("currency", ["", " ", "\x00", None])
    def test_no_currency_is_an_unknown_one(self, currency: str | None) -> None:
        assert Pay(currency=currency).currency is None

    @pytest.mark.parametrize("currency", ["euro", "$", "ÄÖÜ", 5])
    def test_refuses_what_is_no_currency_code(self, currency: Any) -> None:
        with pytest.raises(InvalidInput, match=r"pay\.currency: must be"):
            Pay(currency=currency)

    def test_nobody_takes_an_unknown_currency_for_dollars(self) -> None:
        assert Pay(minimum=20).currency is None

    def test_the_maximum_is_not_below_the_minimum(self) -> None:
        assert Pay(minimum=10, maximum=10)
        with pytest.raises(InvalidInput, match=r"pay\.maximum: must not be below the minimum"):
            Pay(minimum=10, maximum=5)

    def test_pay_that_was_stored_the_wrong_way_round_can_be_shown(self) -> None:
        assert msgspec.json.decode('{"minimum": 10, "maximum": 5}', type=Pay).yearly() == 5

    @pytest.mark.parametrize("amount", [Decimal(20), np.float32(20), np.int64(20), Fraction(20)])
    def test_amounts_are_plain_numbers(self, amount: Any) -> None:
        stored = msgspec.json.decode(msgspec.json.encode(Pay(minimum=amount, maximum=20)))
        assert (stored["minimum"], stored["maximum"]) == (20, 20)

    def test_refuses_unknown_periods(self) -> None:
        with pytest.raises(InvalidInput, match=r"pay\.period: must be one of hour, day, week, month, year"):
            Pay(period="fortnight")


class TestVocabularies:
    @pytest.mark.parametrize(
        ("kind", "field"),
        [(Workplace, "workplace"), (EmploymentType, "employment_type"), (Level, "level"), (Sort, "sort")],
    )
    @pytest.mark.parametrize("value", ["nonsense", "", "SENIOR ", 5])
    def test_unknown_members_are_refused_with_what_is_allowed(self, kind: Any, field: str, value: Any) -> None:
        with pytest.raises(InvalidInput, match=rf"^{field}: must be one of ") as caught:
            kind(value)
        assert all(member.value in str(caught.value) for member in kind)

    def test_final_states(self) -> None:
        assert {state.value for state in TaskState if state.final} == {"completed", "failed", "cancelled"}


class TestJob:
    def test_texts_are_tidied(self) -> None:
        names = ("id", "title", "company", "description", "industry", "url")
        tidied = job(**dict.fromkeys(names, BAD_TEXT), skills=(BAD_TEXT, GOOD_TEXT))
        assert {getattr(tidied, name) for name in names} == {GOOD_TEXT}
        assert tidied.skills == (GOOD_TEXT,)

    def test_metadata_is_not_nested_without_end(self) -> None:
        value: object = "deep"
        for _ in range(5_000):
            value = [value]
        with pytest.raises(InvalidInput, match="nested deeper than 100 levels"):
            job(metadata={"x": value})

    def test_metadata_is_tidied_through_and_through(self) -> None:
        dirty = {BAD_TEXT: [BAD_TEXT, {"n": (1, None, True, BAD_TEXT)}]}
        clean = " ab\ufffdc "
        assert job(metadata=dirty).metadata == {clean: [clean, {"n": [1, None, True, clean]}]}
        assert job(metadata=dirty).fingerprint()

    @pytest.mark.parametrize("name", ["company", "industry", "url", "language"])
    def test_an_empty_text_is_none(self, name: str) -> None:
        assert getattr(job(**{name: " \x00 "}), name) is None

    @pytest.mark.parametrize("name", ["id", "title"])
    @pytest.mark.parametrize("value", ["", "  ", "\x00"])
    def test_id_and_title_are_needed(self, name: str, value: str) -> None:
        with pytest.raises(InvalidInput, match=rf"job\.{name}: must not be empty"):
            job(**{name: value})

    @pytest.mark.parametrize(
        ("name", "value", "allowed"),
        [
            ("id", 1, "a text, not int"),
            ("title", None, "a text, not NoneType"),
            ("company", 5, "a text, not int"),
            ("pay", 50_000, "a Pay, such as Pay(minimum=50_000, currency=…), not int"),
            ("pay", {"minimum": 50_000}, "a Pay, such as Pay(minimum=50_000, currency=…), not dict"),
            ("places", ["Berlin"], "Places, such as [Place(city=…)], not str"),
            ("places", [{"city": "Berlin"}], "Places, such as [Place(city=…)], not dict"),
            ("places", "Berlin", "Places, such as [Place(city=…)], not str"),
            ("places", Place(city="Berlin"), "Places, such as [Place(city=…)], not Place"),
            ("skills", 5, "a text or several, not int"),
            ("skills", [["welding"]], "a text, not list"),
            ("metadata", ["x"], "a mapping of JSON values by name, not list"),
            ("language", "klingonese", "an ISO 639-1 code such as en or de, or the English name of a language"),
            ("vector", "0.5", "a flat sequence of numbers, not str"),
            ("vector", 0.5, "a flat sequence of numbers, not float"),
        ],
    )
    def test_a_wrong_type_is_told_with_what_is_right(self, name: str, value: Any, allowed: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            job(**{name: value})
        assert str(caught.value) == f"job.{name}: must be {allowed}"

    def test_metadata_are_what_json_can_hold(self) -> None:
        given = {"at": datetime(2026, 1, 1, tzinfo=UTC), "n": np.int64(5), "x": np.float32(0.5), "s": {1}, "b": 2**70}
        held = job(metadata=given).metadata
        assert held == {"at": "2026-01-01T00:00:00Z", "n": 5, "x": 0.5, "s": [1], "b": 2**70}
        assert msgspec.json.decode(msgspec.json.encode(held)) == held
        for wrong in ({"x": object()}, {"x": [int]}, {5: "x"}, {"x": {None: 1}}):
            with pytest.raises(InvalidInput, match=r"^job\.metadata: must "):
                job(metadata=wrong)

    def test_a_number_of_metadata_that_is_not_finite_is_none_as_json_has_it(self) -> None:
        given: dict[str, Any] = {"x": NAN, "y": [INF, -INF, 1.5, {"z": np.float32("nan")}]}
        held = job(metadata=given).metadata
        assert held == {"x": None, "y": [None, None, 1.5, {"z": None}]}
        assert msgspec.json.decode(msgspec.json.encode(given["y"][:3])) == held["y"][:3]

    def test_an_id_is_not_a_novel(self) -> None:
        assert job(id="x" * 512)
        with pytest.raises(InvalidInput, match=r"job\.id: must have at most 512"):
            job(id="x" * 513)

    def test_times_are_utc(self) -> None:
        east = datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=3)))
        assert job(posted_at=east).posted_at == datetime(2026, 1, 1, tzinfo=UTC)
        posted = job(posted_at=datetime(2026, 1, 1)).posted_at
        assert posted is not None
        assert posted.tzinfo is UTC

    def test_kinds_are_read_by_name(self) -> None:
        read = job(workplace="remote", level="mid", employment_type="contract")
        assert (read.workplace, read.level, read.employment_type) == (
            Workplace.REMOTE,
            Level.MID,
            EmploymentType.CONTRACT,
        )
        with pytest.raises(InvalidInput, match="level: must be one of"):
            job(level="guru")

    def test_skills_are_unique_and_in_order(self) -> None:
        assert job(skills=["b", " a ", "b", ""]).skills == ("b", "a")
        assert job(skills="one").skills == ("one",)

    def test_is_frozen(self) -> None:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            job().title = "other"  # type: ignore[misc]

    def test_the_summary_lacks_the_long_parts(self) -> None:
        full = job(**FULL)
        summary = full.summary()
        shared = set(summary.__struct_fields__)
        assert all(getattr(summary, name) == getattr(full, name) for name in shared)
        assert {a.name for a in attrs.fields(Job)} - shared == {
            "description",
            "expires_at",
            "language",
            "metadata",
            "vector",
        }


CHANGES: dict[str, Any] = {
    "id": "other",
    "title": "Other",
    "company": "Other",
    "description": "Other",
    "places": (Place(city="Bonn", country="FR"),),
    "workplace": "remote",
    "employment_type": "part_time",
    "level": "mid",
    "industry": "other",
    "skills": ("MIG", "TIG"),
    "pay": Pay(minimum=20, period="day"),
    "posted_at": datetime(2026, 1, 2, tzinfo=UTC),
    "expires_at": None,
    "url": None,
    "language": "de",
    "metadata": {"source": "y"},
    "vector": [1.0],
}


class TestFingerprint:
    def test_is_the_same_in_every_process(self) -> None:
        assert job(**FULL).fingerprint() == job(**FULL).fingerprint()
        assert job(id="1", title="Welder").fingerprint().text == "50341a9c244ade669efa654c4594be8d"

    def test_changes_with_the_way_in_which_indexes_keep_postings(self) -> None:
        """Change it with them: an import passes over what has the same."""
        assert job(id="1", title="Welder").fingerprint().content == "ff4fd4a8619f17fe662cd09ae3555a8d"

    def test_all_fields_are_tried(self) -> None:
        assert set(CHANGES) == {a.name for a in attrs.fields(Job)}

    @pytest.mark.parametrize("name", CHANGES)
    def test_sees_a_change_of_any_field(self, name: str) -> None:
        before = job(**FULL)
        after = attrs.evolve(before, **{name: CHANGES[name]})
        assert after.fingerprint().content != before.fingerprint().content
        same_text = after.fingerprint().text == before.fingerprint().text
        assert same_text == (name not in {"title", "description", "vector"})

    def test_does_not_see_how_a_vector_is_written(self) -> None:
        vectors: list[Any] = [[0.5, 2], (0.5, 2.0), np.array([0.5, 2]), np.array([0.5, 2], dtype=np.float32)]
        assert len({job(vector=vector).fingerprint() for vector in vectors}) == 1
        assert job(vector=[0.5, 2.1]).fingerprint() != job(vector=[0.5, 2]).fingerprint()

    def test_does_not_see_the_order_of_metadata(self) -> None:
        assert job(metadata={"a": 1, "b": 2}).fingerprint() == job(metadata={"b": 2, "a": 1}).fingerprint()

    def test_tells_fields_apart(self) -> None:
        assert job(title="a", description="b").fingerprint().text != job(title="ab").fingerprint().text
        assert job(company="x").fingerprint() != job(industry="x").fingerprint()


class TestProfile:
    def test_texts_are_tidied(self) -> None:
        profile = Profile(text=BAD_TEXT, titles=[BAD_TEXT, " "], skills=BAD_TEXT, level="senior")
        assert (profile.text, profile.titles, profile.skills) == (GOOD_TEXT, (GOOD_TEXT,), (GOOD_TEXT,))
        assert profile.level is Level.SENIOR

    def test_is_true_when_it_says_something(self) -> None:
        assert not Profile()
        assert not Profile(text=" ", titles=[""], level="mid", vector=[])
        assert Profile(text="x")
        assert Profile(titles="x")
        assert Profile(skills="x")
        assert Profile(vector=[0.1])

    def test_a_vector_may_be_an_array(self) -> None:
        assert Profile(vector=np.array([0.5, 1], dtype=np.float32)).vector == (0.5, 1.0)

    @pytest.mark.parametrize("value", [NAN, INF, -INF])
    def test_a_vector_is_finite_or_could_not_be_stored(self, value: float) -> None:
        with pytest.raises(InvalidInput, match=r"profile\.vector: must be finite"):
            Profile(vector=[1.0, value])

    @pytest.mark.parametrize("value", ["12", [[1.0]], [None], ["x"], 5, [10**400], np.ones((2, 2))])
    def test_a_vector_is_a_flat_row_of_numbers(self, value: Any) -> None:
        with pytest.raises(InvalidInput, match=r"profile\.vector: must be"):
            Profile(vector=value)

    def test_sizes_are_bounded(self) -> None:
        assert Profile(text="x" * 200_000)
        with pytest.raises(InvalidInput, match=r"profile\.text: must have at most 200,000") as caught:
            Profile(text="secret" * 50_000)
        assert "secret" not in str(caught.value)
        with pytest.raises(InvalidInput, match=r"profile\.skills: must have at most 200"):
            Profile(skills=map(str, range(201)))

    def test_text_and_vector_are_not_shown(self) -> None:
        shown = repr(MatchRequest(profile=Profile(text="secret", vector=[0.123])))
        assert "secret" not in shown
        assert "0.123" not in shown


class TestFilters:
    def test_tell_one_from_true(self) -> None:
        yes, one, same = (Filters(metadata={"x": value}) for value in (True, 1, 1.0))
        assert yes != one
        assert len({yes, one, same}) == 2
        assert one == same
        assert Filters(metadata={"x": [0, "a"]}) != Filters(metadata={"x": [False, "a"]})
        assert Filters(metadata={"x": {"eq": 1, "in": [2, 3]}}) == Filters(metadata={"x": {"in": [2, 3], "eq": 1}})
        assert [one.any_of for one in Filters(metadata={"x": {"eq": 1, "in": [2, 3]}}).metadata] == [(1,), (2, 3)]
        assert Filters(metadata={"x": {"min": 1}}) == Filters(metadata={"x": {"min": 1.0}})

    def test_are_false_when_nothing_is_asked(self) -> None:
        assert not Filters()
        assert not Filters(country=[], city=" ", skills=None)

    @pytest.mark.parametrize(
        "asked",
        [
            {"country": "US"},
            {"remote": False},
            {"remote": True},
            {"salary_min": 0},
            {"keep_unknown": True},
            {"latitude": 0, "longitude": 0, "radius_km": 0},
            {"exclude_job_ids": ["x"]},
            {"posted_after": datetime(2026, 1, 1)},
            {"max_age_days": 0},
            {"metadata": {"visa": True}},
            {"exclude_interactions": "applied"},
        ],
    )
    def test_are_true_when_something_is_asked(self, asked: dict[str, Any]) -> None:
        assert Filters(**asked)

    def test_one_or_several(self) -> None:
        filters = Filters(country="us", city=["Bonn", "Bonn "], experience=["mid", Level.SENIOR], workplace="remote")
        assert (filters.country, filters.city) == (("US",), ("Bonn",))
        assert filters.experience == (Level.MID, Level.SENIOR)
        assert filters.workplace == (Workplace.REMOTE,)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"country": "USA"}, "filters.country"),
            ({"country": ["US", "x"]}, "filters.country"),
            ({"latitude": 91, "longitude": 0, "radius_km": 1}, "filters.latitude"),
            ({"latitude": 0, "longitude": NAN, "radius_km": 1}, "filters.longitude"),
            ({"latitude": 0, "longitude": 0, "radius_km": -1}, "filters.radius_km"),
            ({"latitude": 0, "longitude": 0, "radius_km": INF}, "filters.radius_km"),
            ({"latitude": 0, "longitude": 0}, "filters.radius_km"),
            ({"radius_km": 10}, "filters.radius_km"),
            ({"salary_min": -1}, "filters.salary_min"),
            ({"salary_min": NAN}, "filters.salary_min"),
            ({"experience": "guru"}, "filters.experience"),
            ({"employment_type": "slavery"}, "filters.employment_type"),
            ({"workplace": "moon"}, "filters.workplace"),
            ({"exclude_job_ids": [str(n) for n in range(10_001)]}, "filters.exclude_job_ids"),
            ({"city": [str(n) for n in range(201)]}, "filters.city"),
            ({"salary_currency": "EUR"}, "filters.salary_currency"),
            ({"salary_period": "hour"}, "filters.salary_period"),
            ({"salary_min": 1, "salary_currency": "euro"}, "filters.salary_currency"),
            ({"salary_min": 1, "salary_period": "minute"}, "filters.salary_period"),
            ({"max_age_days": NAN}, "filters.max_age_days"),
            ({"max_age_days": -1}, "filters.max_age_days"),
            ({"cool_down_days": 1}, "filters.cool_down_days"),
            ({"exclude_interactions": "liked"}, "filters.exclude_interactions"),
            ({"keep_unknown": ["company"]}, "filters.keep_unknown"),
            ({"metadata": {"x": NAN}}, "filters.metadata"),
            ({"metadata": {"x": {"min": INF}}}, "filters.metadata"),
            ({"metadata": {"x": {"min": 1, "max": "a"}}}, "filters.metadata"),
            ({"metadata": {"x": {"min": True}}}, "filters.metadata"),
            ({"metadata": {"x": {}}}, "filters.metadata"),
            ({"metadata": {"x": []}}, "filters.metadata"),
            ({"metadata": {"x": {"like": "a%"}}}, "filters.metadata"),
            ({"metadata": {"x": [["a"]]}}, "filters.metadata"),
            ({"metadata": {"x": None}}, "filters.metadata"),
            ({"metadata": {"x": "a" * 1_001}}, "filters.metadata"),
            ({"metadata": {"x": list(range(201))}}, "filters.metadata"),
            ({"metadata": {str(n): n for n in range(201)}}, "filters.metadata"),
            ({"metadata": 5}, "filters.metadata"),
            ({"metadata": {5: 5}}, "filters.metadata"),
            ({"metadata": {"x": {"exists": "yes"}}}, "filters.metadata"),
            ({"metadata": {"x": {"min": object()}}}, "filters.metadata"),
            ({"metadata": ["a"]}, "filters.metadata"),
            ({"salary_min": "5"}, "filters.salary_min"),
            ({"salary_min": True}, "filters.salary_min"),
            ({"salary_min": 1, "salary_currency": 5}, "filters.salary_currency"),
            ({"country": 5}, "filters.country"),
            ({"country": {"US": 1}}, "filters.country"),
            ({"city": ["Bonn", None]}, "filters.city"),
            ({"city": b"Bonn"}, "filters.city"),
            ({"remote": "yes"}, "filters.remote"),
            ({"max_age_days": "7"}, "filters.max_age_days"),
            ({"keep_unknown": 1}, "filters.keep_unknown"),
            ({"language": "klingonese"}, "filters.language"),
            ({"language": ["en", "x"]}, "filters.language"),
            ({"language": 5}, "filters.language"),
        ],
    )
    def test_refuse_and_name_the_field(self, wrong: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            Filters(**wrong)
        assert caught.value.field == field

    @pytest.mark.parametrize(
        "name", ["de", "DE", "de-AT", "de_CH", "German", "german (Austria)", "Deutsch", "ger", "deu", " d\x00e "]
    )
    def test_a_language_may_be_named_in_several_ways(self, name: str) -> None:
        assert Filters(language=name).language == ("de",)
        assert job(language=name).language == "de"

    def test_languages_are_told_once_and_those_without_a_short_code_keep_the_long_one(self) -> None:
        assert Filters(language=["english", "en-US", "fil", "Français", "zh-Hant"]).language == (
            "en",
            "fil",
            "fr",
            "zh",
        )

    @pytest.mark.parametrize(
        ("name", "code"), [("Filipino", "fil"), ("Bokmål", "nb"), ("Norwegian Bokmål", "nb"), ("nynorsk", "nn")]
    )
    def test_a_language_may_be_known_by_another_name_than_its_code(self, name: str, code: str) -> None:
        assert (Filters(language=name).language, job(language=name).language) == ((code,), code)

    def test_norwegian_is_either_of_its_forms_and_a_form_is_itself(self) -> None:
        both = Filters(language=["Norsk", "nn-NO"])
        assert both.language == Filters(language=both.language).language == ("no", "nb", "nn")
        assert job(language="Norwegian").language == "no"

    def test_metadata_may_be_spelled_in_several_ways(self) -> None:
        one = Filters(metadata={"a": "x"})
        assert one == Filters(metadata={"a": ["x"]}) == Filters(metadata={"a": {"eq": "x"}})
        assert one == Filters(metadata={"a": {"in": ["x"]}}) == Filters(metadata=one.metadata)
        day = datetime(2026, 1, 1, tzinfo=UTC)
        assert Filters(metadata={"a": {"min": day}}) == Filters(metadata={"a": {"min": "2026-01-01T00:00:00Z"}})
        assert Filters(metadata={"a": np.float32(0.5)}) == Filters(metadata={"a": 0.5})
        assert Filters(metadata={"a\0": {"min": "x\0"}}).metadata == (MetadataCondition(name="a", at_least="x"),)

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({}, False),
            ({"remote": True, "workplace": "onsite"}, True),
            ({"remote": True, "workplace": ["onsite", "remote"]}, False),
            ({"remote": False, "workplace": "remote"}, True),
            ({"remote": False, "workplace": "remote", "keep_unknown": True}, False),
            ({"remote": False, "workplace": "remote", "keep_unknown": ["remote"]}, True),
            ({"companies": ["A", "B"], "exclude_companies": ["a", "b", "c"]}, True),
            ({"companies": ["A", "B"], "exclude_companies": "a"}, False),
            ({"exclude_companies": "a"}, False),
            ({"keywords": ["x", "night shift"], "exclude_keywords": [" night shift", "y"]}, True),
            ({"keywords": "IT", "exclude_keywords": "it"}, False),
            ({"metadata": {"a": {"min": 2, "max": 1.5}}}, True),
            ({"metadata": {"a": {"min": "b", "max": "B"}}}, True),
            ({"metadata": {"a": {"min": 2, "max": 2.0}}}, False),
            ({"metadata": {"a": {"min": 1e30, "max": 10**30}}}, False),
            ({"metadata": {"a": {"exists": False, "eq": 1}}}, True),
            ({"metadata": {"a": {"exists": False, "max": 1}}}, True),
            ({"metadata": [_asks("a", exists=False), _asks("b", any_of=(1,))]}, False),
            ({"metadata": [_asks("a", exists=False), _asks("a", any_of=(1,))]}, True),
            ({"metadata": [_asks("a", exists=False), _asks("a", exists=True)]}, True),
            ({"metadata": [_asks("a", any_of=(1,)), _asks("a", any_of=(2,))]}, False),
            ({"metadata": {"a": {"eq": 5, "max": 1}}}, False),
        ],
    )
    def test_may_contradict_one_another(self, asked: dict[str, Any], expected: bool) -> None:
        assert Filters(**asked).contradictory is expected

    @pytest.mark.parametrize(
        ("keep", "expected"), [(True, True), (False, False), ("experience", True), (["remote", "language"], False)]
    )
    def test_what_is_unknown_may_pass(self, keep: Any, expected: bool) -> None:
        assert Filters(keep_unknown=keep).keeps_unknown("experience") is expected

    def test_pay_is_compared_by_the_year(self) -> None:
        assert Filters(salary_min=20, salary_period="hour").yearly_salary_min == 20 * 2080
        assert Filters(salary_min=20).yearly_salary_min == 20
        assert Filters().yearly_salary_min is None


class TestWeights:
    @pytest.mark.parametrize("value", ["1", None, True])
    def test_refuses_what_is_no_number(self, value: Any) -> None:
        with pytest.raises(InvalidInput, match=r"weights\.skills: must be a number"):
            Weights(skills=value)

    @pytest.mark.parametrize("value", [-0.1, NAN, INF, -INF, 1e7])
    def test_refuses_what_cannot_weigh(self, value: float) -> None:
        with pytest.raises(InvalidInput, match="weights: must be numbers of at least 0"):
            Weights(semantic=value)

    def test_one_must_count(self) -> None:
        names = [a.name for a in attrs.fields(Weights)]
        with pytest.raises(InvalidInput, match="one of them above 0"):
            Weights(**dict.fromkeys(names, 0.0))
        assert Weights(**(dict.fromkeys(names, 0.0) | {"level": 1.0}))


class TestMatchRequest:
    @pytest.mark.parametrize(
        ("name", "value", "allowed"),
        [
            ("profile", {"text": "…"}, "a Profile, such as Profile(text=…), not dict"),
            ("profile", None, "a Profile, such as Profile(text=…), not NoneType"),
            ("filters", {"country": "US"}, "a Filters, such as Filters(country=…), not dict"),
            ("weights", {"skills": 1}, "a Weights, such as Weights(skills=…), not dict"),
            ("keywords", 5, "a text or several, not int"),
            ("min_score", "0.5", "a number, not str"),
            ("limit", "5", "a whole number"),
            ("callback_url", 5, "a text, not int"),
        ],
    )
    def test_a_wrong_type_is_told_with_what_is_right(self, name: str, value: Any, allowed: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            MatchRequest(**({"keywords": "x"} | {name: value}))
        assert str(caught.value) == f"request.{name}: must be {allowed}"

    @pytest.mark.parametrize(("limit", "offset"), [(1, 0), (1_000, 0), (1, 999), (500, 500)])
    def test_sizes_that_are_allowed(self, limit: int, offset: int) -> None:
        assert MatchRequest(keywords="x", limit=limit, offset=offset)

    @pytest.mark.parametrize(
        ("limit", "offset", "field"),
        [
            (0, 0, "limit"),
            (-1, 0, "limit"),
            (10**9, 0, "limit"),
            (25, -1, "offset"),
            (25, 10**9, "offset"),
            (1, 1_000, "limit"),
            (501, 500, "limit"),
        ],
    )
    def test_sizes_that_are_not(self, limit: int, offset: int, field: str) -> None:
        with pytest.raises(InvalidInput, match=r"at most 1,000|between \d and 1,000") as caught:
            MatchRequest(keywords="x", limit=limit, offset=offset)
        assert caught.value.field == f"request.{field}"

    def test_something_must_be_asked(self) -> None:
        with pytest.raises(InvalidInput, match=r"request\.profile: is empty: give"):
            MatchRequest(profile=Profile(text="  "), keywords=[""], filters=Filters(country="US"))

    def test_keywords_are_bounded(self) -> None:
        assert MatchRequest(keywords=map(str, range(50)))
        with pytest.raises(InvalidInput, match=r"request\.keywords: must have at most 50"):
            MatchRequest(keywords=map(str, range(51)))

    def test_sort_is_read_by_name(self) -> None:
        assert MatchRequest(keywords="x", sort="date").sort is Sort.DATE
        with pytest.raises(InvalidInput, match="sort: must be one of recommended, score, date"):
            MatchRequest(keywords="x", sort="random")

    def test_defaults(self) -> None:
        request = MatchRequest(keywords="x")
        assert (request.limit, request.offset, request.sort) == (25, 0, Sort.RECOMMENDED)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Hnsw(m=1),
        lambda: Hnsw(m=101),
        lambda: Hnsw(ef_construction=3),
        lambda: Hnsw(ef_search=0),
        lambda: Hnsw(ef_search=1_001),
        lambda: IvfFlat(lists=0),
        lambda: IvfFlat(lists=32_769),
        lambda: IvfFlat(probes=0),
    ],
)
def test_strategies_keep_to_the_bounds_of_pgvector(make: Callable[[], Any]) -> None:
    with pytest.raises(InvalidInput, match="must be between"):
        make()


def test_a_graph_needs_twice_as_many_candidates_as_links() -> None:
    assert Hnsw(m=16, ef_construction=32).m == 16
    with pytest.raises(InvalidInput, match=r"hnsw\.ef_construction: must be at least 32"):
        Hnsw(m=16, ef_construction=31)


def test_strategies_have_names() -> None:
    assert [strategy.name for strategy in (Exact(), Hnsw(), IvfFlat())] == ["exact", "hnsw", "ivfflat"]


def criterion(name: str, score: float | None, weight: float, found: int = 0, missing: int = 0) -> Criterion:
    """Return a criterion with that many pieces of evidence."""
    return Criterion(
        name=name,
        score=score,
        weight=weight,
        found=tuple(f"+{n}" for n in range(found)),
        missing=tuple(f"-{n}" for n in range(missing)),
    )


class TestExplanation:
    def test_the_summary_names_what_carries_the_score(self) -> None:
        explanation = Explanation(
            (
                criterion("recency", 1.0, 0.05, found=1),
                criterion("semantic", 0.5, 0.6),
                criterion("skills", 0.8, 0.3, found=4, missing=2),
                criterion("level", None, 0.05),
                criterion("title", 0.0, 0.1, found=1),
            )
        )
        assert explanation.summary() == "meaning 50%; skills 4 of 6: +0, +1, +2, …"

    def test_nothing_to_say(self) -> None:
        assert Explanation().summary() == ""


FULL_REQUEST = MatchRequest(
    profile=Profile(text='ü 焊工 \\ "', titles=("a", "b"), skills=("C++",), level="lead", vector=[0.1, -2.5e-8]),
    filters=Filters(
        country=["US", "DE"],
        latitude=1.5,
        longitude=-2.5,
        radius_km=3,
        remote=False,
        experience="mid",
        posted_after=datetime(2026, 1, 1, 12, 30, 0, 123, tzinfo=UTC),
        salary_min=1,
        salary_currency="EUR",
        salary_period="hour",
        metadata={"a": ["x", True, 1, 1.5], "b": {"min": 1, "max": 2.5}, "c": {"exists": False}},
        exclude_interactions=["applied", "saved"],
        cool_down_days=3,
        keep_unknown=["language", "experience"],
    ),
    min_score=0.5,
    weights=Weights(semantic=1, keywords=0),
    keywords=("night shift",),
    sort="date",
    limit=5,
    offset=7,
)
RESULT = Result(
    matches=(
        Match(
            rank=1,
            score=0.5,
            job=job(**FULL).summary(),
            explanation=Explanation((criterion("skills", None, 1.0, 1, 1),)),
        ),
    ),
    diagnostics=Diagnostics(plan=Plan(method=Method.APPROXIMATE, fetch=100, effort=40), milliseconds={"rank": 0.1}),
)


@pytest.mark.parametrize("value", [FULL_REQUEST, MatchRequest(keywords="x"), RESULT])
def test_what_is_stored_comes_back_as_it_was(value: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value


@pytest.mark.parametrize("text", ['{"limit": 0, "keywords": ["x"]}', '{"profile": {}}', '{"sort": "random"}'])
def test_what_is_read_is_checked_as_well(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=MatchRequest)


@pytest.mark.parametrize("value", ["2026-01-01", date(2026, 1, 1), 1_767_225_600])
def test_a_time_that_is_none_is_told_by_its_kind(value: Any) -> None:
    for make in (lambda: Filters(posted_after=value), lambda: Job(id="a", title="b", posted_at=value)):
        with pytest.raises(InvalidInput, match=rf"\.posted_a\w+: must be a datetime, not {type(value).__name__}"):
            make()


def test_filters_that_were_stored_are_those_that_were_given() -> None:
    filters = Filters(country="DE", metadata={"visa": True}, keywords=["nurse"])
    stored = msgspec.json.decode(msgspec.json.encode(filters), type=Filters)
    assert {stored: "told"}[filters] == "told"
