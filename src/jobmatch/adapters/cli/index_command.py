"""``jobmatch index create``."""

import sys
from time import perf_counter
from typing import Any

import attrs
import click
from rich.progress import Progress

from jobmatch.adapters.cli import output
from jobmatch.adapters.cli.running import open_engine, run
from jobmatch.model import IndexStrategy
from jobmatch.settings import Settings


@click.group("index")
def command() -> None:
    """Manage the vector index."""


@command.command("create")
@click.option(
    "--type", "kind", type=click.Choice(["hnsw", "ivfflat", "none"]), help="Otherwise as VECTOR_INDEX_TYPE says."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def create(kind: str | None, as_json: bool) -> None:
    """Build the vector index and the supporting ones, unless they are there; searches go on meanwhile.

    Its figures come from VECTOR_HNSW_M, VECTOR_IVF_LISTS and the like. "none" removes the vector index.

    \b
    Example:
      jobmatch index create --type hnsw
    """
    settings = Settings.load()
    strategy = _strategy(settings, kind)
    start = perf_counter()
    count = run(lambda: _create(settings, strategy))
    seconds = perf_counter() - start
    if as_json:
        output.as_json(
            {"strategy": strategy.name, **attrs.asdict(strategy), "postings": count, "seconds": round(seconds, 3)}
        )
    else:
        click.echo(f"The {strategy.name} index over {count:,} postings is ready, after {seconds:.1f} s.")


def _strategy(settings: Any, kind: str | None) -> IndexStrategy:
    """Return the strategy of the settings, or that of another kind with their figures."""
    strategy: IndexStrategy = (attrs.evolve(settings, index_type=kind) if kind else settings).strategy()
    return strategy


async def _create(settings: Settings, strategy: IndexStrategy) -> int:
    async with open_engine(settings) as engine:
        with Progress(console=output.console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            bar = progress.add_task("Building the index", total=1.0)

            def show(part: float, stage: str) -> None:
                progress.update(bar, completed=part, description=stage)

            await engine.create_index(strategy, progress=show)
        return await engine.count()
