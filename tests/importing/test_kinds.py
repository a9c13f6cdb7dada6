"""Words for workplace, contract, level and skills."""

import pytest

from jobmatch.importing import jobs_from_records
from jobmatch.importing.kinds import employment_type, level, workplace
from jobmatch.importing.skills import skills


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        (True, "remote"), (1.0, "remote"), (False, "onsite"), ("true", "remote"), ("TELECOMMUTE", "remote"),
        ("On-site", "onsite"), ("Hybrid", "hybrid"), ("No", "onsite"), ("sometimes", None), (7, None), (None, None),
        ("Remote not possible", "onsite"), ("Hybrid - 3 days onsite", "hybrid"), ("2 days a week from home", "hybrid"),
        ("Remote - US only", "remote"), ("Temporarily remote", None), ("partially", "hybrid"),
    ],
)  # fmt: skip
def test_workplaces(word: object, kind: str | None) -> None:
    told = workplace(word)
    assert (told and told.workplace) == kind


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"remote": True, "location": "Hybrid - London"}, "hybrid"),
        ({"remote": False, "location": "Hybrid - London"}, "hybrid"),
        ({"remote": "no", "location": "Hybrid - London"}, "hybrid"),
        ({"workplace": "On-site", "location": "Hybrid - London"}, "onsite"),
        ({"remote": True, "location": "London"}, "remote"),
        ({"remote": True, "location": "Denver, CO - Hybrid; United States - Remote"}, "remote"),
        ({"remote": False, "location": "US - Remote"}, "onsite"),
        ({"remote": True, "workplace_type": "Hybrid"}, "hybrid"),
        ({"location": "Remote not possible, Leeds"}, None),
    ],
)
def test_what_a_flag_does_not_know_the_text_tells(record: dict[str, object], kind: str | None) -> None:
    (job,) = jobs_from_records([{"title": "Nurse", **record}])
    assert job.workplace == kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Full-time", "full_time"), ("FullTime", "full_time"), ("FULL_TIME", "full_time"), ("F", "full_time"),
        ("fulltime_permanent", "full_time"), ("Part time", "part_time"), ("P", "part_time"),
        ("Independent Contractor (FT)", "contract"), ("Temporary", "temporary"), ("Intern", "internship"),
        (["OTHER", "PART_TIME"], "part_time"), ("sabbatical", None), (3, None), ([], None),
        ("Vollzeit/Teilzeit", "full_time"), ("Part-time or full-time", "part_time"),
        (["PART_TIME", "FULL_TIME"], "part_time"), ("Full-time|Part-time", "full_time"),
        ("Temporary Full-Time", "temporary"), ("Befristet, Vollzeit", "temporary"),
        ("Intern (Full-time)", "internship"), ("Full-Time Contract", "contract"), ("Contract (6 months)", "contract"),
        ("Contract - W2", "contract"), ("Permanent, part-time", "part_time"), ("Full-time (37.5 hours)", "full_time"),
        ("Festanstellung in Teilzeit", "part_time"), ("Early stage", None), ("Contracting officer's office", None),
    ],
)  # fmt: skip
def test_employment_types(word: object, kind: str | None) -> None:
    assert employment_type(word) == kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Experienced (non-manager)", "mid"), ("Entry-Level", "entry"), ("Manager", "lead"), ("Student", "intern"),
        ("Sr.", "senior"), ("Executive", "executive"), ("M1", None), ("0", None), ("x" * 500, None),
    ],
)  # fmt: skip
def test_levels(word: object, kind: str | None) -> None:
    assert level(word) == kind


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["Python", " SQL "], ("Python", "SQL")),
        ([{"name": "Python"}, {"name": "SQL"}, {}], ("Python", "SQL")),
        ("Python, SQL, C (C99, C11)", ("Python", "SQL", "C (C99, C11)")),
        ("Python; SQL", ("Python", "SQL")),
        ("['Python', 'SQL']", ("Python", "SQL")),
        ("[" * 100_000, None),
        ("[\ud83d]", None),
        (
            "A sentence about what the candidate should bring along, which is prose, not a list of skills.",
            None,
        ),
        ("Python &amp; SQL", ("Python & SQL",)),
        ("R&amp;D, Q&#38;A; C++", ("R&D, Q&A", "C++")),
        ("<ul><li>Python</li><li>SQL</li></ul>", ("Python", "SQL")),
        ("数据分析、Python，SQL", ("数据分析", "Python", "SQL")),
        ("看護；介護", ("看護", "介護")),
        ("销售（线上，线下），客服", ("销售（线上，线下）", "客服")),
        ("Python, python, PYTHON, Kafka", ("Python", "Kafka")),
        (["Python", "python", "Kafka"], ("Python", "Kafka")),
        ([{"name": "Python"}, {"name": "PYTHON"}], ("Python",)),
        (7, None),
    ],
)
def test_skills(value: object, names: tuple[str, ...] | None) -> None:
    assert skills(value) == names
