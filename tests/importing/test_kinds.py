"""Words for workplace, contract, level and skills."""

import pytest

from jobmatch.importing.kinds import employment_type, level, workplace
from jobmatch.importing.skills import skills


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        (True, "remote"), (1.0, "remote"), (False, "onsite"), ("true", "remote"), ("TELECOMMUTE", "remote"),
        ("On-site", "onsite"), ("Hybrid", "hybrid"), ("No", "onsite"), ("sometimes", None), (7, None), (None, None),
    ],
)  # fmt: skip
def test_workplaces(word: object, kind: str | None) -> None:
    assert workplace(word) == kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Full-time", "full_time"), ("FullTime", "full_time"), ("FULL_TIME", "full_time"), ("F", "full_time"),
        ("fulltime_permanent", "full_time"), ("Part time", "part_time"), ("P", "part_time"),
        ("Independent Contractor (FT)", "contract"), ("Temporary", "temporary"), ("Intern", "internship"),
        (["OTHER", "PART_TIME"], "part_time"), ("sabbatical", None), (3, None), ([], None),
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
        (
            "A sentence about what the candidate should bring along, which is prose, not a list of skills.",
            None,
        ),
        (7, None),
    ],
)
def test_skills(value: object, names: tuple[str, ...] | None) -> None:
    assert skills(value) == names
