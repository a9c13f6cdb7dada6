"""The options that say which index is meant."""

from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import click

from jobmatch.model import IndexStrategy
from jobmatch.plugins import index_types, strategy
from jobmatch.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--type",
        "kind",
        type=click.Choice(index_types()),
        help="Otherwise as VECTOR_INDEX_TYPE says; what others bring is built with its own defaults.",
    ),
    click.option(
        "--storage", type=click.Choice(["halfvec", "vector", "bit"]), help="Otherwise as VECTOR_STORAGE says."
    ),
    click.option("--m", type=click.IntRange(2, 100), help="Links per node of hnsw; otherwise as VECTOR_HNSW_M says."),
    click.option(
        "--ef-construction",
        type=click.IntRange(4, 1_000),
        help="Candidates of hnsw while building, at least twice its links; otherwise as VECTOR_HNSW_EF_CONSTRUCTION"
        " says.",
    ),
    click.option(
        "--lists", type=click.IntRange(1, 32_768), help="Lists of ivfflat; otherwise as VECTOR_IVF_LISTS says."
    ),
)
#: Which type an option goes with.
BELONGS = {"m": "hnsw", "ef_construction": "hnsw", "lists": "ivfflat"}
#: The type that holds nothing.
NO_INDEX = "none"
as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


def index_options(command: F) -> F:
    """Give a command the options that name an index."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def strategy_of(settings: Settings, *, kind: str | None, storage: str | None, **figures: int | None) -> IndexStrategy:
    """Return the index of the settings, with what was asked for instead.

    Arguments:
        settings: for all that was not asked for.
        kind: of index.
        storage: what it holds of each vector.
        figures: by the name of the option; None if that was not given.

    Raises:
        click.UsageError: something was given that the index has no use for.
    """
    kind = kind or settings.index_type
    given = {name: value for name, value in figures.items() if value is not None}
    if storage and kind == NO_INDEX:
        raise click.UsageError(f"--storage goes with any --type but {NO_INDEX}")
    for name in given:
        if BELONGS[name] != kind:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --type {BELONGS[name]}")
    made: Any = _made(settings, kind, storage)
    asked: IndexStrategy = attrs.evolve(made, **_consistent(settings, kind, given))
    return asked


def _made(settings: Any, kind: str, storage: str | None) -> IndexStrategy:
    return strategy(attrs.evolve(settings, index_type=kind, index_storage=storage or settings.index_storage))


def _consistent(settings: Settings, kind: str, given: dict[str, int]) -> dict[str, int]:
    """Return the figures that were given; more links need more candidates, unless those were given as well."""
    if kind != "hnsw":
        return given
    least = 2 * given.get("m", settings.hnsw_m)
    candidates = given.get("ef_construction", max(settings.hnsw_ef_construction, least))
    if candidates < least:
        raise click.UsageError(f"--ef-construction must be at least {least}, twice the links per node")
    return {**given, "ef_construction": candidates}
