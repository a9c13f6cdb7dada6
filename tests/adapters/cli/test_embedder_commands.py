"""The commands of a change of embedder: what they say, and how they end. What they do is tested where it is done."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Invoke = Callable[..., Result]


def test_the_status_of_an_empty_index(invoke: Invoke) -> None:
    assert json.loads(invoke("embedder", "status", "--json").stdout) == {
        "serving": None,
        "filling": None,
        "retired": None,
        "jobs": 0,
        "filled": 0,
        "index": None,
        "planned": None,
    }
    assert "nothing was imported yet" in invoke("embedder", "status").stdout


@pytest.mark.parametrize("verb", ["change", "finish", "abandon"])
def test_where_there_is_nothing_to_do_a_command_fails_and_says_so(invoke: Invoke, verb: str) -> None:
    assert "nothing to" in invoke("embedder", verb, code=1).stderr


def test_an_unknown_embedder_is_named(invoke: Invoke) -> None:
    assert "'nonsense' is not allowed" in invoke("embedder", "change", "--to", "nonsense", code=1).stderr


def test_an_unknown_option_is_wrong_use(invoke: Invoke) -> None:
    invoke("embedder", "change", "--never", code=2)


@pytest.mark.parametrize("verb", ["change", "status", "finish", "abandon"])
def test_help_has_an_example(invoke: Invoke, verb: str) -> None:
    told = invoke("embedder", verb, "--help").stdout
    assert f"jobmatch embedder {verb}" in told.partition("Example:")[2]
