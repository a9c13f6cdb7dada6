"""``jobmatch index plan``, ``create``, ``reindex`` and ``drop``."""

from time import perf_counter
from typing import Any

import attrs
import click

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.index_options import as_json, index_options, strategy_of
from jobmatch.adapters.cli.index_tables import abandoned
from jobmatch.adapters.cli.running import open_engine, run, stoppable
from jobmatch.model import Forecast, IndexState, IndexStrategy
from jobmatch.settings import Settings

_AGAIN = "interrupted: an index that was there serves on; run it again to build, and to remove what may be unfinished"
_MEGABYTE = 2**20


@click.command("plan")
@index_options
@as_json
def plan(as_json: bool, **asked: Any) -> None:
    """Tell what "index create" would do, and how much time, memory and room it would take.

    \b
    Example:
      jobmatch index plan --type hnsw --ef-construction 512
    """
    settings = Settings.load()
    forecast = run(lambda: _plan(settings, strategy_of(settings, **asked)))
    if as_json:
        output.as_json(forecast)
        return
    click.echo(estimate(forecast))
    for step in forecast.steps or ("nothing: all is there",):
        click.echo(f"  {step}")
    for name in forecast.foreign:
        click.echo(f"  {abandoned(name)}")


@click.command("create")
@index_options
@as_json
def create(as_json: bool, **asked: Any) -> None:
    """Build the vector index and the supporting ones, unless they are there; searches go on meanwhile.

    What an interrupted build left behind is repaired. Figures that are not given come from VECTOR_HNSW_M,
    VECTOR_IVF_LISTS and the like. "--type none" removes the vector index.

    \b
    Example:
      jobmatch index create --type hnsw --ef-construction 512
    """
    settings = Settings.load()
    strategy, start = strategy_of(settings, **asked), perf_counter()
    with stoppable(_AGAIN):
        forecast = run(lambda: _create(settings, strategy))
    seconds = round(perf_counter() - start, 3)
    if as_json:
        known = {"strategy": strategy.name, **attrs.asdict(strategy)}
        output.as_json({**known, "postings": forecast.rows, "seconds": seconds, "forecast": forecast})
    else:
        click.echo(f"The {strategy.name} index over {forecast.rows:,} postings is ready, after {seconds:.1f} s.")


@click.command("reindex")
@as_json
def reindex(as_json: bool) -> None:
    """Build all indexes anew, as they are; the old ones serve meanwhile. It frees the room of postings removed.

    \b
    Example:
      jobmatch index reindex
    """
    start = perf_counter()
    with stoppable(_AGAIN):
        state = run(_reindex)
    seconds = round(perf_counter() - start, 3)
    if as_json:
        output.as_json({"index": state.index, "seconds": seconds})
    else:
        told = state.index if state.name else "the supporting ones, for there is no vector index"
        click.echo(f"All indexes were built anew, after {seconds:.1f} s: {told}")


@click.command("drop")
@as_json
def drop(as_json: bool) -> None:
    """Remove the vector index: every search compares all postings that pass its filters from then on.

    \b
    Example:
      jobmatch index drop
    """
    dropped = run(_drop)
    if as_json:
        output.as_json({"dropped": dropped})
    else:
        click.echo(f"Removed: {dropped}" if dropped else "There was no vector index.")


def estimate(forecast: Forecast) -> str:
    """Return what building takes, in a line."""
    if not forecast.bytes:
        return f"{forecast.index}, over {forecast.rows:,} postings"
    told = [f"{forecast.bytes / _MEGABYTE:,.0f} MB on disk", f"{forecast.memory / _MEGABYTE:,.0f} MB of memory"]
    if forecast.memory > forecast.memory_allowed:
        told[-1] += f" (gets {forecast.memory_allowed / _MEGABYTE:,.0f}, so it is slower)"
    told += [f"about {forecast.seconds:,.0f} s"] if forecast.seconds is not None and forecast.steps else []
    advice = f"\n  {forecast.suited} would suit so many postings better" if forecast.suited else ""
    return f"{forecast.index}, over {forecast.rows:,} postings: {', '.join(told)}{advice}"


async def _plan(settings: Settings, strategy: IndexStrategy) -> Forecast:
    async with open_engine(settings) as engine:
        return await engine.index.plan(strategy)


async def _create(settings: Settings, strategy: IndexStrategy) -> Forecast:
    async with open_engine(settings) as engine:
        forecast = await engine.index.plan(strategy)
        output.note(estimate(forecast))
        with output.progress("Building the index") as show:
            await engine.index.create(strategy, progress=show)
        return attrs.evolve(forecast, rows=await engine.count())


async def _reindex() -> IndexState:
    async with open_engine() as engine:
        with output.progress("Building the indexes anew") as show:
            await engine.index.reindex(progress=show)
        return await engine.index.status()


async def _drop() -> str | None:
    async with open_engine() as engine:
        with output.progress("Removing the index") as show:
            return ", ".join(await engine.index.drop(progress=show)) or None
