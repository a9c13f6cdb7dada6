"""`Settings`: everything that the environment decides, read once and checked at once."""

import os
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import attrs
import environ
from dotenv import dotenv_values

from jobmatch.errors import InvalidSettings
from jobmatch.model import Exact, Hnsw, IndexStrategy, IvfFlat, Storage
from jobmatch.model.policy import TaskPolicy

OURS = "JOBMATCH_"
#: What comes with jobmatch for VECTOR_INDEX_TYPE.
INDEX_TYPES = ("hnsw", "ivfflat", "none")
_POSTGRESQL = re.compile(r"(postgres(?:ql)?)(?:\+\w+)?(?=://)")
#: Fields that hold secrets, or URLs that may.
PRIVATE = frozenset({"database_url", "embedder_url", "embedder_key", "cache_url", "tokens", "webhook_secrets"})


def _refuse(name: str, value: object, allowed: str) -> InvalidSettings:
    return InvalidSettings(name, f"{value!r} is not allowed; {allowed}")


def _number(name: str, kind: type[int] | type[float], low: float, high: float, default: float) -> Any:
    noun = "a whole number" if kind is int else "a number"
    allowed = f"use {noun} from {low:.12g} to {high:.12g}"

    def convert(value: Any) -> Any:
        try:
            number = kind(value)
        except (TypeError, ValueError, OverflowError):
            raise _refuse(name, value, allowed) from None
        if not low <= number <= high:
            raise _refuse(name, value, allowed)
        return number

    return environ.var(default=default, converter=convert, name=name)


def _choice(name: str, allowed: tuple[str, ...], default: str) -> Any:
    def convert(value: Any) -> str:
        word = str(value).strip().lower()
        if word not in allowed:
            raise _refuse(name, value, f"use {' or '.join(allowed)}")
        return word

    return environ.var(default=default, converter=convert, name=name)


def _flag(name: str) -> Any:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

    def convert(value: Any) -> bool:
        if str(value).strip().lower() not in words:
            raise _refuse(name, value, "use 1 or 0")
        return words[str(value).strip().lower()]

    return environ.var(default="0", converter=convert, name=name)


def _text(name: str, default: Any = None, converter: Callable[[str], Any] | None = None) -> Any:
    def convert(value: Any) -> Any:
        if not isinstance(value, str):
            return value  # read already
        if not value.strip():
            return default
        return converter(value.strip()) if converter else value.strip()

    return environ.var(default=default, converter=convert, name=name)


def _secret(name: str) -> Any:
    return environ.var(default=None, converter=lambda v: v or None, name=name)


def _database_url(value: str) -> str:
    """Return a URL without the driver that SQLAlchemy would have in it: psycopg is ours."""
    found = _POSTGRESQL.match(value)
    if found is None:
        # The value may hold a password, so it is not repeated.
        raise InvalidSettings(
            "DATABASE_URL", "must start with postgresql://, as in postgresql://user:password@host:5432/name"
        )
    return f"{found[1]}{value[found.end() :]}"


