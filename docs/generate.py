"""Fills the reference from the code itself, while the documentation is built, so that it cannot go stale.

A page asks for it with a line of its own: ``<!-- generate: errors -->``.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from textwrap import dedent
from types import ModuleType
from typing import Any

import attrs
from msgspec import Struct

_MARK = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)
_SECTION = re.compile(r"^(Arguments|Attributes|Returns|Raises):$")
_ENTRY = re.compile(r"^( {4})?(\*{0,2}\w+): (.*)$")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called for each page by the builder."""
    return _MARK.sub(lambda mark: "\n".join(GENERATED[mark[1]]()), markdown)


def prose(docstring: str | None) -> Iterator[str]:
    """Turn a docstring into Markdown: its sections into bold words with lists."""
    listed = False
    for line in dedent(inspect.cleandoc(docstring or "")).splitlines():
        line = line.replace("``", "`")
        if section := _SECTION.match(line):
            listed = section[1] != "Returns"
            yield f"**{section[1]}**\n"
        elif listed and (entry := _ENTRY.match(line)):
            yield f"* `{entry[2]}`: {entry[3]}"
        else:
            yield line.strip() if line.startswith(" ") else line
    yield ""


def errors() -> Iterator[str]:
    """The tree of errors, each with what it means."""
    from jobmatch import errors

    def below(error: type[Exception], depth: int) -> Iterator[str]:
        builtin = [base.__name__ for base in error.__bases__ if base.__module__ == "builtins"]
        also = f" (a `{builtin[0]}`)" if builtin and depth else ""
        yield f"{'    ' * depth}* `{error.__name__}`{also}: {first_line(error)}"
        for child in error.__subclasses__():
            if child.__module__ == errors.__name__:
                yield from below(child, depth + 1)

    yield from below(errors.JobmatchError, 0)


def first_line(documented: object) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join(inspect.cleandoc(documented.__doc__ or "").partition("\n\n")[0].split()).replace("``", "`")


def ports() -> Iterator[str]:
    """The ports with their contracts."""
    from jobmatch import callbacks, ports
    from jobmatch.backends.postgres.strategies import IndexMethod, Metric, Target

    others = (ports.Embedder, ports.Notifier, callbacks.CallbackNotifier, callbacks.Deliveries, IndexMethod)
    for port in (ports.JobIndex, ports.IndexAdmin, ports.VectorSpaces, ports.TaskStore, ports.TaskRunner, *others):
        yield from documented(port, methods_of(port))
    yield "## What travels between them\n"
    for value in (
        ports.Entry,
        ports.Survey,
        ports.SearchQuery,
        ports.Hit,
        ports.SearchResult,
        ports.Sample,
        ports.Unfilled,
        ports.Filled,
        callbacks.Delivery,
        Target,
        Metric,
    ):
        yield from documented(value, (), level="###")


def model() -> Iterator[str]:
    """The engine and the values that it takes and gives."""
    from jobmatch import model, sync
    from jobmatch.engine import EmbedderChange, ImportReport, MatchEngine, VectorIndex

    yield from documented(MatchEngine, methods_of(MatchEngine, *MatchEngine.__bases__))
    yield from documented(VectorIndex, methods_of(VectorIndex))
    yield from documented(EmbedderChange, methods_of(EmbedderChange))
    yield from documented(sync.SyncMatchEngine, ())
    yield from documented(sync.SyncVectorIndex, ())
    yield from documented(sync.SyncEmbedderChange, ())
    yield from documented(ImportReport, ())
    for name in model.__all__:
        value = getattr(model, name)
        if attrs.has(value) or (inspect.isclass(value) and issubclass(value, Struct)):
            yield from documented(value, methods_of(value))
        elif inspect.isclass(value) and issubclass(value, StrEnum):
            yield f"## `{name}`\n\n{first_line(value)}\n\nOne of {', '.join(f'`{member}`' for member in value)}.\n"


def parts() -> Iterator[str]:
    """What an engine is put together of, and put into, each with the module that it is imported from."""
    from jobmatch.adapters import asgi
    from jobmatch.backends import local, memory, procrastinate, webhook
    from jobmatch.backends.embedders import openai, wordllama
    from jobmatch.backends.postgres import database, job_index, mapped, strategies, task_store
    from jobmatch.model import policy

    yield from imported(
        {
            memory: ("MemoryJobIndex", "MemoryTaskStore"),
            local: ("LocalTaskRunner",),
            policy: ("TaskPolicy",),
            database: ("Database",),
            job_index: ("PostgresJobIndex",),
            task_store: ("PostgresTaskStore",),
            mapped: ("JobTable", "TableJobIndex"),
            strategies: ("Metric",),
            procrastinate: ("ProcrastinateTaskRunner",),
            wordllama: ("WordLlamaEmbedder",),
            openai: ("OpenAIEmbedder",),
            webhook: ("WebhookNotifier",),
            asgi: ("create_app", "bearer_tokens"),
        }
    )


def imported(parts: Mapping[ModuleType, Iterable[str]]) -> Iterator[str]:
    """Each part: where it is imported from, how it is called, and its words."""
    for module, names in parts.items():
        for name in names:
            part = getattr(module, name)
            yield f"## `{name}`\n\n```text\nfrom {module.__name__} import {name}\n\n{name}{signature(part)}\n```\n"
            yield from prose(part.__doc__)


def methods_of(*owners: type) -> Iterator[tuple[str, Any]]:
    """Return the public methods that classes define themselves, as they stand in their source; ``__call__`` counts."""
    for name, member in chain.from_iterable(vars(owner).items() for owner in owners):
        function = member.__func__ if isinstance(member, classmethod) else member
        if inspect.isfunction(function) and (not name.startswith("_") or name == "__call__"):
            yield name, function


def documented(owner: type, methods: Iterable[tuple[str, Any]], *, level: str = "##") -> Iterator[str]:
    """One class: its words, and those of its methods."""
    yield f"{level} `{owner.__name__}`\n"
    yield from prose(owner.__doc__)
    for name, method in methods:
        keyword = "async def" if inspect.iscoroutinefunction(method) else "def"
        yield f"{level}# `{name}`\n\n```text\n{keyword} {name}{signature(method)}\n```\n"
        yield from prose(method.__doc__)


def signature(method: Callable[..., Any]) -> str:
    """Return a signature without self, module names, quotes and marks of variables."""
    text = re.sub(r"^\((?:self|cls)(?:, )?", "(", str(inspect.signature(method)))
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])|['\"~]", "", text)


def commands() -> Iterator[str]:
    """Every command with its help."""
    import click

    from jobmatch.adapters.cli.root import cli

    def below(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
        context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, max_content_width=100)
        yield f"## `{path}`\n\n```text\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                if child and not child.hidden:
                    yield from below(child, f"{path} {name}", context)

    yield from below(cli, "jobmatch", None)


def import_fields() -> Iterator[str]:
    """Our fields, and the names by which a file may call them."""
    from jobmatch.importing.mapping import NAMES

    yield "| field | found as |"
    yield "|---|---|"
    for field, names in NAMES.items():
        yield f"| `{field}` | {' '.join(f'`{name}`' for name in names.split())} |"


def tables() -> Iterator[str]:
    """Every table with what it holds."""
    from jobmatch.tables import TABLES

    yield "| table | holds |"
    yield "|---|---|"
    for name, content in TABLES.items():
        yield f"| `{name}` | {content} |"


GENERATED: dict[str, Callable[[], Iterator[str]]] = {
    "commands": commands,
    "errors": errors,
    "import_fields": import_fields,
    "model": model,
    "parts": parts,
    "ports": ports,
    "tables": tables,
}
