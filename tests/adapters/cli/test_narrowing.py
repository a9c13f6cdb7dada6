"""From options to conditions."""

import re
from typing import Any

import click
import pytest
from click.testing import CliRunner

from jobmatch.adapters.cli.narrowing import conditions, to_filters
from jobmatch.model import Filters

from .conftest import Invoke


def parsed(*arguments: str) -> Filters:
    """Return the conditions that options make up."""
    made: list[Filters] = []

    @click.command()
    @conditions
    def command(**options: Any) -> None:
        made.append(to_filters(**options))

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return made[0]


def test_nothing_is_asked() -> None:
    assert parsed() == Filters()


def test_every_condition_has_an_option() -> None:
    names = {a.name for a in Filters.__attrs_attrs__}

    @click.command()
    @conditions
    def command(**options: Any) -> None: ...

    from jobmatch.adapters.cli.narrowing import _RENAMED

    options = {str(parameter.name) for parameter in command.params}
    assert {_RENAMED.get(name, name) for name in options} - {"keep_unknown_in"} == names


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--region", "MA", "--language", "en", "--language", "de"], {"region": "MA", "language": ["en", "de"]}),
        (["--company", "A", "--exclude-company", "B"], {"companies": "A", "exclude_companies": "B"}),
        (["--require-skills", "a", "--require-any-skill", "b"], {"skills": "a", "skills_any": "b"}),
        (["--require-keywords", "a b", "--exclude-keywords", "c"], {"keywords": "a b", "exclude_keywords": "c"}),
        (
            ["--salary-min", "20", "--salary-period", "hour", "--salary-currency", "usd"],
            {"salary_min": 20, "salary_period": "hour", "salary_currency": "USD"},
        ),
        (["--max-age-days", "7", "--keep-unknown"], {"max_age_days": 7, "keep_unknown": True}),
        (["--keep-unknown-in", "language"], {"keep_unknown": "language"}),
        (
            ["--exclude-interactions", "applied", "--cool-down-days", "3"],
            {"exclude_interactions": "applied", "cool_down_days": 3},
        ),
        (["--metadata", "visa"], {"metadata": {"visa": {"exists": True}}}),
        (["--metadata", "visa=true", "--metadata", "visa=x y"], {"metadata": {"visa": [True, "x y"]}}),
        (
            ["--metadata", "team>=2", "--metadata", "team<=5.5", "--metadata", "a=b=c"],
            {"metadata": {"team": {"min": 2, "max": 5.5}, "a": "b=c"}},
        ),
        (["--metadata", 'team="12"', "--metadata", "x="], {"metadata": {"team": "12", "x": ""}}),
    ],
)
def test_options_make_conditions(arguments: list[str], expected: dict[str, Any]) -> None:
    assert parsed(*arguments) == Filters(**expected)


def test_what_is_wrong_is_said_in_a_line(invoke: Invoke) -> None:
    assert "NAME>=VALUE" in invoke("match", "--title", "x", "--metadata", "=1", code=2).stderr
    told = invoke("match", "--title", "x", "--metadata", "a=1", code=2).stderr
    assert re.search(r"filters\.metadata: .*JOBMATCH_METADATA_FIELDS", told)
    assert "give an owner" in invoke("match", "--title", "x", "--exclude-interactions", "saved", code=2).stderr


def test_record(invoke: Invoke) -> None:
    assert invoke("record", "dismissed", "a", "b", "--owner", "ada").stderr == "2 noted as dismissed\n"
    assert "liked" in invoke("record", "liked", "a", "--owner", "ada", code=2).stderr