def _folder(value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise _refuse("JOBMATCH_HOME", value, "there is no such user; give a folder") from None


def _names(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def _attribute(value: str) -> str:
    """Check that a value names an attribute of a module."""
    module, colon, attribute = value.partition(":")
    if colon and all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        return value
    raise _refuse("JOBMATCH_JOB_TABLE", value, "use package.module:attribute, as in shop.search:JOBS")


def _tokens(value: str) -> Mapping[str, str]:
    """Parse ``token=owner`` pairs, separated by commas."""
    pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
    if any(not (token and owner) for token, _, owner in pairs):
        raise InvalidSettings("JOBMATCH_TOKENS", "must be token=owner pairs, separated by commas")
    owners = {token: owner for token, _, owner in pairs}
    if len(owners) < len(pairs):
        raise InvalidSettings("JOBMATCH_TOKENS", "names a token twice: give each owner a token of their own")
    return owners


def _webhook_secrets(value: str) -> tuple[str, ...]:
    """Parse secrets as Standard Webhooks writes them, separated by commas."""
    secrets = tuple(secret.strip() for secret in value.split(",") if secret.strip())
    for secret in secrets:
        if not secret.startswith("whsec_") or not 24 <= len(_bytes_of(secret)) <= 64:
            # It is not repeated, for it may be nearly right.
            raise InvalidSettings("JOBMATCH_WEBHOOK_SECRET", "must be whsec_ and the base64 of 24 to 64 random bytes")
    return secrets


def _bytes_of(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return b""


def _refuse_unknown(environment: Mapping[str, str], known: Sequence[str]) -> None:
    for name in environment:
        if str(name).startswith(OURS) and name not in known:
            near = get_close_matches(name, known, n=1)
            raise InvalidSettings(name, f"is not known; did you mean {near[0]}?" if near else "is not known")


@environ.config(prefix="", from_environ="_from_environ", frozen=True)
class Settings:
    """What the environment decides.

    `from_environ` reads a mapping, `load` the process's environment with a ``.env`` file beneath it. Every variable is
    listed in the reference of the documentation.
    """

    database_url: str | None = _text("DATABASE_URL", converter=_database_url)
    pool_min_size: int = _number("DB_POOL_MIN_SIZE", int, 0, 1_000, 2)
    pool_max_size: int = _number("DB_POOL_MAX_SIZE", int, 1, 1_000, 10)
    pool_timeout: float = _number("DB_POOL_TIMEOUT", float, 0.01, 3_600, 30.0)
    pool_max_idle: float = _number("DB_POOL_MAX_IDLE", float, 1, 86_400, 300.0)
    statement_timeout: int = _number("DB_STATEMENT_TIMEOUT", int, 1, 86_400_000, 60_000)

    index_type: str = _text("VECTOR_INDEX_TYPE", "hnsw", str.lower)
    index_storage: str = _choice("VECTOR_STORAGE", ("halfvec", "vector", "bit"), "halfvec")
    ivf_lists: int = _number("VECTOR_IVF_LISTS", int, 1, 32_768, 100)
    ivf_probes: int = _number("VECTOR_IVF_PROBES", int, 1, 32_768, 10)
    hnsw_m: int = _number("VECTOR_HNSW_M", int, 2, 100, 32)
    hnsw_ef_construction: int = _number("VECTOR_HNSW_EF_CONSTRUCTION", int, 4, 1_000, 256)
    hnsw_ef_search: int = _number("VECTOR_HNSW_EF_SEARCH", int, 1, 1_000, 40)

    home: Path | None = _text("JOBMATCH_HOME", converter=_folder)
    backend: str = _text("JOBMATCH_BACKEND", "postgres")
    tasks: str | None = _text("JOBMATCH_TASKS")
    job_table: str | None = _text("JOBMATCH_JOB_TABLE", converter=_attribute)
    embedder: str = _text("JOBMATCH_EMBEDDER", "wordllama")
    embedder_url: str = _text("JOBMATCH_EMBEDDER_URL", "https://api.openai.com/v1")
    embedder_model: str = _text("JOBMATCH_EMBEDDER_MODEL", "text-embedding-3-small")
    embedder_dimensions: int = _number("JOBMATCH_EMBEDDER_DIMENSIONS", int, 1, 16_000, 1_536)
    embedder_key: str | None = _secret("JOBMATCH_EMBEDDER_KEY")
    metadata_fields: tuple[str, ...] = _text("JOBMATCH_METADATA_FIELDS", (), _names)
    runner: str = _text("JOBMATCH_RUNNER", "local")
    concurrency: int = _number("JOBMATCH_CONCURRENCY", int, 1, 1_000, 8)
    queue_size: int = _number("JOBMATCH_QUEUE_SIZE", int, 1, 1_000_000, 1_000)
    queue: str = _text("JOBMATCH_QUEUE", "jobmatch")
    priority: int = _number("JOBMATCH_PRIORITY", int, -1_000, 1_000, 0)
    worker_queues: tuple[str, ...] = _text("JOBMATCH_WORKER_QUEUES", (), _names)
    grace: float = _number("JOBMATCH_GRACE", float, 0, 3_600, 5.0)
    task_lease: float = _number("JOBMATCH_TASK_LEASE", float, 1, 3_600, 60.0)
    task_attempts: int = _number("JOBMATCH_TASK_ATTEMPTS", int, 1, 100, 5)
    task_timeout: float = _number("JOBMATCH_TASK_TIMEOUT", float, 1, 86_400, 300.0)
    task_poll: float = _number("JOBMATCH_TASK_POLL", float, 0.05, 300, 1.0)
    task_retention: float = _number("JOBMATCH_TASK_RETENTION", float, 60, 86_400 * 3_650, 86_400.0)
    cache_ttl: float = _number("JOBMATCH_CACHE_TTL", float, 0, 86_400 * 7, 300.0)
    cache_url: str = _text("JOBMATCH_CACHE_URL", "memory://")
    recall_sample: float = _number("JOBMATCH_RECALL_SAMPLE", float, 0, 1, 0.0)
    tokens: Mapping[str, str] = _text("JOBMATCH_TOKENS", {}, _tokens)
    webhook_secrets: tuple[str, ...] = _text("JOBMATCH_WEBHOOK_SECRET", (), _webhook_secrets)
    webhook_allow_http: bool = _flag("JOBMATCH_WEBHOOK_ALLOW_HTTP")
    webhook_allow_private: bool = _flag("JOBMATCH_WEBHOOK_ALLOW_PRIVATE")
    debug: bool = _flag("JOBMATCH_DEBUG")

    def __attrs_post_init__(self) -> None:
        if self.pool_min_size > self.pool_max_size:
            raise _refuse(
                "DB_POOL_MIN_SIZE",
                str(self.pool_min_size),
                f"use at most DB_POOL_MAX_SIZE ({self.pool_max_size})",
            )
        if self.hnsw_ef_construction < 2 * self.hnsw_m:
            raise _refuse(
                "VECTOR_HNSW_EF_CONSTRUCTION",
                str(self.hnsw_ef_construction),
                f"use at least 2 × VECTOR_HNSW_M ({2 * self.hnsw_m})",
            )

    def __repr__(self) -> str:
        values = attrs.asdict(self, recurse=False)  # type: ignore[arg-type]
        shown = (f"{name}={'***' if name in PRIVATE and value else repr(value)}" for name, value in values.items())
        return f"Settings({', '.join(shown)})"

    @classmethod
    def from_environ(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that *environment* holds.

        Raises:
            InvalidSettings: a value is not allowed, or a variable of ours is not known.
        """
        if not isinstance(environment, Mapping):
            raise InvalidSettings(
                "environment", f"must be a mapping of names to texts, not {type(environment).__name__}"
            )
        _refuse_unknown(environment, known=cls.variables())
        for name in cls.variables():
            if not isinstance(environment.get(name, ""), str):
                raise InvalidSettings(name, "must be a text, as variables of the environment are")
        settings: Self = environ.to_config(cls, environ=dict(environment))
        return settings

    @classmethod
    def load(cls, dotenv: Path = Path(".env")) -> Self:
        """Return the settings of this process: its environment, and below it a ``.env`` file."""
        from_file = {k: v for k, v in dotenv_values(dotenv).items() if v is not None}
        return cls.from_environ({**from_file, **os.environ})

    @classmethod
    def variables(cls) -> Sequence[str]:
        """Return the names of all variables that are read."""
        return [line.split(" ", 1)[0] for line in environ.generate_help(cls).splitlines()]

    def space(self) -> str:
        """Return a short name for what is searched, one that gives away neither its address nor a password."""
        searched = f"{self.database_url}|{self.home}" + (f"|{self.job_table}" if self.job_table else "")
        searched += f"|{self.backend}" if self.backend != "postgres" else ""
        return blake2b(searched.encode(), digest_size=6).hexdigest()

    def policy(self) -> TaskPolicy:
        """Return how tasks are carried out."""
        return TaskPolicy(
            lease=self.task_lease,
            attempts=self.task_attempts,
            timeout=self.task_timeout,
            poll=self.task_poll,
            retention=self.task_retention,
        )

    def strategy(self) -> IndexStrategy:
        """Return the vector index that the settings ask for, one that comes with jobmatch.

        `jobmatch.plugins.strategy` knows those that do not, too.

        Raises:
            InvalidSettings: none is called so.
        """
        storage = Storage(self.index_storage)
        if self.index_type == "hnsw":
            return Hnsw(
                m=self.hnsw_m,
                ef_construction=self.hnsw_ef_construction,
                ef_search=self.hnsw_ef_search,
                storage=storage,
            )
        if self.index_type == "ivfflat":
            return IvfFlat(lists=self.ivf_lists, probes=self.ivf_probes, storage=storage)
        if self.index_type == "none":
            return Exact()
        raise _refuse("VECTOR_INDEX_TYPE", self.index_type, f"use {' or '.join(INDEX_TYPES)}")
