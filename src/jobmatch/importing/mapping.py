"""Which of a file's fields is which of ours.

`NAMES` lists, per field of ours, the names by which it is known, the likeliest first. Names are compared in lower case
with one ``_`` for whatever is no letter or digit (``Job Title``, ``jobTitle``, ``job-title`` are ``job_title``). The
first name whose value can be read wins; fields that nobody took go into the posting's metadata. An explicit mapping
wins over all of it. Whatever there is of ``requirements`` is added to the description.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from jobmatch.errors import InvalidInput
from jobmatch.importing.rows import Record
from jobmatch.model.fields import called, texts

NAMES: Mapping[str, str] = {
    "id": "id job_id posting_id jobid external_id requisition_id req_id reference ref identifier guid uuid uid",
    "title": "title job_title position position_title name role business_title job_name headline posting_title vacancy",
    "company": (
        "company company_name employer employer_name organization organisation hiring_organization agency "
        "company_title organization_name business_name"
    ),
    "description": (
        "description job_description description_plain body full_description text content details job_details "
        "description_text posting_text summary job_summary description_html"
    ),
    "requirements": (
        "requirements job_requirements qualifications minimum_qual_requirements minimum_qualifications "
        "responsibilities preferred_skills preferred_qualifications skills_desc"
    ),
    "places": "places geo",
    "location": (
        "location locations job_location job_locations place work_location location_name formatted_location "
        "candidate_required_location office offices"
    ),
    "city": "city town locality job_city location_city address_locality",
    "region": "region state province job_state location_state address_region state_code admin1",
    "country": "country country_code job_country location_country address_country country_name",
    "latitude": "latitude lat job_latitude geo_lat",
    "longitude": "longitude lon lng long job_longitude geo_lng geo_lon",
    "workplace": (
        "workplace workplace_type work_mode work_arrangement location_type job_location_type remote_type remote "
        "is_remote remote_allowed remote_work telecommuting work_from_home"
    ),
    "employment_type": (
        "employment_type job_type contract_type work_type formatted_work_type commitment schedule_type employment "
        "full_time_part_time_indicator position_type employment_type_raw"
    ),
    "level": (
        "level seniority seniority_level experience_level career_level job_level formatted_experience_level experience"
    ),
    "industry": "industry company_industry sector industries",
    "skills": "skills skill required_skills key_skills tags skill_set technologies tech_stack",
    "pay": "pay salary compensation salary_range base_salary pay_range wage salary_text job_salary",
    "pay_minimum": (
        "pay_minimum salary_min min_salary salary_from salary_range_from pay_min min_pay minimum_salary salary_minimum "
        "min_amount job_min_salary compensation_min"
    ),
    "pay_maximum": (
        "pay_maximum salary_max max_salary salary_to salary_range_to pay_max max_pay maximum_salary salary_maximum "
        "max_amount job_max_salary compensation_max"
    ),
    "pay_currency": "pay_currency salary_currency currency currency_code job_salary_currency",
    "pay_period": (
        "pay_period salary_period salary_frequency salary_interval interval pay_frequency salary_type salary_unit "
        "pay_interval job_salary_period"
    ),
    "posted_at": (
        "posted_at date_posted posting_date posted posted_date post_date publication_date published_at first_published "
        "published date_published publish_date listed_time original_listed_time created_at created date_created "
        "open_date opened_at first_seen_at first_seen date"
    ),
    "expires_at": (
        "expires_at valid_through expiry expires expiration_date expiry_date closes_at closing_date deadline "
        "application_deadline post_until close_date end_date"
    ),
    "url": (
        "url job_url job_posting_url apply_url application_url link absolute_url hosted_url job_link posting_url href "
        "redirect_url"
    ),
    "language": "language lang language_code locale",
    "metadata": "metadata",
}
_ALIASES = {target: tuple(names.split(" ")) for target, names in NAMES.items()}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+")

#: Per field of ours, the name or names that it has in a file.
FieldMap = Mapping[str, str | Sequence[str]]
#: Per field of ours, the fields of a record that may hold it, the likeliest first.
Plan = Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=4_096)
def plain(name: str) -> str:
    """Return a field's name as it is compared."""
    return _BETWEEN.sub("_", _CAMEL.sub("_", name)).strip("_").lower()


class FieldNames:
    """Finds our fields in the records of one file.

    Arguments:
        explicit: per field of ours the name, or the names, that hold it; a dotted name reaches into a nested record.
            With several names the first that has a value counts; for ``description`` they are joined.

    Raises:
        InvalidInput: there is no such field of ours.
    """

    def __init__(self, explicit: FieldMap | None = None) -> None:
        if explicit is not None and not isinstance(explicit, Mapping):
            raise InvalidInput("map", f"must be a mapping of fields by name, not {type(explicit).__name__}")
        self._explicit = {
            _target(target): called(f"map.{target}", texts)(names) for target, names in (explicit or {}).items()
        }
        self._plans: dict[tuple[str, ...], Plan] = {}

    @property
    def nested(self) -> tuple[str, ...]:
        """The dotted names."""
        return tuple(name for names in self._explicit.values() for name in names if "." in name)

    @property
    def joined(self) -> bool:
        """Whether the description is made of several fields."""
        return len(self._explicit.get("description", ())) > 1

    def plan(self, record: Record) -> Plan:
        """Return what is where in records of this shape."""
        shape = tuple(record)
        if shape not in self._plans:
            if len(self._plans) >= 1_000:
                self._plans.clear()
            self._plans[shape] = self._found(shape)
        return self._plans[shape]

    def missing(self, columns: Sequence[str]) -> list[str]:
        """Return the explicitly named fields that are not among *columns*."""
        known = {*columns, *map(plain, columns)}
        wanted = [name for names in self._explicit.values() for name in names]
        return [name for name in wanted if name not in known and plain(name) not in known]

    def _found(self, shape: tuple[str, ...]) -> Plan:
        exact = {plain(key): key for key in reversed(shape)} | {key: key for key in shape}
        plan = {t: _present(names, exact) for t, names in self._explicit.items()}
        taken = {key for keys in plan.values() for key in keys}
        free = {name: key for name, key in exact.items() if key not in taken}
        plan |= {t: _present(names, free) for t, names in _ALIASES.items() if t not in self._explicit}
        return {target: keys for target, keys in plan.items() if keys}


def _present(names: Sequence[str], keys: Mapping[str, str]) -> tuple[str, ...]:
    found = (keys.get(name) or keys.get(plain(name)) for name in names)
    return tuple(dict.fromkeys(key for key in found if key is not None))


def _target(name: str) -> str:
    if not isinstance(name, str):
        raise InvalidInput("map", f"must be a mapping of fields by name, not by {type(name).__name__}")
    if name in NAMES:
        return name
    near = get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(NAMES)}"
    raise InvalidInput("map", f"{name!r} is not a field of a posting; {hint}")


def unfolded(record: Record, nested: Sequence[str]) -> dict[str, Any]:
    """Return *record* with nested values also under their dotted names."""
    return {**record, **{name: found for name in nested if (found := _reach(record, name)) is not None}}


def _reach(record: Any, name: str) -> Any:
    for part in name.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record
